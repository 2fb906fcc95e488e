DROP TABLE setup_changes;
