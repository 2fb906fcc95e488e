//! Accounts on a router: where they can be kept, and how one is made, given another password, and removed.
//!
//! Each function reads before it writes and reads back afterwards, and can be called again when its outcome is not known:
//! nothing happens twice. A password cannot be read back, because the right to read secrets is not asked for; there the
//! router's acknowledgement counts, together with the row that is read before and after.

use super::{
    carry::{Circumstances, Make, carry},
    wire::{self, FoundAccount},
};
use crate::{config::Secret, ops::wishes::Hindrance, store::records::RouterRecord};
use routeros_api::{
    Connection, Error,
    menus::{
        items, ppp_aaa, ppp_active, ppp_profile, ppp_secret, user_manager::Edition, user_manager_profile,
        user_manager_user,
    },
};
use sallyport_shared::{
    ids::{AccountId, ConnectionId},
    person::AccountSource,
    router::BoundRule,
    session::{Boot, CloseReason, Tunnel, Wish},
};
use std::{cmp::Reverse, collections::HashMap};
use uuid::Uuid;

/// The customer to whom User Manager 6 gives its accounts as long as there is no other.
const FIRST_CUSTOMER: &[u8] = b"admin";

/// How often tunnels that came up in the meantime are cut again.
const ROUNDS: usize = 3;

/// Why a router did not do it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    /// It cannot be reached, or did not answer: what became of a write is not known.
    Lost(String),
    /// It said no.
    Refused {
        /// Its own words.
        words: String,
        /// The API user lacks rights.
        rights: bool,
    },
    /// An account has the name already.
    Exists,
    /// There is no such account (any more).
    Gone,
    /// It accepted the change, but it is not so when read back.
    Unproven,
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error.trap() {
            Some(trap) if trap.is_duplicate() => Self::Exists,
            Some(trap) if trap.is_no_such_item() => Self::Gone,
            Some(trap) => Self::Refused { words: trap.message.to_string(), rights: trap.is_not_permitted() },
            None => Self::Lost(wire::words(&error)),
        }
    }
}

impl From<Hindrance> for Fault {
    fn from(hindrance: Hindrance) -> Self {
        match hindrance {
            Hindrance::Unreachable(words) => Self::Lost(words),
            Hindrance::Refused(words) => Self::Refused { words, rights: false },
        }
    }
}

/// Where a router can keep accounts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// Which table.
    pub source: AccountSource,
    /// The profiles that an account can have there, the best first.
    pub profiles: Vec<Profile>,
}

/// A profile that an account can have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// Does it put tunnels into the box? None: the User Manager's do not say.
    pub boxed: Option<bool>,
}

/// The places where a router can keep accounts; first the one that it asks when somebody connects: the User Manager, if
/// it asks RADIUS at all or has no secrets, else its own secrets.
pub(crate) async fn places(
    wire: &Connection,
    router: &RouterRecord,
    edition: Option<Edition>,
) -> Result<Vec<Place>, Error> {
    let mut used: HashMap<Vec<u8>, usize> = HashMap::new();
    for secret in items::rows(wire, "/ppp/secret", &["profile"], None).await?.unwrap_or_default() {
        *used.entry(secret.get("profile").unwrap_or_default().to_vec()).or_default() += 1;
    }
    let mut profiles: Vec<(Profile, usize)> = ppp_profile::print(wire)
        .await?
        .iter()
        .map(|profile| {
            let boxed =
                profile.address_list.iter().any(|list| list.as_bytes() == router.sandbox_list.as_bytes());
            let count = used.get(profile.name.as_bytes()).copied().unwrap_or_default();
            (Profile { name: profile.name.to_string(), boxed: Some(boxed) }, count)
        })
        .collect();
    // Those that box come first, and of them the one that is used most.
    profiles.sort_by_key(|(profile, count)| (profile.boxed != Some(true), Reverse(*count)));
    let profiles = profiles.into_iter().map(|(profile, _)| profile).collect();
    let secrets = Place { source: AccountSource::PppSecret, profiles };
    let Some(edition) = edition else { return Ok(vec![secrets]) };
    let names = user_manager_profile::names(wire, edition).await?;
    let profiles = names.iter().map(|name| Profile { name: name.to_string(), boxed: None }).collect();
    let manager = Place { source: wire::source_of(edition), profiles };
    let asks_radius = ppp_aaa::print(wire).await?.use_radius;
    Ok(if asks_radius || used.is_empty() { vec![manager, secrets] } else { vec![secrets, manager] })
}

/// An account that is to be made.
pub(crate) struct NewAccount<'a> {
    pub(crate) source: AccountSource,
    pub(crate) username: &'a str,
    pub(crate) password: &'a Secret,
    pub(crate) profile: Option<&'a str>,
}

/// The account of this name in this table. Several, if it is kept there in several encodings: they are one to us.
pub(crate) async fn find(
    wire: &Connection,
    source: AccountSource,
    username: &str,
) -> Result<Vec<FoundAccount>, Error> {
    match edition_of(source) {
        None => wire::find_secrets(wire, username).await,
        Some(edition) => wire::find_users(wire, edition, username).await,
    }
}

fn edition_of(source: AccountSource) -> Option<Edition> {
    match source {
        AccountSource::PppSecret => None,
        AccountSource::UserManager7 => Some(Edition::V7),
        AccountSource::UserManager6 => Some(Edition::V6),
    }
}

/// Makes an account that may not log in yet, and reads it back. `begun`: an attempt before this one may have made it;
/// then it is finished instead of being made again.
pub(crate) async fn make(
    wire: &Connection,
    new: &NewAccount<'_>,
    begun: bool,
) -> Result<FoundAccount, Fault> {
    let find = async || find(wire, new.source, new.username).await.map(|found| found.into_iter().next());
    let there = if begun { find().await? } else { None };
    match &there {
        Some(there) => finish(wire, new, there).await?,
        None => add(wire, new).await?,
    }
    if let Err(fault) = entitle(wire, new).await {
        // Without what it was to have it is not what was asked for. One that stays is closed.
        if there.is_none() && !matches!(fault, Fault::Lost(_)) {
            remove_row(wire, new.source, new.username).await?;
        }
        return Err(fault);
    }
    find().await?.filter(|now| is_as_wanted(now, new)).ok_or(Fault::Unproven)
}

fn is_as_wanted(found: &FoundAccount, new: &NewAccount<'_>) -> bool {
    let of_secret = new.source == AccountSource::PppSecret;
    !found.enabled && (!of_secret || new.profile.is_none() || found.profile.as_deref() == new.profile)
}

async fn add(wire: &Connection, new: &NewAccount<'_>) -> Result<(), Fault> {
    let (name, password) = (new.username.as_bytes(), new.password.expose().as_bytes());
    let added = match edition_of(new.source) {
        None => ppp_secret::add_disabled(wire, name, password, new.profile.map(str::as_bytes)).await,
        Some(edition) => {
            let customer = customer(wire, edition).await?;
            user_manager_user::add_disabled(wire, edition, &customer, name, password).await
        }
    };
    added.map(drop).map_err(Fault::from)
}

/// An attempt before this one made it: it gets the password and profile of this one, and stays closed.
async fn finish(wire: &Connection, new: &NewAccount<'_>, there: &FoundAccount) -> Result<(), Fault> {
    if there.enabled {
        return Err(Fault::Exists);
    }
    write_password(wire, there, new.password).await?;
    if let (AccountSource::PppSecret, Some(profile)) = (new.source, new.profile) {
        items::set(wire, "/ppp/secret", Some(&there.id), [("profile", profile.as_bytes())]).await?;
    }
    Ok(())
}

/// Gives an account of the User Manager its profile, unless it has it.
async fn entitle(wire: &Connection, new: &NewAccount<'_>) -> Result<(), Fault> {
    let (Some(edition), Some(profile)) = (edition_of(new.source), new.profile) else { return Ok(()) };
    let name = new.username.as_bytes();
    let has = async || -> Result<bool, Error> {
        let given = user_manager_profile::of_user(wire, edition, name).await?;
        Ok(given.iter().any(|given| given.as_bytes() == profile.as_bytes()))
    };
    if has().await? {
        return Ok(());
    }
    let found = find(wire, new.source, new.username).await?.into_iter().next().ok_or(Fault::Unproven)?;
    let customer = customer(wire, edition).await?;
    user_manager_profile::give(wire, edition, (&found.id, name, &customer), profile.as_bytes()).await?;
    if has().await? { Ok(()) } else { Err(Fault::Unproven) }
}

/// To whom accounts of User Manager 6 belong: the customer that has those that are there.
async fn customer(wire: &Connection, edition: Edition) -> Result<Vec<u8>, Error> {
    if edition == Edition::V7 {
        return Ok(Vec::new());
    }
    let users = items::rows(wire, "/tool/user-manager/user", &["customer"], None).await?.unwrap_or_default();
    let known = users.iter().find_map(|user| user.bytes("customer").filter(|name| !name.is_empty()));
    Ok(known.map_or_else(|| FIRST_CUSTOMER.to_vec(), |name| name.to_vec()))
}

/// Gives an account another password. Its tunnels stay.
pub(crate) async fn set_password(
    wire: &Connection,
    source: AccountSource,
    username: &str,
    password: &Secret,
) -> Result<FoundAccount, Fault> {
    let there = find(wire, source, username).await?;
    for found in &there {
        write_password(wire, found, password).await?;
    }
    let now = find(wire, source, username).await?;
    let same = now.iter().map(|found| &found.id).eq(there.iter().map(|found| &found.id));
    let now = now.into_iter().next().ok_or(Fault::Gone)?;
    if same { Ok(now) } else { Err(Fault::Unproven) }
}

async fn write_password(wire: &Connection, found: &FoundAccount, password: &Secret) -> Result<(), Error> {
    let password = password.expose().as_bytes();
    match edition_of(found.source) {
        None => ppp_secret::set_password(wire, &found.id, password).await,
        Some(edition) => user_manager_user::set_password(wire, edition, &found.id, password).await,
    }
}

/// Removes an account and whoever is inside by it: first what lets its tunnels through, then the account may log in no
/// more, then the tunnels and what went through them, and last the account; each is read back. An account that is gone
/// already is gone.
pub(crate) async fn remove(
    wire: &Connection,
    router: &RouterRecord,
    make: Make,
    (source, username): (AccountSource, &str),
    rule: Option<&BoundRule>,
) -> Result<(), Fault> {
    let circumstances = Circumstances {
        rule: rule.cloned(),
        rule_needed: false,
        ban_left: None,
        was_open: true,
        cut_follows: true,
        stays: false,
        make,
    };
    for tunnel in tunnels(wire, make.boot, username).await? {
        let door = Wish::Close { connection: nobody(), account: AccountId(Uuid::nil()), tunnel };
        match carry(wire, router, &door, &circumstances).await {
            // A bound rule that is not what it was leaves nothing else open; its own wish tells of it.
            Ok(_) | Err(Hindrance::Refused(_)) => {}
            Err(lost) => return Err(lost.into()),
        }
    }
    for found in find(wire, source, username).await?.iter().filter(|found| found.enabled) {
        wire::switch_account(wire, found, false).await?;
    }
    if find(wire, source, username).await?.iter().any(|now| now.enabled) {
        return Err(Fault::Unproven);
    }
    cut_all(wire, router, username, &circumstances).await?;
    remove_row(wire, source, username).await
}

fn nobody() -> ConnectionId {
    ConnectionId(Uuid::nil())
}

/// Cuts every tunnel of the name, also those that were coming up while the account was switched off.
async fn cut_all(
    wire: &Connection,
    router: &RouterRecord,
    username: &str,
    circumstances: &Circumstances,
) -> Result<(), Fault> {
    for _ in 0..ROUNDS {
        let up = tunnels(wire, circumstances.make.boot, username).await?;
        if up.is_empty() {
            return Ok(());
        }
        for tunnel in up {
            let cut = Wish::Cut { tunnel, why: CloseReason::EndedByAdmin };
            carry(wire, router, &cut, circumstances).await?;
        }
    }
    Err(Fault::Unproven)
}

/// The tunnels of a name that are up now.
async fn tunnels(wire: &Connection, boot: Boot, username: &str) -> Result<Vec<Tunnel>, Error> {
    let rows = ppp_active::print_by_name(wire, username).await?;
    Ok(rows.iter().map(|row| wire::tunnel(row, boot)).collect())
}

async fn remove_row(wire: &Connection, source: AccountSource, username: &str) -> Result<(), Fault> {
    for FoundAccount { id, .. } in &find(wire, source, username).await? {
        match edition_of(source) {
            None => ppp_secret::remove(wire, id).await?,
            Some(edition) => user_manager_user::remove(wire, edition, id).await?,
        }
    }
    if find(wire, source, username).await?.is_empty() { Ok(()) } else { Err(Fault::Unproven) }
}
