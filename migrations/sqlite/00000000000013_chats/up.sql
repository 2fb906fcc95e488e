-- What is remembered of chats between two messages. Strangers have chats as well, so each is forgotten after some time.
CREATE TABLE chats (
    chat_id INTEGER NOT NULL PRIMARY KEY,
    conversation TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX chats_by_expiry ON chats (expires_at);
-- They lay among the settings before.
INSERT INTO chats (chat_id, conversation, expires_at)
    SELECT CAST(substr(key, 15) AS INTEGER), value, CAST(strftime('%s', 'now') AS INTEGER) * 1000000 + 2592000000000 FROM settings WHERE key LIKE 'telegram.chat.%';
DELETE FROM settings WHERE key LIKE 'telegram.chat.%';
