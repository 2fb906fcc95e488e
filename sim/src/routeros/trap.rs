//! The errors a router answers with, in its own words.

use std::{borrow::Cow, fmt};

/// An error reply: `!trap`, with the text and sometimes a category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trap {
    /// 0 missing item or command, 1 wrong value, 2 interrupted, …; many traps carry none.
    pub category: Option<u8>,
    /// The text as the router says it.
    pub message: Cow<'static, str>,
}

impl std::error::Error for Trap {}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Trap {
    /// A trap with a category.
    pub(crate) fn of(category: u8, message: impl Into<Cow<'static, str>>) -> Self {
        Self { category: Some(category), message: message.into() }
    }

    /// A trap without a category.
    pub(crate) fn plain(message: impl Into<Cow<'static, str>>) -> Self {
        Self { category: None, message: message.into() }
    }

    pub(crate) fn no_such_command() -> Self {
        Self::of(0, "no such command")
    }

    pub(crate) fn no_such_prefix() -> Self {
        Self::of(0, "no such command prefix")
    }

    pub(crate) fn no_such_item() -> Self {
        Self::plain("no such item (4)")
    }

    pub(crate) fn unknown_parameter() -> Self {
        Self::of(0, "unknown parameter")
    }

    /// What is added is there already. Accounts have words of their own; those of the User Manager are an assumption, made
    /// after those of secrets.
    pub(crate) fn duplicate(path: &str) -> Self {
        Self::plain(match path {
            "ppp/secret" => "failure: secret with the same name already exists",
            "user-manager/user" | "tool/user-manager/user" => {
                "failure: user with the same name already exists"
            }
            _ => "failure: already have such entry",
        })
    }

    pub(crate) fn not_permitted() -> Self {
        Self::plain("not enough permissions (9)")
    }

    pub(crate) fn missing(name: &str) -> Self {
        Self::of(0, format!("missing ={name}="))
    }

    pub(crate) fn invalid(name: &str) -> Self {
        Self::of(1, format!("invalid value for argument {name}"))
    }

    pub(crate) fn no_match(name: &str) -> Self {
        Self::of(1, format!("input does not match any value of {name}"))
    }

    pub(crate) fn interrupted() -> Self {
        Self::of(2, "interrupted")
    }
}
