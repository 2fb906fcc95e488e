//! What a value of each kind may look like, and the one form in which the router gives it back.

use std::net::{IpAddr, Ipv4Addr};

use bytes::Bytes;

use super::{
    clock::{Micros, SECOND},
    trap::Trap,
    version::Version,
};

/// What a property holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any bytes, without a declared character set.
    Text,
    /// `true` or `false`; `yes` and `no` are taken as well.
    Bool,
    /// A whole number.
    Number,
    /// An IPv4 address; an empty value unsets it.
    Address,
    /// An IPv4 address or the name of a row of `/ip/pool`.
    AddressOrPool,
    /// An address, a prefix or a range, perhaps negated: a firewall matcher.
    Matcher,
    /// What an address list takes: address, prefix, range or DNS name.
    ListEntry,
    /// A length of time.
    Span,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// The name of a row of another menu.
    Reference(&'static str),
    /// Comma-separated words, given back with what is missing of the full set marked by `!`.
    Policies,
}

/// The rights a user group can have, in the order in which the router prints them.
pub(crate) const POLICIES: &[&str] = &[
    "local",
    "telnet",
    "ssh",
    "ftp",
    "reboot",
    "read",
    "write",
    "policy",
    "test",
    "winbox",
    "password",
    "web",
    "sniff",
    "sensitive",
    "api",
    "romon",
    "rest-api",
];

/// Checks a value and brings it into the router's form. `None` means that the property becomes unset.
pub(crate) fn normalise(kind: Kind, name: &str, raw: &Bytes) -> Result<Option<Bytes>, Trap> {
    if kind == Kind::Text {
        return Ok(Some(raw.clone()));
    }
    let text = std::str::from_utf8(raw).map_err(|_| Trap::invalid(name))?;
    let optional = matches!(kind, Kind::Address | Kind::AddressOrPool | Kind::Matcher | Kind::Span);
    if text.is_empty() && optional {
        return Ok(None);
    }
    let invalid = || Trap::invalid(name);
    let value = match kind {
        Kind::Text | Kind::AddressOrPool | Kind::Reference(_) => raw.clone(),
        Kind::Bool => word(parse_bool(text).ok_or_else(invalid)?),
        Kind::Number => {
            text.parse::<u64>().map(|number| Bytes::from(number.to_string())).map_err(|_| invalid())?
        }
        Kind::Address => text.parse::<Ipv4Addr>().map(|_| raw.clone()).map_err(|_| invalid())?,
        Kind::Matcher => {
            let positive = text.strip_prefix('!').unwrap_or(text);
            AddressRange::parse(positive).map(|_| raw.clone()).ok_or_else(invalid)?
        }
        Kind::ListEntry => list_entry(text).ok_or_else(invalid)?,
        Kind::Span => match text {
            "none" | "never" | "unlimited" => raw.clone(),
            _ => Bytes::from(format_span(parse_span(text).ok_or_else(invalid)?)),
        },
        Kind::Choice(words) => words
            .iter()
            .find(|choice| **choice == text)
            .map(|choice| Bytes::from_static(choice.as_bytes()))
            .ok_or_else(|| Trap::no_match(name))?,
        Kind::Policies => policies(text, name)?,
    };
    Ok(Some(value))
}

/// `true` or `false` as the router writes it.
pub(crate) fn word(truth: bool) -> Bytes {
    Bytes::from_static(if truth { b"true" } else { b"false" })
}

/// Reads all four words for truth.
pub(crate) fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "true" | "yes" => Some(true),
        "false" | "no" => Some(false),
        _ => None,
    }
}

fn list_entry(text: &str) -> Option<Bytes> {
    if let Some(range) = AddressRange::parse(text) {
        // A prefix of full length is shown as the bare address.
        return Some(Bytes::from(
            range.single().map_or_else(|| text.to_owned(), |address| address.to_string()),
        ));
    }
    let dns = text.contains('.')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
        && text.chars().any(|c| c.is_ascii_alphabetic());
    dns.then(|| Bytes::copy_from_slice(text.as_bytes()))
}

fn policies(text: &str, name: &str) -> Result<Bytes, Trap> {
    let mut given = Vec::new();
    for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        let positive = word.strip_prefix('!').unwrap_or(word);
        let known =
            POLICIES.iter().find(|policy| **policy == positive).ok_or_else(|| Trap::no_match(name))?;
        if positive == word {
            given.push(*known);
        }
    }
    let held = POLICIES.iter().filter(|policy| given.contains(policy)).map(|policy| (*policy).to_owned());
    let missing = POLICIES.iter().filter(|policy| !given.contains(policy)).map(|policy| format!("!{policy}"));
    Ok(Bytes::from(held.chain(missing).collect::<Vec<_>>().join(",")))
}

/// Addresses from the first to the last one, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AddressRange {
    first: IpAddr,
    last: IpAddr,
}

impl AddressRange {
    /// Reads `10.0.0.5`, `10.0.0.0/24`, `10.0.0.5-10.0.0.9` and the same for IPv6 (there without ranges).
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if let Some((address, bits)) = text.split_once('/') {
            return Self::prefix(address.parse().ok()?, bits.parse().ok()?);
        }
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let range = Self { first: first.parse().ok()?, last: last.parse().ok()? };
        (range.first.is_ipv4() == range.last.is_ipv4() && range.first <= range.last).then_some(range)
    }

    fn prefix(address: IpAddr, bits: u32) -> Option<Self> {
        match address {
            IpAddr::V4(address) if bits <= 32 => {
                let host = u32::MAX.checked_shr(bits).unwrap_or(0);
                let first = address.to_bits() & !host;
                Some(Self {
                    first: Ipv4Addr::from_bits(first).into(),
                    last: Ipv4Addr::from_bits(first | host).into(),
                })
            }
            IpAddr::V6(address) if bits <= 128 => {
                let host = u128::MAX.checked_shr(bits).unwrap_or(0);
                let first = address.to_bits() & !host;
                Some(Self { first: IpAddr::V6(first.into()), last: IpAddr::V6((first | host).into()) })
            }
            _ => None,
        }
    }

    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.first.is_ipv4() && self.first <= address && address <= self.last
    }

    fn single(&self) -> Option<IpAddr> {
        (self.first == self.last).then_some(self.first)
    }

    /// The IPv4 addresses of the range, in order.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = Ipv4Addr> + use<> {
        let bounds = match (self.first, self.last) {
            (IpAddr::V4(first), IpAddr::V4(last)) => Some(first.to_bits()..=last.to_bits()),
            _ => None,
        };
        bounds.into_iter().flatten().map(Ipv4Addr::from_bits)
    }
}

/// Reads `3w4d12h23m12s`, `1w2d03:04:05`, `00:01:30` and plain seconds; the result is in microseconds.
pub(crate) fn parse_span(text: &str) -> Option<Micros> {
    if text.is_empty() {
        return None;
    }
    let mut total: Micros = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        if rest.get(digits..)?.starts_with(':') {
            return total.checked_add(parse_colons(rest)?);
        }
        let number: u64 = rest.get(..digits)?.parse().ok()?;
        let tail = rest.get(digits..)?;
        let letters = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
        let unit = match tail.get(..letters)? {
            "w" => 7 * 86_400 * SECOND,
            "d" => 86_400 * SECOND,
            "h" => 3_600 * SECOND,
            "m" => 60 * SECOND,
            "s" | "" => SECOND,
            "ms" => 1_000,
            "us" => 1,
            _ => return None,
        };
        total = total.checked_add(number.checked_mul(unit)?)?;
        rest = tail.get(letters..)?;
    }
    Some(total)
}

fn parse_colons(text: &str) -> Option<Micros> {
    let mut seconds: u64 = 0;
    let parts: Vec<u64> = text.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    // `10:20` is minutes and seconds for the console's durations only if a third part is there; two parts are h:m.
    let parts = if let [hours, minutes] = parts[..] { vec![hours, minutes, 0] } else { parts };
    if parts.len() != 3 {
        return None;
    }
    for part in parts {
        seconds = seconds.checked_mul(60)?.checked_add(part)?;
    }
    seconds.checked_mul(SECOND)
}

/// `3w4d12h23m12s` with the zero parts left out; `0s` for nothing. Parts of a second are dropped.
pub(crate) fn format_span(span: Micros) -> String {
    let mut seconds = span / SECOND;
    let mut text = String::new();
    for (unit, length) in [("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
        if seconds >= length {
            text.push_str(&(seconds / length).to_string());
            text.push_str(unit);
            seconds %= length;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// A calendar date and time of day in the router's zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LocalTime {
    year: u64,
    month: usize,
    day: u64,
    second_of_day: u64,
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

impl LocalTime {
    /// The local time at `now`, `offset` seconds east of Greenwich.
    pub(crate) fn at(now: Micros, offset: i32) -> Self {
        let seconds = (now / SECOND).saturating_add_signed(i64::from(offset));
        let (mut days, second_of_day) = (seconds / 86_400, seconds % 86_400);
        let mut year = 1970;
        while days >= year_length(year) {
            days -= year_length(year);
            year += 1;
        }
        let mut month = 0;
        while days >= month_length(year, month) {
            days -= month_length(year, month);
            month += 1;
        }
        Self { year, month, day: days + 1, second_of_day }
    }

    /// `2024-12-18` or, before 7.10, `dec/18/2024`.
    pub(crate) fn date(&self, version: Version) -> String {
        let Self { year, month, day, .. } = self;
        if version.iso_dates() {
            format!("{year:04}-{:02}-{day:02}", month + 1)
        } else {
            let month = MONTHS.get(*month).copied().unwrap_or("jan");
            format!("{month}/{day:02}/{year:04}")
        }
    }

    /// `10:54:02`.
    pub(crate) fn time(&self) -> String {
        let second = self.second_of_day;
        format!("{:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60)
    }

    /// Date and time with a blank between.
    pub(crate) fn stamp(&self, version: Version) -> String {
        format!("{} {}", self.date(version), self.time())
    }
}

fn leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn year_length(year: u64) -> u64 {
    if leap(year) { 366 } else { 365 }
}

fn month_length(year: u64, month: usize) -> u64 {
    match month {
        1 if leap(year) => 29,
        1 => 28,
        3 | 5 | 8 | 10 => 30,
        _ => 31,
    }
}

/// `+03:00`.
pub(crate) fn format_offset(offset: i32) -> String {
    let minutes = offset.unsigned_abs() / 60;
    format!("{}{:02}:{:02}", if offset < 0 { '-' } else { '+' }, minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_in_both_ways_of_writing_and_given_back_in_one() {
        for (text, form) in [
            ("3w4d12h23m12s", "3w4d12h23m12s"),
            ("1w2d03:04:05", "1w2d3h4m5s"),
            ("00:01:30", "1m30s"),
            ("300", "5m"),
            ("0s", "0s"),
            ("35w3d13h13m56s", "35w3d13h13m56s"),
        ] {
            assert_eq!(parse_span(text).map(format_span).as_deref(), Some(form), "{text}");
        }
        for wrong in ["", "5x", "1:2:3:4", "m", "-5s"] {
            assert_eq!(parse_span(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn dates_are_written_as_the_version_does_and_in_local_time() {
        let at = LocalTime::at(1_709_251_199 * SECOND, 3 * 3600);
        assert_eq!(at.stamp(Version::new(7, 22, 3)), "2024-03-01 02:59:59");
        assert_eq!(at.stamp(Version::new(6, 49, 0)), "mar/01/2024 02:59:59");
        let before = LocalTime::at(1_709_251_199 * SECOND, 0);
        assert_eq!(before.stamp(Version::new(7, 10, 0)), "2024-02-29 23:59:59");
        assert_eq!((format_offset(10_800).as_str(), format_offset(-12_600).as_str()), ("+03:00", "-03:30"));
    }

    #[test]
    fn ranges_hold_exactly_their_addresses() {
        let inside = |range: &str, address: &str| {
            AddressRange::parse(range).unwrap().contains(address.parse().unwrap())
        };
        assert!(inside("10.8.0.0/24", "10.8.0.255") && !inside("10.8.0.0/24", "10.8.1.0"));
        assert!(inside("0.0.0.0/0", "255.255.255.255") && !inside("0.0.0.0/0", "::1"));
        assert!(inside("10.0.0.5-10.0.0.9", "10.0.0.9") && !inside("10.0.0.5-10.0.0.9", "10.0.0.10"));
        assert!(inside("fd00::/8", "fdff::1") && !inside("fd00::/8", "fe80::1"));
        for wrong in ["10.0.0.9-10.0.0.5", "10.0.0.0/33", "x", ""] {
            assert_eq!(AddressRange::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn policies_are_given_back_with_the_missing_ones_marked() {
        let value =
            normalise(Kind::Policies, "policy", &Bytes::from_static(b"api,read,!write")).unwrap().unwrap();
        let text = std::str::from_utf8(&value).unwrap();
        assert!(text.starts_with("read,api,!local,") && text.contains("!write"), "{text}");
        assert_eq!(
            normalise(Kind::Policies, "policy", &Bytes::from_static(b"fly")),
            Err(Trap::no_match("policy"))
        );
    }
}
