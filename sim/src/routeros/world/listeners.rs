//! Who listens to which menu, and what they are sent when a row appears, changes or goes.

use bytes::Bytes;

use super::{Outgoing, World};
use crate::routeros::{
    codec::Reply,
    query::Query,
    table::{Moment, Row, RowId, Table, format_id},
};

/// Which properties a client wants to see.
#[derive(Debug, Clone)]
pub(crate) struct Selection {
    pub(crate) id: bool,
    pub(crate) dead: bool,
    pub(crate) positions: Vec<usize>,
}

impl Selection {
    /// The properties named in a `.proplist`, or all that the user may see.
    pub(crate) fn new(table: &Table, proplist: Option<&str>, sensitive: bool) -> Self {
        let visible = |position: &usize| {
            table
                .fields()
                .get(*position)
                .is_some_and(|field| !field.hidden && (sensitive || !field.sensitive))
        };
        let Some(proplist) = proplist else {
            let positions = (0..table.fields().len()).filter(visible).collect();
            return Self { id: true, dead: true, positions };
        };
        let mut selection = Self { id: false, dead: false, positions: Vec::new() };
        for name in proplist.split(',').map(str::trim) {
            match name {
                ".id" => selection.id = true,
                ".dead" => selection.dead = true,
                _ => selection.positions.extend(table.position(name).filter(visible)),
            }
        }
        selection
    }

    /// Writes a row as `!re`. Without any selected property that the row has, the sentence has no attributes.
    pub(crate) fn write(
        &self,
        table: &Table,
        row: &Row,
        moment: &Moment,
        tag: Option<&[u8]>,
        reply: &mut Reply,
    ) {
        reply.begin("!re", tag);
        // Settings have no id; their only row is number 0.
        if self.id && row.id > 0 {
            reply.attribute(".id", format_id(row.id).as_bytes());
        }
        for &position in &self.positions {
            let Some(field) = table.fields().get(position) else { continue };
            if field.computed.is_some() {
                if let Some(value) = table.shown(row, position, moment) {
                    reply.attribute(field.name, &value);
                }
            } else if let Some(Some(value)) = row.values.get(position) {
                reply.attribute(field.name, value);
            }
        }
        reply.end();
    }
}

/// A `listen`, a `print follow` or a `print interval` that goes on until it is cancelled.
#[derive(Debug)]
pub(crate) struct Listener {
    pub(crate) session: u64,
    pub(crate) tag: Option<Bytes>,
    pub(crate) path: &'static str,
    pub(crate) selection: Selection,
    pub(crate) query: Query,
    /// Whether anything has been sent yet: a cancelled listener that sent nothing gets `!empty`.
    pub(crate) produced: bool,
    /// A repeated print, which is not told of changes.
    pub(crate) repeats: bool,
}

impl World {
    /// Tells the listeners of a menu that a row is new or changed; they are not told which.
    pub(super) fn announce(&mut self, path: &str, id: RowId) {
        if self.listeners.iter().all(|listener| listener.path != path || listener.repeats) {
            return;
        }
        let moment = self.moment();
        let Some(table) = self.tables.get(path) else { return };
        let Some(row) = table.row(id) else { return };
        for listener in
            self.listeners.iter_mut().filter(|listener| listener.path == path && !listener.repeats)
        {
            if !listener.query.accepts(table, row, &moment) {
                continue;
            }
            let mut reply = Reply::default();
            listener.selection.write(table, row, &moment, listener.tag.as_deref(), &mut reply);
            listener.produced = true;
            send(&self.sessions, listener.session, reply);
        }
    }

    /// Tells the listeners that a row is gone: only its id and `.dead`. With a query on anything but the id they are
    /// not told at all.
    pub(super) fn announce_removal(&mut self, path: &str, row: &Row) {
        let moment = self.moment();
        let Some(table) = self.tables.get(path) else { return };
        for listener in
            self.listeners.iter_mut().filter(|listener| listener.path == path && !listener.repeats)
        {
            if !listener.query.only_id() || !listener.query.accepts(table, row, &moment) {
                continue;
            }
            let mut reply = Reply::default();
            reply.begin("!re", listener.tag.as_deref());
            if listener.selection.id {
                reply.attribute(".id", format_id(row.id).as_bytes());
            }
            if listener.selection.dead {
                reply.attribute(".dead", b"true");
            }
            reply.end();
            listener.produced = true;
            send(&self.sessions, listener.session, reply);
        }
    }
}

fn send(sessions: &std::collections::BTreeMap<u64, super::ApiSession>, session: u64, reply: Reply) {
    if let Some(session) = sessions.get(&session) {
        session.send(Outgoing::Bytes(reply.into_bytes()));
    }
}
