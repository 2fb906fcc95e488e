-- Since when a router is written to; unknown for those that never were only watched. What happened before counts for nobody.
ALTER TABLE routers ADD COLUMN enforced_at BIGINT;
CREATE INDEX wishes_observed ON wishes (router_id, key) WHERE state = 'OBSERVED';
