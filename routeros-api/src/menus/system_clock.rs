//! `/system/clock`: what the router believes the time is. Never compare its time stamps with ours without asking.

use super::{Fields, FromRow, commands};
use crate::{
    conn::Connection,
    error::Error,
    value::{self, Text, to_u64},
};

/// The clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemClock {
    /// Local date, `2026-09-28`, up to 7.9 `sep/28/2026`.
    pub date: Text,
    /// Local time, `16:48:57`.
    pub time: Text,
    /// Name of the time zone.
    pub time_zone_name: Text,
    /// Seconds that local time is ahead of UTC.
    pub gmt_offset: Option<i32>,
}

impl SystemClock {
    /// Seconds since 1970, UTC; `None` if the router doesn't tell all that is needed.
    #[must_use]
    pub fn unix_seconds(&self) -> Option<i64> {
        let seconds = value::duration(self.time.as_bytes()).ok()??.as_secs();
        let local = days(self.date.as_bytes())? * 86_400 + i64::try_from(seconds).ok()?;
        Some(local - i64::from(self.gmt_offset?))
    }
}

impl FromRow for SystemClock {
    const MENU: &'static str = "/system/clock";
    const PROPLIST: &'static [&'static str] = &["date", "time", "time-zone-name", "gmt-offset"];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self {
            date: row.text("date")?,
            time: row.text("time")?,
            time_zone_name: row.text_or_empty("time-zone-name"),
            gmt_offset: row.row().get("gmt-offset").and_then(value::gmt_offset),
        })
    }
}

/// The clock now.
///
/// # Errors
/// As [`super::print`].
pub async fn print(connection: &Connection) -> Result<SystemClock, Error> {
    commands::settings(connection).await
}

/// Seconds since 1970, UTC, of a local time as the router stamps things with, `2024-12-18 10:54:02` or
/// `may/01/2023 20:52:13`; `None` if it is none, or if it says "never" (1970).
#[must_use]
pub fn moment(stamp: &[u8], gmt_offset: i32) -> Option<i64> {
    let (date, time) = stamp.split_at(stamp.iter().position(|byte| *byte == b' ')?);
    let days = days(date).filter(|days| *days > 1)?;
    let seconds = value::duration(time.trim_ascii()).ok()??.as_secs();
    Some(days * 86_400 + i64::try_from(seconds).ok()? - i64::from(gmt_offset))
}

/// Days since 1970-01-01 of a date in either form.
fn days(date: &[u8]) -> Option<i64> {
    const MONTHS: &[u8] = b"janfebmaraprmayjunjulaugsepoctnovdec";
    let number = |text| i64::try_from(to_u64(text)?).ok();
    let parts: Vec<&[u8]> = date.split(|byte| matches!(byte, b'-' | b'/')).collect();
    let (year, month, day) = match *parts.as_slice() {
        [year, month, day] if year.len() == 4 => (number(year)?, number(month)?, number(day)?),
        [month, day, year] => {
            let name = month.to_ascii_lowercase();
            let index = MONTHS.chunks(3).position(|candidate| candidate == name)?;
            (number(year)?, i64::try_from(index).ok()? + 1, number(day)?)
        }
        _ => return None,
    };
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years are counted from March, so that the leap day is the last one.
    let (shifted, year) = if month > 2 { (month - 3, year) } else { (month + 9, year - 1) };
    let day_of_year = (153 * shifted + 2) / 5 + day - 1;
    let before_year = year * 365 + year / 4 - year / 100 + year / 400;
    // 719 468 days lie between March 1 of the year 0 and 1970-01-01.
    Some(before_year + day_of_year - 719_468)
}

#[cfg(test)]
mod tests {
    use super::{SystemClock, days, moment};

    #[test]
    fn stamps_become_utc_and_never_is_never() {
        let noon = 20_724 * 86_400 + 12 * 3_600;
        assert_eq!(moment(b"2026-09-28 15:00:00", 10_800), Some(noon));
        assert_eq!(moment(b"sep/28/2026 12:00:00", 0), Some(noon));
        for never in ["1970-01-01 00:00:00", "jan/01/1970 03:00:00", "", "never", "2026-09-28"] {
            assert_eq!(moment(never.as_bytes(), 0), None, "{never}");
        }
    }

    #[test]
    fn both_forms_of_a_date_are_read() {
        for (date, expected) in [
            ("1970-01-01", 0),
            ("jan/02/1970", 1),
            ("2000-02-29", 11_016),
            ("2000-03-01", 11_017),
            ("sep/28/2026", 20_724),
            ("2026-09-28", 20_724),
        ] {
            assert_eq!(days(date.as_bytes()), Some(expected), "{date}");
        }
        for date in ["", "2026-13-01", "foo/01/2026", "2026-09", "26-09-2026x"] {
            assert_eq!(days(date.as_bytes()), None, "{date}");
        }
    }

    #[test]
    fn local_time_becomes_utc() {
        let clock = SystemClock {
            date: "2026-09-28".into(),
            time: "02:48:57".into(),
            time_zone_name: "Europe/Moscow".into(),
            gmt_offset: Some(10_800),
        };
        assert_eq!(clock.unix_seconds(), Some(20_723 * 86_400 + 23 * 3600 + 48 * 60 + 57));
        assert_eq!(SystemClock { gmt_offset: None, ..clock }.unix_seconds(), None);
    }
}
