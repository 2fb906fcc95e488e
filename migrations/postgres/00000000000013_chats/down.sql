INSERT INTO settings (key, value) SELECT 'telegram.chat.' || chat_id, conversation FROM chats;
DROP TABLE chats;
