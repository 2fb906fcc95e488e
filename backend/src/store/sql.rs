//! Queries whose shape is known only when they are asked: text with values, the same for both databases.
//!
//! Placeholders are `$1`, `$2` … in the order of their first appearance, which both databases understand:
//! for SQLite they are names, numbered as they appear. One placeholder may appear again.

/// A value of a query.
#[derive(Clone)]
pub(crate) enum Value {
    Text(String),
    Int(i64),
}

/// The text of a query and its values.
#[derive(Default)]
pub(crate) struct Sql {
    pub(crate) text: String,
    pub(crate) values: Vec<Value>,
}

impl Sql {
    /// A query without values yet.
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), values: Vec::new() }
    }

    /// More text.
    pub(crate) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// A text value in this place.
    pub(crate) fn text(&mut self, value: impl Into<String>) -> &mut Self {
        self.bind(Value::Text(value.into()))
    }

    /// A number in this place.
    pub(crate) fn int(&mut self, value: i64) -> &mut Self {
        self.bind(Value::Int(value))
    }

    /// Text values in this place, parenthesised, with commas: for IN.
    pub(crate) fn list(&mut self, values: Vec<String>) -> &mut Self {
        self.push("(");
        for (index, value) in values.into_iter().enumerate() {
            self.push(if index == 0 { "" } else { ", " }).text(value);
        }
        self.push(")")
    }

    /// Takes a value and gives its placeholder, to be put in its place at once, as often as needed.
    pub(crate) fn named(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    fn bind(&mut self, value: Value) -> &mut Self {
        let placeholder = self.named(value);
        self.push(&placeholder)
    }
}

/// The query of an [`Sql`] with its values in place.
macro_rules! bound {
    ($sql:expr) => {{
        let mut query = diesel::sql_query($sql.text).into_boxed();
        for value in $sql.values {
            query = match value {
                $crate::store::sql::Value::Text(text) => query.bind::<diesel::sql_types::Text, _>(text),
                $crate::store::sql::Value::Int(int) => query.bind::<diesel::sql_types::BigInt, _>(int),
            };
        }
        query
    }};
}
pub(crate) use bound;

/// Runs an [`Sql`] and loads the rows as `$row`.
macro_rules! load_sql {
    ($conn:expr, $sql:expr, $row:ty) => {{
        let sql: $crate::store::sql::Sql = $sql;
        $crate::store::conn::on!($conn, |c| {
            diesel_async::RunQueryDsl::load::<$row>($crate::store::sql::bound!(sql), c).await
        })
    }};
}
pub(crate) use load_sql;

/// Runs an [`Sql`] that answers no rows; gives the number of rows that it changed.
macro_rules! execute_sql {
    ($conn:expr, $sql:expr) => {{
        let sql: $crate::store::sql::Sql = $sql;
        $crate::store::conn::on!($conn, |c| {
            diesel_async::RunQueryDsl::execute($crate::store::sql::bound!(sql), c).await
        })
    }};
}
pub(crate) use execute_sql;

/// A single number.
#[derive(diesel::QueryableByName)]
pub(crate) struct Number {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    pub(crate) n: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbered_as_they_appear() {
        let mut sql = Sql::new("SELECT 1 WHERE a = ");
        sql.int(7).push(" AND b IN ").list(vec!["x".into(), "y".into()]).push(" AND c = ").text("z");
        assert_eq!(sql.text, "SELECT 1 WHERE a = $1 AND b IN ($2, $3) AND c = $4");
        assert_eq!(sql.values.len(), 4);
    }
}
