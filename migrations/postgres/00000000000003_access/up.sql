-- Sessions, the tunnels that use them, and why.
CREATE TABLE sessions (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    router_id TEXT COLLATE "C" NOT NULL REFERENCES routers (id),
    -- The policy in force at the beginning; policies may be deleted, what was decided stays.
    policy_id TEXT COLLATE "C",
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('REQUESTED', 'GRANTED', 'CONFIRMING', 'ACTIVE', 'ENDED')),
    requested_at BIGINT NOT NULL,
    granted_at BIGINT,
    account_ready BOOLEAN NOT NULL,
    connect_by BIGINT,
    expires_at BIGINT,
    remind_at BIGINT,
    reminded_at BIGINT,
    ended_at BIGINT,
    end_reason TEXT COLLATE "C" CHECK (end_reason IN ('FINISHED_BY_USER', 'ENDED_BY_ADMIN', 'EXPIRED', 'DENIED',
        'CONFIRM_TIMEOUT', 'BANNED', 'USER_BLOCKED', 'ACCOUNT_REMOVED', 'NEVER_CONNECTED', 'REFUSED')),
    end_told BOOLEAN NOT NULL,
    extensions BIGINT NOT NULL,
    -- When the session must be looked at though nothing has happened.
    due_at BIGINT,
    -- The place among those that may need somebody's attention, smallest first.
    attention BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CHECK ((state = 'ENDED') = (ended_at IS NOT NULL))
);
CREATE UNIQUE INDEX sessions_one_live ON sessions (account_id) WHERE state <> 'ENDED';
CREATE INDEX sessions_due ON sessions (due_at, state) WHERE due_at IS NOT NULL;
CREATE INDEX sessions_untold ON sessions (id) WHERE state = 'ENDED' AND NOT end_told;
CREATE INDEX sessions_of_account ON sessions (account_id);
CREATE INDEX sessions_of_user ON sessions (user_id, requested_at);
CREATE INDEX sessions_of_router ON sessions (router_id, requested_at);
CREATE INDEX sessions_by_age ON sessions (requested_at, id);
CREATE INDEX sessions_by_attention ON sessions (attention, id);
CREATE INDEX sessions_by_state ON sessions (state, requested_at);

CREATE TABLE connections (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    session_id TEXT COLLATE "C" NOT NULL REFERENCES sessions (id),
    account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
    router_id TEXT COLLATE "C" NOT NULL REFERENCES routers (id),
    router_session_id TEXT COLLATE "C" NOT NULL,
    username TEXT COLLATE "C" NOT NULL,
    service TEXT COLLATE "C" NOT NULL,
    caller_id TEXT COLLATE "C",
    address TEXT COLLATE "C",
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('PENDING', 'CONFIRMED', 'CLOSED')),
    connected_at BIGINT NOT NULL,
    prompt_nonce TEXT COLLATE "C" UNIQUE,
    prompt_asked BIGINT,
    prompt_expires_at BIGINT,
    prompt_answered_at BIGINT,
    waits_until BIGINT,
    confirmed_at BIGINT,
    opened_at BIGINT,
    closed_at BIGINT,
    close_reason TEXT COLLATE "C" CHECK (close_reason IN ('DISCONNECTED', 'DENIED', 'CONFIRM_TIMEOUT', 'EXPIRED',
        'ENDED_BY_ADMIN', 'ENDED_BY_USER', 'BANNED', 'TOO_MANY', 'POLICY', 'ROUTER_RESTARTED')),
    -- Where the prompt is shown.
    prompt_chat_id BIGINT,
    prompt_message_id BIGINT,
    country TEXT COLLATE "C",
    bytes_in BIGINT,
    bytes_out BIGINT,
    CHECK ((state = 'CLOSED') = (closed_at IS NOT NULL)),
    CHECK ((prompt_nonce IS NULL) = (prompt_asked IS NULL)
        AND (prompt_nonce IS NULL) = (prompt_expires_at IS NULL))
);
CREATE INDEX connections_of_session ON connections (session_id, connected_at);
CREATE INDEX connections_live ON connections (router_id) WHERE state <> 'CLOSED';
CREATE INDEX connections_of_tunnel ON connections (account_id, router_session_id);
CREATE INDEX connections_of_account ON connections (account_id, connected_at);
CREATE INDEX connections_by_age ON connections (connected_at);

CREATE TABLE decisions (
    session_id TEXT COLLATE "C" NOT NULL REFERENCES sessions (id),
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    what TEXT COLLATE "C" NOT NULL,
    why TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (session_id, seq)
);
