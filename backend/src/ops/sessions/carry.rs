//! What a step wants done, effect by effect: wishes, messages, alerts, and what is kept of those turned away.

use super::{Delivery, Hints};
use crate::{
    ops::{
        OpError, OpResult, Who, audit, drifts,
        tunnels::{cut_action, unwelcome},
        wishes::write_down,
    },
    store::{
        Tx,
        records::{AccountScene, AlertKind, NewAlert, RouterMode, TurnedAway},
    },
};
use sallyport_shared::{
    ids::{ConnectionId, SessionId},
    message::Message,
    person::TelegramId,
    reason::{Reason, Unwelcome},
    session::{Alert, CloseReason, Effect, Wish},
    time::{Seconds, Timestamp},
};
use uuid::Uuid;

/// Writes one effect down.
pub(super) async fn carry(
    tx: &mut Tx,
    scene: &AccountScene,
    session: Option<SessionId>,
    effect: &Effect,
    now: Timestamp,
    hints: &mut Hints,
) -> OpResult<()> {
    let observed = scene.mode == RouterMode::Observe;
    match effect {
        // Nothing of what they would be told or asked is done there.
        Effect::Tell(_) | Effect::Ask { .. } | Effect::CloseAsk { .. } | Effect::CloseReminder(_)
            if observed => {}
        Effect::Wish(asked) => wish(tx, scene, session, asked, now, hints).await?,
        Effect::Tell(message) => {
            if let Some(chat) = scene.person.telegram {
                let body = Delivery::Tell { message: message.clone() };
                let letter = deliver(tx, chat, &body, scene, None, now).await?;
                if let Message::Reminder { session, .. } = message {
                    tx.set_delivery_reminds_of(letter, *session).await?;
                }
                hints.deliveries = true;
            }
        }
        Effect::CloseReminder(text) => {
            let Some(session) = session else { return Ok(()) };
            for (letter, chat) in tx.take_reminders(session).await? {
                deliver(tx, chat, &Delivery::Rewrite { letter, text: text.clone() }, scene, None, now)
                    .await?;
                hints.deliveries = true;
            }
        }
        Effect::Ask { connection } => {
            if let Some(chat) = scene.person.telegram {
                deliver(tx, chat, &Delivery::Ask { connection: *connection }, scene, Some(*connection), now)
                    .await?;
                hints.deliveries = true;
            }
        }
        Effect::CloseAsk { connection, outcome } => {
            if let Some(chat) = scene.person.telegram {
                let body = Delivery::CloseAsk { connection: *connection, outcome: *outcome };
                deliver(tx, chat, &body, scene, Some(*connection), now).await?;
                hints.deliveries = true;
            }
        }
        Effect::Alert(alert) => {
            alert_operators(tx, scene, alert, now, hints).await?;
            hints.alerts = true;
        }
        Effect::TurnedAway { tunnel, country, against } => {
            let turned_away = TurnedAway {
                user: scene.person.id,
                account: scene.account.id,
                router: scene.account.router,
                tunnel: tunnel.clone(),
                country: country.clone(),
                at: now,
                against: *against,
            };
            tx.note_turned_away(&turned_away).await?;
        }
    }
    Ok(())
}

/// Writes down what is wished of the router, and with it a ban.
async fn wish(
    tx: &mut Tx,
    scene: &AccountScene,
    session: Option<SessionId>,
    asked: &Wish,
    now: Timestamp,
    hints: &mut Hints,
) -> OpResult<()> {
    let observed = scene.mode == RouterMode::Observe;
    let wish = match asked {
        // It was decided before that the tunnel has to go.
        Wish::Cut { .. } if tx.has_wish(scene.account.router, &asked.key(), observed).await? => return Ok(()),
        Wish::Ban { address, seconds, why } if !observed => {
            let seconds = ban(tx, scene, address, *seconds, *why, now).await?;
            Wish::Ban { address: address.clone(), seconds, why: *why }
        }
        asked => asked.clone(),
    };
    let router = (scene.account.router, scene.mode);
    hints.wishes |= write_down(tx, router, session, &wish, now).await?;
    hints.changed |= hints.wishes;
    Ok(())
}

/// Bans an address; gives for how long, which is longer where a longer ban stands.
async fn ban(
    tx: &mut Tx,
    scene: &AccountScene,
    address: &str,
    seconds: Seconds,
    why: CloseReason,
    now: Timestamp,
) -> OpResult<Seconds> {
    let (reason, until) = (ban_reason(scene, why), Some(now.plus(seconds)));
    let ban =
        tx.insert_ban(scene.account.router, address, &reason, until, Some(scene.person.id), now).await?;
    Ok(ban.until.map_or(Seconds(u32::MAX), |until| until.since(now)))
}

/// Why an address is kept out.
fn ban_reason(scene: &AccountScene, why: CloseReason) -> Reason {
    let account = scene.account.username.clone();
    match why {
        CloseReason::Banned => Reason::BannedUnconfirmed { count: scene.policy.max_unconfirmed, account },
        _ => Reason::BannedNotMe { account },
    }
}

async fn deliver(
    tx: &mut Tx,
    chat: TelegramId,
    body: &Delivery,
    scene: &AccountScene,
    connection: Option<ConnectionId>,
    now: Timestamp,
) -> OpResult<Uuid> {
    let body = serde_json::to_value(body).map_err(|error| OpError::Internal(error.to_string()))?;
    Ok(tx.deliver(chat, &body, Some(scene.person.id), connection, now).await?)
}

/// Puts an alert where operators look: the list of what waits for a human.
async fn alert_operators(
    tx: &mut Tx,
    scene: &AccountScene,
    alert: &Alert,
    now: Timestamp,
    hints: &mut Hints,
) -> OpResult<()> {
    let account = &scene.account;
    let (kind, session, detail) = match alert {
        Alert::Registration { .. } => return Ok(()),
        // What waits for approval shows by its state; the alert is there for Telegram.
        Alert::SessionApproval { session } => {
            let (router, account) = (account.router_name.clone(), account.username.clone());
            let detail = Reason::AsksForAccess { account, router };
            (AlertKind::SessionApproval, Some(*session), detail)
        }
        Alert::Denied { session, caller_id } => {
            let detail = Reason::SaidNotMe { account: account.username.clone(), caller: caller_id.clone() };
            (AlertKind::Denial, Some(*session), detail)
        }
        Alert::Banned { session, caller_id } => {
            let detail = Reason::WornDown {
                count: scene.policy.max_unconfirmed,
                account: account.username.clone(),
                caller: caller_id.clone(),
            };
            (AlertKind::Ban, Some(*session), detail)
        }
        Alert::ForeignTunnel { tunnel, why } => {
            let observed = scene.mode == RouterMode::Observe;
            let what = unwelcome(tunnel, why_foreign(*why), observed);
            let action = cut_action(observed);
            let audit = if observed {
                // The wish has been shown already.
                let subject = format!("router:{}", account.router);
                audit(tx, now, &Who::System, action, &subject, Some(&what.to_string())).await?
            } else {
                drifts::write(tx, account.router, now, &what, true, action).await?.audit
            };
            hints.audits.push(audit);
            return Ok(());
        }
        Alert::OpenRefused { session } => {
            let (router, account) = (account.router_name.clone(), account.username.clone());
            let detail = Reason::WouldNotOpen { router, account };
            (AlertKind::CommandFailing, Some(*session), detail)
        }
    };
    let alert = NewAlert { kind, user: Some(scene.person.id), session, router: Some(account.router), detail };
    tx.raise_alert(&alert, now).await?;
    Ok(())
}

/// Why a tunnel may not be there.
fn why_foreign(why: CloseReason) -> Unwelcome {
    match why {
        CloseReason::TooMany => Unwelcome::TooMany,
        CloseReason::Banned => Unwelcome::Banned,
        _ => Unwelcome::NoSession,
    }
}
