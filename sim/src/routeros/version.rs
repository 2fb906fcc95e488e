//! The RouterOS version that is simulated, and what changed when.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// A RouterOS version such as `7.22.3` or `6.49`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    major: u16,
    minor: u16,
    patch: u16,
}

/// The text is not a version.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a RouterOS version such as 7.22.3")]
pub struct InvalidVersion(String);

impl Version {
    /// `major.minor.patch`.
    #[must_use]
    pub const fn new(major: u16, minor: u16, patch: u16) -> Self {
        Self { major, minor, patch }
    }

    /// 6.43 brought the login with name and password in one sentence; older routers only know the challenge.
    pub(crate) fn plain_login(self) -> bool {
        self >= Self::new(6, 43, 0)
    }

    /// 6.45 ended the login with a challenge.
    pub(crate) fn challenge_login(self) -> bool {
        self < Self::new(6, 45, 0)
    }

    /// 7.18 announces an empty result by `!empty`.
    pub(crate) fn announces_empty(self) -> bool {
        self >= Self::new(7, 18, 0)
    }

    /// 7.10 writes dates as ISO (`2024-12-18 10:54:02`), older ones as `dec/18/2024 10:54:02`.
    pub(crate) fn iso_dates(self) -> bool {
        self >= Self::new(7, 10, 0)
    }

    /// 7.17 brought the device mode that can forbid features.
    pub(crate) fn device_mode(self) -> bool {
        self >= Self::new(7, 17, 0)
    }

    /// Version 7 moved User Manager from `/tool/user-manager` to `/user-manager` and renamed its fields.
    pub(crate) fn is_seven(self) -> bool {
        self.major >= 7
    }

    /// Later versions of 7 list the open API connections as dynamic rows of `/ip/service`. That this came with 7.17
    /// is an assumption.
    pub(crate) fn service_connections(self) -> bool {
        self >= Self::new(7, 17, 0)
    }
}

impl FromStr for Version {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = [0; 3];
        let mut given = 0;
        for part in text.split('.') {
            let slot = parts.get_mut(given).ok_or_else(|| InvalidVersion(text.to_owned()))?;
            *slot = part.parse().map_err(|_| InvalidVersion(text.to_owned()))?;
            given += 1;
        }
        let [major, minor, patch] = parts;
        if given < 2 || major < 6 {
            Err(InvalidVersion(text.to_owned()))
        } else {
            Ok(Self { major, minor, patch })
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)?;
        if self.patch > 0 { write!(f, ".{}", self.patch) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_by_number_not_by_text() {
        let old: Version = "7.9".parse().unwrap();
        let new: Version = "7.10.2".parse().unwrap();
        assert!(old < new && !old.iso_dates() && new.iso_dates());
        assert_eq!((old.to_string(), new.to_string()), ("7.9".into(), "7.10.2".into()));
        for wrong in ["", "7", "7.x", "5.1", "7.1.2.3"] {
            assert!(wrong.parse::<Version>().is_err(), "{wrong}");
        }
    }
}
