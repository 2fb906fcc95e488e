//! Stand-ins for the two systems that Sallyport talks to: a MikroTik router that speaks the RouterOS API and a Telegram
//! Bot API server. The demo, the tests and the benchmarks run against them; nothing here is used in production, and
//! nothing here uses the product's own code, so that the two sides check one another.

pub mod routeros;
pub mod telegram;
