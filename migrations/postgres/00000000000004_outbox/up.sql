-- What is still to be done, and what was found on the routers.
CREATE TABLE wishes (
    -- Later wishes have larger ids.
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    router_id TEXT COLLATE "C" NOT NULL REFERENCES routers (id),
    -- What the wish is about: of several pending ones only the newest counts.
    key TEXT COLLATE "C" NOT NULL,
    session_id TEXT COLLATE "C" REFERENCES sessions (id),
    body TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('PENDING', 'DONE', 'SUPERSEDED', 'GIVEN_UP', 'OBSERVED')),
    created_at BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    last_error TEXT COLLATE "C",
    done_at BIGINT
);
CREATE UNIQUE INDEX wishes_one_pending ON wishes (router_id, key) WHERE state = 'PENDING';
CREATE INDEX wishes_due ON wishes (router_id, id) WHERE state = 'PENDING';
CREATE INDEX wishes_of_session ON wishes (session_id) WHERE state = 'PENDING';
CREATE INDEX wishes_failing ON wishes (attempts) WHERE state = 'PENDING';

CREATE TABLE deliveries (
    -- Later messages have larger ids.
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    chat_id BIGINT NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" REFERENCES users (id),
    connection_id TEXT COLLATE "C" REFERENCES connections (id),
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('PENDING', 'DONE', 'SUPERSEDED', 'GIVEN_UP')),
    created_at BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    last_error TEXT COLLATE "C",
    done_at BIGINT,
    message_id BIGINT
);
CREATE INDEX deliveries_due ON deliveries (chat_id, id) WHERE state = 'PENDING';
CREATE INDEX deliveries_of_connection ON deliveries (connection_id) WHERE state = 'PENDING';

-- One row: how far Telegram's updates were taken in.
CREATE TABLE telegram_state (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    next_update BIGINT NOT NULL
);

CREATE TABLE bans (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    router_id TEXT COLLATE "C" NOT NULL REFERENCES routers (id),
    address TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    until BIGINT,
    created_at BIGINT NOT NULL,
    removed_at BIGINT
);
CREATE UNIQUE INDEX bans_one ON bans (router_id, address) WHERE removed_at IS NULL;

CREATE TABLE drifts (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    router_id TEXT COLLATE "C" NOT NULL REFERENCES routers (id),
    at BIGINT NOT NULL,
    description TEXT COLLATE "C" NOT NULL,
    repaired BOOLEAN NOT NULL
);
CREATE INDEX drifts_of_router ON drifts (router_id, id);

CREATE TABLE alerts (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('REGISTRATION', 'SESSION_APPROVAL', 'CONFIRMATION', 'DENIAL',
        'ROUTER_TROUBLE', 'BOX_OPEN', 'COMMAND_FAILING', 'DRIFT', 'BAN')),
    user_id TEXT COLLATE "C" REFERENCES users (id),
    session_id TEXT COLLATE "C" REFERENCES sessions (id),
    router_id TEXT COLLATE "C" REFERENCES routers (id),
    detail TEXT COLLATE "C" NOT NULL,
    resolved_at BIGINT
);
CREATE INDEX alerts_open ON alerts (kind, at) WHERE resolved_at IS NULL;
