//! A simulated Telegram: a Bot API server with people on the other side.
//!
//! [`TelegramSim`] listens on a loopback port and speaks the HTTP Bot API (`/bot<token>/<method>`); a real bot points
//! its API address there. [`Person`] is somebody with a phone: sends text, presses buttons, reads what the bot wrote.
//! Behaviour, limits and error texts follow core.telegram.org/bots/api and the published Bot API server; what those
//! leave open is marked *Assumption* in the code. [`FaultRule`] makes it fail on demand, and the [`Call`] journal tells
//! what the bot asked for.
//!
//! - `api` – the methods and Telegram's refusals; `text` – markup and entities; `world` – people, chats, messages and
//!   the queue of updates
//! - `server` – HTTP; `control` – the control API of the `telegram-sim` program; `page` – its chat page
//! - `person`, `sim` – what tests hold in their hands
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use sim::telegram::TelegramSim;
//!
//! let telegram = TelegramSim::start("123456:token", "sally_bot").await?;
//! let anna = telegram.person(1001, "Anna", Some("ru"), Some("anna"));
//! // …start the bot with telegram.url()…
//! anna.send("/start").await;
//! let greeting = anna.wait_message(|message| message.button("Confirm").is_some()).await?;
//! let answer = anna.press(greeting.message_id, "Confirm").await?;
//! assert_eq!(answer.text.as_deref(), Some("Thank you"));
//! # Ok(())
//! # }
//! ```

mod api;
mod changes;
mod control;
mod core;
mod faults;
mod flood;
mod journal;
mod page;
mod person;
mod scenario;
mod server;
mod sim;
mod text;
mod world;

pub use api::keyboard::{Button, Markup};
pub use api::settings::BotCommand;
pub use faults::{Fault, FaultHandle, FaultRule};
pub use flood::FloodLimit;
pub use journal::{Call, Count, Outcome};
pub use person::{Group, Person, Press, SimError};
pub use scenario::{Scenario, ScenarioError};
pub use sim::{Options, TelegramSim};
pub use text::{Entity, MAX_CAPTION, MAX_TEXT};
pub use world::{Answer, Author, BotUser, ChatKind, Message, Origin, Photo, Profile, Standing};
