//! Alerts as administrators get them in Telegram: each is told once to whoever linked a chat, at most a few of a
//! kind a minute, many at once in one message; and what came of it is told below.

mod banned;
mod watch;

use super::{
    OpResult,
    letters::{Addressee, letter_to},
    reach, reception,
    sessions::Delivery,
};
use crate::{
    app::App,
    store::{
        Tx,
        records::{AdminRecord, AlertKind, AlertRecord, NewAlert, Role, RouterRecord},
    },
};
use sallyport_shared::{
    ids::{RouterId, SessionId, UserId},
    language::Language,
    message::{AdminMessage, Alarm, Facts, Many, Message},
    reason::Reason,
    session::CloseReason,
    time::{Seconds, Timestamp},
};
use std::collections::HashMap;

pub(super) use banned::settle_bans;
pub(super) use watch::settle_refusals;

/// So many alerts of a kind are told one by one within [`SPAN`]; more come in one message.
const EACH: usize = 3;

/// See [`EACH`].
const SPAN: Seconds = Seconds(60);

/// So many alerts are looked at in one go.
const BATCH: i64 = 500;

/// Tells administrators what they were not told yet; gives when to look again without a hint.
///
/// # Errors
/// When the database fails; nothing is lost then.
pub async fn tick(app: &App) -> OpResult<Option<Timestamp>> {
    let again = watch::look(app).await?;
    let now = app.clock.now();
    let mut tx = app.store.read().await?;
    let new = tx.unannounced_alerts(BATCH).await?;
    let over = tx.unfollowed_alerts(BATCH).await?;
    drop(tx);
    if new.is_empty() && over.is_empty() {
        return Ok(again);
    }
    let mut tx = app.store.begin().await?;
    let readers = readers(&mut tx).await?;
    let later = announce(&mut tx, &readers, new, now).await?;
    for alert in &over {
        follow(&mut tx, &readers, alert, now).await?;
    }
    tx.commit().await?;
    app.bus.deliveries.notify_one();
    Ok(again.into_iter().chain(later).min())
}

/// The administrators who linked a chat.
async fn readers(tx: &mut Tx) -> OpResult<Vec<AdminRecord>> {
    let mut admins = tx.admins().await?;
    admins.retain(|admin| admin.enabled && admin.telegram.is_some());
    Ok(admins)
}

/// Tells of new alerts; gives when those that have to wait may be told of.
async fn announce(
    tx: &mut Tx,
    readers: &[AdminRecord],
    alerts: Vec<AlertRecord>,
    now: Timestamp,
) -> OpResult<Option<Timestamp>> {
    let mut kinds: HashMap<AlertKind, Vec<AlertRecord>> = HashMap::new();
    for alert in alerts {
        kinds.entry(alert.alert.kind).or_default().push(alert);
    }
    let mut later = None;
    for (kind, mut alerts) in kinds {
        // What is settled by now is no news.
        for alert in alerts.extract_if(.., |alert| alert.resolved_at.is_some()) {
            tx.announce_alert(alert.id, now).await?;
            tx.follow_alert(alert.id, now).await?;
        }
        let told = tx.announcements_since(kind, now.minus(SPAN)).await?;
        if alerts.len() + told.len() <= EACH {
            for alert in &alerts {
                announce_one(tx, readers, alert, now).await?;
            }
        } else if told.is_empty() {
            announce_many(tx, readers, kind, &alerts, now).await?;
        } else if let Some(first) = told.first().filter(|_| !alerts.is_empty()) {
            let free = first.plus(SPAN);
            later = Some(later.map_or(free, |other: Timestamp| other.min(free)));
        }
    }
    Ok(later)
}

async fn announce_one(
    tx: &mut Tx,
    readers: &[AdminRecord],
    alert: &AlertRecord,
    now: Timestamp,
) -> OpResult<()> {
    if !tx.announce_alert(alert.id, now).await? {
        return Ok(());
    }
    for admin in readers.iter().filter(|admin| concerns(alert.alert.kind, admin)) {
        let Some(to) = addressee(admin) else { continue };
        let Some(message) = message_of(tx, alert, admin.language).await? else { return Ok(()) };
        let delivery = Delivery::Tell { message: Message::Admin(message) };
        let letter = letter_to(tx, to, delivery, now).await?;
        tx.set_delivery_alert(letter, alert.id).await?;
    }
    Ok(())
}

async fn announce_many(
    tx: &mut Tx,
    readers: &[AdminRecord],
    kind: AlertKind,
    alerts: &[AlertRecord],
    now: Timestamp,
) -> OpResult<()> {
    let mut names = Vec::new();
    let mut many = Many::Alarms(Alarm::Drift);
    let mut count = 0;
    for alert in alerts {
        if !tx.announce_alert(alert.id, now).await? {
            continue;
        }
        count += 1;
        let (kind, name) = match message_of(tx, alert, Language::En).await? {
            Some(AdminMessage::Registration { name, .. }) => (Many::Registrations, Some(name)),
            Some(AdminMessage::Request { name, .. }) => (Many::Requests, Some(name)),
            Some(AdminMessage::Alarm { alarm, facts }) => {
                let name = match alarm {
                    Alarm::Denial | Alarm::Unreachable | Alarm::Unsaid => facts.name,
                    Alarm::Ban => facts.caller,
                    _ => facts.router,
                };
                (Many::Alarms(alarm), name)
            }
            _ => continue,
        };
        many = kind;
        names.extend(name.filter(|name| !names.contains(name)));
    }
    if count == 0 {
        return Ok(());
    }
    let message = Message::Admin(AdminMessage::Many { many, count, names });
    for to in readers.iter().filter(|admin| concerns(kind, admin)).filter_map(addressee) {
        letter_to(tx, to, Delivery::Tell { message: message.clone() }, now).await?;
    }
    Ok(())
}

/// Tells, in the messages that told of an alert, what came of it.
async fn follow(tx: &mut Tx, readers: &[AdminRecord], alert: &AlertRecord, now: Timestamp) -> OpResult<()> {
    if !tx.follow_alert(alert.id, now).await? {
        return Ok(());
    }
    let told = tx.deliveries_of_alert(alert.id).await?;
    for to in readers.iter().filter_map(addressee) {
        if told.iter().any(|delivery| delivery.chat == to.chat) {
            letter_to(tx, to, Delivery::Follow { alert: alert.id }, now).await?;
        }
    }
    Ok(())
}

/// Settles the open alerts of which this is true; tells whether there were any.
///
/// # Errors
/// When the database fails.
pub(super) async fn settle(
    tx: &mut Tx,
    now: Timestamp,
    is_over: impl Fn(&NewAlert) -> bool,
) -> OpResult<bool> {
    let open = tx.open_alerts().await?;
    let mut settled = false;
    for alert in open.iter().filter(|open| is_over(&open.alert)) {
        settled |= tx.resolve_alert(alert.id, now).await?;
    }
    Ok(settled)
}

/// Decisions are for those who may take them; the rest is for everybody who watches.
fn concerns(kind: AlertKind, admin: &AdminRecord) -> bool {
    match kind {
        AlertKind::Registration | AlertKind::SessionApproval => admin.role >= Role::Operator,
        _ => true,
    }
}

fn addressee(admin: &AdminRecord) -> Option<Addressee> {
    Some(Addressee { chat: admin.telegram?, user: None, language: Some(admin.language) })
}

/// What an alert is told as in this language; none: there is nothing to be said about it (any more).
async fn message_of(tx: &mut Tx, alert: &AlertRecord, language: Language) -> OpResult<Option<AdminMessage>> {
    let NewAlert { kind, user, session, router, detail } = &alert.alert;
    let user = match user {
        Some(id) => tx.user(*id).await?,
        None => None,
    };
    let name = user.as_ref().map(|user| user.display_name.clone());
    let router = match router {
        Some(id) => tx.router(*id).await?.map(|router| router.name),
        None => None,
    };
    let alarm = match kind {
        AlertKind::Registration => {
            return Ok(user.map(|user| AdminMessage::Registration {
                user: user.id,
                name: user.display_name,
                handle: user.telegram_username,
                menu: false,
            }));
        }
        AlertKind::SessionApproval => {
            let Some(session) = *session else { return Ok(None) };
            return request(tx, session).await;
        }
        // The person is asked; the console shows it.
        AlertKind::Confirmation => return Ok(None),
        AlertKind::Denial => Alarm::Denial,
        AlertKind::Ban => Alarm::Ban,
        AlertKind::RouterTrouble if matches!(detail, Reason::OtherCertificate { .. }) => {
            Alarm::CertificateChanged
        }
        AlertKind::RouterTrouble => Alarm::RouterDown,
        _ if matches!(detail, Reason::EnteredTwice { .. } | Reason::OtherDevice { .. }) => Alarm::Device,
        AlertKind::BoxOpen => Alarm::BoxOpen,
        AlertKind::CommandFailing if reception::is_deaf(&alert.alert) => Alarm::Deaf,
        AlertKind::CommandFailing if reach::is_out_of_reach(&alert.alert) => Alarm::Unreachable,
        AlertKind::CommandFailing if matches!(detail, Reason::MessageRefused { .. }) => Alarm::Unsaid,
        AlertKind::CommandFailing => Alarm::CommandFailing,
        AlertKind::Drift => Alarm::Drift,
    };
    let (account, caller) = match session {
        Some(session) => tunnel_of(tx, *session, *kind).await?,
        None => (None, None),
    };
    // The alarm's own words say what it is about; the detail is why.
    let detail = match detail {
        Reason::BotIsDeaf { said } | Reason::MessageRefused { said } => said.clone(),
        _ => detail.say(language),
    };
    let facts = Facts { name, account, router, caller, detail: Some(detail) };
    Ok(Some(AdminMessage::Alarm { alarm, facts }))
}

/// What came of an alert that is settled; none: nothing that is worth a word.
pub(crate) async fn outcome(tx: &mut Tx, alert: &AlertRecord) -> OpResult<Option<AdminMessage>> {
    match alert.alert.kind {
        AlertKind::Registration => match alert.alert.user {
            Some(user) => registration_over(tx, user).await,
            None => Ok(None),
        },
        AlertKind::SessionApproval => match alert.alert.session {
            Some(session) => request_over(tx, session).await,
            None => Ok(None),
        },
        AlertKind::RouterTrouble => router_over(tx, alert.alert.router, Alarm::RouterUp).await,
        AlertKind::BoxOpen => {
            // It may be open for another reason now, and then another alert stands.
            let open = tx.open_alerts().await?;
            let same = |other: &AlertRecord| {
                other.alert.kind == AlertKind::BoxOpen && other.alert.router == alert.alert.router
            };
            if open.iter().any(same) {
                return Ok(None);
            }
            router_over(tx, alert.alert.router, Alarm::BoxHolds).await
        }
        AlertKind::CommandFailing if reception::is_deaf(&alert.alert) => {
            Ok(Some(AdminMessage::Alarm { alarm: Alarm::Hears, facts: Facts::default() }))
        }
        _ => Ok(None),
    }
}

/// What troubled a router is over. A router that is not looked after any more is no news.
async fn router_over(tx: &mut Tx, router: Option<RouterId>, alarm: Alarm) -> OpResult<Option<AdminMessage>> {
    let Some(router) = router else { return Ok(None) };
    let router = tx.router(router).await?.filter(|router| router.enabled && router.deleted_at.is_none());
    let facts = |router: RouterRecord| Facts { router: Some(router.name), ..Facts::default() };
    Ok(router.map(|router| AdminMessage::Alarm { alarm, facts: facts(router) }))
}

/// What became of a registration.
pub(crate) async fn registration_over(tx: &mut Tx, user: UserId) -> OpResult<Option<AdminMessage>> {
    let Some(user) = tx.user(user).await? else { return Ok(None) };
    let by = match user.decided_by {
        Some(by) => tx.admin(by).await?.map(|admin| admin.username),
        None => None,
    };
    let (name, status, reason) = (user.display_name, user.status, user.rejection_reason);
    Ok(Some(AdminMessage::RegistrationOver { name, status, by, reason }))
}

/// What became of a session that was asked for.
pub(crate) async fn request_over(tx: &mut Tx, session: SessionId) -> OpResult<Option<AdminMessage>> {
    let Some(AdminMessage::Request { name, account, .. }) = request(tx, session).await? else {
        return Ok(None);
    };
    let Some(loaded) = tx.session(session).await? else { return Ok(None) };
    let approved = loaded.session.granted_at.is_some();
    Ok(Some(AdminMessage::RequestOver { name, account, approved, reason: loaded.session.end_reason }))
}

/// A session that waits for approval, as administrators see it.
pub(crate) async fn request(tx: &mut Tx, session: SessionId) -> OpResult<Option<AdminMessage>> {
    let Some(loaded) = tx.session(session).await? else { return Ok(None) };
    let Some(scene) = tx.scene(loaded.session.account).await? else { return Ok(None) };
    let name = tx.user(loaded.session.user).await?.map(|user| user.display_name);
    Ok(name.map(|name| AdminMessage::Request {
        session,
        name,
        account: scene.account.username,
        router: scene.account.router_name,
        menu: false,
    }))
}

/// The account of a session, and from where the tunnel came that an alert is about.
async fn tunnel_of(
    tx: &mut Tx,
    session: SessionId,
    kind: AlertKind,
) -> OpResult<(Option<String>, Option<String>)> {
    let Some(loaded) = tx.session(session).await? else { return Ok((None, None)) };
    let account = tx.scene(loaded.session.account).await?.map(|scene| scene.account.username);
    let connections = loaded.session.connections;
    let meant = connections
        .iter()
        .rev()
        .find(|connection| kind != AlertKind::Denial || connection.close_reason == Some(CloseReason::Denied));
    Ok((account, meant.and_then(|connection| connection.tunnel.caller_id.clone())))
}

/// A router showed another key than the one that was accepted: those who watch are told.
///
/// # Errors
/// When the database fails.
pub async fn certificate_changed(app: &App, router: RouterId, found: &str) -> OpResult<()> {
    let alert = NewAlert {
        kind: AlertKind::RouterTrouble,
        user: None,
        session: None,
        router: Some(router),
        detail: Reason::OtherCertificate { found: found.to_owned() },
    };
    let mut tx = app.store.begin().await?;
    let raised = tx.raise_alert(&alert, app.clock.now()).await?;
    tx.commit().await?;
    if raised {
        app.bus.alerts.notify_one();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::letters::Letter;

    #[test]
    fn letters_about_alerts_are_kept_as_they_are() {
        let delivery = Delivery::Follow { alert: uuid::Uuid::nil() };
        let letter = Letter { language: None, delivery };
        let body = serde_json::to_value(&letter).unwrap();
        assert_eq!(serde_json::from_value::<Letter>(body).unwrap(), letter);
        let message = Message::Admin(AdminMessage::Alarm { alarm: Alarm::Ban, facts: Facts::default() });
        let letter = Letter { language: None, delivery: Delivery::Tell { message } };
        let body = serde_json::to_value(&letter).unwrap();
        assert_eq!(serde_json::from_value::<Letter>(body).unwrap(), letter);
    }
}
