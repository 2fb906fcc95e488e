-- Policies, people, routers and the accounts that join them. What was deleted but has a history stays, marked.
CREATE TABLE policies (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    is_default INTEGER NOT NULL CHECK (is_default IN (0, 1)),
    -- JSON: everything that a policy says.
    body TEXT NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX policies_one_default ON policies (is_default) WHERE is_default;

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    status TEXT NOT NULL CHECK (status IN ('PENDING', 'APPROVED', 'REJECTED', 'BLOCKED')),
    display_name TEXT NOT NULL,
    -- The name as it is sorted: lower case, ё as е.
    sort_name TEXT NOT NULL,
    -- Everything that is searched, in lower case: names, Telegram name and number, e-mail, phone.
    search_name TEXT NOT NULL,
    telegram_id INTEGER UNIQUE,
    telegram_username TEXT,
    language TEXT NOT NULL CHECK (language IN ('RU', 'EN')),
    email TEXT,
    phone TEXT,
    note TEXT,
    rejection_reason TEXT,
    decided_by TEXT REFERENCES admins (id) ON DELETE SET NULL,
    decided_at INTEGER,
    policy_id TEXT REFERENCES policies (id) ON DELETE SET NULL,
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER,
    deleted_at INTEGER,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX users_by_name ON users (sort_name, id);
CREATE INDEX users_by_age ON users (created_at, id);
CREATE INDEX users_of_policy ON users (policy_id);

CREATE TABLE invitations (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    code_hash TEXT NOT NULL UNIQUE,
    code_enc BLOB NOT NULL,
    created_by TEXT REFERENCES admins (id) ON DELETE SET NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
CREATE INDEX invitations_of_user ON invitations (user_id);

CREATE TABLE routers (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    host TEXT NOT NULL,
    port INTEGER NOT NULL CHECK (port BETWEEN 1 AND 65535),
    tls TEXT NOT NULL CHECK (tls IN ('PLAIN', 'PINNED', 'CA')),
    pinned_sha256 TEXT,
    ca_pem TEXT,
    username TEXT NOT NULL,
    password_enc BLOB NOT NULL,
    mode TEXT NOT NULL CHECK (mode IN ('ENFORCE', 'OBSERVE')),
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    poll_seconds INTEGER NOT NULL CHECK (poll_seconds > 0),
    sandbox_list TEXT NOT NULL,
    allow_list TEXT NOT NULL,
    ban_list TEXT NOT NULL,
    allow_seconds INTEGER NOT NULL CHECK (allow_seconds > 0),
    account_source TEXT CHECK (account_source IN ('PPP_SECRET', 'USER_MANAGER_7', 'USER_MANAGER_6')),
    hook_token_hash TEXT NOT NULL UNIQUE,
    hook_token_enc BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    deleted_at INTEGER,
    version INTEGER NOT NULL
) STRICT;

-- What was last seen of a router; apart from its settings, as it changes all the time.
CREATE TABLE router_status (
    router_id TEXT NOT NULL PRIMARY KEY REFERENCES routers (id),
    state TEXT NOT NULL CHECK (state IN ('CONNECTING', 'ONLINE', 'DEGRADED', 'OFFLINE', 'DISABLED')),
    last_error TEXT,
    last_seen_at INTEGER,
    push INTEGER NOT NULL CHECK (push IN (0, 1)),
    identity TEXT,
    version TEXT,
    board TEXT,
    uptime_seconds INTEGER,
    clock_skew_seconds INTEGER,
    account_source TEXT CHECK (account_source IN ('PPP_SECRET', 'USER_MANAGER_7', 'USER_MANAGER_6'))
) STRICT;

CREATE TABLE accounts (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    router_id TEXT NOT NULL REFERENCES routers (id),
    username TEXT NOT NULL,
    -- The username in lower case, for searching.
    search_name TEXT NOT NULL,
    source TEXT CHECK (source IN ('PPP_SECRET', 'USER_MANAGER_7', 'USER_MANAGER_6')),
    -- As last read from the router; unknown until then.
    enabled INTEGER CHECK (enabled IN (0, 1)),
    suspended INTEGER NOT NULL CHECK (suspended IN (0, 1)),
    rule_id TEXT,
    -- The bound rule's comment, byte for byte as on the router.
    rule_comment BLOB,
    created_at INTEGER NOT NULL,
    removed_at INTEGER,
    CHECK ((rule_id IS NULL) = (rule_comment IS NULL))
) STRICT;
-- A username on a router belongs to one person, a rule to one account.
CREATE UNIQUE INDEX accounts_one_owner ON accounts (router_id, username) WHERE removed_at IS NULL;
CREATE UNIQUE INDEX accounts_one_rule ON accounts (router_id, rule_id) WHERE removed_at IS NULL;
CREATE INDEX accounts_of_user ON accounts (user_id);
