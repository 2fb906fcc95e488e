-- Tunnels that came while nothing got through to Telegram: nobody could be asked about them.
ALTER TABLE connections ADD COLUMN unanswerable BOOLEAN NOT NULL DEFAULT FALSE;
