//! Spans of time in all forms that RouterOS prints and accepts.

use std::{fmt::Write, time::Duration};

/// The value is no span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a RouterOS duration")]
pub struct BadDuration;

const SECOND: u128 = 1_000_000_000;

/// Units with their length in nanoseconds, in the order in which they may follow each other.
const UNITS: [(&[u8], u128); 8] = [
    (b"w", 7 * 24 * 3600 * SECOND),
    (b"d", 24 * 3600 * SECOND),
    (b"h", 3600 * SECOND),
    (b"m", 60 * SECOND),
    (b"s", SECOND),
    (b"ms", 1_000_000),
    (b"us", 1_000),
    (b"ns", 1),
];

/// Reads `3w4d12h23m12s`, `1w2d03:04:05`, `00:01:30`, `00:00:00.250`, `1s500ms`, and mixtures.
///
/// `none`, `never` and an empty value are `None`; `0s` is zero.
///
/// # Errors
/// [`BadDuration`] for anything else, units out of order, and spans beyond 2⁶⁴ seconds.
pub fn duration(value: &[u8]) -> Result<Option<Duration>, BadDuration> {
    if matches!(value, b"" | b"none" | b"never") {
        return Ok(None);
    }
    let (mut rest, mut nanos, mut allowed) = (value, 0_u128, &UNITS[..]);
    while !rest.is_empty() {
        let (number, after) = digits(rest)?;
        if after.first() == Some(&b':') {
            // The clock form is the tail: only weeks and days may stand before it.
            if allowed.len() + 2 < UNITS.len() {
                return Err(BadDuration);
            }
            nanos = add(nanos, clock(number, after)?)?;
            break;
        }
        let unit_len = after.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let (unit, next) = after.split_at(unit_len);
        let at = allowed.iter().position(|(name, _)| *name == unit).ok_or(BadDuration)?;
        nanos = add(nanos, u128::from(number).checked_mul(allowed[at].1).ok_or(BadDuration)?)?;
        (rest, allowed) = (next, &allowed[at + 1..]);
    }
    let seconds = u64::try_from(nanos / SECOND).map_err(|_| BadDuration)?;
    let below = u32::try_from(nanos % SECOND).map_err(|_| BadDuration)?;
    Ok(Some(Duration::new(seconds, below)))
}

/// Writes a span the way the API prints it: `3w4d12h23m12s`, parts of zero left out; zero is `0s`.
#[must_use]
pub fn format_duration(span: Duration) -> String {
    let mut rest = span.as_nanos();
    let mut text = String::new();
    for (unit, length) in UNITS {
        let count = rest / length;
        rest %= length;
        if count > 0 {
            // Writing to a string can't fail.
            let _ = write!(text, "{count}{}", unit.escape_ascii());
        }
    }
    if text.is_empty() {
        text.push_str("0s");
    }
    text
}

/// `HH` was read; `rest` is `:MM:SS` with an optional fraction.
fn clock(hours: u64, rest: &[u8]) -> Result<u128, BadDuration> {
    let (minutes, rest) = digits(rest.strip_prefix(b":").ok_or(BadDuration)?)?;
    let (seconds, rest) = digits(rest.strip_prefix(b":").ok_or(BadDuration)?)?;
    if minutes > 59 || seconds > 59 {
        return Err(BadDuration);
    }
    let whole = u128::from(hours) * 3600 + u128::from(minutes) * 60 + u128::from(seconds);
    add(whole * SECOND, fraction(rest)?)
}

/// Nanoseconds of `.250`; nothing is zero.
fn fraction(rest: &[u8]) -> Result<u128, BadDuration> {
    let Some(decimals) = rest.strip_prefix(b".") else {
        return if rest.is_empty() { Ok(0) } else { Err(BadDuration) };
    };
    let (number, after) = digits(decimals)?;
    let missing = 9_usize.checked_sub(decimals.len()).ok_or(BadDuration)?;
    if !after.is_empty() {
        return Err(BadDuration);
    }
    Ok(u128::from(number) * 10_u128.pow(u32::try_from(missing).map_err(|_| BadDuration)?))
}

fn digits(value: &[u8]) -> Result<(u64, &[u8]), BadDuration> {
    let len = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, rest) = value.split_at(len);
    Ok((super::to_u64(number).ok_or(BadDuration)?, rest))
}

fn add(a: u128, b: u128) -> Result<u128, BadDuration> {
    a.checked_add(b).ok_or(BadDuration)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::{BadDuration, duration, format_duration};

    fn read(text: &str) -> Option<Duration> {
        duration(text.as_bytes()).unwrap_or_else(|_| panic!("{text} is a duration"))
    }

    #[test]
    fn every_form_is_read() {
        let day = 86_400;
        let seconds = |s| Some(Duration::from_secs(s));
        assert_eq!(read("3w4d12h23m12s"), seconds(25 * day + 12 * 3600 + 23 * 60 + 12));
        assert_eq!(read("1w2d03:04:05"), seconds(9 * day + 3 * 3600 + 4 * 60 + 5));
        assert_eq!(read("2d03:04:05"), seconds(2 * day + 3 * 3600 + 4 * 60 + 5));
        assert_eq!(read("00:01:30"), seconds(90));
        assert_eq!(read("1m45s"), seconds(105));
        assert_eq!(read("0s"), seconds(0));
        assert_eq!(read("1s500ms"), Some(Duration::from_millis(1500)));
        assert_eq!(read("00:00:00.250"), Some(Duration::from_millis(250)));
        assert_eq!(read("7us9ns"), Some(Duration::from_nanos(7009)));
        assert_eq!([read(""), read("none"), read("never")], [None; 3]);
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "x",
            "1",
            "s",
            "1s1m",
            "1s1s",
            "1h00:01:30",
            "00:60:00",
            "00:01",
            "-1s",
            "1.5s",
            "1y",
            "00:00:00.",
            "1 s",
        ] {
            assert_eq!(duration(text.as_bytes()), Err(BadDuration), "{text}");
        }
        assert_eq!(duration(b"99999999999999999999w"), Err(BadDuration));
        assert_eq!(duration(b"18446744073709551615w"), Err(BadDuration));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(seconds in any::<u64>(), nanos in 0..1_000_000_000_u32) {
            let span = Duration::new(seconds, nanos);
            prop_assert_eq!(duration(format_duration(span).as_bytes()), Ok(Some(span)));
        }

        #[test]
        fn the_clock_form_means_the_same(days in 0..400_u64, h in 0..24_u64, m in 0..60_u64, s in 0..60_u64) {
            let clock = format!("{}w{}d{h:02}:{m:02}:{s:02}", days / 7, days % 7);
            let units = format!("{days}d{h}h{m}m{s}s");
            prop_assert_eq!(duration(clock.as_bytes()), duration(units.as_bytes()));
            prop_assert_eq!(read(&units), Some(Duration::from_secs(((days * 24 + h) * 60 + m) * 60 + s)));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = duration(&bytes);
        }

        #[test]
        fn nothing_like_a_duration_makes_it_panic(text in "[0-9wdhmsun:.]{0,40}") {
            let _ = duration(text.as_bytes());
        }
    }
}
