-- What the set-up changed on the routers, written down before each command, so that it can be resumed and undone.
CREATE TABLE setup_changes (
    -- Later changes have larger ids.
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    router_id TEXT COLLATE "C" NOT NULL REFERENCES routers (id),
    -- The step that it belongs to.
    step TEXT COLLATE "C" NOT NULL,
    -- The change and what was there before, sealed: scripts hold tokens.
    body_enc BYTEA NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('ANNOUNCED', 'DONE', 'NEVER', 'UNDONE', 'LEFT')),
    created_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX setup_changes_standing ON setup_changes (router_id, id) WHERE state IN ('ANNOUNCED', 'DONE');
