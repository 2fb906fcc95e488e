-- What is remembered of chats between two messages. Strangers have chats as well, so each is forgotten after some time.
CREATE TABLE chats (
    chat_id BIGINT NOT NULL PRIMARY KEY,
    conversation TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX chats_by_expiry ON chats (expires_at);
-- They lay among the settings before.
INSERT INTO chats (chat_id, conversation, expires_at)
    SELECT CAST(substr(key, 15) AS BIGINT), value, CAST(EXTRACT(EPOCH FROM now()) AS BIGINT) * 1000000 + 2592000000000 FROM settings WHERE key LIKE 'telegram.chat.%';
DELETE FROM settings WHERE key LIKE 'telegram.chat.%';
