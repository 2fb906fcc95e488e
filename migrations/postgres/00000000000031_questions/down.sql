DROP INDEX deliveries_of_connection;
CREATE INDEX deliveries_of_connection ON deliveries (connection_id) WHERE state = 'PENDING';
