//! Values as RouterOS writes them: bytes without a declared encoding, booleans, numbers, durations, ids.

mod duration;
mod id;
mod text;

pub use duration::{BadDuration, duration, format_duration};
pub use id::{Generation, Id};
pub use text::{Decoded, Text, spellings, to_text};

/// `true`, `yes`, `false`, `no`; anything else is `None`.
#[must_use]
pub fn to_bool(value: &[u8]) -> Option<bool> {
    match value {
        b"true" | b"yes" => Some(true),
        b"false" | b"no" => Some(false),
        _ => None,
    }
}

/// A plain decimal number. No sign, no unit, no blanks; `None` on overflow.
#[must_use]
pub fn to_u64(value: &[u8]) -> Option<u64> {
    if value.is_empty() {
        return None;
    }
    value.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

/// A comma list, as `policy`, `topics` and `status` are written. An empty value has no items.
pub fn list(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&byte| byte == b',').filter(|item| !item.is_empty())
}

/// An offset from UTC in seconds, as in `/system/clock gmt-offset`: `+03:00`, `-09:30`, `00:00`.
///
/// Old versions print it as a plain number of seconds modulo 2³² (`10800`); that is read as well.
#[must_use]
pub fn gmt_offset(value: &[u8]) -> Option<i32> {
    if let Some(seconds) = to_u64(value) {
        let wrapped = u32::try_from(seconds).ok()?.cast_signed();
        return (wrapped.unsigned_abs() < 86_400).then_some(wrapped);
    }
    let (sign, rest) = match value.split_first()? {
        (b'+', rest) => (1, rest),
        (b'-', rest) => (-1, rest),
        _ => (1, value),
    };
    let mut parts = rest.split(|&byte| byte == b':').map(to_u64);
    let (hours, minutes) = (parts.next()??, parts.next()??);
    let seconds = parts.next().unwrap_or(Some(0))?;
    if parts.next().is_some() || hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    i32::try_from(hours * 3600 + minutes * 60 + seconds).ok().map(|offset| sign * offset)
}

#[cfg(test)]
mod tests {
    use super::{gmt_offset, list, to_bool, to_u64};

    #[test]
    fn booleans_have_four_spellings() {
        let read = [&b"true"[..], b"yes", b"false", b"no", b"", b"True", b"1"].map(to_bool);
        assert_eq!(read, [Some(true), Some(true), Some(false), Some(false), None, None, None]);
    }

    #[test]
    fn numbers_are_plain() {
        let read = [&b"0"[..], b"007", b"18446744073709551615", b"18446744073709551616", b"", b"-1", b"1k"]
            .map(to_u64);
        assert_eq!(read, [Some(0), Some(7), Some(u64::MAX), None, None, None, None]);
    }

    #[test]
    fn offsets_have_a_sign() {
        let read = [&b"+03:00"[..], b"-09:30", b"00:00", b"10800", b"4294956496", b"+3", b"", b"+99:00"]
            .map(gmt_offset);
        assert_eq!(read, [Some(10800), Some(-34200), Some(0), Some(10800), Some(-10800), None, None, None]);
    }

    #[test]
    fn an_empty_list_has_no_items() {
        assert_eq!(list(b"").count(), 0);
        assert_eq!(list(b"start,interim").collect::<Vec<_>>(), [&b"start"[..], b"interim"]);
    }
}
