DROP TABLE decisions;
DROP TABLE connections;
DROP TABLE sessions;
