-- The numbers of which one is shown on the captive page, as "12,47,83/1": the place of the right one last.
ALTER TABLE connections ADD COLUMN prompt_numbers TEXT COLLATE "C";
-- The captive page finds a tunnel by its address.
CREATE INDEX connections_by_address ON connections (address) WHERE state <> 'CLOSED';

-- Seeds of the one-time codes that open on the captive page while Telegram is out of reach; both encrypted.
CREATE TABLE offline_codes (
    user_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES users (id),
    -- The one that counts.
    secret_enc BYTEA,
    -- The one that is being set up.
    new_secret_enc BYTEA,
    -- The last time step whose code was used.
    last_step BIGINT,
    created_at BIGINT NOT NULL
);
