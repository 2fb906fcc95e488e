ALTER TABLE turned_away DROP COLUMN boot;
