DROP INDEX routers_one_a_device;
ALTER TABLE routers DROP COLUMN device;
ALTER TABLE routers DROP COLUMN found_device;
