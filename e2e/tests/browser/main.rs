//! The story in a real browser.
//!
//! A simulated router and a simulated Telegram run inside the tests; the server is the real program on SQLite, the
//! console is the one that it carries, and Chromium shows it. What a person does is done here as a person does it:
//! by the names that buttons and fields have for everybody. What happens on the router and in Telegram is asked of
//! the simulators. Nothing sleeps for luck: everything waits for what it needs, with a time limit as a backstop.
//!
//! - [`story`] the whole way of one person, from the registration to the end of the session
//! - [`doors`] signing in wrongly, and a router that does not answer
//! - [`hands`] the keyboard, the palette, filters, files, rows that stay
//! - [`follow`] tabs of a router, and bans, that show what happens without a reload
//! - [`hours`] where the policy's hours end before the session, both ends are named
//! - [`enforcing`] an observed router is enforced, and nothing or not everything comes of its set-up
//! - [`upkeep`] a bare router is observed, boxed, examined and put back; another certificate; accounts on the router; the bot's
//!   words; what a policy would do
//! - [`looks`] both languages, both themes, a phone; accessibility of the main pages
//!
//! `SALLYPORT_CHROMEDRIVER` and `SALLYPORT_CHROMIUM` name the browser, `SALLYPORT_BIN` or `SALLYPORT_BIN_DIR` the
//! server, `SALLYPORT_SHOTS` where pictures go, `SALLYPORT_AXE` the rules of accessibility (`axe.min.js`).
//! `cargo xtask test -p e2e` sees to all of them. Without a browser the tests are passed over, and say so; not in CI.

mod acts;
mod axe;
mod chromium;
mod doors;
mod enforcing;
mod follow;
mod hands;
mod hours;
mod looks;
mod page;
mod server;
mod stage;
mod story;
mod upkeep;
mod webdriver;
