ALTER TABLE wishes DROP COLUMN hindrance;
