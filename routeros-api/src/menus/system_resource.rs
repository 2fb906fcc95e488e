//! `/system/resource`: what the router is, how long it is up and how busy.

use std::{fmt, time::Duration};

use super::{Fields, FromRow, commands};
use crate::{
    conn::Connection,
    error::Error,
    value::{Text, to_u64},
};

/// Version of RouterOS. Compares as one expects, pre-releases left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// 6 or 7.
    pub major: u16,
    /// 49 of `6.49.18`.
    pub minor: u16,
    /// 18 of `6.49.18`, zero if there is none.
    pub patch: u16,
}

impl Version {
    /// Reads `7.24 (stable)`, `6.49.18 (long-term)`, `7.25beta2`; `None` for anything else.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let end = text.iter().position(|byte| !byte.is_ascii_digit() && *byte != b'.').unwrap_or(text.len());
        let mut parts = text[..end].split(|&byte| byte == b'.').map(|part| u16::try_from(to_u64(part)?).ok());
        let (major, minor) = (parts.next()??, parts.next()??);
        let patch = parts.next().unwrap_or(Some(0))?;
        parts.next().is_none().then_some(Self { major, minor, patch })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)?;
        if self.patch > 0 { write!(f, ".{}", self.patch) } else { Ok(()) }
    }
}

/// The router.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemResource {
    /// Time since it started. Shorter than last time: it has rebooted, and all ids are void.
    pub uptime: Option<Duration>,
    /// As it is written: `7.24 (stable)`.
    pub version: Text,
    /// Model.
    pub board_name: Text,
    /// `arm64`, `x86_64`, …
    pub architecture_name: Text,
    /// Load in percent.
    pub cpu_load: Option<u64>,
    /// Number of cores.
    pub cpu_count: Option<u64>,
    /// Bytes.
    pub free_memory: Option<u64>,
    /// Bytes.
    pub total_memory: Option<u64>,
}

impl SystemResource {
    /// The version as numbers.
    #[must_use]
    pub fn parsed_version(&self) -> Option<Version> {
        Version::parse(self.version.as_bytes())
    }
}

impl FromRow for SystemResource {
    const MENU: &'static str = "/system/resource";
    const PROPLIST: &'static [&'static str] = &[
        "uptime",
        "version",
        "board-name",
        "architecture-name",
        "cpu-load",
        "cpu-count",
        "free-memory",
        "total-memory",
    ];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self {
            uptime: row.duration("uptime"),
            version: row.text("version")?,
            board_name: row.text_or_empty("board-name"),
            architecture_name: row.text_or_empty("architecture-name"),
            cpu_load: row.number("cpu-load"),
            cpu_count: row.number("cpu-count"),
            free_memory: row.number("free-memory"),
            total_memory: row.number("total-memory"),
        })
    }
}

/// The router as it is now.
///
/// # Errors
/// As [`super::print`].
pub async fn print(connection: &Connection) -> Result<SystemResource, Error> {
    commands::settings(connection).await
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn versions_are_read_and_compared() {
        let read = |text: &str| Version::parse(text.as_bytes());
        assert_eq!(read("7.24 (stable)"), Some(Version { major: 7, minor: 24, patch: 0 }));
        assert_eq!(read("6.49.18 (long-term)"), Some(Version { major: 6, minor: 49, patch: 18 }));
        assert_eq!(read("7.25beta2"), Some(Version { major: 7, minor: 25, patch: 0 }));
        assert_eq!([read(""), read("seven"), read("7"), read("7.1.2.3"), read("7..1")], [None; 5]);
        assert!(read("7.9.2") < read("7.10") && read("6.49.18") < read("7.1"));
        assert_eq!(read("7.24.5").map(|version| version.to_string()), Some("7.24.5".to_owned()));
    }
}
