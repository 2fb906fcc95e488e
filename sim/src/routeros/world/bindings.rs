//! Bindings of servers to users (`/interface/l2tp-server` and its like): interfaces that are there before their tunnels, so
//! that rules can name them, and stay afterwards. From the manual; that their counters go on from tunnel to tunnel is an
//! assumption, and the one under which a client has to do more.

use super::World;
use crate::routeros::table::{Row, RowId};

impl World {
    /// The interface that is bound to a user of a service, unless a tunnel has it.
    pub(super) fn bound_interface(&self, service: &str, name: &[u8]) -> Option<(String, RowId)> {
        let bindings = self.tables.get(format!("interface/{service}-server").as_str())?;
        let interfaces = self.table("interface");
        let of_user = bindings.rows().filter(|row| {
            !bindings.is(row, "disabled") && bindings.value(row, "user").is_some_and(|user| user == name)
        });
        let mut free = of_user.filter_map(|row| {
            let name = bindings.text(row, "name").to_owned();
            let interface = interfaces.by_key(&[name.as_bytes()])?.id;
            (!self.tunnels().any(|tunnel| tunnel.interface == name)).then_some((name, interface))
        });
        free.next()
    }

    /// A row was added: the interface of a binding comes with it.
    pub(super) fn bind(&mut self, path: &str, id: RowId) {
        let Some(service) = service_of(path) else { return };
        let table = self.table(path);
        let Some(name) = table.row(id).and_then(|row| table.value(row, "name")).cloned() else { return };
        let kind = format!("{service}-in");
        // Another interface of the name would be refused by a router; the row is then without an interface.
        let _ = self.make("interface", &[("name", &name), ("type", kind.as_bytes()), ("running", b"false")]);
    }

    /// A row was removed: the interface of a binding goes with it.
    pub(super) fn unbind(&mut self, path: &str, binding: &Row) {
        if service_of(path).is_none() {
            return;
        }
        let interfaces = self.table("interface");
        let name = self.table(path).value(binding, "name");
        let id = name.and_then(|name| interfaces.by_key(&[name])).map(|row| row.id);
        if let Some(id) = id {
            self.remove("interface", id);
        }
    }
}

/// The service of whose server the rows of a menu are bindings.
fn service_of(path: &str) -> Option<&str> {
    path.strip_prefix("interface/")?.strip_suffix("-server")
}
