DROP INDEX deliveries_reminding;
ALTER TABLE deliveries DROP COLUMN reminds_of;
