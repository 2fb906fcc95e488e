//! A simulated Telegram Bot API server.
