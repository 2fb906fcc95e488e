//! What the captive page may say and take: about the one tunnel whose address the page is asked from.

use super::{
    OpError, OpResult, Who, guesses, offline, outage,
    sessions::{Target, apply},
};
use crate::{
    app::App,
    store::{
        Tx,
        records::{AccountScene, ConnectionRecord},
    },
};
use sallyport_shared::{
    policy::OutageMode,
    session::{ConnectionState, Event, Refusal},
    time::Timestamp,
};
use std::net::IpAddr;

/// Where the tunnel of a device stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Standing {
    /// No tunnel has the address, or tunnels of several routers have it: nothing can be said.
    Nothing,
    /// It waits.
    Waiting(Waiting),
    /// It was confirmed and is being let through.
    Opening,
    /// It is let through.
    Inside,
}

/// A tunnel that waits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Waiting {
    /// The username.
    pub account: String,
    /// The router's name.
    pub router: String,
    /// The number to be picked in Telegram.
    pub number: Option<u8>,
    /// Its owner is being asked in Telegram.
    pub asked: bool,
    /// The question stands in Telegram.
    pub delivered: bool,
    /// Nothing gets through to Telegram just now.
    pub telegram_out: bool,
    /// The bot may not write to them.
    pub unreachable: bool,
    /// A one-time code opens now.
    pub takes_code: bool,
    /// Until it is cut.
    pub seconds_left: Option<u32>,
}

/// Where the tunnel with this address stands.
///
/// # Errors
/// When the database fails.
pub async fn look(app: &App, address: IpAddr) -> OpResult<Standing> {
    let now = app.clock.now();
    let mut tx = app.store.read().await?;
    let Some((record, scene)) = tunnel_at(&mut tx, address).await? else { return Ok(Standing::Nothing) };
    let connection = &record.connection;
    if connection.state == ConnectionState::Confirmed {
        let is_open = connection.opened_at.is_some();
        return Ok(if is_open { Standing::Inside } else { Standing::Opening });
    }
    let open =
        connection.prompt.as_ref().filter(|prompt| prompt.answered_at.is_none() && prompt.expires_at > now);
    let takes_code = takes_code(&mut tx, &scene, now).await?;
    let telegram_out = outage::is_silent(&mut tx, now).await?;
    let person = tx.user(scene.person.id).await?;
    Ok(Standing::Waiting(Waiting {
        account: scene.account.username,
        router: scene.account.router_name,
        number: open.and_then(|prompt| prompt.numbers).map(|numbers| numbers.right()),
        asked: open.is_some(),
        delivered: record.prompt_message.is_some(),
        telegram_out,
        unreachable: person.is_some_and(|person| person.telegram_blocked_at.is_some()),
        takes_code,
        seconds_left: connection.waits_until.map(|until| until.since(now).0),
    }))
}

/// A one-time code was typed on the page of the tunnel with this address. It opens that tunnel alone, once, and only
/// while its policy says so because Telegram cannot be reached.
///
/// # Errors
/// [`OpError::NotFound`] and [`OpError::Forbidden`] if there is nothing to be opened by a code now,
/// [`OpError::RateLimited`] after too many wrong ones, [`OpError::Invalid`] if it is none of this moment.
pub async fn enter_code(app: &App, address: IpAddr, code: &str) -> OpResult<()> {
    let now = app.clock.now();
    let mut tx = app.store.read().await?;
    let found = tunnel_at(&mut tx, address).await?;
    let (record, scene) = found.ok_or(OpError::NotFound("tunnel"))?;
    if record.connection.state != ConnectionState::Pending {
        return Err(Refusal::AlreadyAnswered.into());
    }
    if !takes_code(&mut tx, &scene, now).await? {
        return Err(OpError::Forbidden("No code is taken now".to_owned()));
    }
    drop(tx);
    guesses::attempt(app, scene.person.id, address).await?;
    offline::use_code(app, scene.person.id, code).await?;
    guesses::succeeded(app, scene.person.id, address).await?;
    let event = Event::CodeEntered { connection: record.connection.id };
    let telegram = scene.person.telegram.ok_or(OpError::NotFound("person"))?;
    let who = Who::Person { telegram, name: scene.account.username };
    apply(app, &Target::Session(record.session), &event, &who).await.map(|_| ())
}

/// The one live tunnel with this address; none also if there are several: their routers use the same addresses, and
/// nobody can tell whose device asks.
async fn tunnel_at(tx: &mut Tx, address: IpAddr) -> OpResult<Option<(ConnectionRecord, AccountScene)>> {
    let mut found = tx.live_connections_at(&address.to_canonical().to_string()).await?;
    let (Some(record), true) = (found.pop(), found.is_empty()) else { return Ok(None) };
    Ok(tx.scene(record.account).await?.map(|scene| (record, scene)))
}

/// Does a one-time code open the person's tunnels now?
async fn takes_code(tx: &mut Tx, scene: &AccountScene, now: Timestamp) -> OpResult<bool> {
    Ok(scene.policy.outage == OutageMode::OfflineCode
        && outage::holds(tx, now).await?
        && tx.offline_code(scene.person.id).await?.is_some_and(|code| code.enabled))
}
