//! Times as people are told them: in the zone of their policy, without the day when it is today.

use jiff::{Timestamp as Instant, tz::TimeZone};
use sallyport_shared::{language::Language, time::Timestamp};

/// Writes times for one reader.
#[derive(Clone, Debug)]
pub struct Times {
    zone: TimeZone,
    is_utc: bool,
    language: Language,
    now: Timestamp,
}

impl Times {
    /// For a reader of `language` in the zone with this IANA name; UTC, and said so, if there is no such zone.
    pub fn new(zone: &str, language: Language, now: Timestamp) -> Self {
        let (zone, known) = match TimeZone::get(zone) {
            Ok(zone) => (zone, true),
            Err(_) => (TimeZone::UTC, false),
        };
        let is_utc = !known || matches!(zone.iana_name(), Some("UTC" | "Etc/UTC") | None);
        Self { zone, is_utc, language, now }
    }

    /// `14:05` today, `23 Nov, 14:05` on another day, with the year when it is another one.
    pub fn write(&self, at: Timestamp) -> String {
        let (Some(at), Some(now)) = (self.civil(at), self.civil(self.now)) else { return at.to_string() };
        let time = format!("{:02}:{:02}", at.hour(), at.minute());
        let zone = if self.is_utc { " UTC" } else { "" };
        if at.date() == now.date() {
            return format!("{time}{zone}");
        }
        let day = format!("{} {}", at.day(), month(at.month(), self.language));
        if at.year() == now.year() {
            format!("{day}, {time}{zone}")
        } else {
            format!("{day} {}, {time}{zone}", at.year())
        }
    }

    fn civil(&self, at: Timestamp) -> Option<jiff::civil::DateTime> {
        let at = Instant::from_microsecond(at.micros()).ok()?;
        Some(self.zone.to_datetime(at))
    }
}

/// The short name of a month as it stands after a day.
fn month(month: i8, language: Language) -> &'static str {
    const RU: [&str; 12] =
        ["янв.", "февр.", "мар.", "апр.", "мая", "июн.", "июл.", "авг.", "сент.", "окт.", "нояб.", "дек."];
    const EN: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let names = match language {
        Language::Ru => RU,
        Language::En => EN,
    };
    usize::try_from(month - 1).ok().and_then(|index| names.get(index)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sallyport_shared::time::Seconds;

    /// 2026-11-22T11:05:00Z
    const NOW: Timestamp = Timestamp::from_micros(1_795_345_500_000_000);

    #[test]
    fn today_has_no_day_and_utc_is_named() {
        assert_eq!(Times::new("Europe/Moscow", Language::Ru, NOW).write(NOW), "14:05");
        assert_eq!(Times::new("UTC", Language::En, NOW).write(NOW), "11:05 UTC");
        assert_eq!(Times::new("No/Where", Language::En, NOW).write(NOW), "11:05 UTC");
    }

    #[test]
    fn other_days_are_named_in_the_readers_language() {
        let tomorrow = NOW.plus(Seconds(86_400));
        assert_eq!(Times::new("Europe/Moscow", Language::Ru, NOW).write(tomorrow), "23 нояб., 14:05");
        assert_eq!(Times::new("Europe/Moscow", Language::En, NOW).write(tomorrow), "23 Nov, 14:05");
        let next_year = NOW.plus(Seconds(86_400 * 60));
        assert_eq!(Times::new("Europe/Moscow", Language::En, NOW).write(next_year), "21 Jan 2027, 14:05");
    }

    #[test]
    fn today_is_the_readers_day_not_that_of_utc() {
        // 22:30 UTC is half past one of the next day in Moscow.
        let late = NOW.plus(Seconds(41_100));
        assert_eq!(Times::new("Europe/Moscow", Language::En, NOW).write(late), "23 Nov, 01:30");
        assert_eq!(Times::new("Europe/Moscow", Language::En, late).write(late), "01:30");
    }
}
