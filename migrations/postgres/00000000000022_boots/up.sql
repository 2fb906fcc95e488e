-- Which of its boots a router is in, as counted here, and when it began, by our clock: with each boot a router gives its
-- session ids out anew, so a tunnel is told by its boot as well.
ALTER TABLE router_status ADD COLUMN boot BIGINT NOT NULL DEFAULT 0;
ALTER TABLE router_status ADD COLUMN booted_at BIGINT;
ALTER TABLE connections ADD COLUMN boot BIGINT NOT NULL DEFAULT 0;
