-- Alerts are told to administrators in Telegram as well; each once, and what came of it below.
ALTER TABLE alerts ADD COLUMN announced_at BIGINT;
-- What came of it was told.
ALTER TABLE alerts ADD COLUMN followed_at BIGINT;
-- Those of before are no news.
UPDATE alerts SET announced_at = at, followed_at = at;
CREATE INDEX alerts_unannounced ON alerts (kind, at) WHERE announced_at IS NULL;
CREATE INDEX alerts_unfollowed ON alerts (resolved_at) WHERE resolved_at IS NOT NULL AND followed_at IS NULL;
CREATE INDEX alerts_announced ON alerts (kind, announced_at);

-- The message that tells of an alert.
ALTER TABLE deliveries ADD COLUMN alert_id TEXT COLLATE "C";
CREATE INDEX deliveries_of_alert ON deliveries (alert_id) WHERE alert_id IS NOT NULL;
