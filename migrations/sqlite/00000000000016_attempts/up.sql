-- Codes that were typed on the captive page, counted by person and by address: a restart or another replica gives no
-- fresh guesses. Rows go once they are out of the window in which they count.
CREATE TABLE attempts (
    id TEXT NOT NULL PRIMARY KEY,
    -- What is counted, such as "code:person:…" or "code:address:192.0.2.1".
    key TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX attempts_of_key ON attempts (key, at);
CREATE INDEX attempts_by_age ON attempts (at);
