DROP INDEX deliveries_of_alert;
ALTER TABLE deliveries DROP COLUMN alert_id;
DROP INDEX alerts_announced;
DROP INDEX alerts_unfollowed;
DROP INDEX alerts_unannounced;
ALTER TABLE alerts DROP COLUMN followed_at;
ALTER TABLE alerts DROP COLUMN announced_at;
