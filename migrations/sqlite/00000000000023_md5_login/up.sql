-- The API's login by an MD5 challenge, which RouterOS before 6.43 wants: only where somebody asked for it.
ALTER TABLE routers ADD COLUMN md5_login INTEGER NOT NULL DEFAULT 0 CHECK (md5_login IN (0, 1));
