//! Whether the router holds each tunnel as it should: those that wait, and those that stay closed, in the box; each one
//! by an address of its own. What is not held is cut.

use super::{Trouble, Voyage};
use crate::{
    driver::{bans, doctor, repair::Row},
    ops::tunnels,
    store::records::{LiveConnection, RouterMode},
};
use sallyport_shared::{
    reason::{Reason, Unwelcome},
    router::held_twice,
    session::{ConnectionState, Exposure, Tunnel},
};
use std::{cmp::Reverse, collections::HashSet, sync::Arc};

impl Voyage<'_> {
    /// Has another tunnel the address of this one, as far as is known?
    pub(super) fn shares_address(&self, tunnel: &Tunnel) -> bool {
        tunnel.address.is_some()
            && self.by_id.values().any(|other| other.address == tunnel.address && !other.is_same(tunnel))
    }

    /// Of the tunnels that have one address all but one: whatever lets that one through lets the others. One that was
    /// confirmed stays, else the one that was there first.
    pub(super) fn doubles(&self, rows: &[Row]) -> Vec<Tunnel> {
        let is_confirmed = |tunnel: &Tunnel| {
            let known = self.known.connection_of(tunnel);
            known.is_some_and(|known| known.state == ConnectionState::Confirmed)
        };
        let mut doubles = Vec::new();
        for address in held_twice(rows.iter().map(|row| &*row.tunnel)) {
            let mut holders: Vec<&Row> =
                rows.iter().filter(|row| row.tunnel.address.as_deref() == Some(address)).collect();
            holders.sort_by_key(|row| (!is_confirmed(&row.tunnel), Reverse(row.uptime)));
            doubles.extend(holders.into_iter().skip(1).map(|row| Tunnel::clone(&row.tunnel)));
        }
        doubles
    }

    /// Cuts them, and reports each once.
    pub(super) async fn cut_doubles(&mut self, doubles: &[Tunnel]) -> Result<(), Trouble> {
        for tunnel in doubles {
            if let Some(live) = self.known.connection_of(tunnel).cloned() {
                tunnels::exposed(self.app, self.router, &live, Exposure::AddressTaken).await?;
                self.stale = true;
            } else if !self.known.knows(tunnel) {
                let applied = tunnels::cut(self.app, self.router, tunnel, Unwelcome::AddressTaken).await?;
                if !applied.changed && self.router.mode == RouterMode::Observe {
                    self.known.hush(tunnel.clone());
                }
            }
        }
        Ok(())
    }

    /// Takes tunnels that nobody owns, and through which somebody manages the router at this moment, out of those that
    /// came: to cut them would lock that person out, or us. Where the router does not show who does, that may be any of
    /// them. They are reported for as long as it is so.
    pub(super) async fn spare_managers(&mut self, came: &mut Vec<Tunnel>) -> Result<(), Trouble> {
        if came.is_empty() || self.router.mode != RouterMode::Enforce {
            return Ok(());
        }
        let managers = bans::managers(&self.wire).await?;
        let mut spared = HashSet::new();
        for tunnel in came.iter() {
            let Some(address) = &tunnel.address else { continue };
            let (account, address) = (tunnel.username.clone(), address.clone());
            let what = match managers.as_ref().map(|managers| managers.get(&address)) {
                Some(None) => continue,
                Some(Some(who)) => Reason::TunnelSpared { account, address, who: who.clone() },
                // Whoever is not shown is not nobody.
                None => Reason::ManagersUnknown { account, address },
            };
            if tunnels::is_nobodys(self.app, self.router, &tunnel.username).await? {
                self.unmended.found(self.app, self.router, &what).await?;
                spared.insert(tunnel.clone());
            }
        }
        came.retain(|tunnel| !spared.contains(tunnel));
        Ok(())
    }

    /// A tunnel that waits, or stays closed, and is not in the box is free, whatever anybody answers. All of them are
    /// looked for on the router's list at each look; one that is missed at two in a row is cut. The doctor, who comes
    /// because of it, says what it means.
    pub(super) async fn check_box(&mut self, tunnels: &[Arc<Tunnel>]) -> Result<(), Trouble> {
        let enforced = self.router.mode == RouterMode::Enforce;
        let waits = |live: &LiveConnection| live.state == ConnectionState::Pending;
        let any_waits = self.known.live().any(waits) || enforced && self.known.has_quiet();
        if !any_waits {
            self.free.clear();
            return Ok(());
        }
        let is_to_be_boxed = |tunnel: &Tunnel| match self.known.connection_of(tunnel) {
            Some(live) => waits(live),
            None => enforced && self.known.is_quiet(tunnel),
        };
        let waiting = tunnels.iter().map(AsRef::as_ref).filter(|tunnel| is_to_be_boxed(tunnel));
        let waiting: Vec<Tunnel> = waiting.cloned().collect();
        if waiting.is_empty() {
            self.free.clear();
            return Ok(());
        }
        let free = doctor::free(&self.wire, self.router, waiting).await?;
        let before = std::mem::replace(&mut self.free, free.iter().cloned().collect());
        let mut any = false;
        for tunnel in free {
            let what = Reason::NotInBox {
                account: tunnel.username.clone(),
                address: tunnel.address.clone(),
                list: self.router.sandbox_list.clone(),
            };
            self.unmended.found(self.app, self.router, &what).await?;
            if enforced && before.contains(&tunnel) {
                self.cut_free(&tunnel).await?;
                any = true;
            }
        }
        if any {
            self.carry_wishes().await?;
        }
        Ok(())
    }

    /// Cuts a tunnel that is in no box, unless a bound rule alone keeps its account out.
    async fn cut_free(&mut self, tunnel: &Tunnel) -> Result<(), Trouble> {
        self.refresh_desired().await?;
        match self.known.connection_of(tunnel).cloned() {
            Some(live) if self.desired.rules.iter().any(|rule| rule.account == live.account) => {}
            Some(live) => tunnels::exposed(self.app, self.router, &live, Exposure::NotInBox).await?,
            None => tunnels::kept_outside(self.app, self.router, tunnel).await?,
        }
        self.stale = true;
        Ok(())
    }
}
