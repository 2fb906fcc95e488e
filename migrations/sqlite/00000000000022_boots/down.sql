ALTER TABLE connections DROP COLUMN boot;
ALTER TABLE router_status DROP COLUMN booted_at;
ALTER TABLE router_status DROP COLUMN boot;
