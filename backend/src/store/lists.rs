//! The console's long lists: people and sessions, searched, filtered, sorted, in pages.

use super::{
    Result, Tx,
    page::{Keys, Listing, PlaceRow, load_page},
    records::{
        Direction, Page, SessionFilter, SessionOrder, SessionRecord, SessionSort, Slice, UserFilter,
        UserOrder, UserRecord, UserSort,
    },
    sessions::SessionRow,
    sql::{Sql, Value, load_sql},
    text::{AsText, contains, texts},
    users::{UserRow, user_record},
};
use diesel::QueryableByName;
use sallyport_shared::ids::UserId;
use std::collections::HashMap;

/// A person with what [`UserRow`] leaves out.
#[derive(QueryableByName)]
struct SeenUserRow {
    #[diesel(embed)]
    user: UserRow,
    #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::BigInt>)]
    last_seen_at: Option<i64>,
}

impl Tx {
    /// A part of the people, the deleted ones left out.
    ///
    /// # Errors
    /// [`super::StoreError::BadCursor`].
    pub async fn users_page(
        &mut self,
        filter: &UserFilter,
        order: UserOrder,
        slice: &Slice,
    ) -> Result<Page<UserRecord>> {
        // Cast, because plain numbers are shorter on PostgreSQL than what is read.
        const STATUS: &str = "CAST(CASE u.status WHEN 'PENDING' THEN 1 WHEN 'APPROVED' THEN 2 \
                              WHEN 'REJECTED' THEN 3 ELSE 4 END AS BIGINT)";
        let (int, text) = match order.by {
            UserSort::Name => (None, Some("u.sort_name")),
            UserSort::Status => (Some(STATUS), Some("u.sort_name")),
            UserSort::CreatedAt => (Some("u.created_at"), None),
            UserSort::LastSeen => (Some("COALESCE(u.last_seen_at, 0)"), None),
        };
        let listing = Listing {
            name: "users",
            columns: "u.id, u.status, u.display_name, u.sort_name, u.search_name, u.telegram_id, \
                u.telegram_username, u.language, u.email, u.phone, u.note, u.rejection_reason, u.decided_by, \
                u.decided_at, u.policy_id, u.created_at, u.last_seen_at, u.deleted_at, u.version, \
                u.telegram_blocked_at",
            from: "users u".to_owned(),
            filter: user_conditions(filter),
            keys: Keys { int, text, id: "u.id" },
            direction: order.direction,
        };
        load_page!(self, listing, slice, SeenUserRow, |row: SeenUserRow| user_record(
            row.user,
            row.last_seen_at
        ))
    }

    /// A part of the sessions.
    ///
    /// # Errors
    /// [`super::StoreError::BadCursor`].
    pub async fn sessions_page(
        &mut self,
        filter: &SessionFilter,
        order: SessionOrder,
        slice: &Slice,
    ) -> Result<Page<SessionRecord>> {
        let (int, text) = match order.by {
            SessionSort::NeedsAttention => (Some("s.attention"), None),
            SessionSort::StartedAt => (Some("s.requested_at"), None),
            SessionSort::ExpiresAt => (Some("COALESCE(s.expires_at, 0)"), None),
            SessionSort::User => (None, Some("u.sort_name")),
        };
        let mut from = "sessions s".to_owned();
        if filter.search.is_some() || order.by == SessionSort::User {
            from.push_str(" JOIN users u ON u.id = s.user_id JOIN accounts a ON a.id = s.account_id");
        }
        let keys = Keys { int, text, id: "s.id" };
        let listing = session_listing(from, session_conditions(filter), keys, order.direction);
        load_page!(self, listing, slice, SessionRow, |row: SessionRow| row.try_into())
    }

    /// The first page of the sessions of each of these people, the newest first, by one statement.
    pub async fn sessions_of_users(
        &mut self,
        users: &[UserId],
        first: usize,
    ) -> Result<HashMap<UserId, Page<SessionRecord>>> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(embed)]
            item: SessionRow,
            #[diesel(embed)]
            place: PlaceRow,
        }
        let keys = Keys { int: Some("s.requested_at"), text: None, id: "s.id" };
        let mut filter = Sql::new("s.user_id IN ");
        filter.list(texts(users));
        let listing = session_listing("sessions s".to_owned(), filter, keys, Direction::Desc);
        let rows: Vec<Row> = load_sql!(self.conn(), listing.select_of_each("s.user_id", first), Row)?;
        let mut pages: HashMap<UserId, Page<SessionRecord>> = HashMap::new();
        for row in rows {
            let cursor = listing.cursor_of(&row.place);
            let session = SessionRecord::try_from(row.item)?;
            let page = pages
                .entry(session.session.user)
                .or_insert_with(|| Page { total: row.place.total, ..Page::empty() });
            if page.items.len() < first {
                page.end_cursor = Some(cursor.clone());
                page.items.push((cursor, session));
            } else {
                page.has_next = true;
            }
        }
        Ok(pages)
    }
}

/// A list of sessions.
fn session_listing(from: String, filter: Sql, keys: Keys, direction: Direction) -> Listing {
    Listing {
        name: "sessions",
        columns: "s.id, s.account_id, s.user_id, s.router_id, s.policy_id, s.state, s.requested_at, \
            s.granted_at, s.account_ready, s.connect_by, s.expires_at, s.remind_at, s.reminded_at, \
            s.ended_at, s.end_reason, s.end_told, s.own_span, s.review_at, s.opens_at, s.extensions, s.version",
        from,
        filter,
        keys,
        direction,
    }
}

fn user_conditions(filter: &UserFilter) -> Sql {
    let mut sql = Sql::new("u.deleted_at IS NULL");
    if !filter.status.is_empty() {
        sql.push(" AND u.status IN ").list(texts(&filter.status));
    }
    if let Some(policy) = filter.policy {
        sql.push(" AND u.policy_id = ").text(policy.as_text());
    }
    if let Some(has) = filter.has_accounts {
        sql.push(if has { " AND EXISTS " } else { " AND NOT EXISTS " });
        sql.push("(SELECT 1 FROM accounts a WHERE a.user_id = u.id AND a.removed_at IS NULL)");
    }
    if let Some(search) = &filter.search {
        let pattern = sql.named(Value::Text(contains(search)));
        sql.push(&format!(
            r" AND (u.search_name LIKE {pattern} ESCAPE '\' OR EXISTS (SELECT 1 FROM accounts a
               WHERE a.user_id = u.id AND a.removed_at IS NULL AND a.search_name LIKE {pattern} ESCAPE '\'))"
        ));
    }
    sql
}

fn session_conditions(filter: &SessionFilter) -> Sql {
    let mut sql = Sql::new("1 = 1");
    if !filter.state.is_empty() {
        sql.push(" AND s.state IN ").list(texts(&filter.state));
    }
    if let Some(live) = filter.live {
        sql.push(if live { " AND s.state <> 'ENDED'" } else { " AND s.state = 'ENDED'" });
    }
    let ids = [
        ("user_id", filter.user.map(|id| id.as_text())),
        ("account_id", filter.account.map(|id| id.as_text())),
        ("router_id", filter.router.map(|id| id.as_text())),
    ];
    for (column, id) in ids {
        if let Some(id) = id {
            sql.push(" AND s.").push(column).push(" = ").text(id);
        }
    }
    if let Some(from) = filter.from {
        sql.push(" AND s.requested_at >= ").int(from.micros());
    }
    if let Some(to) = filter.to {
        sql.push(" AND s.requested_at < ").int(to.micros());
    }
    if let Some(search) = &filter.search {
        let pattern = sql.named(Value::Text(contains(search)));
        sql.push(&format!(
            r" AND (u.search_name LIKE {pattern} ESCAPE '\' OR a.search_name LIKE {pattern} ESCAPE '\'
               OR EXISTS (SELECT 1 FROM connections k WHERE k.session_id = s.id AND
               (LOWER(k.caller_id) LIKE {pattern} ESCAPE '\' OR LOWER(k.address) LIKE {pattern} ESCAPE '\')))"
        ));
    }
    sql
}
