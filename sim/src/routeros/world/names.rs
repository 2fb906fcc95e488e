//! DNS names in address lists: such an entry brings dynamic ones with the addresses that the name has, which bear the name
//! as their comment.

use std::{
    collections::{BTreeMap, HashMap},
    net::Ipv4Addr,
};

use super::World;
use crate::routeros::{table::RowId, value::AddressRange};

const LIST: &str = "ip/firewall/address-list";

/// What names mean, and which rows came of them.
#[derive(Debug, Default)]
pub(super) struct Names {
    known: BTreeMap<String, Vec<Ipv4Addr>>,
    rows: HashMap<RowId, Vec<RowId>>,
}

impl World {
    /// Lets a name have these addresses.
    pub(crate) fn name(&mut self, name: &str, addresses: &[Ipv4Addr]) {
        self.names.known.insert(name.to_owned(), addresses.to_vec());
        self.look_all_up();
    }

    /// Looks every name in the lists up again.
    pub(super) fn look_all_up(&mut self) {
        let ids: Vec<_> = self.table(LIST).rows().map(|row| row.id).collect();
        for id in ids {
            self.look_up(LIST, id);
        }
    }

    /// Makes the entries of a name anew after it was added, changed or removed.
    pub(super) fn look_up(&mut self, path: &str, id: RowId) {
        if path != LIST {
            return;
        }
        for old in self.names.rows.remove(&id).unwrap_or_default() {
            self.remove(LIST, old);
        }
        let table = self.table(LIST);
        let Some(row) = table.row(id).filter(|row| !table.is(row, "disabled")) else { return };
        let (list, name) = (table.text(row, "list").to_owned(), table.text(row, "address").to_owned());
        if AddressRange::parse(&name).is_some() {
            return;
        }
        let mut made = Vec::new();
        for address in self.names.known.get(&name).cloned().unwrap_or_default() {
            let address = address.to_string();
            let values: [(&str, &[u8]); 4] = [
                ("list", list.as_bytes()),
                ("address", address.as_bytes()),
                ("dynamic", b"true"),
                ("comment", name.as_bytes()),
            ];
            // An address that is on the list already stays as it is.
            made.extend(self.make(LIST, &values).ok());
        }
        if !made.is_empty() {
            self.names.rows.insert(id, made);
        }
    }
}
