//! Ids and enums as they are stored: text, spelled as in GraphQL and JSON.

use super::{
    Result, StoreError,
    records::{
        AccountVerb, AlertKind, ChangeState, Obstacle, Role, RouterMode, RouterState, SetupState, TlsMode,
    },
};
use sallyport_shared::{
    ids::{AccountId, AdminId, ConnectionId, PolicyId, RouterId, SessionId, UserId},
    language::Language,
    person::{AccountSource, UserStatus},
    policy::NotAdmitted,
    session::{CloseReason, ConnectionState, EndReason, Grounds, SessionState},
};
use uuid::Uuid;

/// Something that is stored as text.
pub(crate) trait AsText: Sized {
    /// Its text.
    fn as_text(&self) -> String;
    /// The thing for a text; none if there is none.
    fn of_text(text: &str) -> Option<Self>;
}

/// The text of something that may be missing.
pub(crate) fn opt_text<T: AsText>(value: Option<&T>) -> Option<String> {
    value.map(AsText::as_text)
}

/// The texts of several.
pub(crate) fn texts<T: AsText>(values: &[T]) -> Vec<String> {
    values.iter().map(AsText::as_text).collect()
}

/// A row that is being read: says which one it is when a value in it means nothing.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) table: &'static str,
    pub(crate) row: &'a str,
}

impl<'a> Place<'a> {
    pub(crate) fn new(table: &'static str, row: &'a str) -> Self {
        Self { table, row }
    }

    pub(crate) fn corrupt(self, column: &'static str) -> StoreError {
        StoreError::Corrupt { table: self.table, column, row: self.row.to_owned() }
    }

    pub(crate) fn text<T: AsText>(self, column: &'static str, text: &str) -> Result<T> {
        T::of_text(text).ok_or_else(|| self.corrupt(column))
    }

    pub(crate) fn opt<T: AsText>(self, column: &'static str, text: Option<&str>) -> Result<Option<T>> {
        text.map(|text| self.text(column, text)).transpose()
    }

    pub(crate) fn json<T: serde::de::DeserializeOwned>(self, column: &'static str, text: &str) -> Result<T> {
        serde_json::from_str(text).map_err(|_| self.corrupt(column))
    }

    /// A number that has a smaller range in the domain than in the table.
    pub(crate) fn number<T: TryFrom<i64>>(self, column: &'static str, number: i64) -> Result<T> {
        T::try_from(number).map_err(|_| self.corrupt(column))
    }
}

impl AsText for Uuid {
    fn as_text(&self) -> String {
        self.to_string()
    }

    fn of_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

macro_rules! ids {
    ($($name:ident),*) => {$(
        impl AsText for $name {
            fn as_text(&self) -> String {
                self.0.to_string()
            }

            fn of_text(text: &str) -> Option<Self> {
                text.parse().ok()
            }
        }
    )*};
}

ids!(AccountId, AdminId, ConnectionId, PolicyId, RouterId, SessionId, UserId);

macro_rules! enums {
    ($($name:ident { $($variant:ident = $text:literal),* $(,)? })*) => {
        $(
            impl AsText for $name {
                fn as_text(&self) -> String {
                    match self { $(Self::$variant => $text,)* }.to_owned()
                }

                fn of_text(text: &str) -> Option<Self> {
                    match text { $($text => Some(Self::$variant),)* _ => None }
                }
            }
        )*

        #[cfg(test)]
        mod tests {
            use super::*;

            #[test]
            fn enums_are_spelled_as_in_json() {
                $($(
                    let json = serde_json::to_value($name::$variant).unwrap();
                    assert_eq!(json, $text);
                    assert_eq!($name::of_text($text), Some($name::$variant));
                    assert_eq!($name::$variant.as_text(), $text);
                )*)*
            }
        }
    };
}

enums! {
    Obstacle { Unreachable = "UNREACHABLE", Refused = "REFUSED" }
    Language { Ru = "RU", En = "EN" }
    UserStatus { Pending = "PENDING", Approved = "APPROVED", Rejected = "REJECTED", Blocked = "BLOCKED" }
    AccountSource {
        PppSecret = "PPP_SECRET", UserManager7 = "USER_MANAGER_7", UserManager6 = "USER_MANAGER_6",
    }
    SessionState {
        Requested = "REQUESTED", Granted = "GRANTED", Confirming = "CONFIRMING", Active = "ACTIVE",
        Ended = "ENDED",
    }
    EndReason {
        FinishedByUser = "FINISHED_BY_USER", EndedByAdmin = "ENDED_BY_ADMIN", Expired = "EXPIRED",
        Denied = "DENIED", ConfirmTimeout = "CONFIRM_TIMEOUT", Banned = "BANNED",
        UserBlocked = "USER_BLOCKED", AccountRemoved = "ACCOUNT_REMOVED",
        NeverConnected = "NEVER_CONNECTED", Refused = "REFUSED",
    }
    Grounds {
        Person = "PERSON", Admin = "ADMIN", Policy = "POLICY", Trusted = "TRUSTED", Outage = "OUTAGE", Code = "CODE",
    }
    ConnectionState { Pending = "PENDING", Confirmed = "CONFIRMED", Closed = "CLOSED" }
    CloseReason {
        Disconnected = "DISCONNECTED", Denied = "DENIED", ConfirmTimeout = "CONFIRM_TIMEOUT",
        Expired = "EXPIRED", EndedByAdmin = "ENDED_BY_ADMIN", EndedByUser = "ENDED_BY_USER",
        Banned = "BANNED", TooMany = "TOO_MANY", Policy = "POLICY", RouterRestarted = "ROUTER_RESTARTED",
    }
    Role { Viewer = "VIEWER", Operator = "OPERATOR", Admin = "ADMIN", Owner = "OWNER" }
    RouterMode { Enforce = "ENFORCE", Observe = "OBSERVE" }
    NotAdmitted { Network = "NETWORK", Country = "COUNTRY", Hours = "HOURS" }
    TlsMode { Plain = "PLAIN", Pinned = "PINNED", Ca = "CA" }
    RouterState {
        Connecting = "CONNECTING", Online = "ONLINE", Degraded = "DEGRADED", Offline = "OFFLINE",
        Disabled = "DISABLED",
    }
    SetupState {
        Announced = "ANNOUNCED", Done = "DONE", Never = "NEVER", Undone = "UNDONE", Left = "LEFT",
    }
    AccountVerb { Create = "CREATE", Password = "PASSWORD", Delete = "DELETE" }
    ChangeState {
        Announced = "ANNOUNCED", Done = "DONE", Refused = "REFUSED", Found = "FOUND", Never = "NEVER",
        Unknown = "UNKNOWN",
    }
    AlertKind {
        Registration = "REGISTRATION", SessionApproval = "SESSION_APPROVAL", Confirmation = "CONFIRMATION",
        Denial = "DENIAL", RouterTrouble = "ROUTER_TROUBLE", BoxOpen = "BOX_OPEN",
        CommandFailing = "COMMAND_FAILING", Drift = "DRIFT", Ban = "BAN",
    }
}

/// Text as it is searched and compared: lower case, and ё as е, which people do not tell apart.
pub(crate) fn fold(text: &str) -> String {
    text.to_lowercase().replace('ё', "е")
}

/// The pattern of LIKE … ESCAPE '\' for "contains `text`", case folded.
pub(crate) fn contains(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in fold(text.trim()).chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
