DROP TABLE offline_codes;
DROP INDEX connections_by_address;
ALTER TABLE connections DROP COLUMN prompt_numbers;
