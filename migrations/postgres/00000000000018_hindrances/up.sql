-- What keeps a wish from being carried out, as those who wait for it were told: UNREACHABLE or REFUSED. A restart must not
-- tell them again.
ALTER TABLE wishes ADD COLUMN hindrance TEXT;
