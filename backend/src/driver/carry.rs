//! Makes one wish come true on a router, and proves it by reading back.
//!
//! Each function first reads what is there and then changes only what differs, so that a wish whose outcome
//! was lost is simply carried out again.

use super::{
    bans, elsewhere,
    traffic::{self, Traffic},
    wire::{self, RuleFound},
};
use crate::{
    ops::wishes::{Carried, Hindrance},
    store::records::RouterRecord,
};
use routeros_api::{
    Connection, Error, Query,
    menus::{
        self, ip_firewall_address_list as address_list, ip_firewall_address_list::AddressListEntry,
        ip_firewall_connection as flows, ip_firewall_connection::Ends, ip_firewall_filter as filter,
        ppp_active, ppp_active::PppActive, user_manager::Edition,
    },
};
use sallyport_shared::{
    router::{BoundRule, allow_comment},
    session::{Boot, Tunnel, Wish},
    text::readable,
};
use std::time::Duration;

/// What has to be known besides the wish itself.
pub(crate) struct Circumstances {
    /// The rule that is bound to the account.
    pub(crate) rule: Option<BoundRule>,
    /// Another tunnel of the account is inside, so the rule has to stay on; or the rule that is to go off is bound to
    /// another account by now.
    pub(crate) rule_needed: bool,
    /// How much of a ban is left; none: it is over.
    pub(crate) ban_left: Option<Duration>,
    /// The tunnel may have been let through at some time: it may have connections of its own.
    pub(crate) was_open: bool,
    /// The tunnel is cut next, and its connections with it.
    pub(crate) cut_follows: bool,
    /// The tunnel is to stay, closed: it may only if the box holds it.
    pub(crate) stays: bool,
    /// What the router is.
    pub(crate) make: Make,
}

/// What has to be known of a router's make.
#[derive(Clone, Copy, Default)]
pub(crate) struct Make {
    /// The User Manager that it has.
    pub(crate) edition: Option<Edition>,
    /// How it writes tracked connections.
    pub(crate) ends: Ends,
    /// Which of its boots it is in.
    pub(crate) boot: Boot,
}

impl Make {
    /// Of this version of RouterOS, with this User Manager, in this boot.
    pub(crate) fn of(version: &str, edition: Option<Edition>, boot: Boot) -> Self {
        let ends = if version.starts_with("6.") { Ends::Joined } else { Ends::Apart };
        Self { edition, ends, boot }
    }
}

/// A rule by what it was bound by.
#[derive(Clone, Copy)]
pub(super) struct Bound<'a> {
    /// The router's `.id`.
    pub(super) id: &'a str,
    /// The exact comment.
    pub(super) comment: &'a [u8],
}

impl<'a> From<&'a BoundRule> for Bound<'a> {
    fn from(rule: &'a BoundRule) -> Self {
        Self { id: &rule.rule_id, comment: &rule.comment }
    }
}

/// Carries a wish out.
pub(crate) async fn carry(
    wire: &Connection,
    router: &RouterRecord,
    wish: &Wish,
    circumstances: &Circumstances,
) -> Result<Carried, Hindrance> {
    match wish {
        Wish::Account { username, enabled, .. } => {
            account(wire, circumstances.make.edition, username, *enabled).await
        }
        Wish::Open { tunnel, .. } => open(wire, router, tunnel, circumstances).await,
        Wish::Close { tunnel, .. } => close(wire, router, tunnel, circumstances).await,
        Wish::Cut { tunnel, .. } => cut(wire, router, tunnel, circumstances).await,
        Wish::CutElsewhere { tunnel } => elsewhere::cut(wire, circumstances.make.edition, tunnel).await,
        Wish::Ban { address, .. } => bans::ban(wire, router, address, circumstances.ban_left).await,
        Wish::Unban { address } => bans::unban(wire, router, address).await,
        Wish::RuleOff { rule_id, comment } => rule_off(wire, rule_id, comment, circumstances).await,
    }
}

fn lost(error: Error) -> Hindrance {
    wire::hindrance(&error)
}

/// Switches an account, and reads it back. Of an account that is kept twice (as a secret and in the User Manager) one is
/// switched on, and all are switched off: what the router does not find among the secrets it asks the User Manager about.
pub(super) async fn account(
    wire: &Connection,
    edition: Option<Edition>,
    username: &str,
    enabled: bool,
) -> Result<Carried, Hindrance> {
    let unknown =
        || Hindrance::Refused(format!("The account {username} is not on the router. Link another one."));
    let found = wire::find_accounts(wire, edition, username).await.map_err(lost)?;
    if found.is_empty() {
        // An account that does not exist lets nobody in.
        return if enabled { Err(unknown()) } else { Ok(Carried::Done) };
    }
    let doors = if enabled { 1 } else { found.len() };
    let wrong: Vec<_> = found.iter().take(doors).filter(|account| account.enabled != enabled).collect();
    if wrong.is_empty() {
        return Ok(Carried::Done);
    }
    for account in wrong {
        wire::switch_account(wire, account, enabled).await.map_err(lost)?;
    }
    let now = wire::find_accounts(wire, edition, username).await.map_err(lost)?;
    if now.is_empty() || now.iter().take(doors).any(|account| account.enabled != enabled) {
        return Err(Hindrance::Refused(format!(
            "The router accepted the change, but the account {username} is not as it should be when read back."
        )));
    }
    Ok(Carried::Done)
}

/// Lets one tunnel through, and no other: it is read again first.
async fn open(
    wire: &Connection,
    router: &RouterRecord,
    tunnel: &Tunnel,
    circumstances: &Circumstances,
) -> Result<Carried, Hindrance> {
    if wire::find_tunnel(wire, circumstances.make.boot, tunnel).await.map_err(lost)?.is_none() {
        return Ok(Carried::TunnelGone);
    }
    let Some(address) = tunnel.address.as_deref() else {
        return Err(Hindrance::Refused("The tunnel has no address that could be let through.".to_owned()));
    };
    // A rule that is not what it was is not touched, and then nothing is opened.
    if let Some(rule) = &circumstances.rule {
        sound_rule(wire, rule.into()).await?;
    }
    allow(wire, router, circumstances.make.boot, tunnel, address).await?;
    if let Some(rule) = &circumstances.rule {
        switch_rule(wire, rule.into(), true).await?;
    }
    Ok(Carried::Done)
}

/// Makes sure that the address has exactly one allow entry: this tunnel's. Not while another tunnel has the address.
pub(super) async fn allow(
    wire: &Connection,
    router: &RouterRecord,
    boot: Boot,
    tunnel: &Tunnel,
    address: &str,
) -> Result<(), Hindrance> {
    if wire::is_shared(wire, boot, tunnel, address).await.map_err(lost)? {
        return Err(Hindrance::Refused(format!(
            "Another tunnel has the address {address}, and would be let through as well. It is tried again once that one is gone."
        )));
    }
    let comment = allow_comment(tunnel).into_bytes();
    let timeout = lease(router);
    let is_ours = |entry: &AddressListEntry| {
        entry.comment.as_bytes() == comment && entry.timeout.is_some() && !entry.disabled
    };
    let there = entries(wire, &router.allow_list, address).await.map_err(lost)?;
    let foreign: Vec<_> =
        there.iter().filter(|entry| !is_ours(entry)).map(|entry| entry.id.clone()).collect();
    if !foreign.is_empty() {
        address_list::remove(wire, &foreign).await.map_err(lost)?;
    }
    match there.iter().find(|entry| is_ours(entry)) {
        Some(ours) => {
            address_list::set_timeout(wire, std::slice::from_ref(&ours.id), timeout).await.map_err(lost)?;
        }
        None => {
            let list = router.allow_list.as_bytes();
            address_list::add(wire, list, address.as_bytes(), Some(timeout), &comment).await.map_err(lost)?;
        }
    }
    match entries(wire, &router.allow_list, address).await.map_err(lost)?.as_slice() {
        [only] if is_ours(only) => Ok(()),
        _ => Err(Hindrance::Refused(format!(
            "The allow entry of {address} is not as it should be when read back."
        ))),
    }
}

/// Shuts one tunnel's door: the entry, then the rule. Connections that went through it are cut with the tunnel, or
/// here if the tunnel stays or is gone already.
async fn close(
    wire: &Connection,
    router: &RouterRecord,
    tunnel: &Tunnel,
    circumstances: &Circumstances,
) -> Result<Carried, Hindrance> {
    if let Some(address) = tunnel.address.as_deref() {
        let ours = |entry: &AddressListEntry| is_of(entry, tunnel);
        let there = entries(wire, &router.allow_list, address).await.map_err(lost)?;
        let ids: Vec<_> = there.iter().filter(|entry| ours(entry)).map(|entry| entry.id.clone()).collect();
        if !ids.is_empty() {
            address_list::remove(wire, &ids).await.map_err(lost)?;
            let left = entries(wire, &router.allow_list, address).await.map_err(lost)?;
            if left.iter().any(ours) {
                return Err(Hindrance::Refused(format!("The allow entry of {address} is still there.")));
            }
        }
    }
    // A rule that cannot be switched leaves nothing else open.
    let rule = match &circumstances.rule {
        Some(rule) if !circumstances.rule_needed => switch_rule(wire, rule.into(), false).await,
        _ => Ok(()),
    };
    if circumstances.stays && !is_boxed(wire, router, tunnel).await.map_err(lost)? {
        let is_up = wire::find_tunnel(wire, circumstances.make.boot, tunnel).await.map_err(lost)?.is_some();
        cut(wire, router, tunnel, circumstances).await?;
        return rule.map(|()| if is_up { Carried::CutOutside } else { Carried::Done });
    }
    let mut counted = None;
    if circumstances.was_open && !circumstances.cut_follows {
        end_flows(wire, router, tunnel, circumstances.make).await?;
        let there = count_and_find(wire, circumstances.make.boot, tunnel).await?;
        counted = there.and_then(|(_, counted)| counted);
    }
    rule.map(|()| done_with(counted))
}

/// It is so, and these were the tunnel's counters, if they could be told.
fn done_with(counted: Option<Traffic>) -> Carried {
    counted.map_or(Carried::Done, |Traffic { bytes_in, bytes_out }| Carried::Counted { bytes_in, bytes_out })
}

/// Is the tunnel's address on the list of the box?
async fn is_boxed(wire: &Connection, router: &RouterRecord, tunnel: &Tunnel) -> Result<bool, Error> {
    let Some(address) = tunnel.address.as_deref() else { return Ok(false) };
    Ok(entries(wire, &router.sandbox_list, address).await?.iter().any(|entry| !entry.disabled))
}

/// This very tunnel, if it is still there, and what it has counted, if that can be told. Counted first, because that takes a
/// moment, in which the tunnel may go and whoever comes next get its id and its address: only what is found after it is the
/// tunnel to be cut, and only of that the count is the tunnel's own.
async fn count_and_find(
    wire: &Connection,
    boot: Boot,
    tunnel: &Tunnel,
) -> Result<Option<(PppActive, Option<Traffic>)>, Hindrance> {
    let counted = traffic::last(wire, tunnel).await;
    let there = wire::find_tunnel(wire, boot, tunnel).await.map_err(lost)?;
    Ok(there.map(|row| (row, counted)))
}

/// Cuts this very tunnel and what went through it, and sees that it is gone. Also if the tunnel is gone already: the
/// attempt before this one may have come so far.
async fn cut(
    wire: &Connection,
    router: &RouterRecord,
    tunnel: &Tunnel,
    circumstances: &Circumstances,
) -> Result<Carried, Hindrance> {
    // Whatever it was allowed was taken away before, so there is a moment left for what went through it.
    let there = count_and_find(wire, circumstances.make.boot, tunnel).await?;
    if let Some((row, _)) = &there {
        ppp_active::remove(wire, &row.id).await.map_err(lost)?;
    }
    if circumstances.was_open {
        end_flows(wire, router, tunnel, circumstances.make).await?;
    }
    let Some((_, counted)) = there else { return Ok(Carried::Done) };
    match wire::find_tunnel(wire, circumstances.make.boot, tunnel).await.map_err(lost)? {
        None => Ok(done_with(counted)),
        Some(_) => Err(Hindrance::Unreachable("The tunnel is still there after it was cut.".to_owned())),
    }
}

/// Ends the tracked connections of a tunnel: what is established passes the usual early accept rule, entry or not.
/// Another tunnel that has the address by now and is let through keeps its own.
async fn end_flows(
    wire: &Connection,
    router: &RouterRecord,
    tunnel: &Tunnel,
    make: Make,
) -> Result<(), Hindrance> {
    let Some(address) = tunnel.address.as_deref() else { return Ok(()) };
    let there = entries(wire, &router.allow_list, address).await.map_err(lost)?;
    if there.iter().any(|entry| !is_of(entry, tunnel)) {
        return Ok(());
    }
    end_flows_of(wire, address, make).await
}

/// Ends the tracked connections of an address that is let through no more, and sees that they are gone. Younger ones
/// do not matter: nothing lets them out of the box.
pub(super) async fn end_flows_of(wire: &Connection, address: &str, make: Make) -> Result<(), Hindrance> {
    let open = flows::find(wire, make.ends, address.as_bytes()).await.map_err(lost)?;
    if open.is_empty() {
        return Ok(());
    }
    flows::remove(wire, &open).await.map_err(lost)?;
    let left = flows::find(wire, make.ends, address.as_bytes()).await.map_err(lost)?;
    if left.iter().any(|id| open.contains(id)) {
        return Err(Hindrance::Refused(format!(
            "Connections of {address} are still there after they were cut."
        )));
    }
    Ok(())
}

/// Is it the allow entry of this tunnel?
fn is_of(entry: &AddressListEntry, tunnel: &Tunnel) -> bool {
    entry.comment.as_bytes() == allow_comment(tunnel).as_bytes()
}

/// Switches off a rule that was bound, unless it is bound again by now.
async fn rule_off(
    wire: &Connection,
    rule_id: &str,
    comment: &[u8],
    circumstances: &Circumstances,
) -> Result<Carried, Hindrance> {
    if !circumstances.rule_needed {
        switch_rule(wire, Bound { id: rule_id, comment }, false).await?;
    }
    Ok(Carried::Done)
}

/// The time of an allow entry.
pub(crate) fn lease(router: &RouterRecord) -> Duration {
    Duration::from_secs(router.allow_seconds.0.max(1).into())
}

/// The entries of a list for one address.
async fn entries(wire: &Connection, list: &str, address: &str) -> Result<Vec<AddressListEntry>, Error> {
    let query = Query::eq("list", list).and(Query::eq("address", address));
    menus::print_where(wire, query).await
}

async fn sound_rule(wire: &Connection, rule: Bound<'_>) -> Result<(routeros_api::Id, bool), Hindrance> {
    match wire::find_rule(wire, rule.id, rule.comment).await.map_err(lost)? {
        RuleFound::Sound { id, enabled } => Ok((id, enabled)),
        RuleFound::Gone | RuleFound::Changed => Err(Hindrance::Refused(format!(
            "The bound rule “{}” is gone, was renamed, or is not the only one of its name. Bind it again.",
            readable(rule.comment)
        ))),
    }
}

/// Switches a bound rule that is what it was, and reads it back. A rule that is gone is off.
pub(super) async fn switch_rule(wire: &Connection, rule: Bound<'_>, on: bool) -> Result<(), Hindrance> {
    let gone = matches!(wire::find_rule(wire, rule.id, rule.comment).await.map_err(lost)?, RuleFound::Gone);
    if gone && !on {
        return Ok(());
    }
    let (id, enabled) = sound_rule(wire, rule).await?;
    if enabled == on {
        return Ok(());
    }
    filter::set_disabled(wire, &[id], !on).await.map_err(lost)?;
    let (_, now) = sound_rule(wire, rule).await?;
    if now == on {
        Ok(())
    } else {
        Err(Hindrance::Refused("The bound rule is not as it should be when read back.".to_owned()))
    }
}
