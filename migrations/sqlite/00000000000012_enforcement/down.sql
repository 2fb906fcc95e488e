DROP INDEX wishes_observed;
ALTER TABLE routers DROP COLUMN enforced_at;
