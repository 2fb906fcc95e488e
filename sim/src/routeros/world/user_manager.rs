//! User Manager as the RADIUS server of this same router: who may dial in, and the sessions it accounts.

use super::{ConnectError, Tunnel, World};
use std::net::Ipv4Addr;

use crate::routeros::{
    table::RowId,
    value::{LocalTime, parse_bool},
};

/// What User Manager says of an account that it lets in.
pub(super) struct RadiusAccount {
    name: Vec<u8>,
    /// `Mikrotik-Group`: the profile to use.
    pub(super) group: Option<Vec<u8>>,
    /// `Framed-IP-Address`.
    pub(super) address: Option<String>,
    /// `Mikrotik-Address-List`: the lists that its address is put on.
    pub(super) lists: Option<String>,
}

impl World {
    /// Where the sessions are kept in this version.
    pub(super) fn accounting_path(&self) -> &'static str {
        if self.version.is_seven() { "user-manager/session" } else { "tool/user-manager/session" }
    }

    /// Asks User Manager, if the router does so for PPP.
    pub(super) fn radius_account(&self, name: &[u8], caller: &str) -> Result<RadiusAccount, ConnectError> {
        let shown = || String::from_utf8_lossy(name).into_owned();
        let path = if self.version.is_seven() { "user-manager/user" } else { "tool/user-manager/user" };
        let asked = self.setting("ppp/aaa", "use-radius");
        let users = self.find(path).filter(|_| asked);
        let Some((users, user)) = users.and_then(|users| Some((users, users.by_key(&[name])?))) else {
            return Err(ConnectError::NoSuchAccount(shown()));
        };
        if users.is(user, "disabled") {
            return Err(ConnectError::Disabled(shown()));
        }
        if !matches!(users.text(user, "caller-id"), "" | "bind") && users.text(user, "caller-id") != caller {
            return Err(ConnectError::WrongCaller(shown()));
        }
        let most: usize = users.text(user, "shared-users").parse().unwrap_or(usize::MAX);
        if self.active_sessions(name) >= most {
            return Err(ConnectError::TooManySessions(shown()));
        }
        let group = self.group_attributes(users.text(user, "group"));
        let own = users.text(user, "attributes");
        // What the user says comes before what the group says (assumption).
        let attribute = |wanted: &str| {
            let pairs = own.split(',').chain(group.split(','));
            let mut pairs = pairs.filter_map(|pair| pair.trim().split_once(':'));
            pairs.find(|(name, _)| *name == wanted).map(|(_, value)| value)
        };
        let fixed = Some(users.text(user, "ip-address")).filter(|address| !address.is_empty());
        let of_profile = |name| self.limitation(users.text(user, "actual-profile"), name);
        Ok(RadiusAccount {
            name: name.to_vec(),
            group: attribute("Mikrotik-Group")
                .or_else(|| of_profile("group-name"))
                .map(|group| group.as_bytes().to_vec()),
            address: attribute("Framed-IP-Address").or(fixed).map(str::to_owned),
            lists: attribute("Mikrotik-Address-List")
                .or_else(|| of_profile("address-list"))
                .map(str::to_owned),
        })
    }

    /// What the limitations of a profile say in version 6; that the first one which says something wins is an assumption.
    fn limitation(&self, profile: &str, name: &str) -> Option<&str> {
        let (links, all) = (
            self.table("tool/user-manager/profile/profile-limitation"),
            self.table("tool/user-manager/profile/limitation"),
        );
        let of_profile = links.rows().filter(|row| links.text(row, "profile") == profile);
        let limitations = of_profile.filter_map(|row| all.by_key(&[links.value(row, "limitation")?]));
        limitations.map(|row| all.text(row, name)).find(|value| !value.is_empty())
    }

    /// The attributes of a group; version 6 has no groups.
    fn group_attributes(&self, group: &str) -> &str {
        let groups = self.table("user-manager/user/group");
        groups.by_key(&[group.as_bytes()]).map(|row| groups.text(row, "attributes")).unwrap_or_default()
    }

    fn active_sessions(&self, name: &[u8]) -> usize {
        let sessions = self.table(self.accounting_path());
        let of_user =
            sessions.rows().filter(|row| sessions.value(row, "user").is_some_and(|user| user == name));
        of_user.filter(|row| sessions.is(row, "active")).count()
    }

    fn setting(&self, path: &str, name: &str) -> bool {
        let table = self.table(path);
        table.rows().next().is_some_and(|row| parse_bool(table.text(row, name)) == Some(true))
    }

    /// Records the start of a session, unless accounting is off. (The row is constructed from the documented fields.)
    pub(super) fn start_accounting(
        &mut self,
        account: RadiusAccount,
        tunnel: &Tunnel,
        session: u32,
    ) -> Option<RowId> {
        if !self.setting("ppp/aaa", "accounting") {
            return None;
        }
        let address = tunnel.address.to_string();
        let number = format!("{session:08x}");
        let own: &[(&str, &[u8])] = if self.version.is_seven() {
            &[("user-address", address.as_bytes()), ("nas-port-id", tunnel.interface.as_bytes())]
        } else {
            &[("user-ip", address.as_bytes())]
        };
        let common: &[(&str, &[u8])] = &[
            ("user", &account.name),
            ("acct-session-id", number.as_bytes()),
            ("calling-station-id", tunnel.caller_id.as_bytes()),
        ];
        self.make(self.accounting_path(), &[common, own].concat()).ok()
    }

    /// Records the end of a session.
    pub(super) fn stop_accounting(&mut self, id: RowId, reason: &str) {
        let path = self.accounting_path();
        let moment = self.moment();
        let stamp = LocalTime::at(moment.now, moment.offset).stamp(moment.version);
        let ended = if self.version.is_seven() { "ended" } else { "till-time" };
        let cause = match reason {
            "hung-up" | "peer-request" => "user-request",
            "reboot" => "nas-reboot",
            other => other,
        };
        let Some(mut row) = self.table(path).row(id).cloned() else { return };
        let status = match self.table(path).text(&row, "status") {
            "close-acked" => "start,stop,close-acked",
            "start,interim" => "start,interim,stop",
            _ => "start,stop",
        };
        row.until = Some(moment.now);
        let filled = self.fill(
            path,
            &mut row,
            &[
                ("active", b"false"),
                ("status", status.as_bytes()),
                ("terminate-cause", cause.as_bytes()),
                (ended, stamp.as_bytes()),
            ],
        );
        // The session may have been removed from the database meanwhile; then there is nothing to record.
        let _ = filled.and_then(|()| self.replace(path, row));
    }

    /// Records the start of a session at another router, which asked this User Manager whether to let its caller in.
    pub(crate) fn connect_elsewhere(
        &mut self,
        name: &[u8],
        nas: Ipv4Addr,
        caller: &str,
        address: Ipv4Addr,
    ) -> Result<RowId, ConnectError> {
        let account = self.known_account(name)?;
        let path = self.accounting_path();
        let number = format!("{:08x}", 0x8100_0000 + self.table(path).rows().count());
        let (nas, address) = (nas.to_string(), address.to_string());
        let of_address = if self.version.is_seven() { "user-address" } else { "user-ip" };
        let values: &[(&str, &[u8])] = &[
            ("user", &account),
            ("acct-session-id", number.as_bytes()),
            ("calling-station-id", caller.as_bytes()),
            (self.nas_field(), nas.as_bytes()),
            (of_address, address.as_bytes()),
        ];
        let id = self.make(path, values).map_err(|_| ConnectError::Off)?;
        self.hear_of(id);
        Ok(id)
    }

    /// Another router reports that its session lasts.
    pub(crate) fn report_elsewhere(&mut self, id: RowId) {
        let _ = self.amend(self.accounting_path(), id, &[("status", b"start,interim")]);
        self.hear_of(id);
    }

    /// Another router has reported something of its session just now.
    fn hear_of(&mut self, id: RowId) {
        let path = self.accounting_path();
        let moment = self.moment();
        let stamp = LocalTime::at(moment.now, moment.offset).stamp(moment.version);
        if self.version.is_seven() {
            let _ = self.amend(path, id, &[("last-accounting-packet", stamp.as_bytes())]);
        }
    }

    /// Another router reports the end of its session.
    pub(crate) fn end_elsewhere(&mut self, id: RowId) {
        self.stop_accounting(id, "hung-up");
    }

    /// The sessions of other routers whose end was not reported.
    pub(crate) fn sessions_elsewhere(&self) -> Vec<RowId> {
        let (table, nas) = (self.table(self.accounting_path()), self.nas_field());
        let elsewhere =
            table.rows().filter(|row| table.is(row, "active") && table.text(row, nas) != "127.0.0.1");
        elsewhere.map(|row| row.id).collect()
    }

    /// The field with the address of the router that has a session.
    fn nas_field(&self) -> &'static str {
        if self.version.is_seven() { "nas-ip-address" } else { "host-ip" }
    }

    /// Other routers do not listen to requests to disconnect from now on, or do again.
    pub(crate) fn set_deaf_elsewhere(&mut self, deaf: bool) {
        self.deaf_elsewhere = deaf;
    }

    /// The name of an account that may log in somewhere.
    fn known_account(&self, name: &[u8]) -> Result<Vec<u8>, ConnectError> {
        let shown = || String::from_utf8_lossy(name).into_owned();
        let path = if self.version.is_seven() { "user-manager/user" } else { "tool/user-manager/user" };
        let users = self.find(path).ok_or_else(|| ConnectError::NoSuchAccount(shown()))?;
        let user = users.by_key(&[name]).ok_or_else(|| ConnectError::NoSuchAccount(shown()))?;
        if users.is(user, "disabled") { Err(ConnectError::Disabled(shown())) } else { Ok(name.to_vec()) }
    }

    /// `close-session`: a Disconnect-Request to the router that has the session. This one does not listen without
    /// `/radius/incoming accept=yes`, others as they were told to; then nothing happens. That the command itself answers
    /// `!done` in all cases is an assumption.
    pub(crate) fn close_accounted(&mut self, id: RowId) {
        let path = self.accounting_path();
        let nas = self.nas_field();
        let table = self.table(path);
        if table.row(id).is_some_and(|row| table.text(row, nas) != "127.0.0.1") {
            if !self.deaf_elsewhere {
                let _ = self.amend(path, id, &[("status", b"close-acked")]);
                self.stop_accounting(id, "um-admin-request");
            }
            return;
        }
        if !self.setting("radius/incoming", "accept") {
            return;
        }
        let _ = self.amend(path, id, &[("status", b"close-acked")]);
        self.drop_tunnel_of_accounting(id, "um-admin-request");
    }
}
