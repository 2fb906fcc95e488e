DROP TABLE alerts;
DROP TABLE drifts;
DROP TABLE bans;
DROP TABLE telegram_state;
DROP TABLE deliveries;
DROP TABLE wishes;
