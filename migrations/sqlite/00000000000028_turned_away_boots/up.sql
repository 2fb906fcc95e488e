-- A router gives its session ids out anew with each boot: without it a tunnel after a restart would be taken for one that was
-- noted before.
ALTER TABLE turned_away ADD COLUMN boot INTEGER NOT NULL DEFAULT 0;
