ALTER TABLE connections DROP COLUMN unanswerable;
