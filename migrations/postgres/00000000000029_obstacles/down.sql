ALTER TABLE wishes ADD COLUMN hindrance TEXT;
UPDATE wishes SET hindrance = obstacle;
ALTER TABLE wishes DROP COLUMN obstacle;
