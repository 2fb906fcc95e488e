//! Paging: lists of any order are cut by the key of the last item seen, not by counting, so that pages
//! neither skip nor repeat items when the list changes, and the thousandth page is as cheap as the first.

use super::{
    Result, StoreError,
    records::{Direction, Slice},
    sql::Sql,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

/// By what a list is sorted: expressions, most important first; the id breaks ties.
pub(super) struct Keys {
    /// A number, never null.
    pub(super) int: Option<&'static str>,
    /// A text, never null.
    pub(super) text: Option<&'static str>,
    /// The id.
    pub(super) id: &'static str,
}

/// A list.
pub(super) struct Listing {
    /// Distinguishes the cursors of different lists and orders.
    pub(super) name: &'static str,
    /// What is selected.
    pub(super) columns: &'static str,
    /// The tables, joined.
    pub(super) from: String,
    /// What must hold.
    pub(super) filter: Sql,
    /// The order.
    pub(super) keys: Keys,
    /// Which end comes first.
    pub(super) direction: Direction,
}

/// The place of an item in its list. What a client gets is this in base64.
#[derive(Serialize, Deserialize)]
struct Cursor(String, i64, String, String);

/// The columns by which the place of an item is known, beside the item's own.
#[derive(diesel::QueryableByName)]
pub(super) struct PlaceRow {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    key_int: i64,
    #[diesel(sql_type = diesel::sql_types::Text)]
    key_text: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    key_id: String,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    pub(super) total: i64,
}

impl Listing {
    fn tag(&self) -> String {
        let Keys { int, text, .. } = &self.keys;
        let direction = if self.direction == Direction::Asc { "+" } else { "-" };
        format!("{}{direction}{}{}", self.name, int.unwrap_or_default(), text.unwrap_or_default())
    }

    /// How many items there are.
    pub(super) fn count(&self) -> Sql {
        let mut sql = Sql::new(&format!("SELECT COUNT(*) AS n FROM {} WHERE ", self.from));
        sql.push(&self.filter.text);
        sql.values.extend(self.filter.values.iter().cloned());
        sql
    }

    /// The items of `slice` and one more, by which it is known whether there are more.
    pub(super) fn select(&self, slice: &Slice) -> Result<Sql> {
        let Self { columns, from, filter, keys, direction, .. } = self;
        let Keys { int, text, id } = keys;
        let mut sql = Sql::new(&format!(
            "SELECT {columns}, {} AS key_int, {} AS key_text, {id} AS key_id, \
             (SELECT COUNT(*) FROM {from} WHERE {filter}) AS total FROM {from} WHERE {filter}",
            int.unwrap_or("CAST(0 AS BIGINT)"),
            text.unwrap_or("''"),
            filter = filter.text,
        ));
        sql.values.extend(filter.values.iter().cloned());
        let (order, beyond) = if *direction == Direction::Asc { ("ASC", ">") } else { ("DESC", "<") };
        let by: Vec<&str> = [*int, *text, Some(*id)].into_iter().flatten().collect();
        if let Some(after) = &slice.after {
            let Cursor(_, key_int, key_text, key_id) = self.cursor(after)?;
            sql.push(&format!(" AND ({}) {beyond} (", by.join(", ")));
            if int.is_some() {
                sql.int(key_int).push(", ");
            }
            if text.is_some() {
                sql.text(key_text).push(", ");
            }
            sql.text(key_id).push(")");
        }
        let order: Vec<String> = by.iter().map(|key| format!("{key} {order}")).collect();
        let limit = i64::try_from(slice.first).unwrap_or(i64::MAX).saturating_add(1);
        sql.push(&format!(" ORDER BY {} LIMIT ", order.join(", "))).int(limit);
        Ok(sql)
    }

    /// The first items of each group of those with the same `group`, and one more of each.
    pub(super) fn select_of_each(&self, group: &str, first: usize) -> Sql {
        let Self { columns, from, filter, keys, direction, .. } = self;
        let Keys { int, text, id } = keys;
        let direction = if *direction == Direction::Asc { "ASC" } else { "DESC" };
        let by: Vec<String> =
            [*int, *text, Some(*id)].into_iter().flatten().map(|key| format!("{key} {direction}")).collect();
        let mut sql = Sql::new(&format!(
            "SELECT * FROM (SELECT {columns}, {} AS key_int, {} AS key_text, {id} AS key_id, \
             COUNT(*) OVER (PARTITION BY {group}) AS total, \
             ROW_NUMBER() OVER (PARTITION BY {group} ORDER BY {}) AS place FROM {from} WHERE {}) AS placed \
             WHERE place <= ",
            int.unwrap_or("CAST(0 AS BIGINT)"),
            text.unwrap_or("''"),
            by.join(", "),
            filter.text,
        ));
        sql.values.extend(filter.values.iter().cloned());
        sql.int(i64::try_from(first).unwrap_or(i64::MAX).saturating_add(1)).push(" ORDER BY place");
        sql
    }

    fn cursor(&self, text: &str) -> Result<Cursor> {
        let json = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| StoreError::BadCursor)?;
        let cursor: Cursor = serde_json::from_slice(&json).map_err(|_| StoreError::BadCursor)?;
        if cursor.0 == self.tag() { Ok(cursor) } else { Err(StoreError::BadCursor) }
    }

    /// The cursor of an item.
    pub(super) fn cursor_of(&self, place: &PlaceRow) -> String {
        let cursor = Cursor(self.tag(), place.key_int, place.key_text.clone(), place.key_id.clone());
        // A tuple of texts and a number is always written.
        BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&cursor).unwrap_or_default())
    }
}

/// Loads a [`Page`](super::records::Page) of a listing: rows of `$row` made into items by `$item`.
macro_rules! load_page {
    ($tx:expr, $listing:expr, $slice:expr, $row:ty, $item:expr) => {{
        #[derive(diesel::QueryableByName)]
        struct Row {
            #[diesel(embed)]
            item: $row,
            #[diesel(embed)]
            place: $crate::store::page::PlaceRow,
        }
        let (listing, slice) = ($listing, $slice);
        let mut rows: Vec<Row> = $crate::store::sql::load_sql!($tx.conn(), listing.select(slice)?, Row)?;
        let total = match rows.as_slice() {
            [first, ..] => first.place.total,
            [] => $tx.number(listing.count()).await?,
        };
        let has_next = rows.len() > slice.first;
        rows.truncate(slice.first);
        let items = rows
            .into_iter()
            .map(|row| Ok((listing.cursor_of(&row.place), $item(row.item)?)))
            .collect::<$crate::store::Result<Vec<_>>>()?;
        let end_cursor = items.last().map(|(cursor, _)| cursor.clone());
        Ok($crate::store::records::Page { items, has_next, end_cursor, total })
    }};
}
pub(super) use load_page;
