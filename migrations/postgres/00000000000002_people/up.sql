-- Policies, people, routers and the accounts that join them. What was deleted but has a history stays, marked.
CREATE TABLE policies (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    is_default BOOLEAN NOT NULL,
    -- JSON: everything that a policy says.
    body TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX policies_one_default ON policies (is_default) WHERE is_default;

CREATE TABLE users (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    status TEXT COLLATE "C" NOT NULL CHECK (status IN ('PENDING', 'APPROVED', 'REJECTED', 'BLOCKED')),
    display_name TEXT COLLATE "C" NOT NULL,
    -- The name as it is sorted: lower case, ё as е.
    sort_name TEXT COLLATE "C" NOT NULL,
    -- Everything that is searched, in lower case: names, Telegram name and number, e-mail, phone.
    search_name TEXT COLLATE "C" NOT NULL,
    telegram_id BIGINT UNIQUE,
    telegram_username TEXT COLLATE "C",
    language TEXT COLLATE "C" NOT NULL CHECK (language IN ('RU', 'EN')),
    email TEXT COLLATE "C",
    phone TEXT COLLATE "C",
    note TEXT COLLATE "C",
    rejection_reason TEXT COLLATE "C",
    decided_by TEXT COLLATE "C" REFERENCES admins (id) ON DELETE SET NULL,
    decided_at BIGINT,
    policy_id TEXT COLLATE "C" REFERENCES policies (id) ON DELETE SET NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT,
    deleted_at BIGINT,
    version BIGINT NOT NULL
);
CREATE INDEX users_by_name ON users (sort_name, id);
CREATE INDEX users_by_age ON users (created_at, id);
CREATE INDEX users_of_policy ON users (policy_id);

CREATE TABLE invitations (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    code_hash TEXT COLLATE "C" NOT NULL UNIQUE,
    code_enc BYTEA NOT NULL,
    created_by TEXT COLLATE "C" REFERENCES admins (id) ON DELETE SET NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX invitations_of_user ON invitations (user_id);

CREATE TABLE routers (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    host TEXT COLLATE "C" NOT NULL,
    port BIGINT NOT NULL CHECK (port BETWEEN 1 AND 65535),
    tls TEXT COLLATE "C" NOT NULL CHECK (tls IN ('PLAIN', 'PINNED', 'CA')),
    pinned_sha256 TEXT COLLATE "C",
    ca_pem TEXT COLLATE "C",
    username TEXT COLLATE "C" NOT NULL,
    password_enc BYTEA NOT NULL,
    mode TEXT COLLATE "C" NOT NULL CHECK (mode IN ('ENFORCE', 'OBSERVE')),
    enabled BOOLEAN NOT NULL,
    poll_seconds BIGINT NOT NULL CHECK (poll_seconds > 0),
    sandbox_list TEXT COLLATE "C" NOT NULL,
    allow_list TEXT COLLATE "C" NOT NULL,
    ban_list TEXT COLLATE "C" NOT NULL,
    allow_seconds BIGINT NOT NULL CHECK (allow_seconds > 0),
    account_source TEXT COLLATE "C" CHECK (account_source IN ('PPP_SECRET', 'USER_MANAGER_7', 'USER_MANAGER_6')),
    hook_token_hash TEXT COLLATE "C" NOT NULL UNIQUE,
    hook_token_enc BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    deleted_at BIGINT,
    version BIGINT NOT NULL
);

-- What was last seen of a router; apart from its settings, as it changes all the time.
CREATE TABLE router_status (
    router_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES routers (id),
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('CONNECTING', 'ONLINE', 'DEGRADED', 'OFFLINE', 'DISABLED')),
    last_error TEXT COLLATE "C",
    last_seen_at BIGINT,
    push BOOLEAN NOT NULL,
    identity TEXT COLLATE "C",
    version TEXT COLLATE "C",
    board TEXT COLLATE "C",
    uptime_seconds BIGINT,
    clock_skew_seconds BIGINT,
    account_source TEXT COLLATE "C" CHECK (account_source IN ('PPP_SECRET', 'USER_MANAGER_7', 'USER_MANAGER_6'))
);

CREATE TABLE accounts (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    router_id TEXT COLLATE "C" NOT NULL REFERENCES routers (id),
    username TEXT COLLATE "C" NOT NULL,
    -- The username in lower case, for searching.
    search_name TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" CHECK (source IN ('PPP_SECRET', 'USER_MANAGER_7', 'USER_MANAGER_6')),
    -- As last read from the router; unknown until then.
    enabled BOOLEAN,
    suspended BOOLEAN NOT NULL,
    rule_id TEXT COLLATE "C",
    -- The bound rule's comment, byte for byte as on the router.
    rule_comment BYTEA,
    created_at BIGINT NOT NULL,
    removed_at BIGINT,
    CHECK ((rule_id IS NULL) = (rule_comment IS NULL))
);
-- A username on a router belongs to one person, a rule to one account.
CREATE UNIQUE INDEX accounts_one_owner ON accounts (router_id, username) WHERE removed_at IS NULL;
CREATE UNIQUE INDEX accounts_one_rule ON accounts (router_id, rule_id) WHERE removed_at IS NULL;
CREATE INDEX accounts_of_user ON accounts (user_id);
