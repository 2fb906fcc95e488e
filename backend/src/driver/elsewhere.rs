//! Tunnels that other routers have for accounts of this one's User Manager: read from its sessions, and ended by its means.

use super::wire;
use crate::ops::{
    elsewhere::Found,
    wishes::{Carried, Hindrance},
};
use routeros_api::{
    Connection, Error, Text,
    menus::{
        ip_address, ppp_aaa, system_clock, user_manager::Edition, user_manager_session as session,
        user_manager_session::UserManagerSession,
    },
};
use sallyport_shared::session::Elsewhere;
use std::{collections::HashSet, net::IpAddr, time::Duration};
use tokio::time::sleep;

/// A session that was reported while it lasted, and of which nothing was heard for so long, is left over: its end got
/// lost. At least this, and three times the span in which this router's own sessions are reported.
const SILENCE: Duration = Duration::from_secs(300);

/// After a router was asked to end a session, it is looked for so many times, and after this pause each.
const LOOKS: u32 = 4;
const PAUSE: Duration = Duration::from_millis(250);

/// The router's own addresses, by which it may ask its own User Manager. Read each time, because they change.
async fn own_addresses(wire: &Connection) -> Result<HashSet<IpAddr>, Error> {
    let rows = ip_address::all(wire).await?;
    let address = |row: &ip_address::IpAddress| {
        let text = row.address.to_string();
        text.split('/').next().and_then(|address| address.parse().ok())
    };
    Ok(rows.iter().filter_map(address).collect())
}

/// The sessions of other routers whose end was not reported. Those of this router are in its table of tunnels.
pub(crate) async fn tunnels(wire: &Connection, edition: Edition) -> Result<Vec<Found>, Error> {
    let mut rows = session::print_active(wire, edition).await?;
    rows.retain(|row| nas(row).is_some_and(|nas| !is_own(&nas, &HashSet::new())));
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let own = own_addresses(wire).await?;
    rows.retain(|row| nas(row).is_some_and(|nas| !is_own(&nas, &own)));
    let clock = system_clock::print(wire).await?;
    let interim = ppp_aaa::print(wire).await?.interim_update.unwrap_or_default();
    let silence = SILENCE.max(interim * 3);
    let is_silent = |row: &UserManagerSession| {
        // Whether sessions are reported while they last is the other router's setting: of one that does not do so
        // nothing is heard between the beginning and the end, however long it is up.
        row.status.iter().find(|step| **step == "interim")?;
        let heard = row.last_accounting_packet.as_ref()?;
        let heard = system_clock::moment(heard.as_bytes(), clock.gmt_offset.unwrap_or_default())?;
        let silent = u64::try_from(clock.unix_seconds()? - heard).ok()?;
        Some(silent > silence.as_secs())
    };
    Ok(rows
        .iter()
        .map(|row| Found {
            tunnel: tunnel(row),
            // What cannot be told counts as a tunnel that is up.
            left_over: is_silent(row).unwrap_or(false),
            by_port: !row.nas_port_type.is_empty() && row.nas_port_type != "Virtual",
        })
        .collect())
}

fn nas(row: &UserManagerSession) -> Option<String> {
    row.nas_address.as_ref().map(ToString::to_string).filter(|nas| !nas.is_empty())
}

fn is_own(nas: &str, own: &HashSet<IpAddr>) -> bool {
    nas.parse::<IpAddr>().is_ok_and(|address| address.is_loopback() || own.contains(&address))
}

fn tunnel(row: &UserManagerSession) -> Elsewhere {
    let optional = |text: &Text| (!text.is_empty()).then(|| text.to_string());
    Elsewhere {
        acct_session_id: row.acct_session_id.to_string(),
        username: row.user.to_string(),
        nas: nas(row).unwrap_or_default(),
        caller_id: optional(&row.calling_station_id),
        address: row.address.as_ref().and_then(optional),
    }
}

/// This very session, read now; none if its end was reported.
async fn find(
    wire: &Connection,
    edition: Edition,
    wanted: &Elsewhere,
) -> Result<Option<UserManagerSession>, Error> {
    let rows = session::print_active(wire, edition).await?;
    Ok(rows.into_iter().find(|row| tunnel(row) == *wanted))
}

/// Has the other router end its tunnel. One that does not listen cannot be made to from here: then the account is disabled,
/// so that at least nobody comes in anew.
pub(crate) async fn cut(
    wire: &Connection,
    edition: Option<Edition>,
    wanted: &Elsewhere,
) -> Result<Carried, Hindrance> {
    let lost = |error: Error| wire::hindrance(&error);
    // Without its User Manager the router lets nobody in at other routers.
    let Some(edition) = edition else { return Ok(Carried::Done) };
    let Some(row) = find(wire, edition, wanted).await.map_err(lost)? else { return Ok(Carried::Done) };
    match session::close(wire, edition, &row.id).await {
        Ok(()) => {}
        // It says no: the same as if the other router did.
        Err(error) if error.trap().is_some() => {
            tracing::warn!(%error, nas = %wanted.nas, "a session of another router was not closed");
        }
        Err(error) => return Err(lost(error)),
    }
    for _ in 0..LOOKS {
        if find(wire, edition, wanted).await.map_err(lost)?.is_none() {
            return Ok(Carried::Done);
        }
        // The end is reported by the other router, which takes a moment.
        sleep(PAUSE).await;
    }
    disable(wire, edition, &wanted.username).await?;
    Ok(Carried::OutOfReach)
}

/// Disables the account in the User Manager (not one of the same name in the secrets), and reads that back. If it is not
/// there any more it lets nobody in.
async fn disable(wire: &Connection, edition: Edition, username: &str) -> Result<(), Hindrance> {
    let lost = |error: Error| wire::hindrance(&error);
    let find = async || wire::find_users(wire, edition, username).await.map_err(lost);
    for found in find().await?.iter().filter(|found| found.enabled) {
        wire::switch_account(wire, found, false).await.map_err(lost)?;
    }
    if find().await?.iter().any(|found| found.enabled) {
        return Err(Hindrance::Refused(format!(
            "The router accepted the change, but {username} is still enabled in its User Manager."
        )));
    }
    Ok(())
}
