//! The bot: Telegram's side of Sallyport. It takes in what people write and tap, turns it into calls of `ops`,
//! and says how messages look. What people are told goes through the outbox, which `work::deliver` carries out;
//! only the short answer to a tap goes straight back.
//!
//! Start reading at [`run`]: it connects whenever there is a token. Updates come by long polling (`poll`) or by webhook
//! (`webhook` keeps it set, [`Receiver`] takes what is delivered); either way they go through `intake`. `talk`
//! handles messages, `press` handles buttons; `render` has the buttons, the words are in `shared`.

mod access;
mod admin;
mod attend;
mod client;
mod codes;
mod data;
mod desk;
mod flood;
mod intake;
mod links;
mod membership;
mod menu;
mod pages;
mod poll;
mod press;
mod progress;
mod question;
mod receive;
pub(crate) mod render;
pub mod status;
mod talk;
mod times;
mod turns;
mod webhook;
mod words;

pub(crate) use access::name as account_name;
pub use client::{Address, CallError, SetupError, Telegram};
pub use receive::{Received, Receiver};
pub use status::{BotHealth, BotState, BotStatus};
pub use times::Times;

use crate::{
    app::App,
    ops::{OpResult, settings, webhook as place},
};
use attend::Way;
use std::time::Duration;
use teloxide::payloads::{DeleteWebhook, setters::*};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

/// How often the settings are read without a hint: other replicas may have changed them.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// Runs the bot until `stop`: connects when there is a token, and anew when it or the way of its updates changes.
pub async fn run(app: App, stop: CancellationToken) {
    let mut connected: Option<Connected> = None;
    loop {
        let bell = app.bus.bot.clone();
        let mut rung = std::pin::pin!(bell.notified());
        rung.as_mut().enable();
        match wanted(&app).await {
            Ok(wanted) if connected.as_ref().map(|line| &line.wanted) == wanted.as_ref() => {}
            Ok(wanted) => {
                if let Some(old) = connected.take() {
                    let gone =
                        wanted.as_ref().is_none_or(|new| new.address.token != old.wanted.address.token);
                    let old = disconnect(&app, old).await;
                    if gone {
                        take_leave(&old).await;
                    }
                }
                app.bot.set(BotState::NoToken);
                connected = wanted.and_then(|wanted| connect(&app, wanted, &stop));
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
    if let Some(connected) = connected {
        disconnect(&app, connected).await;
    }
}

/// Which bot is attended to, and how its updates come.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Wanted {
    address: Address,
    way: Way,
}

/// A bot that is being attended to.
struct Connected {
    wanted: Wanted,
    stop: CancellationToken,
    // Whoever drops this stops the bot, even if they had no time to say so.
    task: AbortOnDropHandle<()>,
}

fn connect(app: &App, wanted: Wanted, stop: &CancellationToken) -> Option<Connected> {
    let telegram = match Telegram::new(&wanted.address) {
        Ok(telegram) => telegram,
        Err(error) => {
            app.bot.set(BotState::Failing { error: error.to_string() });
            return None;
        }
    };
    app.bot.set(BotState::Starting);
    app.bot.set_line(Some(telegram.clone()));
    let stop = stop.child_token();
    let (own, way, until) = (app.clone(), wanted.way.clone(), stop.clone());
    let task = AbortOnDropHandle::new(tokio::spawn(async move {
        attend::attend(&own, &telegram, &way, &until).await;
    }));
    Some(Connected { wanted, stop, task })
}

async fn disconnect(app: &App, connected: Connected) -> Wanted {
    app.bot.set_line(None);
    app.bot.set_username(None);
    let Connected { wanted, stop, task } = connected;
    stop.cancel();
    if let Err(error) = task.await {
        tracing::error!(%error, "the bot broke down");
    }
    app.bot.set(BotState::NoToken);
    wanted
}

/// Telegram must not go on delivering what people write to a bot that is not ours any more. Its token may be void by
/// now, so this is done if it can be.
async fn take_leave(old: &Wanted) {
    if old.way == Way::Polling {
        return;
    }
    if let Ok(telegram) = Telegram::new(&old.address)
        && let Err(error) = telegram.call(DeleteWebhook::new().drop_pending_updates(false)).await
    {
        tracing::warn!(%error, "the webhook of the bot of before could not be removed");
    }
}

/// The bot as the settings want it; none: there is no token.
async fn wanted(app: &App) -> OpResult<Option<Wanted>> {
    let config = &app.config.telegram;
    let Some(token) = settings::telegram_token(app).await? else { return Ok(None) };
    let mut tx = app.store.read().await?;
    let way = if place::is_wanted(app, &mut tx).await? {
        let public_url = settings::public_url(app, &mut tx).await?;
        Way::Webhook(place::place(app, public_url.as_deref(), &token))
    } else {
        Way::Polling
    };
    let address = Address { token, api_url: config.api_url.clone(), proxy: config.proxy.clone() };
    Ok(Some(Wanted { address, way }))
}
