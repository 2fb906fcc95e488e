-- Called as everywhere else, and nothing but what it may be.
ALTER TABLE wishes ADD COLUMN obstacle TEXT COLLATE "C" CHECK (obstacle IN ('UNREACHABLE', 'REFUSED'));
UPDATE wishes SET obstacle = hindrance;
ALTER TABLE wishes DROP COLUMN hindrance;
