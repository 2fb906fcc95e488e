//! The bot: Telegram's side of Sallyport. It takes in what people write and tap, turns it into calls of `ops`,
//! and says how messages look. What people are told goes through the outbox, which `work::deliver` carries out;
//! only the short answer to a tap goes straight back.
//!
//! Start reading at [`run`]: it connects whenever there is a token, and `poll` is the loop behind it. `talk`
//! handles messages, `press` handles buttons; `render` has the buttons, the words are in `shared`.

mod access;
mod admin;
mod client;
mod codes;
mod data;
mod desk;
mod flood;
mod links;
mod menu;
mod pages;
pub(crate) mod picture;
mod poll;
mod press;
mod progress;
pub(crate) mod render;
pub mod status;
mod talk;
mod times;
mod words;

pub(crate) use access::name as account_name;
pub use client::{Address, CallError, SetupError, Telegram};
pub use status::{BotHealth, BotState, BotStatus};
pub use times::Times;

use crate::{
    app::App,
    ops::{OpResult, settings},
};
use std::time::Duration;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

/// How often the settings are read without a hint: other replicas may have changed them.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// Runs the bot until `stop`: connects when there is a token, and anew when it changes.
pub async fn run(app: App, stop: CancellationToken) {
    let mut connected: Option<Connected> = None;
    loop {
        let bell = app.bus.bot.clone();
        let mut rung = std::pin::pin!(bell.notified());
        rung.as_mut().enable();
        match address(&app).await {
            Ok(address) if connected.as_ref().map(|line| &line.address) == address.as_ref() => {}
            Ok(address) => {
                disconnect(&app, connected.take()).await;
                connected = address.and_then(|address| connect(&app, address, &stop));
            }
            // What runs goes on running.
            Err(error) => tracing::error!(%error, "the bot's settings could not be read"),
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = rung => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
    }
    disconnect(&app, connected).await;
}

/// A bot that is being attended to.
struct Connected {
    address: Address,
    stop: CancellationToken,
    // Whoever drops this stops the bot, even if they had no time to say so.
    task: AbortOnDropHandle<()>,
}

fn connect(app: &App, address: Address, stop: &CancellationToken) -> Option<Connected> {
    let telegram = match Telegram::new(&address) {
        Ok(telegram) => telegram,
        Err(error) => {
            app.bot.set(BotState::Failing { error: error.to_string() });
            return None;
        }
    };
    app.bot.set(BotState::Starting);
    app.bot.set_line(Some(telegram.clone()));
    let stop = stop.child_token();
    let (own, until) = (app.clone(), stop.clone());
    let task =
        AbortOnDropHandle::new(tokio::spawn(async move { poll::attend(&own, &telegram, &until).await }));
    Some(Connected { address, stop, task })
}

async fn disconnect(app: &App, connected: Option<Connected>) {
    app.bot.set_line(None);
    app.bot.set_username(None);
    if let Some(Connected { stop, task, .. }) = connected {
        stop.cancel();
        if let Err(error) = task.await {
            tracing::error!(%error, "the bot broke down");
        }
    }
    app.bot.set(BotState::NoToken);
}

/// Where the bot is; none: there is no token.
async fn address(app: &App) -> OpResult<Option<Address>> {
    let config = &app.config.telegram;
    let token = settings::telegram_token(app).await?;
    Ok(token.map(|token| Address { token, api_url: config.api_url.clone(), proxy: config.proxy.clone() }))
}
