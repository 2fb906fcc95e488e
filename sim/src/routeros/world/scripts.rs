//! The one script that is run: the line in a profile's `on-down` that takes the address of a tunnel off a list when the tunnel
//! goes. There is no interpreter here. The line is known word for word, with the list and the beginning of the comments
//! as it names them; whatever else stands in a script is kept and not run, as if it had failed.
//!
//! That the line does on a real router what it does here is from the manual (the variable `remote-address`, `find`), and so is
//! that a failing line beside it stops nothing that came before. That it is run before the address is given out again is an
//! assumption.

use std::net::Ipv4Addr;

use super::World;
use crate::routeros::table::RowId;

const LISTS: &str = "ip/firewall/address-list";

/// What a line says that takes entries off a list.
struct Removal {
    list: String,
    comments: String,
}

impl Removal {
    fn parse(line: &str) -> Option<Self> {
        let rest = line.trim().strip_prefix(":do { /ip firewall address-list remove [find where list=")?;
        let (list, rest) = quoted(rest)?;
        let rest = rest.strip_prefix(" address=$\"remote-address\" comment~")?;
        let (pattern, rest) = quoted(rest)?;
        let comments = pattern.strip_prefix('^')?.to_owned();
        (rest == "] } on-error={}").then_some(Self { list, comments })
    }
}

/// A text in quotes, and what comes after it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut inside = text.strip_prefix('"')?.char_indices();
    let mut read = String::new();
    while let Some((at, c)) = inside.next() {
        match c {
            '"' => return Some((read, text.get(at + 2..)?)),
            '\\' => read.push(inside.next()?.1),
            c => read.push(c),
        }
    }
    None
}

impl World {
    /// Runs what is known of a profile's `on-down`, for a tunnel that had this address.
    pub(super) fn run_on_down(&mut self, profile: &[u8], address: Ipv4Addr) {
        let profiles = self.table("ppp/profile");
        let Some(script) = profiles.by_key(&[profile]).map(|row| profiles.text(row, "on-down")) else {
            return;
        };
        let removals: Vec<Removal> = script.lines().filter_map(Removal::parse).collect();
        let address = address.to_string();
        for Removal { list, comments } in removals {
            let entries = self.table(LISTS);
            let rows: Vec<RowId> = entries
                .rows()
                .filter(|row| entries.text(row, "list") == list && entries.text(row, "address") == address)
                .filter(|row| entries.text(row, "comment").starts_with(&comments))
                .map(|row| row.id)
                .collect();
            for row in rows {
                self.remove(LISTS, row);
            }
        }
    }
}
