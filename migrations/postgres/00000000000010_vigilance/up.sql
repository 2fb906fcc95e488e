-- What the rules look back at: how often a person was asked, who vouched for a caller, who was kept out and why.
ALTER TABLE sessions ADD COLUMN own_span BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE sessions ADD COLUMN review_at BIGINT;

-- The owner stands beside the tunnel, so that a look back at a person costs the same however long their history.
ALTER TABLE connections ADD COLUMN user_id TEXT COLLATE "C" REFERENCES users (id);
ALTER TABLE connections ADD COLUMN prompt_asked_at BIGINT;
ALTER TABLE connections ADD COLUMN ask_at BIGINT;
ALTER TABLE connections ADD COLUMN grounds TEXT COLLATE "C"
    CHECK (grounds IN ('PERSON', 'ADMIN', 'POLICY', 'TRUSTED', 'OUTAGE', 'CODE'));
UPDATE connections SET user_id = (SELECT user_id FROM sessions WHERE sessions.id = connections.session_id);
UPDATE connections SET prompt_asked_at = connected_at WHERE prompt_nonce IS NOT NULL;
-- Who confirmed the tunnels of before is not known; they vouch for nobody.
UPDATE connections SET grounds = 'POLICY' WHERE confirmed_at IS NOT NULL;
CREATE INDEX connections_of_user ON connections (user_id, connected_at);

ALTER TABLE bans ADD COLUMN user_id TEXT COLLATE "C" REFERENCES users (id);
-- Lifted by an administrator, as opposed to replaced by a later ban.
ALTER TABLE bans ADD COLUMN lifted BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX bans_of_user ON bans (user_id) WHERE lifted;
