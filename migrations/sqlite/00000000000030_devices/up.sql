-- By what a router's device is known, wherever it is reached: as it was found last, and, if this router is the one that works
-- it, as its own. One device is worked for one router, by whatever addresses and names it was entered.
ALTER TABLE routers ADD COLUMN found_device TEXT;
ALTER TABLE routers ADD COLUMN device TEXT;
CREATE UNIQUE INDEX routers_one_a_device ON routers (device) WHERE device IS NOT NULL;
