-- What the set-up changed on the routers, written down before each command, so that it can be resumed and undone.
CREATE TABLE setup_changes (
    -- Later changes have larger ids.
    id TEXT NOT NULL PRIMARY KEY,
    router_id TEXT NOT NULL REFERENCES routers (id),
    -- The step that it belongs to.
    step TEXT NOT NULL,
    -- The change and what was there before, sealed: scripts hold tokens.
    body_enc BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('ANNOUNCED', 'DONE', 'NEVER', 'UNDONE', 'LEFT')),
    created_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE INDEX setup_changes_standing ON setup_changes (router_id, id) WHERE state IN ('ANNOUNCED', 'DONE');
