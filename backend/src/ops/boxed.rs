//! What the captive page may say and take: about the one tunnel whose address the page is asked from.
//!
//! Routers may give out the same addresses. Whose device it is then follows from what waits, and from the page's own
//! address, which names the router ([`mark`]); neither proves it. So a person who has two tunnels at one address is shown
//! no number: the other one may be an intruder's, who got it by the same password.

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
    ids::{RouterId, UserId},
    session::{ConnectionState, Event, Refusal},
    time::Timestamp,
};
use std::net::IpAddr;

/// So many characters has a [`mark`].
const MARK: usize = 4;

/// Where the tunnel of a device stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Standing {
    /// No tunnel has the address.
    Nothing,
    /// Tunnels of several routers have it, and it cannot be told whose device asks.
    Unsure {
        /// Why.
        doubt: Doubt,
        /// Telegram cannot be reached just now: nobody can answer there.
        telegram_out: bool,
    },
    /// It waits.
    Waiting(Waiting),
    /// It was confirmed and is being let through.
    Opening,
    /// It is let through.
    Inside,
}

/// Why it cannot be told whose device asks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Doubt {
    /// Tunnels of several people wait; the page's address in the question would tell which of them.
    Several,
    /// One person has two tunnels there, or even the page's address does not tell.
    Own,
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

/// What a page's address says of a router: short, as people type it, and no secret.
pub fn mark(router: RouterId) -> String {
    let id = router.0.simple().to_string();
    id.chars().skip(id.len() - MARK).collect()
}

/// Could this be a [`mark`]?
pub fn is_mark(text: &str) -> bool {
    text.len() == MARK && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Where the tunnel with this address stands. `marked` is what the page's own address said of the router.
///
/// # Errors
/// When the database fails.
pub async fn look(app: &App, address: IpAddr, marked: Option<&str>) -> OpResult<Standing> {
    let now = app.clock.now();
    let mut tx = app.store.read().await?;
    let (record, scene) = match tunnel_at(&mut tx, address, marked).await? {
        Found::Nothing => return Ok(Standing::Nothing),
        Found::Unsure(doubt) => {
            let telegram_out = outage::is_silent(&mut tx, now).await?;
            return Ok(Standing::Unsure { doubt, telegram_out });
        }
        Found::Tunnel(found) => *found,
    };
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
pub async fn enter_code(app: &App, address: IpAddr, marked: Option<&str>, code: &str) -> OpResult<()> {
    let now = app.clock.now();
    let mut tx = app.store.read().await?;
    let Found::Tunnel(found) = tunnel_at(&mut tx, address, marked).await? else {
        return Err(OpError::NotFound("tunnel"));
    };
    let (record, scene) = *found;
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

/// What has an address.
enum Found {
    Nothing,
    Unsure(Doubt),
    Tunnel(Box<(ConnectionRecord, AccountScene)>),
}

/// The live tunnel of the device with this address.
async fn tunnel_at(tx: &mut Tx, address: IpAddr, marked: Option<&str>) -> OpResult<Found> {
    let mut found = Vec::new();
    for record in tx.live_connections_at(&address.to_canonical().to_string()).await? {
        if let Some(scene) = tx.scene(record.account).await? {
            found.push((record, scene));
        }
    }
    let claims: Vec<_> = found.iter().map(|(record, scene)| Claim::of(record, scene)).collect();
    Ok(match whose(&claims, marked) {
        Ok(Some(place)) => Found::Tunnel(Box::new(found.swap_remove(place))),
        Ok(None) => Found::Nothing,
        Err(doubt) => Found::Unsure(doubt),
    })
}

/// A tunnel that has the address, as far as it tells whose device asks.
struct Claim {
    person: UserId,
    router: RouterId,
    waits: bool,
    inside: bool,
}

impl Claim {
    fn of(record: &ConnectionRecord, scene: &AccountScene) -> Self {
        Self {
            person: scene.person.id,
            router: record.router,
            waits: record.connection.state == ConnectionState::Pending,
            inside: record.connection.opened_at.is_some(),
        }
    }
}

/// The place of the tunnel whose device asks. Whoever is in has no reason to ask, so it is the one that waits; where
/// several do, the router decides that the page's address names. Where none waits they are all told the same.
fn whose(claims: &[Claim], marked: Option<&str>) -> Result<Option<usize>, Doubt> {
    let is_there = |claim: &Claim| marked.is_some_and(|marked| mark(claim.router) == marked);
    let named = claims.iter().any(is_there);
    let meant = || claims.iter().enumerate().filter(|(_, claim)| !named || is_there(claim));
    let mut waiting = meant().filter(|(_, claim)| claim.waits);
    let Some((place, claim)) = waiting.next() else {
        // Whoever is being let in first: if it was not theirs, they see it at the next look.
        return Ok(meant().min_by_key(|(_, claim)| claim.inside).map(|(place, _)| place));
    };
    let others = waiting.count();
    let own = claims.iter().filter(|other| other.person == claim.person).count();
    if own > 1 || (named && others > 0) {
        return Err(Doubt::Own);
    }
    if others > 0 { Err(Doubt::Several) } else { Ok(Some(place)) }
}

/// Does a one-time code open the person's tunnels now?
async fn takes_code(tx: &mut Tx, scene: &AccountScene, now: Timestamp) -> OpResult<bool> {
    Ok(scene.policy.takes_codes()
        && outage::holds(tx, now).await?
        && tx.offline_code(scene.person.id).await?.is_some_and(|code| code.enabled))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn claim(person: u128, router: u128, waits: bool) -> Claim {
        let (person, router) = (UserId(Uuid::from_u128(person)), RouterId(Uuid::from_u128(router)));
        Claim { person, router, waits, inside: !waits }
    }

    fn at(router: u128) -> String {
        mark(RouterId(Uuid::from_u128(router)))
    }

    #[test]
    fn the_one_that_waits_is_meant() {
        assert_eq!(whose(&[], None), Ok(None));
        assert_eq!(whose(&[claim(1, 1, true)], None), Ok(Some(0)));
        assert_eq!(whose(&[claim(1, 1, false), claim(2, 2, true)], None), Ok(Some(1)));
        assert_eq!(whose(&[claim(1, 1, true), claim(2, 2, true)], None), Err(Doubt::Several));
    }

    #[test]
    fn the_pages_address_tells_whose_it_is_and_settles_no_doubt_about_ones_own() {
        let two = [claim(1, 1, true), claim(2, 2, true)];
        assert_eq!(whose(&two, Some(&at(2))), Ok(Some(1)));
        assert_eq!(whose(&two, Some(&at(3))), Err(Doubt::Several), "another router's");
        // Somebody else may be in one of them by the same password.
        for other_waits in [true, false] {
            let own = [claim(1, 1, true), claim(1, 2, other_waits)];
            for marked in [None, Some(at(1)), Some(at(2))] {
                let told = whose(&own, marked.as_deref());
                let is_shown = matches!(told, Ok(Some(place)) if own[place].waits);
                assert!(!is_shown, "{marked:?}: {told:?}");
            }
        }
        let elsewhere = [claim(1, 1, false), claim(2, 2, true)];
        assert_eq!(whose(&elsewhere, Some(&at(1))), Ok(Some(0)), "the other one is somebody else's");
        let crowd = [claim(1, 1, true), claim(2, 1, true)];
        assert_eq!(whose(&crowd, Some(&at(1))), Err(Doubt::Own), "one router gave it out twice");
    }

    #[test]
    fn who_is_being_let_in_comes_before_who_is_in() {
        let opening = Claim { inside: false, ..claim(2, 2, false) };
        assert_eq!(whose(&[claim(1, 1, false), opening], None), Ok(Some(1)));
    }

    #[test]
    fn a_mark_is_short_and_plain() {
        assert!(is_mark(&at(7)) && at(7).len() == 4);
        for odd in ["", "abc", "abcde", "style.css", "../x", "ab/c", "абвг"] {
            assert!(!is_mark(odd), "{odd}");
        }
    }
}
