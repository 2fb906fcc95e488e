//! Points in time and spans, as values: `now` is always handed in.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A point in time: microseconds since 1970-01-01T00:00:00Z.
///
/// Microseconds because that is what both databases keep exactly, so a time that was stored and read
/// again is equal to itself.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// A span of whole seconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seconds(pub u32);

/// As people write spans in the history of a session: `8 h`, `1 h 30 min`, `45 s`.
impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [(self.0 / 3_600, "h"), (self.0 / 60 % 60, "min"), (self.0 % 60, "s")];
        let shown: Vec<String> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, unit)| format!("{count} {unit}"))
            .collect();
        f.write_str(if shown.is_empty() { "0 s" } else { "" })?;
        f.write_str(&shown.join(" "))
    }
}

impl Timestamp {
    /// From microseconds since the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// This time and `span` later (stops at the end of time).
    pub const fn plus(self, span: Seconds) -> Self {
        Self(self.0.saturating_add(span.0 as i64 * 1_000_000))
    }

    /// This time and `span` earlier.
    pub const fn minus(self, span: Seconds) -> Self {
        Self(self.0.saturating_sub(span.0 as i64 * 1_000_000))
    }

    /// Whole seconds from `earlier` to this time; zero if `earlier` is later.
    pub fn since(self, earlier: Self) -> Seconds {
        let seconds = self.0.saturating_sub(earlier.0).max(0) / 1_000_000;
        Seconds(u32::try_from(seconds).unwrap_or(u32::MAX))
    }

    /// The middle between this time and `later`.
    pub const fn halfway_to(self, later: Self) -> Self {
        Self(self.0 + (later.0 - self.0) / 2)
    }

    /// Year, month, day, hour, minute, second in UTC (proleptic Gregorian calendar).
    fn civil(self) -> (i64, u32, u32, u32, u32, u32) {
        // Days to civil date after Howard Hinnant's public-domain description.
        let seconds = self.seconds();
        let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400) as u32);
        let z = days + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let day = (doy - (153 * mp + 2) / 5 + 1) as u32;
        let month = if mp < 10 { mp + 3 } else { mp - 9 } as u32;
        let year = yoe + era * 400 + i64::from(month <= 2);
        (year, month, day, rest / 3_600, rest / 60 % 60, rest % 60)
    }
}

/// RFC 3339 in UTC with milliseconds: `2026-11-22T06:40:00.123Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day, hour, minute, second) = self.civil();
        let millis = self.0.rem_euclid(1_000_000) / 1_000;
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_as_rfc_3339() {
        assert_eq!(Timestamp::from_micros(0).to_string(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Timestamp::from_micros(1_795_329_600_123_000).to_string(), "2026-11-22T06:40:00.123Z");
        assert_eq!(Timestamp::from_micros(1_709_164_800_000_000).to_string(), "2024-02-29T00:00:00.000Z");
        assert_eq!(Timestamp::from_micros(-1).to_string(), "1969-12-31T23:59:59.999Z");
    }

    #[test]
    fn spans_are_written_for_people() {
        let written = [0, 45, 60, 5_400, 28_800, 90_061].map(|span| Seconds(span).to_string());
        assert_eq!(written, ["0 s", "45 s", "1 min", "1 h 30 min", "8 h", "25 h 1 min 1 s"]);
    }

    #[test]
    fn spans_never_run_backwards() {
        let noon = Timestamp::from_micros(10_000_000);
        assert_eq!(noon.plus(Seconds(5)).since(noon), Seconds(5));
        assert_eq!(noon.since(noon.plus(Seconds(5))), Seconds(0));
    }
}
