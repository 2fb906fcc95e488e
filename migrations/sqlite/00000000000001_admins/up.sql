-- Those who sign in to the console, and the browsers in which they are signed in.
CREATE TABLE admins (
    id TEXT NOT NULL PRIMARY KEY,
    username TEXT NOT NULL,
    -- The username in lower case: names that differ only in case are one name.
    username_key TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('OWNER', 'ADMIN', 'OPERATOR', 'VIEWER')),
    language TEXT NOT NULL CHECK (language IN ('RU', 'EN')),
    telegram_id INTEGER UNIQUE,
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    totp_secret_enc BLOB,
    totp_enabled INTEGER NOT NULL CHECK (totp_enabled IN (0, 1)),
    totp_last_step INTEGER,
    -- JSON: hashes of the codes that are left.
    recovery_hashes TEXT NOT NULL,
    link_code_hash TEXT UNIQUE,
    link_code_expires_at INTEGER,
    -- JSON, understood by the console alone.
    preferences TEXT NOT NULL,
    last_login_at INTEGER,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE sign_ins (
    id TEXT NOT NULL PRIMARY KEY,
    admin_id TEXT NOT NULL REFERENCES admins (id) ON DELETE CASCADE,
    token_hash TEXT NOT NULL UNIQUE,
    previous_hash TEXT,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER,
    address TEXT,
    user_agent TEXT
) STRICT;
CREATE INDEX sign_ins_of_admin ON sign_ins (admin_id);
CREATE INDEX sign_ins_by_previous ON sign_ins (previous_hash);
