ALTER TABLE routers DROP COLUMN md5_login;
