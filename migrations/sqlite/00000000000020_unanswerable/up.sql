-- Tunnels that came while nothing got through to Telegram: nobody could be asked about them.
ALTER TABLE connections ADD COLUMN unanswerable INTEGER NOT NULL DEFAULT 0 CHECK (unanswerable IN (0, 1));
