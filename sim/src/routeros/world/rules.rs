//! What menus check and do besides keeping rows: references, time-outs, rows that belong to the router itself.

use std::net::Ipv4Addr;

use bytes::Bytes;

use super::World;
use crate::routeros::{
    clock::Micros,
    table::{Row, RowId},
    trap::Trap,
    value::{Kind, LocalTime, parse_span},
};

/// 35w3d13h13m56s, the longest time-out of an address-list entry.
const LONGEST_TIMEOUT: Micros = 21_474_836_000_000;

impl World {
    /// Puts one value that a client gave into a row, with the checks that need more than the value itself.
    pub(crate) fn set_value(&self, path: &str, row: &mut Row, name: &str, raw: &Bytes) -> Result<(), Trap> {
        let table = self.table(path);
        if name == "timeout" && super::LAPSING.contains(&path) {
            return self.set_timeout(path, row, raw);
        }
        if (path, name) == ("ip/service", "certificate") && !self.is_certificate(raw) {
            return Err(Trap::no_match(name));
        }
        let kind =
            table.position(name).and_then(|position| table.fields().get(position)).map(|field| field.kind);
        match kind {
            Some(Kind::Reference(menu)) if self.table(menu).by_key(&[raw]).is_none() => {
                Err(Trap::no_match(name))
            }
            Some(Kind::AddressOrPool) if !self.is_address_or_pool(raw) => Err(Trap::no_match(name)),
            _ => table.put(row, name, raw),
        }
    }

    fn is_certificate(&self, raw: &Bytes) -> bool {
        matches!(&raw[..], b"" | b"none") || self.table("certificate").by_key(&[raw]).is_some()
    }

    fn is_address_or_pool(&self, raw: &Bytes) -> bool {
        let address =
            std::str::from_utf8(raw).is_ok_and(|text| text.is_empty() || text.parse::<Ipv4Addr>().is_ok());
        address || self.table("ip/pool").by_key(&[raw]).is_some()
    }

    /// A time-out makes an entry dynamic: it lives in memory and is gone after a reboot. That a static entry which is
    /// given one becomes dynamic is an assumption.
    fn set_timeout(&self, path: &str, row: &mut Row, raw: &Bytes) -> Result<(), Trap> {
        let invalid = || Trap::invalid("timeout");
        let span = std::str::from_utf8(raw).ok().and_then(parse_span).ok_or_else(invalid)?;
        if span > LONGEST_TIMEOUT {
            return Err(invalid());
        }
        row.until = (span > 0).then(|| self.now() + span);
        if row.until.is_some() {
            self.table(path).put(row, "dynamic", &Bytes::from_static(b"true"))?;
        }
        Ok(())
    }

    /// Completes a row that a client adds, with what the router fills in.
    pub(crate) fn complete(&self, path: &str, row: &mut Row) -> Result<(), Trap> {
        for field in self.table(path).fields().iter().filter(|field| field.required) {
            if self.table(path).value(row, field.name).is_none_or(Bytes::is_empty) {
                return Err(Trap::missing(field.name));
            }
        }
        if path == "ppp/secret" {
            let never = LocalTime::at(0, 0).stamp(self.version);
            self.fill(path, row, &[("last-logged-out", never.as_bytes())])?;
        }
        if path == "user-manager/profile" && self.table(path).text(row, "name-for-users").is_empty() {
            let name = self.table(path).value(row, "name").cloned().unwrap_or_default();
            self.table(path).put(row, "name-for-users", &name)?;
        }
        Ok(())
    }

    /// What follows from a row that was added.
    pub(crate) fn added(&mut self, path: &str, id: RowId) {
        let fasttrack = |world: &Self, row: &Row| {
            world.table(path).text(row, "action") == "fasttrack-connection" && path == "ip/firewall/filter"
        };
        if self.table(path).row(id).is_some_and(|row| fasttrack(self, row)) {
            self.show_fasttrack_dummy();
        }
        self.bind(path, id);
    }

    /// The row in front of all others that only shows the counters of FastTrack.
    fn show_fasttrack_dummy(&mut self) {
        let path = "ip/firewall/filter";
        if self.table(path).rows().any(|row| self.table(path).is(row, "dynamic")) {
            return;
        }
        let first = self.table(path).rows().next().map(|row| row.id);
        let dummy = self.make(
            path,
            &[
                ("chain", b"forward"),
                ("action", b"passthrough"),
                ("dynamic", b"true"),
                ("comment", b"special dummy rule to show fasttrack counters"),
            ],
        );
        if let Ok(dummy) = dummy {
            self.move_before(path, dummy, first);
        }
    }

    /// The row in front of which another one goes. The router's own rows stay where they are: nothing goes in front of
    /// the row of FastTrack's counters.
    pub(crate) fn place(&self, path: &str, id: &[u8]) -> Result<RowId, Trap> {
        let table = self.table(path);
        let id = table.resolve(id).ok_or_else(Trap::no_such_item)?;
        match table.row(id) {
            Some(row) if path.ends_with("/filter") && table.is(row, "dynamic") => {
                Err(Trap::plain("failure: can not insert before dynamic rule"))
            }
            _ => Ok(id),
        }
    }

    /// Whether a client may change, move or remove a row. The texts are assumptions.
    pub(crate) fn check_change(&self, path: &str, row: &Row, removing: bool) -> Result<(), Trap> {
        let table = self.table(path);
        let rule = path.ends_with("/filter") && table.is(row, "dynamic");
        if rule {
            return Err(Trap::plain("failure: can not change dynamic rule"));
        }
        if path == "ip/service" && table.is(row, "dynamic") {
            return Err(Trap::plain("failure: can not change dynamic service"));
        }
        if removing && path == "ppp/profile" && table.is(row, "default") {
            return Err(Trap::plain("failure: can not remove default profile"));
        }
        if removing
            && path == "user/group"
            && self
                .table("user")
                .rows()
                .any(|user| self.table("user").text(user, "group") == table.text(row, "name"))
        {
            return Err(Trap::plain("failure: group is in use"));
        }
        Ok(())
    }

    /// Removes a row for a client, with what hangs on it.
    pub(crate) fn remove_for_client(&mut self, path: &str, id: RowId) {
        if path == "ppp/active" {
            self.drop_tunnel_of_row(id, "nas-request");
        } else if let Some(row) = self.remove(path, id) {
            match path {
                "ppp/profile" => self.forget_profile(&row),
                "user-manager/user" => self.forget_user(&row),
                _ => self.unbind(path, &row),
            }
        }
    }

    /// The profiles of a user of the User Manager go with the user.
    fn forget_user(&mut self, user: &Row) {
        let path = "user-manager/user-profile";
        let name = self.table("user-manager/user").value(user, "name").cloned();
        let given = self.table(path);
        let orphans: Vec<_> =
            given.rows().filter(|row| given.value(row, "user") == name.as_ref()).map(|row| row.id).collect();
        for row in orphans {
            self.remove(path, row);
        }
    }

    /// A secret whose profile is removed falls back to the default one (assumption).
    fn forget_profile(&mut self, profile: &Row) {
        let name = self.table("ppp/profile").value(profile, "name").cloned();
        let secrets = self.table("ppp/secret");
        let orphans: Vec<_> = secrets
            .rows()
            .filter(|row| secrets.value(row, "profile") == name.as_ref())
            .map(|row| row.id)
            .collect();
        for secret in orphans {
            let _ = self.amend("ppp/secret", secret, &[("profile", b"default")]);
        }
    }
}
