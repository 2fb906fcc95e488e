-- Since when the bot may not write to a person: they blocked it, never began a chat with it, or left Telegram.
ALTER TABLE users ADD COLUMN telegram_blocked_at INTEGER;
