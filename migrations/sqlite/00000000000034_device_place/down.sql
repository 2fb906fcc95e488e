ALTER TABLE routers DROP COLUMN device_place;
