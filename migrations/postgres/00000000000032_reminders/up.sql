-- The message that reminds of a session's end: when the end is put off or has come, it says so and its buttons go.
ALTER TABLE deliveries ADD COLUMN reminds_of TEXT COLLATE "C";
CREATE INDEX deliveries_reminding ON deliveries (reminds_of) WHERE reminds_of IS NOT NULL;
