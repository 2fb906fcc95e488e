ALTER TABLE users DROP COLUMN telegram_blocked_at;
