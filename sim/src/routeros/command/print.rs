//! `print`, `getall` and what they start: `follow`, `follow-only`, `interval`, `listen`.

use std::time::Duration;

use super::{Answer, Caller, Command, Then};
use crate::routeros::{
    codec::Reply,
    journal::Outcome,
    query::Query,
    table::{RowId, Table},
    trap::Trap,
    value::parse_span,
    world::{Listener, Selection, World},
};

impl World {
    pub(super) fn print(
        &mut self,
        caller: Caller<'_>,
        path: &'static str,
        command: &Command,
    ) -> Result<Answer, Trap> {
        let tag = command.tag.as_deref();
        let table = self.table(path);
        let ids = chosen(table, command)?;
        let query = Query::parse(&command.queries, table);
        let proplist = command.text(".proplist").or_else(|| command.text("proplist"));
        let selection = Selection::new(table, proplist, caller.may("sensitive"));
        if command.flag("count-only") {
            let moment = self.moment();
            let count = table.rows().filter(|row| query.accepts(table, row, &moment)).count();
            return Ok(Answer::returned(count.to_string().as_bytes(), tag));
        }
        let period = match command.text("interval") {
            Some(text) => {
                Some(parse_span(text).filter(|span| *span > 0).ok_or_else(|| Trap::invalid("interval"))?)
            }
            None => None,
        };
        let changes_only = command.verb == "listen" || command.flag("follow-only");
        let streams = changes_only || command.flag("follow");
        let mut reply = Reply::default();
        let mut written = 0;
        if !changes_only {
            written = self.write_rows(path, ids.as_deref(), &query, &selection, tag, &mut reply);
        }
        if !streams && period.is_none() {
            if written == 0 && self.version.announces_empty() {
                reply.bare("!empty", tag);
            }
            return Ok(Answer::done(reply, tag));
        }
        if let Some(trap) = self.tag_in_use(caller.session, tag) {
            return Err(trap);
        }
        if period.is_some() && written == 0 && self.version.announces_empty() {
            reply.bare("!empty", tag);
        }
        self.listeners.push(Listener {
            session: caller.session,
            tag: command.tag.clone(),
            path,
            selection,
            query,
            produced: written > 0 || period.is_some(),
            repeats: period.is_some(),
        });
        let answer = Answer::new(reply, Outcome::Open);
        Ok(match period {
            Some(period) => answer.then(Then::Repeat(Duration::from_micros(period))),
            None => answer,
        })
    }

    fn tag_in_use(&self, session: u64, tag: Option<&[u8]>) -> Option<Trap> {
        let used = self
            .listeners
            .iter()
            .any(|listener| listener.session == session && listener.tag.as_deref() == tag);
        // The text is an assumption.
        used.then(|| Trap::plain("failure: tag is already in use"))
    }

    /// Writes the wanted rows and returns how many they were.
    fn write_rows(
        &self,
        path: &str,
        ids: Option<&[RowId]>,
        query: &Query,
        selection: &Selection,
        tag: Option<&[u8]>,
        reply: &mut Reply,
    ) -> usize {
        let (table, moment) = (self.table(path), self.moment());
        let mut written = 0;
        for row in table.rows() {
            let named = ids.is_none_or(|ids| ids.contains(&row.id));
            if named && (query.is_empty() || query.accepts(table, row, &moment)) {
                selection.write(table, row, &moment, tag, reply);
                written += 1;
            }
        }
        written
    }

    /// What a repeated print sends at a tick; `None` after it has been cancelled. An empty table is told at every tick.
    pub(crate) fn repeat(&mut self, session: u64, tag: Option<&[u8]>) -> Option<Vec<u8>> {
        self.settle();
        let listener = self.listeners.iter().find(|listener| {
            listener.repeats && listener.session == session && listener.tag.as_deref() == tag
        })?;
        let mut reply = Reply::default();
        let written =
            self.write_rows(listener.path, None, &listener.query, &listener.selection, tag, &mut reply);
        if written == 0 && self.version.announces_empty() {
            reply.bare("!empty", tag);
        }
        Some(reply.into_bytes())
    }
}

/// The rows that `=.id=` or `=numbers=` names, if it is given.
fn chosen(table: &Table, command: &Command) -> Result<Option<Vec<RowId>>, Trap> {
    let Some(ids) = [".id", "numbers", "from"].iter().find_map(|name| command.attribute(name)) else {
        return Ok(None);
    };
    let resolved = ids.split(|&byte| byte == b',').map(|id| table.resolve(id).ok_or_else(Trap::no_such_item));
    resolved.collect::<Result<_, _>>().map(Some)
}
