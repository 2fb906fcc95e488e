//! The networks from which Telegram serves its apps, as far as they may be opened to tunnels in the box.

use crate::firewall::{Family, Range};
use thiserror::Error;

/// What Telegram publishes at <https://core.telegram.org/resources/cidr.txt>.
const PUBLISHED: [&str; 14] = [
    "91.108.56.0/22",
    "91.108.4.0/22",
    "91.108.8.0/22",
    "91.108.16.0/22",
    "91.108.12.0/22",
    "149.154.160.0/20",
    "91.105.192.0/23",
    "91.108.20.0/22",
    "185.76.151.0/24",
    "2001:b28:f23d::/48",
    "2001:b28:f23f::/48",
    "2001:67c:4e8::/48",
    "2001:b28:f23c::/48",
    "2a0a:f280::/32",
];

/// So many networks may be named.
const MOST: usize = 64;
/// The shortest prefixes: those that Telegram has are longer, and a wider one would open more than it.
const WIDEST_V4: u8 = 16;
const WIDEST_V6: u8 = 32;

/// Where an organisation's own machines are; no part of that is ever opened to the box.
const INNER: [&str; 14] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "224.0.0.0/3",
    "::/8",
    "64:ff9b::/32",
    "2002::/16",
    "fc00::/7",
    "fe80::/9",
    "ff00::/8",
];

/// Why something is no network that may be opened to the box.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum NetworkError {
    /// It cannot be read.
    #[error("“{0}” is no network such as 149.154.160.0/20 or 2001:67c:4e8::/48")]
    Unreadable(String),
    /// It is wider than anything that Telegram has.
    #[error("{0} is too wide: at least /{WIDEST_V4} for IPv4 and /{WIDEST_V6} for IPv6")]
    TooWide(String),
    /// It is, or has in it, a network of private or special addresses.
    #[error("{0} has private or special addresses in it, which the box must never reach")]
    Inner(String),
    /// More of them than anybody needs.
    #[error("at most {MOST} networks")]
    TooMany,
}

/// Telegram's networks, at least one, each once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TelegramNetworks(Vec<(String, Range)>);

impl Default for TelegramNetworks {
    /// Those that Telegram publishes.
    fn default() -> Self {
        let read = |text: &&str| Some(((*text).to_owned(), Range::parse(text)?));
        Self(PUBLISHED.iter().filter_map(read).collect())
    }
}

impl TelegramNetworks {
    /// Reads networks; none at all means those that Telegram publishes.
    ///
    /// # Errors
    /// [`NetworkError`] names the one that cannot be taken.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, NetworkError> {
        let mut networks: Vec<(String, Range)> = Vec::new();
        for text in texts.into_iter().map(str::trim).filter(|text| !text.is_empty()) {
            let range = read(text)?;
            if networks.iter().all(|(_, known)| *known != range) {
                networks.push((text.to_owned(), range));
            }
        }
        match networks.len() {
            0 => Ok(Self::default()),
            count if count > MOST => Err(NetworkError::TooMany),
            _ => Ok(Self(networks)),
        }
    }

    /// As they were written.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(text, _)| text.as_str())
    }

    /// Those of one family, as they were written, with their addresses.
    pub fn of(&self, family: Family) -> impl Iterator<Item = (&str, Range)> {
        self.0
            .iter()
            .filter(move |(_, range)| range.family() == family)
            .map(|(text, range)| (text.as_str(), *range))
    }

    /// All their addresses.
    pub fn ranges(&self) -> impl Iterator<Item = Range> + '_ {
        self.0.iter().map(|(_, range)| *range)
    }
}

fn read(text: &str) -> Result<Range, NetworkError> {
    let unreadable = || NetworkError::Unreadable(text.to_owned());
    let length = text.split_once('/').and_then(|(_, length)| length.parse::<u8>().ok());
    let (range, length) = Range::parse(text).zip(length).ok_or_else(unreadable)?;
    let widest = if range.family() == Family::V4 { WIDEST_V4 } else { WIDEST_V6 };
    if length < widest {
        return Err(NetworkError::TooWide(text.to_owned()));
    }
    if INNER.iter().filter_map(|inner| Range::parse(inner)).any(|inner| inner.meets(&range)) {
        return Err(NetworkError::Inner(text.to_owned()));
    }
    Ok(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_telegram_publishes_is_taken() {
        let published = TelegramNetworks::default();
        assert_eq!(published.texts().count(), PUBLISHED.len(), "each can be read");
        assert_eq!(TelegramNetworks::parse(PUBLISHED), Ok(published.clone()));
        assert_eq!(TelegramNetworks::parse(["", " "]), Ok(published.clone()));
        assert_eq!(published.of(Family::V4).count(), 9);
        assert_eq!(published.of(Family::V6).count(), 5);
        assert!(INNER.iter().all(|inner| Range::parse(inner).is_some()));
    }

    #[test]
    fn nothing_else_is_opened_by_mistake() {
        let wrong = |text: &str| TelegramNetworks::parse(["91.108.4.0/22", text]).unwrap_err();
        for text in ["telegram.org", "91.108.4.1", "91.108.4.0-91.108.7.255", "91.108.4.0/33", "/22"] {
            assert!(matches!(wrong(text), NetworkError::Unreadable(_)), "{text}");
        }
        for text in ["0.0.0.0/0", "91.0.0.0/8", "149.154.0.0/15", "::/0", "2001::/16"] {
            assert!(matches!(wrong(text), NetworkError::TooWide(_)), "{text}");
        }
        for text in
            ["10.8.0.0/16", "192.168.1.0/24", "172.20.0.0/16", "127.0.0.1/32", "fd00::/48", "fe80::/64"]
        {
            assert!(matches!(wrong(text), NetworkError::Inner(_)), "{text}");
        }
        let many: Vec<String> = (0..=MOST).map(|n| format!("91.108.{n}.0/24")).collect();
        assert_eq!(TelegramNetworks::parse(many.iter().map(String::as_str)), Err(NetworkError::TooMany));
        let twice = TelegramNetworks::parse(["91.108.4.0/22", "91.108.4.9/22"]).unwrap();
        assert_eq!(twice.texts().collect::<Vec<_>>(), ["91.108.4.0/22"]);
    }
}
