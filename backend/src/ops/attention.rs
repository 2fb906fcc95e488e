//! What waits for a human, gathered from where it stands: registrations, requests, tunnels whose owner is asked,
//! alerts, routers in trouble, commands that fail, and bans.

use super::{OpError, OpResult, authority::Operator, outage, reception, settings, unit::Unit};
use crate::{
    app::App,
    store::{
        Tx,
        records::{
            AlertKind, AlertRecord, BanRecord, RouterRecord, RouterState, SessionFilter, SessionOrder,
            SessionRecord, Slice, UserFilter, UserOrder, UserRecord, UserSort,
        },
    },
};
use sallyport_shared::{
    ids::{RouterId, SessionId, UserId},
    person::UserStatus,
    policy::OutageMode,
    reason::Reason,
    session::SessionState,
    time::Timestamp,
};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// So many of a kind are listed.
const MOST: usize = 100;

/// Whom or what it is about.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A person.
    User(Box<UserRecord>),
    /// A session.
    Session(Box<SessionRecord>),
    /// A router.
    Router(Box<RouterRecord>),
    /// A ban.
    Ban(BanRecord),
}

/// Something that waits for a human.
#[derive(Clone, Debug)]
pub struct Item {
    /// The alert that stands for it, if somebody may say that they have seen to it; the others end by themselves.
    pub alert: Option<Uuid>,
    /// Since when.
    pub at: Timestamp,
    /// Of which kind.
    pub kind: AlertKind,
    /// When it is too late.
    pub lapses_at: Option<Timestamp>,
    /// Whom or what it is about.
    pub subject: Subject,
    /// What it is.
    pub detail: Reason,
}

/// Everything that waits, what lapses first on top, then the newest.
///
/// # Errors
/// When the database fails.
pub async fn list(app: &App) -> OpResult<Vec<Item>> {
    let now = app.clock.now();
    let mut tx = app.store.read().await?;
    let mut items = registrations(&mut tx).await?;
    items.extend(requests(&mut tx).await?);
    items.extend(confirmations(&mut tx).await?);
    let routers: HashMap<RouterId, RouterRecord> =
        tx.routers().await?.into_iter().map(|router| (router.id, router)).collect();
    items.extend(alerts(&mut tx, &routers).await?);
    // Of a router that was entered twice that is said already, and it is all the trouble that it has.
    let twice: HashSet<RouterId> = items
        .iter()
        .filter(|item| matches!(item.detail, Reason::EnteredTwice { .. }))
        .filter_map(|item| if let Subject::Router(router) = &item.subject { Some(router.id) } else { None })
        .collect();
    let mut trouble = trouble(&mut tx, &routers, now).await?;
    trouble.retain(|item| !matches!(&item.subject, Subject::Router(router) if twice.contains(&router.id)));
    items.extend(trouble);
    items.extend(failing(&mut tx, &routers).await?);
    items.extend(bans(&mut tx, now).await?);
    items.extend(everywhere(app, &mut tx, &routers, now).await?);
    items.sort_by_key(|item| (item.lapses_at.is_none(), item.lapses_at, std::cmp::Reverse(item.at)));
    Ok(items)
}

/// Ends an alert that somebody has seen to: a password was changed, a person was called. What is still so on a router
/// cannot be waved away.
///
/// # Errors
/// [`OpError::NotFound`] if it is over, or stands for what is still so.
pub async fn seen_to(app: &App, by: &Operator, alert: Uuid) -> OpResult<()> {
    let mut unit = Unit::begin(app, by.who()).await?;
    let record = unit.tx.alert(alert).await?.filter(|record| is_for_somebody(record.alert.kind));
    let record = record.ok_or(OpError::NotFound("alert"))?;
    if !unit.tx.resolve_alert(alert, unit.now).await? {
        return Err(OpError::NotFound("alert"));
    }
    let subject = format!("alert:{alert}");
    unit.audit("attention.settle", &subject, Some(&record.alert.detail.to_string())).await?;
    unit.alerts_changed();
    unit.commit().await
}

/// Does an alert of this kind ask somebody to do something of which nothing here will tell?
fn is_for_somebody(kind: AlertKind) -> bool {
    matches!(kind, AlertKind::Denial | AlertKind::Ban | AlertKind::CommandFailing)
}

async fn registrations(tx: &mut Tx) -> OpResult<Vec<Item>> {
    let filter = UserFilter { status: vec![UserStatus::Pending], ..UserFilter::default() };
    let order = UserOrder { by: UserSort::CreatedAt, ..UserOrder::default() };
    let page = tx.users_page(&filter, order, &Slice::first(MOST)).await?;
    Ok(page
        .items
        .into_iter()
        .map(|(_, user)| Item {
            alert: None,
            at: user.created_at,
            kind: AlertKind::Registration,
            lapses_at: None,
            detail: Reason::AsksToRegister { name: user.display_name.clone() },
            subject: Subject::User(Box::new(user)),
        })
        .collect())
}

async fn requests(tx: &mut Tx) -> OpResult<Vec<Item>> {
    let filter = SessionFilter { state: vec![SessionState::Requested], ..SessionFilter::default() };
    let page = tx.sessions_page(&filter, SessionOrder::default(), &Slice::first(MOST)).await?;
    Ok(page
        .items
        .into_iter()
        .map(|(_, record)| Item {
            alert: None,
            at: record.session.requested_at,
            kind: AlertKind::SessionApproval,
            lapses_at: record.session.connect_by,
            detail: Reason::WaitsForApproval,
            subject: Subject::Session(Box::new(record)),
        })
        .collect())
}

async fn confirmations(tx: &mut Tx) -> OpResult<Vec<Item>> {
    let mut waiting = tx.waiting_connections().await?;
    waiting.truncate(MOST);
    let ids: Vec<SessionId> = waiting.iter().map(|record| record.session).collect();
    let sessions = tx.sessions_by_ids(&ids).await?;
    Ok(waiting
        .into_iter()
        .filter_map(|record| {
            let tunnel = &record.connection.tunnel;
            Some(Item {
                alert: None,
                at: record.connection.connected_at,
                kind: AlertKind::Confirmation,
                lapses_at: record.connection.waits_until,
                detail: Reason::WaitsForAnswer {
                    account: tunnel.username.clone(),
                    caller: tunnel.caller_id.clone(),
                },
                subject: Subject::Session(Box::new(sessions.get(&record.session)?.clone())),
            })
        })
        .collect())
}

async fn alerts(tx: &mut Tx, routers: &HashMap<RouterId, RouterRecord>) -> OpResult<Vec<Item>> {
    // These show by the state of the person, session or router; their alerts are there for Telegram.
    let shown_otherwise = [AlertKind::Registration, AlertKind::SessionApproval, AlertKind::RouterTrouble];
    let mut open: Vec<AlertRecord> = tx.open_alerts().await?;
    open.retain(|alert| !shown_otherwise.contains(&alert.alert.kind));
    let session_ids: Vec<SessionId> = open.iter().filter_map(|alert| alert.alert.session).collect();
    let user_ids: Vec<UserId> = open.iter().filter_map(|alert| alert.alert.user).collect();
    let sessions = tx.sessions_by_ids(&session_ids).await?;
    let users = tx.users_by_ids(&user_ids).await?;
    let subject = |alert: &AlertRecord| {
        let session = alert.alert.session.and_then(|id| sessions.get(&id));
        let user = alert.alert.user.and_then(|id| users.get(&id));
        let router = alert.alert.router.and_then(|id| routers.get(&id));
        session
            .map(|session| Subject::Session(Box::new(session.clone())))
            .or_else(|| user.map(|user| Subject::User(Box::new(user.clone()))))
            .or_else(|| router.map(|router| Subject::Router(Box::new(router.clone()))))
    };
    Ok(open
        .iter()
        .filter_map(|alert| {
            Some(Item {
                alert: is_for_somebody(alert.alert.kind).then_some(alert.id),
                at: alert.at,
                kind: alert.alert.kind,
                lapses_at: None,
                subject: subject(alert)?,
                detail: alert.alert.detail.clone(),
            })
        })
        .collect())
}

async fn trouble(
    tx: &mut Tx,
    routers: &HashMap<RouterId, RouterRecord>,
    now: Timestamp,
) -> OpResult<Vec<Item>> {
    let ids: Vec<RouterId> =
        routers.values().filter(|router| router.enabled).map(|router| router.id).collect();
    let statuses = tx.router_statuses(&ids).await?;
    Ok(statuses
        .into_values()
        .filter(|status| matches!(status.state, RouterState::Offline | RouterState::Degraded))
        .filter_map(|status| {
            let router = routers.get(&status.router)?;
            Some(Item {
                alert: None,
                at: status.last_seen_at.unwrap_or(now),
                kind: AlertKind::RouterTrouble,
                lapses_at: None,
                subject: Subject::Router(Box::new(router.clone())),
                detail: status.last_error.map_or_else(
                    || Reason::DoesNotAnswer { router: router.name.clone() },
                    |text| Reason::Words { text },
                ),
            })
        })
        .collect())
}

async fn failing(tx: &mut Tx, routers: &HashMap<RouterId, RouterRecord>) -> OpResult<Vec<Item>> {
    let mut seen = HashSet::new();
    let wishes = tx.failing_wishes(super::wishes::FAILING.into()).await?;
    Ok(wishes
        .into_iter()
        .filter(|wish| seen.insert(wish.router))
        .filter_map(|wish| {
            Some(Item {
                alert: None,
                at: wish.created_at,
                kind: AlertKind::CommandFailing,
                lapses_at: None,
                subject: Subject::Router(Box::new(routers.get(&wish.router)?.clone())),
                detail: wish.last_error.map_or(Reason::CommandFails, |text| Reason::Words { text }),
            })
        })
        .collect())
}

/// What concerns all routers alike, shown with the first of them: a clock that was set, Telegram's outage, updates that
/// do not come, and policies that need a page whose address, or countries which, are not known.
async fn everywhere(
    app: &App,
    tx: &mut Tx,
    routers: &HashMap<RouterId, RouterRecord>,
    now: Timestamp,
) -> OpResult<Vec<Item>> {
    let Some(first) = routers.values().filter(|router| router.enabled).min_by_key(|router| &router.name)
    else {
        return Ok(Vec::new());
    };
    let item = |at, kind, detail| Item {
        alert: None,
        at,
        kind,
        lapses_at: None,
        subject: Subject::Router(Box::new(first.clone())),
        detail,
    };
    let policies = tx.policies().await?;
    let mut items = Vec::new();
    if let Some(seconds) = app.clock.jumped_by() {
        let detail = Reason::ClockSet { seconds };
        items.push(item(now, AlertKind::CommandFailing, detail));
    }
    if let Some(alert) = reception::standing(tx).await? {
        items.push(item(alert.at, alert.alert.kind, alert.alert.detail));
    }
    if let Some(since) = outage::since(tx, now).await? {
        let opens = policies.iter().any(|record| record.policy.outage == OutageMode::Open);
        let kind = if opens { AlertKind::BoxOpen } else { AlertKind::CommandFailing };
        items.push(item(since, kind, outage::describe(tx).await?));
    }
    let paged: Vec<String> = policies
        .iter()
        .filter(|record| record.policy.needs_page())
        .map(|record| record.policy.name.clone())
        .collect();
    if !paged.is_empty() && settings::public_url(app, tx).await?.is_none() {
        let detail = Reason::NoPageAddress { policies: paged };
        items.push(item(now, AlertKind::CommandFailing, detail));
    }
    let asking: Vec<String> = policies
        .iter()
        .filter(|record| !record.policy.allowed_countries.is_empty())
        .map(|record| record.policy.name.clone())
        .collect();
    if !asking.is_empty() && !app.countries.are_known() {
        let detail = Reason::NoCountries { policies: asking };
        items.push(item(now, AlertKind::CommandFailing, detail));
    }
    Ok(items)
}

async fn bans(tx: &mut Tx, now: Timestamp) -> OpResult<Vec<Item>> {
    let mut all = tx.bans(None, now).await?;
    all.truncate(MOST);
    Ok(all
        .into_iter()
        .map(|ban| Item {
            alert: None,
            at: ban.created_at,
            kind: AlertKind::Ban,
            lapses_at: ban.until,
            detail: Reason::IsBanned { address: ban.address.clone(), why: Box::new(ban.reason.clone()) },
            subject: Subject::Ban(ban),
        })
        .collect())
}
