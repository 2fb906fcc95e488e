//! How the bot is doing, for health checks, metrics and the console; and the line to Telegram while there is one.

use super::{client::Telegram, turns::Turns};
use tokio::sync::watch;

/// What the bot is doing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum BotState {
    /// Not begun yet.
    #[default]
    Starting,
    /// There is no token: nobody can be asked.
    NoToken,
    /// Telegram answers.
    Running,
    /// Telegram cannot be used just now; it is tried again.
    Failing {
        /// What is wrong, in plain words, without secrets.
        error: String,
    },
}

/// A look at the bot.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BotHealth {
    /// What it is doing.
    pub state: BotState,
    /// Its name in Telegram without the `@`, once Telegram has told it.
    pub username: Option<String>,
}

impl BotHealth {
    /// Does Telegram answer?
    pub fn is_ok(&self) -> bool {
        self.state == BotState::Running
    }

    /// One line for people.
    pub fn describe(&self) -> String {
        match &self.state {
            BotState::Starting => "the bot is starting".to_owned(),
            BotState::NoToken => "no bot token is set".to_owned(),
            BotState::Running => "ok".to_owned(),
            BotState::Failing { error } => error.clone(),
        }
    }
}

/// A handle on the bot. Cheap to clone; all clones see the same.
#[derive(Clone, Debug)]
pub struct BotStatus {
    health: watch::Sender<BotHealth>,
    line: watch::Sender<Option<Telegram>>,
    turns: Turns,
}

impl Default for BotStatus {
    fn default() -> Self {
        Self { health: watch::Sender::default(), line: watch::Sender::new(None), turns: Turns::default() }
    }
}

impl BotStatus {
    /// How is it?
    pub fn health(&self) -> BotHealth {
        self.health.borrow().clone()
    }

    /// How it is, and a bell for when that changes.
    pub fn watch(&self) -> watch::Receiver<BotHealth> {
        self.health.subscribe()
    }

    /// The connection to Telegram, for whoever delivers: none while no bot is configured.
    pub fn line(&self) -> watch::Receiver<Option<Telegram>> {
        self.line.subscribe()
    }

    /// Whose turn it is in each chat: one order for all ways by which updates come.
    pub(super) fn turns(&self) -> &Turns {
        &self.turns
    }

    /// Opens or shuts the line.
    pub(super) fn set_line(&self, telegram: Option<Telegram>) {
        self.line.send_replace(telegram);
    }

    /// Notes what it is doing now; logs a change for the better or worse once.
    pub(super) fn set(&self, state: BotState) {
        self.health.send_if_modified(|health| {
            if health.state == state {
                return false;
            }
            match &state {
                BotState::Failing { error } => tracing::warn!(%error, "the bot cannot use Telegram"),
                BotState::Running => {
                    tracing::info!(username = health.username.as_deref(), "the bot is running");
                }
                BotState::NoToken => tracing::info!("no bot token is set: the bot is idle"),
                BotState::Starting => {}
            }
            metrics::gauge!("sallyport_bot_up").set(if state == BotState::Running { 1.0 } else { 0.0 });
            health.state = state;
            true
        });
    }

    /// Notes what Telegram calls the bot.
    pub(super) fn set_username(&self, username: Option<String>) {
        self.health.send_modify(|health| health.username = username);
    }
}
