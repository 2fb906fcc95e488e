//! The addresses that a router gives to tunnels.

use super::{optional, people, print};
use routeros_api::{Connection, Error};
use sallyport_shared::firewall::Range;
use std::collections::BTreeSet;

/// Those of the profiles' pools and of the accounts that have their own. None: something among them cannot be read, so
/// that any address may be one. What RADIUS gives out is not known here.
pub(crate) async fn given(wire: &Connection) -> Result<Option<Vec<Range>>, Error> {
    let pools = people::pools(wire).await?;
    let of_profiles = people::profiles(wire).await?.into_iter().filter_map(|profile| profile.remote_address);
    let secrets = print(wire, "/ppp/secret", &["remote-address"]).await?;
    let named: BTreeSet<String> =
        of_profiles.chain(secrets.iter().filter_map(|row| optional(row, "remote-address"))).collect();
    let ranges = |name: &String| pools.get(name).cloned().or_else(|| Some(vec![Range::parse(name)?]));
    Ok(named.iter().map(ranges).collect::<Option<Vec<_>>>().map(|all| all.concat()))
}
