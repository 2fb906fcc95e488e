-- Those who sign in to the console, and the browsers in which they are signed in.
CREATE TABLE admins (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    username TEXT COLLATE "C" NOT NULL,
    -- The username in lower case: names that differ only in case are one name.
    username_key TEXT COLLATE "C" NOT NULL UNIQUE,
    password_hash TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL CHECK (role IN ('OWNER', 'ADMIN', 'OPERATOR', 'VIEWER')),
    language TEXT COLLATE "C" NOT NULL CHECK (language IN ('RU', 'EN')),
    telegram_id BIGINT UNIQUE,
    enabled BOOLEAN NOT NULL,
    totp_secret_enc BYTEA,
    totp_enabled BOOLEAN NOT NULL,
    totp_last_step BIGINT,
    -- JSON: hashes of the codes that are left.
    recovery_hashes TEXT COLLATE "C" NOT NULL,
    link_code_hash TEXT COLLATE "C" UNIQUE,
    link_code_expires_at BIGINT,
    -- JSON, understood by the console alone.
    preferences TEXT COLLATE "C" NOT NULL,
    last_login_at BIGINT,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);

CREATE TABLE sign_ins (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    admin_id TEXT COLLATE "C" NOT NULL REFERENCES admins (id) ON DELETE CASCADE,
    token_hash TEXT COLLATE "C" NOT NULL UNIQUE,
    previous_hash TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT,
    address TEXT COLLATE "C",
    user_agent TEXT COLLATE "C"
);
CREATE INDEX sign_ins_of_admin ON sign_ins (admin_id);
CREATE INDEX sign_ins_by_previous ON sign_ins (previous_hash);
