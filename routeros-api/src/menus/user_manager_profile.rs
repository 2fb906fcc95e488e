//! `/user-manager/profile` and `/tool/user-manager/profile`: what the User Manager's accounts are entitled to, and which
//! account has which.

use super::{Fields, FromRow, commands, user_manager::Edition};
use crate::{
    command::Query,
    conn::Connection,
    error::Error,
    value::{Id, Text},
};

/// A profile as each edition keeps it.
struct V7(Text);
struct V6(Text);

impl FromRow for V7 {
    const MENU: &'static str = "/user-manager/profile";
    const PROPLIST: &'static [&'static str] = &["name"];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        row.text("name").map(Self)
    }
}

impl FromRow for V6 {
    const MENU: &'static str = "/tool/user-manager/profile";
    const PROPLIST: &'static [&'static str] = &["name"];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        row.text("name").map(Self)
    }
}

/// Which profile an account has: in edition 7 a menu of its own, in edition 6 an attribute of the account.
struct Given(Text);
struct Actual(Text);

impl FromRow for Given {
    const MENU: &'static str = "/user-manager/user-profile";
    const PROPLIST: &'static [&'static str] = &["profile"];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        row.text("profile").map(Self)
    }
}

impl FromRow for Actual {
    const MENU: &'static str = "/tool/user-manager/user";
    const PROPLIST: &'static [&'static str] = &["actual-profile"];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self(row.text_or_empty("actual-profile")))
    }
}

/// The same with the name of the account.
struct GivenTo((Text, Text));
struct ActualOf((Text, Text));

impl FromRow for GivenTo {
    const MENU: &'static str = Given::MENU;
    const PROPLIST: &'static [&'static str] = &["user", "profile"];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self((row.text("user")?, row.text_or_empty("profile"))))
    }
}

impl FromRow for ActualOf {
    const MENU: &'static str = Actual::MENU;
    const PROPLIST: &'static [&'static str] = &["username", "actual-profile"];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self((row.text("username")?, row.text_or_empty("actual-profile"))))
    }
}

/// The names of all profiles.
///
/// # Errors
/// As [`super::print`].
pub async fn names(connection: &Connection, edition: Edition) -> Result<Vec<Text>, Error> {
    Ok(match edition {
        Edition::V7 => super::print::<V7>(connection).await?.into_iter().map(|V7(name)| name).collect(),
        Edition::V6 => super::print::<V6>(connection).await?.into_iter().map(|V6(name)| name).collect(),
    })
}

/// The names of the profiles that an account has.
///
/// # Errors
/// As [`super::print`].
pub async fn of_user(connection: &Connection, edition: Edition, user: &[u8]) -> Result<Vec<Text>, Error> {
    let names: Vec<Text> = match edition {
        Edition::V7 => super::print_where::<Given>(connection, Query::eq("user", user))
            .await?
            .into_iter()
            .map(|Given(name)| name)
            .collect(),
        Edition::V6 => super::print_where::<Actual>(connection, Query::eq("username", user))
            .await?
            .into_iter()
            .map(|Actual(name)| name)
            .collect(),
    };
    Ok(names.into_iter().filter(|name| !name.is_empty()).collect())
}

/// Which account has which profile: pairs of both names, an account as often as it has profiles.
///
/// # Errors
/// As [`super::print`].
pub async fn all(connection: &Connection, edition: Edition) -> Result<Vec<(Text, Text)>, Error> {
    let pairs: Vec<(Text, Text)> = match edition {
        Edition::V7 => {
            super::print::<GivenTo>(connection).await?.into_iter().map(|GivenTo(pair)| pair).collect()
        }
        Edition::V6 => {
            super::print::<ActualOf>(connection).await?.into_iter().map(|ActualOf(pair)| pair).collect()
        }
    };
    Ok(pairs.into_iter().filter(|(_, profile)| !profile.is_empty()).collect())
}

/// Gives an account a profile. In edition 6 in the name of `customer`, to whom the account belongs; edition 7 has none.
///
/// # Errors
/// As [`Connection::call`]. If the outcome is unknown, look at [`of_user`] before giving it again.
pub async fn give(
    connection: &Connection,
    edition: Edition,
    (id, user, customer): (&Id, &[u8], &[u8]),
    profile: &[u8],
) -> Result<(), Error> {
    let giving = match edition {
        Edition::V7 => commands::command(Given::MENU, "add").attr("user", user),
        Edition::V6 => commands::command(Actual::MENU, "create-and-activate-profile")
            .attr("numbers", id.raw())
            .attr("customer", customer),
    };
    connection.call(giving.attr("profile", profile)).await.map(drop)
}
