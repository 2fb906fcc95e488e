//! What became of a wish: the result comes back as an event, and only then is the wish crossed off.
//!
//! In this order a crash in between repeats the wish, which is idempotent, and the event, which changes
//! nothing the second time. The other way round something decided could be lost.

use super::{
    OpError, OpResult, Who, alarms, bans, elsewhere,
    letters::{Addressee, letter_to},
    sessions::{Delivery, Target, apply},
    tunnels,
};
use crate::{
    app::App,
    bus::Change,
    store::{
        Tx,
        records::{AlertKind, NewAlert, Obstacle, RouterMode, WishRecord},
    },
};
use sallyport_shared::{
    ids::{AccountId, RouterId, SessionId},
    message::Message,
    reason::{Reason, Unwelcome},
    session::{Event, OpenFailure, Tunnel, Wish},
    text::readable,
    time::{Seconds, Timestamp},
};

/// After so many failures a wish shows in the console as failing.
pub const FAILING: i32 = 3;

/// How a wish ended on the router.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Carried {
    /// Read back: it is so.
    Done,
    /// Read back: it is so; and these bytes had gone through the tunnel.
    Counted {
        /// From the peer.
        bytes_in: i64,
        /// To the peer.
        bytes_out: i64,
    },
    /// The tunnel that was to be opened is gone, or is another one now.
    TunnelGone,
    /// The door is closed, and the tunnel, which was to stay, was in no box: it was cut.
    CutOutside,
    /// The address was not banned: somebody manages the router from there, and would be locked out.
    Spared {
        /// The account that is logged in from there, or the service that is bound to it.
        who: String,
    },
    /// The router that has the tunnel does not end it; what could be done about that was done.
    OutOfReach,
}

/// Why a wish could not be carried out now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Hindrance {
    /// The router cannot be reached, or did not answer; worth another try soon.
    Unreachable(String),
    /// The router, or what was found on it, says no.
    Refused(String),
}

impl Hindrance {
    fn obstacle(&self) -> Obstacle {
        match self {
            Self::Unreachable(_) => Obstacle::Unreachable,
            Self::Refused(_) => Obstacle::Refused,
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Unreachable(text) | Self::Refused(text) => text,
        }
    }
}

/// Writes a wish down. On a router that is only watched it is kept for the record, and administrators are shown what
/// would have been done. False: it was wished, or shown, already.
pub(super) async fn write_down(
    tx: &mut Tx,
    (router, mode): (RouterId, RouterMode),
    session: Option<SessionId>,
    wish: &Wish,
    now: Timestamp,
) -> OpResult<bool> {
    let observed = mode == RouterMode::Observe;
    let written = tx.wish(router, session, wish, now, observed).await?;
    if written && observed {
        tx.insert_drift(router, now, &would(wish), false).await?;
    }
    Ok(written)
}

/// What a wish would have done to a router that is only watched.
pub(super) fn would(wish: &Wish) -> Reason {
    let whose = |tunnel: &Tunnel| (tunnel.username.clone(), tunnel.caller_id.clone());
    match wish {
        Wish::Account { username, enabled, .. } => {
            Reason::WouldSwitchAccount { account: username.clone(), on: *enabled }
        }
        Wish::Open { tunnel, .. } => {
            let (account, caller) = whose(tunnel);
            Reason::WouldOpen { account, caller }
        }
        Wish::Close { tunnel, .. } => {
            let (account, caller) = whose(tunnel);
            Reason::WouldClose { account, caller }
        }
        Wish::Cut { tunnel, .. } => {
            let (account, caller) = whose(tunnel);
            Reason::WouldCut { account, caller }
        }
        Wish::CutElsewhere { tunnel } => elsewhere::ends(tunnel, true),
        Wish::Ban { address, seconds, .. } => {
            Reason::WouldBan { address: address.clone(), seconds: *seconds }
        }
        Wish::Unban { address } => Reason::WouldLiftBan { address: address.clone() },
        Wish::RuleOff { comment, .. } => Reason::WouldSwitchRuleOff { rule: readable(comment).into_owned() },
    }
}

/// The wish was carried out and read back.
///
/// # Errors
/// When the database fails; the wish then stays and is carried out again.
pub async fn done(app: &App, wish: &WishRecord, carried: &Carried) -> OpResult<()> {
    match (&wish.wish, carried) {
        (Wish::Open { connection, account, .. }, Carried::Done) => {
            report(app, wish, *account, Event::Opened { connection: *connection }).await?;
        }
        (Wish::Open { connection, account, .. }, Carried::TunnelGone) => {
            let event = Event::OpenFailed { connection: *connection, failure: OpenFailure::TunnelGone };
            report(app, wish, *account, event).await?;
        }
        (Wish::Close { tunnel, .. }, Carried::CutOutside) => {
            tunnels::report(app, wish.router, tunnel, Unwelcome::NotInBox, false).await?;
        }
        (Wish::Ban { address, .. }, Carried::Spared { who }) => {
            bans::spared(app, wish, address, who).await?;
        }
        (Wish::CutElsewhere { tunnel }, Carried::OutOfReach) => {
            elsewhere::out_of_reach(app, wish, tunnel).await?;
        }
        (Wish::Close { tunnel, .. } | Wish::Cut { tunnel, .. }, Carried::Counted { bytes_in, bytes_out }) => {
            count(app, wish.session, tunnel, (*bytes_in, *bytes_out)).await?;
        }
        (Wish::Account { account, enabled, .. }, _) => {
            if *enabled && wish.session.is_some() {
                report(app, wish, *account, Event::AccountEnabled).await?;
            }
            let mut tx = app.store.begin().await?;
            tx.set_account_seen(*account, Some(*enabled), None).await?;
            tx.commit().await?;
        }
        _ => {}
    }
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    tx.finish_wish(wish.id, now).await?;
    let was_refused = wish.session.is_some() && wish.obstacle == Some(Obstacle::Refused);
    let settled = was_refused && alarms::settle_refusals(&mut tx, now).await?;
    tx.commit().await?;
    if settled {
        app.bus.alerts.notify_one();
    }
    settle(app, wish.session).await
}

/// Writes down what had gone through a tunnel in the end. A tunnel of no session is counted for nobody.
async fn count(
    app: &App,
    session: Option<SessionId>,
    tunnel: &Tunnel,
    (bytes_in, bytes_out): (i64, i64),
) -> OpResult<()> {
    let Some(session) = session else { return Ok(()) };
    let mut tx = app.store.begin().await?;
    let Some(connection) = tx.connection_of_tunnel(session, tunnel).await? else { return Ok(()) };
    tx.set_traffic(&[(connection, bytes_in, bytes_out)]).await?;
    Ok(tx.commit().await?)
}

/// Hands the result to the session; that the session has moved on in the meantime is no error.
async fn report(app: &App, wish: &WishRecord, account: AccountId, event: Event) -> OpResult<()> {
    let target = wish.session.map_or(Target::Account(account), Target::Session);
    match apply(app, &target, &event, &Who::System).await {
        Ok(_) | Err(OpError::Refused(_) | OpError::NotFound(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// The last wish of an ended session has come true: everything is closed, and it can be said.
async fn settle(app: &App, session: Option<SessionId>) -> OpResult<()> {
    let Some(session) = session else { return Ok(()) };
    if app.store.read().await?.outstanding(session).await? > 0 {
        return Ok(());
    }
    match apply(app, &Target::Session(session), &Event::Settled, &Who::System).await {
        Ok(_) | Err(OpError::Refused(_) | OpError::NotFound(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Sessions whose last wish came true just before a crash: their people are told now.
///
/// # Errors
/// When the database fails.
pub async fn settle_left_over(app: &App) -> OpResult<usize> {
    let left = app.store.read().await?.unsettled_sessions().await?;
    let mut failed = None;
    for (session, _) in &left {
        // One that cannot be settled must not keep the others waiting.
        failed = settle(app, Some(*session)).await.err().or(failed);
    }
    failed.map_or(Ok(left.len()), Err)
}

/// The wish could not be carried out: it stays and is tried again later. Whoever waits for it is told once that the
/// router is away, and once that it refuses, whichever comes first; operators hear of a refusal.
///
/// # Errors
/// When the database fails; then it is told again.
pub async fn hindered(app: &App, wish: &WishRecord, hindrance: &Hindrance) -> OpResult<()> {
    let now = app.clock.now();
    let next = now.plus(retry_after(wish.attempts));
    let obstacle = hindrance.obstacle();
    let is_news = wish.obstacle.is_none_or(|told| told < obstacle);
    if let Wish::Open { connection, account, .. } = &wish.wish
        && is_news
    {
        let failure = match obstacle {
            Obstacle::Refused => OpenFailure::Refused,
            Obstacle::Unreachable => OpenFailure::Unreachable,
        };
        report(app, wish, *account, Event::OpenFailed { connection: *connection, failure }).await?;
    }
    let mut tx = app.store.begin().await?;
    let told = is_news && tell_of(&mut tx, wish, hindrance, now).await?;
    let most = wish.obstacle.map_or(obstacle, |told| told.max(obstacle));
    tx.delay_wish(wish.id, next, most, hindrance.text()).await?;
    tx.commit().await?;
    if told {
        app.bus.deliveries.notify_one();
        app.bus.alerts.notify_one();
    }
    if wish.attempts + 1 == FAILING {
        app.bus.tell(Change::Router { id: wish.router });
    }
    Ok(())
}

/// Tells the person, and operators of a refusal, what keeps access from being switched on or taken away. An end is
/// made of several wishes: it is told of the first of them. False: there is nothing to be told.
async fn tell_of(tx: &mut Tx, wish: &WishRecord, hindrance: &Hindrance, now: Timestamp) -> OpResult<bool> {
    let Some(id) = wish.session else { return Ok(false) };
    let Some(loaded) = tx.session(id).await? else { return Ok(false) };
    let session = loaded.session;
    let obstacle = hindrance.obstacle();
    let is_grant = match (&wish.wish, session.ended_at) {
        (Wish::Account { enabled: true, .. }, None) => true,
        (Wish::Account { enabled: false, .. } | Wish::Close { .. } | Wish::Cut { .. }, Some(ended))
            if wish.created_at >= ended =>
        {
            if tx.is_hindered(id, wish.id, obstacle, ended).await? {
                return Ok(false);
            }
            false
        }
        _ => return Ok(false),
    };
    let Some(scene) = tx.scene(session.account).await? else { return Ok(false) };
    let (account, router) = (scene.account.username.clone(), scene.account.router_name.clone());
    if let Hindrance::Refused(said) = hindrance {
        let (router, account, said) = (router.clone(), account.clone(), said.clone());
        let detail = if is_grant {
            Reason::WouldNotSwitchOn { router, account, said }
        } else {
            Reason::WouldNotClose { router, account, said }
        };
        let (kind, user) = (AlertKind::CommandFailing, Some(scene.person.id));
        let alert = NewAlert { kind, user, session: Some(id), router: Some(wish.router), detail };
        tx.raise_alert(&alert, now).await?;
    }
    let message = match (is_grant, obstacle) {
        (true, Obstacle::Unreachable) => Message::GrantDelayed { account, router },
        (true, Obstacle::Refused) => Message::GrantRefused { account, router },
        (false, Obstacle::Unreachable) => Message::EndDelayed { account, router },
        (false, Obstacle::Refused) => Message::EndRefused { account, router },
    };
    // Of some ends people are told all there is to be told when they are decided.
    let waits = is_grant || !session.end_told;
    if let Some(chat) = scene.person.telegram.filter(|_| waits) {
        let to = Addressee { chat, user: Some(scene.person.id), language: None };
        letter_to(tx, to, Delivery::Tell { message }, now).await?;
    }
    Ok(true)
}

/// When a wish is tried again: soon at first, then each half minute. A wish is never given up while it is the
/// newest about its thing.
fn retry_after(attempts: i32) -> Seconds {
    const STEPS: [u32; 6] = [1, 2, 4, 8, 15, 30];
    let step = usize::try_from(attempts).unwrap_or(0).min(STEPS.len() - 1);
    Seconds(STEPS.get(step).copied().unwrap_or(30))
}
