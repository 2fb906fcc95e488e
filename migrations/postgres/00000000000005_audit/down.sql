DROP TABLE leases;
DROP TABLE settings;
DROP TABLE audit_events;
DROP FUNCTION audit_events_keep();
