ALTER TABLE sessions DROP COLUMN opens_at;
