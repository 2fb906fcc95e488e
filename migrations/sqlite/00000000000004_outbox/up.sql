-- What is still to be done, and what was found on the routers.
CREATE TABLE wishes (
    -- Later wishes have larger ids.
    id TEXT NOT NULL PRIMARY KEY,
    router_id TEXT NOT NULL REFERENCES routers (id),
    -- What the wish is about: of several pending ones only the newest counts.
    key TEXT NOT NULL,
    session_id TEXT REFERENCES sessions (id),
    body TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('PENDING', 'DONE', 'SUPERSEDED', 'GIVEN_UP', 'OBSERVED')),
    created_at INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    last_error TEXT,
    done_at INTEGER
) STRICT;
CREATE UNIQUE INDEX wishes_one_pending ON wishes (router_id, key) WHERE state = 'PENDING';
CREATE INDEX wishes_due ON wishes (router_id, id) WHERE state = 'PENDING';
CREATE INDEX wishes_of_session ON wishes (session_id) WHERE state = 'PENDING';
CREATE INDEX wishes_failing ON wishes (attempts) WHERE state = 'PENDING';

CREATE TABLE deliveries (
    -- Later messages have larger ids.
    id TEXT NOT NULL PRIMARY KEY,
    chat_id INTEGER NOT NULL,
    body TEXT NOT NULL,
    user_id TEXT REFERENCES users (id),
    connection_id TEXT REFERENCES connections (id),
    state TEXT NOT NULL CHECK (state IN ('PENDING', 'DONE', 'SUPERSEDED', 'GIVEN_UP')),
    created_at INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    last_error TEXT,
    done_at INTEGER,
    message_id INTEGER
) STRICT;
CREATE INDEX deliveries_due ON deliveries (chat_id, id) WHERE state = 'PENDING';
CREATE INDEX deliveries_of_connection ON deliveries (connection_id) WHERE state = 'PENDING';

-- One row: how far Telegram's updates were taken in.
CREATE TABLE telegram_state (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    next_update INTEGER NOT NULL
) STRICT;

CREATE TABLE bans (
    id TEXT NOT NULL PRIMARY KEY,
    router_id TEXT NOT NULL REFERENCES routers (id),
    address TEXT NOT NULL,
    reason TEXT NOT NULL,
    until INTEGER,
    created_at INTEGER NOT NULL,
    removed_at INTEGER
) STRICT;
CREATE UNIQUE INDEX bans_one ON bans (router_id, address) WHERE removed_at IS NULL;

CREATE TABLE drifts (
    id TEXT NOT NULL PRIMARY KEY,
    router_id TEXT NOT NULL REFERENCES routers (id),
    at INTEGER NOT NULL,
    description TEXT NOT NULL,
    repaired INTEGER NOT NULL CHECK (repaired IN (0, 1))
) STRICT;
CREATE INDEX drifts_of_router ON drifts (router_id, id);

CREATE TABLE alerts (
    id TEXT NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('REGISTRATION', 'SESSION_APPROVAL', 'CONFIRMATION', 'DENIAL',
        'ROUTER_TROUBLE', 'BOX_OPEN', 'COMMAND_FAILING', 'DRIFT', 'BAN')),
    user_id TEXT REFERENCES users (id),
    session_id TEXT REFERENCES sessions (id),
    router_id TEXT REFERENCES routers (id),
    detail TEXT NOT NULL,
    resolved_at INTEGER
) STRICT;
CREATE INDEX alerts_open ON alerts (kind, at) WHERE resolved_at IS NULL;
