-- What was done to the accounts of the routers, written down before each command, so that nothing is left half done and
-- unknown. Passwords are in no row.
CREATE TABLE account_changes (
    -- Later changes have larger ids.
    id TEXT NOT NULL PRIMARY KEY,
    router_id TEXT NOT NULL REFERENCES routers (id),
    username TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('PPP_SECRET', 'USER_MANAGER_7', 'USER_MANAGER_6')),
    verb TEXT NOT NULL CHECK (verb IN ('CREATE', 'PASSWORD', 'DELETE')),
    -- Who decided it, as the audit names them.
    actor TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('ANNOUNCED', 'DONE', 'REFUSED', 'FOUND', 'NEVER', 'UNKNOWN')),
    -- Until then whoever announced it is at work; afterwards the router's worker finds out what became of it.
    alive_until INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
-- One at a time changes an account.
CREATE UNIQUE INDEX account_changes_standing ON account_changes (router_id, username) WHERE state = 'ANNOUNCED';
CREATE INDEX account_changes_of_account ON account_changes (router_id, username, id);
