//! The commands that change something.

use bytes::Bytes;

use super::{Answer, Caller, Command};
use crate::routeros::{
    clock::Micros,
    codec::Reply,
    table::{Row, RowId, Shape, format_id},
    trap::Trap,
    world::World,
};

impl World {
    pub(super) fn write(
        &mut self,
        caller: Caller<'_>,
        path: &'static str,
        command: &Command,
    ) -> Result<Answer, Trap> {
        let tag = command.tag.as_deref();
        match command.verb.as_str() {
            "add" => {
                let id = self.add(path, &command.attributes)?;
                return Ok(Answer::returned(format_id(id).as_bytes(), tag));
            }
            "set" | "comment" => self.set(path, command)?,
            "enable" => self.each(path, command, |world, id| world.put_one(path, id, "disabled", "false"))?,
            "disable" => self.each(path, command, |world, id| world.put_one(path, id, "disabled", "true"))?,
            "remove" => self.each(path, command, |world, id| world.remove_one(path, id))?,
            "unset" => self.unset(path, command)?,
            "move" => self.reorder(path, command)?,
            "reset-counters" => self.each(path, command, |world, id| world.reset_counters(path, id))?,
            "reset-counters-all" => {
                let ids: Vec<_> = self.table(path).rows().map(|row| row.id).collect();
                ids.into_iter().try_for_each(|id| self.reset_counters(path, id))?;
            }
            "close-session" => self.each(path, command, |world, id| {
                world.close_accounted(id);
                Ok(())
            })?,
            "monitor" if path == "user-manager/user" => return self.monitor_user(command),
            "run" if caller.may("test") || caller.may("write") => self.run_script(command)?,
            "info" | "warning" | "error" | "debug" if path == "log" => {
                let message = command.attribute("message").cloned().unwrap_or_default();
                self.log(&format!("script,{}", command.verb), &message);
            }
            "sign" => self.sign(command)?,
            "create-and-activate-profile" => self.activate_profile(path, command)?,
            // In the command tree, but outside of what is simulated.
            _ => return Err(Trap::no_such_command()),
        }
        Ok(Answer::done(Reply::default(), tag))
    }

    /// Adds a row as a client does: all values checked, then all that is required, then the key.
    pub(crate) fn add(&mut self, path: &str, attributes: &[(String, Bytes)]) -> Result<RowId, Trap> {
        let given = |wanted: &str| attributes.iter().find(|(name, _)| name == wanted).map(|(_, value)| value);
        let mut row = match given("copy-from") {
            Some(id) => {
                let original = self.table(path).resolve(id).and_then(|id| self.table(path).row(id));
                let mut copy = original.cloned().ok_or_else(Trap::no_such_item)?;
                (copy.since, copy.until) = (self.now(), None);
                copy
            }
            None => self.blank(path),
        };
        let before = match given("place-before") {
            Some(id) => Some(self.place(path, id)?),
            None => None,
        };
        for (name, value) in attributes {
            if !matches!(name.as_str(), "copy-from" | "place-before") {
                self.set_value(path, &mut row, name, value)?;
            }
        }
        self.complete(path, &mut row)?;
        let id = self.insert(path, row)?;
        if let Some(before) = before {
            self.move_before(path, id, Some(before));
        }
        self.added(path, id);
        Ok(id)
    }

    fn set(&mut self, path: &str, command: &Command) -> Result<(), Trap> {
        let changes: Vec<_> = command
            .attributes
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), ".id" | "numbers"))
            .collect();
        let change = |world: &mut Self, id: RowId| {
            let mut row = world.row_to_change(path, id)?;
            for (name, value) in &changes {
                match name.strip_prefix('!') {
                    Some(name) => world.table(path).unset(&mut row, name)?,
                    None => world.set_value(path, &mut row, name, value)?,
                }
            }
            world.replace(path, row)
        };
        if self.table(path).menu.shape == Shape::Settings {
            change(self, 0)
        } else {
            self.each(path, command, change)
        }
    }

    /// Does something to every row named by `=.id=` or `=numbers=`, one after the other: the first that is missing ends
    /// it, and those before it stay changed.
    fn each(
        &mut self,
        path: &str,
        command: &Command,
        mut change: impl FnMut(&mut Self, RowId) -> Result<(), Trap>,
    ) -> Result<(), Trap> {
        let named = [".id", "numbers"].iter().find_map(|name| command.attribute(name));
        let ids = named.filter(|ids| !ids.is_empty()).cloned().ok_or_else(|| Trap::missing(".id"))?;
        for id in ids.split(|&byte| byte == b',') {
            let id = self.table(path).resolve(id).ok_or_else(Trap::no_such_item)?;
            change(self, id)?;
        }
        Ok(())
    }

    fn row_to_change(&self, path: &str, id: RowId) -> Result<Row, Trap> {
        let row = self.table(path).row(id).ok_or_else(Trap::no_such_item)?;
        self.check_change(path, row, false)?;
        Ok(row.clone())
    }

    fn put_one(&mut self, path: &str, id: RowId, name: &str, value: &str) -> Result<(), Trap> {
        let mut row = self.row_to_change(path, id)?;
        self.set_value(path, &mut row, name, &Bytes::copy_from_slice(value.as_bytes()))?;
        self.replace(path, row)
    }

    fn remove_one(&mut self, path: &str, id: RowId) -> Result<(), Trap> {
        let row = self.table(path).row(id).ok_or_else(Trap::no_such_item)?;
        self.check_change(path, row, true)?;
        self.remove_for_client(path, id);
        Ok(())
    }

    fn unset(&mut self, path: &str, command: &Command) -> Result<(), Trap> {
        let name = command.text("value-name").ok_or_else(|| Trap::missing("value-name"))?.to_owned();
        self.each(path, command, |world, id| {
            let mut row = world.row_to_change(path, id)?;
            for name in name.split(',') {
                world.table(path).unset(&mut row, name)?;
            }
            world.replace(path, row)
        })
    }

    /// `move`: in front of `destination`, or to the end without one. Ids stay.
    fn reorder(&mut self, path: &str, command: &Command) -> Result<(), Trap> {
        let destination = match command.attribute("destination") {
            Some(id) => Some(self.place(path, id)?),
            None => None,
        };
        self.each(path, command, |world, id| {
            world.row_to_change(path, id)?;
            world.move_before(path, id, destination);
            Ok(())
        })
    }

    fn reset_counters(&mut self, path: &str, id: RowId) -> Result<(), Trap> {
        if self.table(path).position("packets").is_none() {
            return Ok(());
        }
        self.amend(path, id, &[("bytes", b"0"), ("packets", b"0")])
    }

    /// `/tool/user-manager/user/create-and-activate-profile` of version 6. The texts of its refusals are assumptions.
    fn activate_profile(&mut self, path: &str, command: &Command) -> Result<(), Trap> {
        let profile = command.text("profile").ok_or_else(|| Trap::missing("profile"))?;
        if self.table("tool/user-manager/profile").by_key(&[profile.as_bytes()]).is_none() {
            return Err(Trap::no_match("profile"));
        }
        self.each(path, command, |world, id| world.put_one(path, id, "actual-profile", profile))
    }

    /// `/user-manager/user/monitor =once=`.
    fn monitor_user(&mut self, command: &Command) -> Result<Answer, Trap> {
        let tag = command.tag.as_deref();
        let id = [".id", "numbers"].iter().find_map(|name| command.attribute(name));
        let id =
            id.and_then(|id| self.table("user-manager/user").resolve(id)).ok_or_else(Trap::no_such_item)?;
        let users = self.table("user-manager/user");
        let name = users.row(id).and_then(|row| users.value(row, "name")).cloned().unwrap_or_default();
        let sessions = self.table("user-manager/session");
        let own: Vec<_> = sessions.rows().filter(|row| sessions.value(row, "user") == Some(&name)).collect();
        let total = |counter: &str| {
            own.iter().filter_map(|row| sessions.text(row, counter).parse::<u64>().ok()).sum()
        };
        let (download, upload): (u64, u64) = (total("download"), total("upload"));
        let active = own.iter().filter(|row| sessions.is(row, "active")).count();
        let mut reply = Reply::default();
        reply.begin("!re", tag);
        reply.attribute("total-download", download.to_string().as_bytes());
        reply.attribute("total-upload", upload.to_string().as_bytes());
        reply.attribute("active-sessions", active.to_string().as_bytes());
        reply.attribute("active-sub-sessions", b"0");
        reply.end();
        Ok(Answer::done(reply, tag))
    }

    /// Scripts are kept and counted, not interpreted.
    fn run_script(&mut self, command: &Command) -> Result<(), Trap> {
        let path = "system/script";
        let named = ["number", "numbers", ".id"].iter().find_map(|name| command.attribute(name));
        let id = named.and_then(|id| self.table(path).resolve(id)).ok_or_else(Trap::no_such_item)?;
        let table = self.table(path);
        let count: u64 =
            table.row(id).and_then(|row| table.text(row, "run-count").parse().ok()).unwrap_or_default();
        self.amend(path, id, &[("run-count", (count + 1).to_string().as_bytes())])
    }

    /// `/certificate/sign`. The answer does not wait for the key, which takes as long as the router needs; an authority
    /// signs only once it has its own (assumption).
    fn sign(&mut self, command: &Command) -> Result<(), Trap> {
        let path = "certificate";
        let named = ["number", "numbers", ".id"].iter().find_map(|name| command.attribute(name));
        let id = named.and_then(|id| self.table(path).resolve(id)).ok_or_else(Trap::no_such_item)?;
        let ca = command.attribute("ca").cloned();
        if let Some(ca) = &ca {
            let authority = self.table(path).resolve(ca).and_then(|id| self.table(path).row(id));
            let ready = authority.is_some_and(|row| row.until.is_some_and(|made| made <= self.now()));
            if !ready {
                return Err(Trap::no_match("ca"));
            }
        }
        let flag = |truth: bool| if truth { &b"true"[..] } else { b"false" };
        self.amend(
            path,
            id,
            &[
                ("issued", flag(ca.is_some())),
                ("ca", ca.as_deref().unwrap_or_default()),
                ("trusted", flag(ca.is_none())),
            ],
        )?;
        self.make_key(id, self.key_time)
    }

    /// Makes the key of a certificate, which takes a while.
    pub(crate) fn make_key(&mut self, id: RowId, takes: Micros) -> Result<(), Trap> {
        let path = "certificate";
        let mut row = self.table(path).row(id).cloned().ok_or_else(Trap::no_such_item)?;
        row.until.get_or_insert(self.now().saturating_add(takes));
        self.replace(path, row)
    }
}
