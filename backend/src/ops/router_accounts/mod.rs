//! The accounts on the routers themselves: made, given another password, and removed, where the settings allow it.
//!
//! Whoever asks waits for the answer, which is the router's own: done and read back, or its refusal. So these are no
//! wishes, which may wait for days, and a password is never written down: it goes from the request to the router.
//! What must not get lost is that something was begun. Each change is announced in a journal before its first command
//! ([`crate::store::records::AccountChange`]), one at a time for an account. If the connection breaks off it is tried again at once; if that is
//! in vain, or the server dies, the router's worker finds out afterwards what became of it ([`find_out`]).

mod left;
mod trouble;
mod work;

pub(super) use left::is_not_removed;
pub(crate) use left::{find_out, left_at};
pub use trouble::Trouble;

use super::{
    OpError, OpResult,
    authority::{Manager, Viewer},
    settings,
};
use crate::{
    app::App,
    config::Secret,
    driver::{AccountRow, Place, accounts as driver, look, wire},
    store::{
        Tx,
        records::{RouterMode, RouterRecord},
    },
};
use routeros_api::menus::user_manager;
use sallyport_shared::{
    ids::RouterId,
    person::AccountSource,
    router::account::{check_name, check_password},
    time::Seconds,
};
use work::{Deed, Work};

/// How long nobody else looks into a change. Longer than all attempts may take together.
const LIFE: Seconds = Seconds(60);

/// An account that is to be made.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Its name.
    pub username: String,
    /// Its password.
    pub password: Secret,
    /// Its profile; none: of secrets the one that boxes, in the User Manager none.
    pub profile: Option<String>,
    /// Where; none: as set for the router, else where the router looks.
    pub source: Option<AccountSource>,
}

/// An account that is there; the place is needed only if the router has two of the name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Named {
    /// Its name.
    pub username: String,
    /// Where the router keeps it.
    pub source: Option<AccountSource>,
}

/// Makes an account. It may not log in before somebody is given access by it.
///
/// # Errors
/// [`Trouble`]; if it is [`Trouble::Lost`] the account may be there, and asking again ends with exactly one.
pub async fn create(
    app: &App,
    by: &Manager,
    router: RouterId,
    wanted: Wanted,
) -> Result<AccountRow, Trouble> {
    check_name(&wanted.username)?;
    check_password(wanted.password.expose())?;
    let (app, who) = (app.clone(), by.who().clone());
    on_its_own(async move { Work::begin(app, who, router, &wanted.username).await?.create(wanted).await })
        .await
}

/// Gives an account another password. Whoever is inside by it stays.
///
/// # Errors
/// [`Trouble`]; if it is [`Trouble::Lost`] either password may be the one.
pub async fn set_password(
    app: &App,
    by: &Manager,
    router: RouterId,
    named: Named,
    password: Secret,
) -> Result<AccountRow, Trouble> {
    check_password(password.expose())?;
    let (app, who) = (app.clone(), by.who().clone());
    on_its_own(async move {
        let work = Work::begin(app, who, router, &named.username).await?;
        let there = work.the_one(named.source).await?;
        let deed = Deed::Password { password };
        work.carry_through(there.source, deed).await?.ok_or(Trouble::Op(OpError::NotFound("account")))
    })
    .await
}

/// Removes an account. Its session ends first, whoever is inside by it is cut, and if it belongs to somebody it does no
/// more.
///
/// # Errors
/// [`Trouble`]; if it is [`Trouble::Lost`] it is removed as soon as the router answers.
pub async fn delete(app: &App, by: &Manager, router: RouterId, named: Named) -> Result<String, Trouble> {
    let (app, who) = (app.clone(), by.who().clone());
    on_its_own(async move {
        let work = Work::begin(app, who, router, &named.username).await?;
        let there = work.the_one(named.source).await?;
        work.carry_through(there.source, Deed::Delete { rule: None }).await?;
        Ok(named.username)
    })
    .await
}

/// Where accounts can be made on a router, read now; the first place is taken if none is named.
///
/// # Errors
/// `RouterUnreachable` or `RouterRefused`, in plain words.
pub async fn places(app: &App, _by: &Viewer, router: &RouterRecord) -> OpResult<Vec<Place>> {
    let wire = look::ask(app, router).await?;
    let asked = async {
        let edition = user_manager::detect(&wire).await?;
        driver::places(&wire, router, edition).await
    };
    let places = asked.await.map_err(|error| wire::op_error(&error))?;
    Ok(in_order(router, places))
}

/// With the place that is set for the router in front.
fn in_order(router: &RouterRecord, mut places: Vec<Place>) -> Vec<Place> {
    places.sort_by_key(|place| router.account_source != Some(place.source));
    places
}

/// Goes on also if the one who asked goes away.
async fn on_its_own<T: Send + 'static>(
    work: impl Future<Output = Result<T, Trouble>> + Send + 'static,
) -> Result<T, Trouble> {
    let ended = |error| OpError::Internal(format!("the change of an account ended early: {error}"));
    tokio::spawn(work).await.map_err(ended)?
}

/// A router whose accounts may be changed now.
async fn open_to_changes(tx: &mut Tx, id: RouterId) -> Result<RouterRecord, Trouble> {
    let router = tx.router(id).await?.filter(|router| router.deleted_at.is_none());
    let router = router.ok_or(OpError::NotFound("router"))?;
    if !settings::read(tx).await?.allow_account_management {
        return Err(Trouble::NotAllowed);
    }
    if !router.enabled {
        return Err(Trouble::SwitchedOff { router: router.name });
    }
    if router.mode == RouterMode::Observe {
        return Err(Trouble::Observed { router: router.name });
    }
    Ok(router)
}
