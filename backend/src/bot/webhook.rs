//! Keeps the webhook set at Telegram, and looks whether updates arrive by it. The updates themselves come in by
//! `http` and are taken by [`Receiver`](super::Receiver).

use super::{
    attend::{Pause, note, note_failure, rest},
    client::{CallError, Telegram},
    intake,
    status::BotState,
};
use crate::{
    app::App,
    ops::{outage, reception, webhook::Place},
};
use serde::Deserialize;
use std::time::Duration;
use teloxide::payloads::{GetWebhookInfo, SetWebhook, setters::*};
use tokio_util::sync::CancellationToken;

/// How often Telegram is asked how deliveries go; also how long its silence can stay unnoticed.
const LOOK: Duration = Duration::from_secs(25);

/// How many deliveries Telegram makes at a time: as many as there are chats that are polled for at a time.
const CONNECTIONS: u8 = 16;

/// What is read of how deliveries go.
#[derive(Deserialize, Debug, Default)]
struct Info {
    /// Empty: no webhook is set.
    #[serde(default)]
    url: String,
    #[serde(default)]
    pending_update_count: u64,
    last_error_message: Option<String>,
}

impl Info {
    /// What keeps updates from arriving: something waits, and the last try failed.
    fn complaint(&self) -> Option<&str> {
        self.last_error_message.as_deref().filter(|_| self.pending_update_count > 0)
    }
}

/// Keeps the webhook set until `stop`. It stays set then: what comes while the server is down waits at Telegram.
pub(super) async fn keep(app: &App, telegram: &Telegram, place: &Place, stop: &CancellationToken) {
    let mut keeper = Keeper { set: false, complaints: 0 };
    let mut pause = Pause::default();
    loop {
        let looked = tokio::select! {
            () = stop.cancelled() => return,
            looked = keeper.look(telegram, place) => looked,
        };
        let go_on = match looked {
            Ok(info) => {
                pause = Pause::default();
                note(outage::answers(app).await);
                keeper.judge(app, place, &info).await;
                rest(app, stop, LOOK).await
            }
            Err(error) => {
                app.bot.set(BotState::Failing { error: explain(place, &error) });
                note_failure(app, &error).await;
                let asked = match error {
                    CallError::Flood(wait) => Some(wait),
                    _ => None,
                };
                pause.wait(app, stop, asked).await
            }
        };
        if go_on.is_break() {
            return;
        }
    }
}

struct Keeper {
    /// It was set since the start, so that its secret is today's.
    set: bool,
    /// So many looks in a row found that updates do not arrive.
    complaints: u32,
}

impl Keeper {
    /// Sees that the webhook is set, and asks how deliveries go.
    async fn look(&mut self, telegram: &Telegram, place: &Place) -> Result<Info, CallError> {
        let info: Info = telegram.call_for(GetWebhookInfo::new()).await?;
        if self.set && info.url == place.url.as_str() {
            return Ok(info);
        }
        let set = SetWebhook::new(place.url.clone())
            .secret_token(place.secret.expose())
            .max_connections(CONNECTIONS)
            .allowed_updates(intake::WANTED);
        telegram.call(set).await?;
        tracing::info!(url = %place.url, "Telegram delivers updates by webhook");
        self.set = true;
        telegram.call_for(GetWebhookInfo::new()).await
    }

    /// Says how it goes. One look may fall between a delivery and its answer, so administrators are told of the
    /// second one that finds the same.
    async fn judge(&mut self, app: &App, place: &Place, info: &Info) {
        let Some(complaint) = info.complaint() else {
            self.complaints = 0;
            app.bot.set(BotState::Running);
            return note(reception::restored(app).await);
        };
        let error = format!(
            "Telegram cannot deliver to {} ({} wait): {complaint}. {}",
            place.url,
            info.pending_update_count,
            advice(complaint)
        );
        app.bot.set(BotState::Failing { error: error.clone() });
        self.complaints += 1;
        if self.complaints >= 2 {
            note(reception::lost(app, &error).await);
        }
    }
}

/// A refusal of the address itself, in words that say what to do.
fn explain(place: &Place, error: &CallError) -> String {
    match error {
        CallError::Refused(why) => format!(
            "Telegram does not take {} as a webhook: {why}. Set a public URL that the internet can reach, or have \
             Telegram asked for updates instead",
            place.url
        ),
        error => error.to_string(),
    }
}

/// What to do about a failed delivery, from Telegram's words for it.
fn advice(complaint: &str) -> &'static str {
    let said = complaint.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if says(&["ssl", "certificate", "tls"]) {
        "The certificate of that address must be valid and complete, with its intermediate ones"
    } else if says(&["401", "403"]) {
        "Something in front of this server turns Telegram away: let /telegram/webhook/ through with all its headers"
    } else if says(&["wrong response"]) {
        "This server or the proxy in front of it failed: see its log, and that /telegram/webhook/ is passed on"
    } else if says(&["resolve", "host"]) {
        "The name of that address must be known in the public DNS"
    } else {
        "See that the address is reached from the internet (DNS, firewall, port forwarding), or have Telegram asked \
         for updates instead"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_error_is_no_complaint_once_everything_has_arrived() {
        let info = |pending, error: Option<&str>| Info {
            url: "https://x".to_owned(),
            pending_update_count: pending,
            last_error_message: error.map(str::to_owned),
        };
        assert_eq!(info(0, Some("Connection refused")).complaint(), None);
        assert_eq!(info(3, None).complaint(), None);
        assert_eq!(info(3, Some("Connection refused")).complaint(), Some("Connection refused"));
    }

    #[test]
    fn telegrams_words_lead_to_what_can_be_done() {
        assert!(advice("SSL error {error:0A000086:certificate verify failed}").contains("certificate"));
        assert!(advice("Wrong response from the webhook: 403 Forbidden").contains("turns Telegram away"));
        assert!(advice("Wrong response from the webhook: 502 Bad Gateway").contains("proxy"));
        assert!(advice("Failed to resolve host: Name or service not known").contains("DNS"));
        assert!(advice("Connection timed out").contains("firewall"));
    }
}
