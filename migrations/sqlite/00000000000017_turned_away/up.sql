-- Tunnels that were turned away by hour or place. They belong to no session, and what another policy would have made of
-- them can be asked only if they are kept.
CREATE TABLE turned_away (
    id TEXT PRIMARY KEY NOT NULL,
    at INTEGER NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id),
    account_id TEXT NOT NULL REFERENCES accounts (id),
    router_id TEXT NOT NULL REFERENCES routers (id),
    router_session_id TEXT NOT NULL,
    username TEXT NOT NULL,
    service TEXT NOT NULL,
    caller_id TEXT,
    address TEXT,
    country TEXT,
    against TEXT NOT NULL CHECK (against IN ('NETWORK', 'COUNTRY', 'HOURS'))
) STRICT;
CREATE INDEX turned_away_at ON turned_away (at);
CREATE INDEX turned_away_of_account ON turned_away (account_id, router_session_id);
