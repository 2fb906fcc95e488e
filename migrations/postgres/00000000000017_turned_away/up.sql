-- Tunnels that were turned away by hour or place. They belong to no session, and what another policy would have made of
-- them can be asked only if they are kept.
CREATE TABLE turned_away (
    id TEXT COLLATE "C" PRIMARY KEY NOT NULL,
    at BIGINT NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
    router_id TEXT COLLATE "C" NOT NULL REFERENCES routers (id),
    router_session_id TEXT COLLATE "C" NOT NULL,
    username TEXT COLLATE "C" NOT NULL,
    service TEXT COLLATE "C" NOT NULL,
    caller_id TEXT COLLATE "C",
    address TEXT COLLATE "C",
    country TEXT COLLATE "C",
    against TEXT COLLATE "C" NOT NULL CHECK (against IN ('NETWORK', 'COUNTRY', 'HOURS'))
);
CREATE INDEX turned_away_at ON turned_away (at);
CREATE INDEX turned_away_of_account ON turned_away (account_id, router_session_id);
