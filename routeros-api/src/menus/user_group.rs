//! `/user/group`: the rights of accounts.

use std::collections::BTreeSet;

use super::{Fields, FromRow};
use crate::{
    command::Query,
    conn::Connection,
    error::Error,
    value::{Id, Text},
};

/// Rights, by RouterOS's names: `read`, `write`, `api`, `sensitive`, `policy`, `test`, `ftp`, …
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rights(BTreeSet<Text>);

impl Rights {
    /// Of a policy as it is printed: all rights, those not given with `!` in front.
    #[must_use]
    pub fn new(policy: impl IntoIterator<Item = Text>) -> Self {
        Self(policy.into_iter().filter(|right| !right.as_bytes().starts_with(b"!")).collect())
    }

    /// Whether the right is given.
    #[must_use]
    pub fn has(&self, right: &str) -> bool {
        self.iter().any(|given| given == right)
    }

    /// The rights given, in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = &Text> {
        self.0.iter()
    }

    /// Those of `wanted` that aren't given.
    #[must_use]
    pub fn missing<'a>(&self, wanted: &[&'a str]) -> Vec<&'a str> {
        wanted.iter().copied().filter(|right| !self.has(right)).collect()
    }
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserGroup {
    /// Row.
    pub id: Id,
    /// Name.
    pub name: Text,
    /// Its rights.
    pub rights: Rights,
    /// Note.
    pub comment: Text,
}

impl FromRow for UserGroup {
    const MENU: &'static str = "/user/group";
    const PROPLIST: &'static [&'static str] = &[".id", "name", "policy", "comment"];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.id()?,
            name: row.text("name")?,
            rights: Rights::new(row.list("policy")),
            comment: row.text_or_empty("comment"),
        })
    }
}

/// All groups.
///
/// # Errors
/// As [`super::print`].
pub async fn print(connection: &Connection) -> Result<Vec<UserGroup>, Error> {
    super::print(connection).await
}

/// The group with this name.
///
/// # Errors
/// As [`super::print`].
pub async fn find(connection: &Connection, name: &[u8]) -> Result<Option<UserGroup>, Error> {
    Ok(super::print_where(connection, Query::eq("name", name)).await?.into_iter().next())
}

#[cfg(test)]
mod tests {
    use super::Rights;

    #[test]
    fn rights_with_an_exclamation_mark_are_not_given() {
        let rights = Rights::new(["read", "write", "api", "!local", "!telnet"].map(Into::into));
        assert!(rights.has("api") && !rights.has("local") && !rights.has("!local") && !rights.has("ap"));
        assert_eq!(rights.missing(&["read", "sensitive", "local"]), ["sensitive", "local"]);
        assert_eq!(rights.iter().count(), 3);
    }
}
