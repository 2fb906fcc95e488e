//! What a router's menus hold, as far as the set-up reads and writes it: rows of named values, which are bytes.

use crate::text::readable;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{borrow::Cow, collections::BTreeMap, fmt};

/// A value, byte for byte: RouterOS declares no character set, and what is put back must be what was there.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Raw(Vec<u8>);

impl Raw {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The value for eyes.
    pub fn text(&self) -> Cow<'_, str> {
        readable(&self.0)
    }

    /// Is there nothing?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<&str> for Raw {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

impl From<String> for Raw {
    fn from(text: String) -> Self {
        Self(text.into_bytes())
    }
}

impl From<&[u8]> for Raw {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text())
    }
}

/// Kept as text where it is text, else as the list of its bytes.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Kept<'a> {
    Text(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
}

impl Serialize for Raw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(&self.0) {
            Ok(text) => Kept::Text(text.into()),
            Err(_) => Kept::Bytes(self.0.as_slice().into()),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Kept::deserialize(deserializer)? {
            Kept::Text(text) => Self(text.into_owned().into_bytes()),
            Kept::Bytes(bytes) => Self(bytes.into_owned()),
        })
    }
}

/// A menu that the set-up writes to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Menu {
    /// The firewall's rules.
    Filter,
    /// The same for IPv6.
    Filter6,
    /// Named sets of addresses.
    AddressList,
    /// The same for IPv6.
    AddressList6,
    /// Named sets of interfaces.
    InterfaceList,
    /// What VPN accounts have in common.
    Profile,
    /// Whether sessions are accounted for: one row, without an id.
    Aaa,
    /// Scripts.
    Script,
    /// Certificates.
    Certificate,
    /// How the router can be managed.
    Service,
    /// The rights of those who manage it.
    Group,
    /// Those who manage it.
    User,
}

impl Menu {
    /// Its path in the API.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Filter => "/ip/firewall/filter",
            Self::Filter6 => "/ipv6/firewall/filter",
            Self::AddressList => "/ip/firewall/address-list",
            Self::AddressList6 => "/ipv6/firewall/address-list",
            Self::InterfaceList => "/interface/list",
            Self::Profile => "/ppp/profile",
            Self::Aaa => "/ppp/aaa",
            Self::Script => "/system/script",
            Self::Certificate => "/certificate",
            Self::Service => "/ip/service",
            Self::Group => "/user/group",
            Self::User => "/user",
        }
    }

    /// The property by which a row is known again when its id is not: of rules and entries the comment, else the name.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Filter | Self::Filter6 | Self::AddressList | Self::AddressList6 => "comment",
            _ => "name",
        }
    }

    /// Is it one row of settings?
    pub const fn is_single(self) -> bool {
        matches!(self, Self::Aaa)
    }

    /// Does a value go away by `unset`? Others do by setting them to nothing, which is no name of an interface list.
    pub(super) fn unsets(self, name: &str) -> bool {
        matches!(self, Self::Filter | Self::Filter6) || (self == Self::Profile && name == "interface-list")
    }
}

/// What changes by itself, or says nothing about what the row does.
const VOLATILE: [&str; 14] = [
    "bytes",
    "packets",
    "invalid",
    "dynamic",
    "log",
    "log-prefix",
    "creation-time",
    "run-count",
    "last-started",
    "last-logged-in",
    "expired",
    "invalid-before",
    "invalid-after",
    "fingerprint",
];

/// A row of a menu.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Item {
    /// The router's `.id`; empty in menus of one row.
    pub id: String,
    /// Its values by their names.
    pub values: BTreeMap<String, Raw>,
}

impl Item {
    /// A value, unless it is missing or empty, which mean the same.
    pub fn get(&self, name: &str) -> Option<&Raw> {
        self.values.get(name).filter(|value| !value.is_empty())
    }

    /// A value for eyes; empty if it is missing.
    pub fn text(&self, name: &str) -> Cow<'_, str> {
        self.get(name).map_or(Cow::Borrowed(""), Raw::text)
    }

    /// Is a flag on?
    pub fn is(&self, name: &str) -> bool {
        matches!(&*self.text(name), "true" | "yes")
    }

    /// The words of a comma list.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let text = self.text(name);
        text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }

    /// What makes the row what it is: its values without those that change by themselves.
    pub fn essence(&self) -> BTreeMap<String, Raw> {
        let lasting = |name: &str, value: &Raw| !VOLATILE.contains(&name) && !value.is_empty();
        self.values
            .iter()
            .filter(|(name, value)| lasting(name, value))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }
}

/// Does a value mean the same as another? Routers give some back in another form than they took.
pub(super) fn same(name: &str, one: Option<&Raw>, other: Option<&Raw>) -> bool {
    canonical(name, one) == canonical(name, other)
}

fn canonical(name: &str, value: Option<&Raw>) -> Vec<u8> {
    let Some(value) = value else { return Vec::new() };
    let text = value.text();
    match name {
        "disabled" | "accounting" | "use-radius" | "use-ipv6" | "dont-require-permissions" => match &*text {
            "yes" | "true" => b"yes".to_vec(),
            "no" | "false" => b"no".to_vec(),
            _ => value.as_bytes().to_vec(),
        },
        "address-list" | "connection-state" | "policy" | "address" | "include" | "exclude" => {
            let mut words: Vec<&str> =
                text.split(',').map(str::trim).filter(|word| !word.starts_with('!')).collect();
            words.sort_unstable();
            words.join(",").into_bytes()
        }
        _ => value.as_bytes().to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_survive_the_journal() {
        for bytes in [&b"plain"[..], "кириллица".as_bytes(), &[0xef, 0xf0, 0x2c]] {
            let raw = Raw::from(bytes);
            let kept = serde_json::to_string(&raw).unwrap();
            assert_eq!(serde_json::from_str::<Raw>(&kept).unwrap(), raw, "{kept}");
        }
    }

    #[test]
    fn the_forms_of_a_value_are_one() {
        let same_as = |name: &str, one: &str, other: &str| same(name, Some(&one.into()), Some(&other.into()));
        assert!(same_as("disabled", "no", "false") && !same_as("disabled", "yes", "false"));
        assert!(same_as("address-list", "b,a", "a,b") && !same_as("address-list", "a", "a,b"));
        assert!(same_as("policy", "read,api,!ftp", "api,read"));
        assert!(!same_as("on-up", "b,a", "a,b"));
        assert!(same("comment", None, Some(&"".into())));
    }
}
