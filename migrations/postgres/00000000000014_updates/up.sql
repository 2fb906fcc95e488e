-- Telegram's updates that were handled: one that comes once more, after a restart or by the other way, changes nothing.
-- Telegram keeps an update for a day; rows are kept for two.
CREATE TABLE telegram_updates (
    id BIGINT NOT NULL PRIMARY KEY,
    handled_at BIGINT NOT NULL
);
CREATE INDEX telegram_updates_by_age ON telegram_updates (handled_at);
