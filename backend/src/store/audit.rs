//! The audit: appended to, never changed, each row chained to the one before by its hash.

use super::{
    Result, StoreError, Tx,
    conn::{Conn, on},
    page::{Keys, Listing},
    records::{AuditFilter, AuditRecord, Direction, NewAudit, Page, Slice},
    schema::audit_events,
    sql::Sql,
    text::{AsText, Place, contains, fold},
};
use diesel::{pg::Pg, prelude::*, sqlite::Sqlite};
use diesel_async::RunQueryDsl;
use sallyport_shared::time::Timestamp;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The key of the PostgreSQL advisory lock under which the chain grows: "sallyaud".
const CHAIN_LOCK: i64 = 0x7361_6c6c_7961_7564;

#[derive(Queryable, Selectable, QueryableByName)]
#[diesel(table_name = audit_events, check_for_backend(Pg, Sqlite))]
struct AuditRow {
    seq: i64,
    id: String,
    at: i64,
    actor: String,
    action: String,
    subject: String,
    detail: Option<String>,
    address: Option<String>,
    hash: String,
}

impl TryFrom<AuditRow> for AuditRecord {
    type Error = StoreError;

    fn try_from(row: AuditRow) -> Result<Self> {
        Ok(Self {
            id: Place::new("audit_events", &row.id).text("id", &row.id)?,
            seq: row.seq,
            at: Timestamp::from_micros(row.at),
            event: NewAudit {
                actor: row.actor,
                action: row.action,
                subject: row.subject,
                detail: row.detail,
                address: row.address,
            },
            hash: row.hash,
        })
    }
}

/// The hash that a row must have: SHA-256, in hex, over the hash of the row before (nothing for the first)
/// and, each with its length before it, place, id, time and texts. `record.hash` is not looked at.
pub fn audit_hash(previous: &str, record: &AuditRecord) -> String {
    let mut digest = Sha256::new();
    let mut field = |bytes: &[u8]| {
        digest.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        digest.update(bytes);
    };
    field(previous.as_bytes());
    field(&record.seq.to_be_bytes());
    field(record.id.as_bytes());
    field(&record.at.micros().to_be_bytes());
    let event = &record.event;
    for text in [&event.actor, &event.action, &event.subject] {
        field(text.as_bytes());
    }
    for text in [&event.detail, &event.address] {
        // A missing text and an empty one are two things.
        field(&[u8::from(text.is_some())]);
        field(text.as_deref().unwrap_or_default().as_bytes());
    }
    hex::encode(digest.finalize())
}

impl Tx {
    /// Appends to the audit. On PostgreSQL other units of work that do the same wait until this one is over,
    /// so that the chain has no forks.
    pub async fn audit(&mut self, event: &NewAudit, now: Timestamp) -> Result<AuditRecord> {
        if let Conn::Pg(pooled) = self.conn() {
            diesel::sql_query(format!("SELECT pg_advisory_xact_lock({CHAIN_LOCK})"))
                .execute(&mut **pooled)
                .await?;
        }
        let last: Option<(i64, String)> = on!(self.conn(), |c| audit_events::table
            .order(audit_events::seq.desc())
            .select((audit_events::seq, audit_events::hash))
            .first(c)
            .await
            .optional())?;
        let (seq, previous) = last.map_or((1, String::new()), |(seq, hash)| (seq + 1, hash));
        let id = self.fresh_id(now);
        let mut record = AuditRecord { id, seq, at: now, event: event.clone(), hash: String::new() };
        record.hash = audit_hash(&previous, &record);
        on!(self.conn(), |c| diesel::insert_into(audit_events::table)
            .values((
                audit_events::seq.eq(seq),
                audit_events::id.eq(id.as_text()),
                audit_events::at.eq(now.micros()),
                audit_events::actor.eq(&event.actor),
                audit_events::action.eq(&event.action),
                audit_events::subject.eq(&event.subject),
                audit_events::detail.eq(&event.detail),
                audit_events::address.eq(&event.address),
                audit_events::search_text.eq(search_text(event)),
                audit_events::hash.eq(&record.hash),
            ))
            .execute(c)
            .await)?;
        Ok(record)
    }

    /// The audit row.
    pub async fn audit_event(&mut self, id: Uuid) -> Result<Option<AuditRecord>> {
        let id = id.as_text();
        let row: Option<AuditRow> = on!(self.conn(), |c| audit_events::table
            .filter(audit_events::id.eq(&id))
            .select(AuditRow::as_select())
            .first(c)
            .await
            .optional())?;
        row.map(TryInto::try_into).transpose()
    }

    /// A part of the audit, the newest first.
    ///
    /// # Errors
    /// [`StoreError::BadCursor`].
    pub async fn audit_page(&mut self, filter: &AuditFilter, slice: &Slice) -> Result<Page<AuditRecord>> {
        let listing = Listing {
            name: "audit",
            columns: "e.seq, e.id, e.at, e.actor, e.action, e.subject, e.detail, e.address, e.hash",
            from: "audit_events e".to_owned(),
            filter: conditions(filter),
            keys: Keys { int: Some("e.seq"), text: None, id: "e.id" },
            direction: Direction::Desc,
        };
        super::page::load_page!(self, listing, slice, AuditRow, |row: AuditRow| row.try_into())
    }

    /// The chain from the row after `after_seq` on, oldest first: to verify or export it piece by piece.
    pub async fn audit_chain(&mut self, after_seq: i64, limit: i64) -> Result<Vec<AuditRecord>> {
        let rows: Vec<AuditRow> = on!(self.conn(), |c| audit_events::table
            .filter(audit_events::seq.gt(after_seq))
            .order(audit_events::seq)
            .limit(limit)
            .select(AuditRow::as_select())
            .load(c)
            .await)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
}

fn search_text(event: &NewAudit) -> String {
    let NewAudit { actor, action, subject, detail, address } = event;
    let more = [detail, address].into_iter().flatten();
    let all: Vec<&str> = [actor, action, subject].into_iter().chain(more).map(String::as_str).collect();
    fold(&all.join("\n"))
}

fn conditions(filter: &AuditFilter) -> Sql {
    let mut sql = Sql::new("1 = 1");
    for (column, value) in [("actor", &filter.actor), ("subject", &filter.subject)] {
        if let Some(value) = value {
            sql.push(" AND e.").push(column).push(" = ").text(value);
        }
    }
    match &filter.action {
        Some(group) if group.ends_with('.') => {
            let pattern = contains(group);
            sql.push(" AND e.action LIKE ").text(pattern.trim_start_matches('%')).push(r" ESCAPE '\'");
        }
        Some(action) => {
            sql.push(" AND e.action = ").text(action);
        }
        None => {}
    }
    if let Some(from) = filter.from {
        sql.push(" AND e.at >= ").int(from.micros());
    }
    if let Some(to) = filter.to {
        sql.push(" AND e.at < ").int(to.micros());
    }
    if let Some(search) = &filter.search {
        sql.push(" AND e.search_text LIKE ").text(contains(search)).push(r" ESCAPE '\'");
    }
    sql
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> AuditRecord {
        AuditRecord {
            id: Uuid::from_u128(7),
            seq: 1,
            at: Timestamp::from_micros(5),
            event: NewAudit { actor: "a".into(), action: "bc".into(), ..NewAudit::default() },
            hash: String::new(),
        }
    }

    #[test]
    fn the_hash_covers_everything_and_the_row_before() {
        let base = audit_hash("", &record());
        let mut moved = record();
        (moved.event.actor, moved.event.action) = ("ab".into(), "c".into());
        let mut emptied = record();
        emptied.event.detail = Some(String::new());
        let mut later = record();
        later.at = Timestamp::from_micros(6);
        for other in [moved, emptied, later] {
            assert_ne!(audit_hash("", &other), base);
        }
        assert_ne!(audit_hash(&base, &record()), base);
        assert_eq!(audit_hash("", &AuditRecord { hash: "x".into(), ..record() }), base);
    }
}
