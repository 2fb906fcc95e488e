-- At which of a router's addresses its device was found: as long as it is reached there, it is the same one, also when it may
-- not be asked any more.
ALTER TABLE routers ADD COLUMN device_place TEXT;
UPDATE routers SET device_place = host || ':' || port WHERE found_device IS NOT NULL;
