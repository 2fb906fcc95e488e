DROP TABLE leases;
DROP TABLE settings;
DROP TABLE audit_events;
