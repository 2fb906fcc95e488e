//! Moments and lengths of time: read from the API, said in words, shown in the viewer's zone.
//!
//! Parsing and lengths are pure. Dates go through the browser's `Intl`, so the zone database is the browser's own.

use std::cell::RefCell;
use std::collections::HashMap;

use js_sys::{Array, Date, Intl, Object, Reflect};
use wasm_bindgen::JsValue;

use crate::t;

/// A moment: milliseconds since 1970, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub i64);

impl Moment {
    /// Reads RFC 3339 in UTC or with an offset; `None` if it is something else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (date, rest) = text.split_once(['T', ' '])?;
        let mut parts = date.split('-').map(|part| part.parse::<i64>().ok());
        let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
        let zone_at = rest.find(['Z', 'z', '+', '-'])?;
        let (clock, zone) = rest.split_at(zone_at);
        let mut parts = clock.split(':');
        let (hour, minute) = (parts.next()?.parse::<i64>().ok()?, parts.next()?.parse::<i64>().ok()?);
        let (seconds, ms) = seconds_of(parts.next()?)?;
        let offset = match zone {
            "Z" | "z" => 0,
            _ => {
                let (hours, minutes) = zone[1..].split_once(':')?;
                let minutes = hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?;
                if zone.starts_with('-') { -minutes } else { minutes }
            }
        };
        let days = days_from_civil(year, month, day);
        Some(Self((((days * 24 + hour) * 60 + minute - offset) * 60 + seconds) * 1000 + ms))
    }

    /// The moment `seconds` later.
    #[must_use]
    pub fn plus(self, seconds: i64) -> Self {
        Self(self.0 + seconds * 1000)
    }

    /// Whole seconds from `earlier` to here; negative if it is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0).div_euclid(1000)
    }

    /// RFC 3339 in UTC, for `<time datetime>` and CSV.
    #[must_use]
    pub fn rfc3339(self) -> String {
        let days = self.0.div_euclid(86_400_000);
        let ms = self.0.rem_euclid(86_400_000);
        let (year, month, day) = civil_from_days(days);
        let s = ms / 1000;
        format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", s / 3600, s / 60 % 60, s % 60)
    }
}

/// "00.123456" as seconds and milliseconds. Figure by figure: reading a float needs tables of ten kilobytes.
fn seconds_of(text: &str) -> Option<(i64, i64)> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let ms = part.bytes().chain(*b"000").take(3).fold(0, |ms, digit| ms * 10 + i64::from(digit - b'0'));
    Some((whole.parse().ok()?, ms))
}

/// Days since 1970-01-01 of a date in the Gregorian calendar (Howard Hinnant's `days_from_civil`).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let part = (5 * of_year + 2) / 153;
    let month = if part < 10 { part + 3 } else { part - 9 };
    (year + era * 400 + i64::from(month <= 2), month, of_year - (153 * part + 2) / 5 + 1)
}

/// A length in at most two units: "8 h 58 min", "14 min", "19 s", "2 d 3 h".
#[must_use]
pub fn length(seconds: i64) -> String {
    let s = seconds.max(0);
    match s {
        0..60 => t!("time-s", s = s),
        60..3600 => t!("time-min", min = s / 60),
        3600..86_400 if s % 3600 < 60 => t!("time-h", h = s / 3600),
        3600..86_400 => t!("time-h-min", h = s / 3600, min = s % 3600 / 60),
        _ if s % 86_400 < 3600 => t!("time-d", d = s / 86_400),
        _ => t!("time-d-h", d = s / 86_400, h = s % 86_400 / 3600),
    }
}

/// As [`length`], but below an hour with the seconds: "3 min 40 s".
#[must_use]
pub fn length_exact(seconds: i64) -> String {
    match seconds {
        60..3600 if seconds % 60 != 0 => t!("time-min-s", min = seconds / 60, s = seconds % 60),
        _ => length(seconds),
    }
}

/// "0:41", for what runs out while one looks.
#[must_use]
pub fn stopwatch(seconds: i64) -> String {
    let s = seconds.max(0);
    format!("{}:{:02}", s / 60, s % 60)
}

/// How a date is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Style {
    /// 12:04
    Clock,
    /// 12:04:31
    Seconds,
    /// 22 Nov
    Day,
    /// Sun 22 Nov
    Weekday,
    /// 22 November 2025, 23:40:02 GMT+3
    Full,
    /// 2026-11-22, only to compare days
    Key,
}

thread_local! {
    static ZONE: RefCell<Option<String>> = const { RefCell::new(None) };
    static LOCALE: RefCell<&'static str> = const { RefCell::new("en-GB") };
    static FORMATS: RefCell<HashMap<Style, Intl::DateTimeFormat>> = RefCell::new(HashMap::new());
}

/// Shows all dates from now on in `zone` (IANA name; `None`: the browser's own) and in `locale`.
pub fn show_in(zone: Option<String>, locale: &'static str) {
    ZONE.with(|slot| *slot.borrow_mut() = zone);
    LOCALE.with(|slot| *slot.borrow_mut() = locale);
    FORMATS.with(|formats| formats.borrow_mut().clear());
}

/// The zone that dates are shown in, by its IANA name.
#[must_use]
pub fn zone() -> String {
    ZONE.with(|slot| slot.borrow().clone()).unwrap_or_else(|| {
        let options = Intl::DateTimeFormat::new(&Array::new(), &Object::new()).resolved_options();
        Reflect::get(&options, &"timeZone".into()).ok().and_then(|zone| zone.as_string()).unwrap_or_default()
    })
}

fn formatter(style: Style) -> Intl::DateTimeFormat {
    let options = Object::new();
    let set = |name: &str, value: JsValue| {
        // Setting a property of a fresh plain object cannot fail.
        let _ = Reflect::set(&options, &name.into(), &value);
    };
    let pairs: &[(&str, &str)] = match style {
        Style::Clock => &[("hour", "2-digit"), ("minute", "2-digit")],
        Style::Seconds => &[("hour", "2-digit"), ("minute", "2-digit"), ("second", "2-digit")],
        Style::Day => &[("day", "numeric"), ("month", "short")],
        Style::Weekday => &[("weekday", "short"), ("day", "numeric"), ("month", "short")],
        Style::Full => &[
            ("day", "numeric"),
            ("month", "long"),
            ("year", "numeric"),
            ("hour", "2-digit"),
            ("minute", "2-digit"),
            ("second", "2-digit"),
            ("timeZoneName", "short"),
        ],
        Style::Key => &[("day", "2-digit"), ("month", "2-digit"), ("year", "numeric")],
    };
    for (name, value) in pairs {
        set(name, (*value).into());
    }
    set("hourCycle", "h23".into());
    if let Some(zone) = ZONE.with(|slot| slot.borrow().clone()) {
        set("timeZone", zone.into());
    }
    Intl::DateTimeFormat::new(&Array::of1(&LOCALE.with(|slot| *slot.borrow()).into()), &options)
}

fn show(at: Moment, style: Style) -> String {
    FORMATS.with(|formats| {
        let mut formats = formats.borrow_mut();
        let format = formats.entry(style).or_insert_with(|| formatter(style)).format();
        let date = Date::new(&JsValue::from_f64(at.0 as f64));
        format.call1(&JsValue::UNDEFINED, &date).ok().and_then(|text| text.as_string()).unwrap_or_default()
    })
}

/// "12:04".
#[must_use]
pub fn clock(at: Moment) -> String {
    show(at, Style::Clock)
}

/// "12:04:31".
#[must_use]
pub fn seconds(at: Moment) -> String {
    show(at, Style::Seconds)
}

/// "22 November 2025, 23:40:02 GMT+3": what a `title` holds.
#[must_use]
pub fn full(at: Moment) -> String {
    show(at, Style::Full)
}

/// "Sun 22 Nov".
#[must_use]
pub fn weekday(at: Moment) -> String {
    show(at, Style::Weekday)
}

/// "22 Nov".
#[must_use]
pub fn day(at: Moment) -> String {
    show(at, Style::Day)
}

/// Whether two moments are on one day of the viewer's zone.
#[must_use]
pub fn same_day(a: Moment, b: Moment) -> bool {
    show(a, Style::Key) == show(b, Style::Key)
}

/// When a day such as `2026-11-22` begins for the viewer, or one so many days later. Through the calendar and not by
/// adding hours: a day may have 23 or 25 of them.
#[must_use]
pub fn midnight(day: &str, days_later: u32) -> Option<Moment> {
    let mut parts = day.split('-').map(|part| part.parse::<u32>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let date = Date::new_with_year_month_day(
        year,
        i32::try_from(month).ok()? - 1,
        i32::try_from(day + days_later).ok()?,
    );
    let ms = date.get_time();
    (!ms.is_nan()).then_some(Moment(ms as i64))
}

/// Today "12:04", another day "22 Nov, 23:40".
#[must_use]
pub fn short(at: Moment, now: Moment) -> String {
    if same_day(at, now) { clock(at) } else { format!("{}, {}", day(at), clock(at)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_api_writes_and_what_postgres_would() {
        assert_eq!(Moment::parse("2026-11-22T06:40:00.123Z"), Some(Moment(1_795_329_600_123)));
        assert_eq!(Moment::parse("2026-11-22T09:40:00+03:00"), Moment::parse("2026-11-22T06:40:00Z"));
        assert_eq!(Moment::parse("1969-12-31T23:59:59Z"), Some(Moment(-1000)));
        assert_eq!(Moment::parse("2024-02-29T00:00:00.000001Z"), Some(Moment(1_709_164_800_000)));
    }

    #[test]
    fn refuses_what_is_no_time() {
        for text in ["", "yesterday", "2026-11-22", "2026-11-22T06:40", "2026-11-22T06:40:00"] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
    }

    #[test]
    fn writes_what_it_read() {
        for text in ["2026-11-22T06:40:00Z", "2000-02-29T23:59:59Z", "1999-12-31T00:00:00Z"] {
            assert_eq!(Moment::parse(text).map(Moment::rfc3339).as_deref(), Some(text));
        }
    }

    #[test]
    fn says_at_most_two_units() {
        assert_eq!(length(19), "19\u{a0}s");
        assert_eq!(length(14 * 60 + 59), "14\u{a0}min");
        assert_eq!(length(8 * 3600 + 58 * 60), "8\u{a0}h 58\u{a0}min");
        assert_eq!(length(12 * 3600), "12\u{a0}h");
        assert_eq!(length(51 * 3600), "2\u{a0}d 3\u{a0}h");
        assert_eq!(length(-5), "0\u{a0}s");
        assert_eq!(length_exact(220), "3\u{a0}min 40\u{a0}s");
        assert_eq!(stopwatch(41), "0:41");
    }
}
