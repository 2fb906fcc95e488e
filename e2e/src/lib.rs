//! The story in a real browser: see `tests/browser`.
