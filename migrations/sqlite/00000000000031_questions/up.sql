-- What came of a question is looked up by its connection, long after it was told.
DROP INDEX deliveries_of_connection;
CREATE INDEX deliveries_of_connection ON deliveries (connection_id) WHERE connection_id IS NOT NULL;
