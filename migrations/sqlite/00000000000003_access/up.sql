-- Sessions, the tunnels that use them, and why.
CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    router_id TEXT NOT NULL REFERENCES routers (id),
    -- The policy in force at the beginning; policies may be deleted, what was decided stays.
    policy_id TEXT,
    state TEXT NOT NULL CHECK (state IN ('REQUESTED', 'GRANTED', 'CONFIRMING', 'ACTIVE', 'ENDED')),
    requested_at INTEGER NOT NULL,
    granted_at INTEGER,
    account_ready INTEGER NOT NULL CHECK (account_ready IN (0, 1)),
    connect_by INTEGER,
    expires_at INTEGER,
    remind_at INTEGER,
    reminded_at INTEGER,
    ended_at INTEGER,
    end_reason TEXT CHECK (end_reason IN ('FINISHED_BY_USER', 'ENDED_BY_ADMIN', 'EXPIRED', 'DENIED',
        'CONFIRM_TIMEOUT', 'BANNED', 'USER_BLOCKED', 'ACCOUNT_REMOVED', 'NEVER_CONNECTED', 'REFUSED')),
    end_told INTEGER NOT NULL CHECK (end_told IN (0, 1)),
    extensions INTEGER NOT NULL,
    -- When the session must be looked at though nothing has happened.
    due_at INTEGER,
    -- The place among those that may need somebody's attention, smallest first.
    attention INTEGER NOT NULL,
    version INTEGER NOT NULL,
    CHECK ((state = 'ENDED') = (ended_at IS NOT NULL))
) STRICT;
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
    id TEXT NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id),
    account_id TEXT NOT NULL REFERENCES accounts (id),
    router_id TEXT NOT NULL REFERENCES routers (id),
    router_session_id TEXT NOT NULL,
    username TEXT NOT NULL,
    service TEXT NOT NULL,
    caller_id TEXT,
    address TEXT,
    state TEXT NOT NULL CHECK (state IN ('PENDING', 'CONFIRMED', 'CLOSED')),
    connected_at INTEGER NOT NULL,
    prompt_nonce TEXT UNIQUE,
    prompt_asked INTEGER,
    prompt_expires_at INTEGER,
    prompt_answered_at INTEGER,
    waits_until INTEGER,
    confirmed_at INTEGER,
    opened_at INTEGER,
    closed_at INTEGER,
    close_reason TEXT CHECK (close_reason IN ('DISCONNECTED', 'DENIED', 'CONFIRM_TIMEOUT', 'EXPIRED',
        'ENDED_BY_ADMIN', 'ENDED_BY_USER', 'BANNED', 'TOO_MANY', 'POLICY', 'ROUTER_RESTARTED')),
    -- Where the prompt is shown.
    prompt_chat_id INTEGER,
    prompt_message_id INTEGER,
    country TEXT,
    bytes_in INTEGER,
    bytes_out INTEGER,
    CHECK ((state = 'CLOSED') = (closed_at IS NOT NULL)),
    CHECK ((prompt_nonce IS NULL) = (prompt_asked IS NULL)
        AND (prompt_nonce IS NULL) = (prompt_expires_at IS NULL))
) STRICT;
CREATE INDEX connections_of_session ON connections (session_id, connected_at);
CREATE INDEX connections_live ON connections (router_id) WHERE state <> 'CLOSED';
CREATE INDEX connections_of_tunnel ON connections (account_id, router_session_id);
CREATE INDEX connections_of_account ON connections (account_id, connected_at);
CREATE INDEX connections_by_age ON connections (connected_at);

CREATE TABLE decisions (
    session_id TEXT NOT NULL REFERENCES sessions (id),
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    what TEXT NOT NULL,
    why TEXT NOT NULL,
    PRIMARY KEY (session_id, seq)
) STRICT;
