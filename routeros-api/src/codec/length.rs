//! The length prefix: five forms, big-endian, the number of leading one bits telling how many bytes follow.

/// Most bytes a length prefix has.
pub(super) const MAX_PREFIX: usize = 5;

/// What the first bytes of a word say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prefix {
    /// The prefix takes `size` bytes and announces `len` bytes of content.
    Word { size: usize, len: usize },
    /// More bytes are needed to tell.
    Incomplete,
    /// A reserved first byte (0xF1 to 0xFF): the stream can't be followed any further.
    Control(u8),
}

/// Reads a length prefix from the start of `bytes`. Longer forms than needed are accepted.
#[inline]
pub(super) fn read(bytes: &[u8]) -> Prefix {
    let Some(&first) = bytes.first() else { return Prefix::Incomplete };
    let (size, high) = match first {
        0x00..=0x7F => return Prefix::Word { size: 1, len: usize::from(first) },
        0x80..=0xBF => (2, first & 0x3F),
        0xC0..=0xDF => (3, first & 0x1F),
        0xE0..=0xEF => (4, first & 0x0F),
        0xF0 => (5, 0),
        0xF1..=0xFF => return Prefix::Control(first),
    };
    let Some(rest) = bytes.get(1..size) else { return Prefix::Incomplete };
    let len = rest.iter().fold(u64::from(high), |len, &byte| len << 8 | u64::from(byte));
    // Four bytes of content length always fit, except on 16-bit machines, where no limit would let them through.
    Prefix::Word { size, len: usize::try_from(len).unwrap_or(usize::MAX) }
}

/// The shortest prefix for `len`, as an array and the number of its bytes that count.
#[inline]
pub(super) fn write(len: u32) -> ([u8; MAX_PREFIX], usize) {
    let [a, b, c, d] = len.to_be_bytes();
    match len {
        0..=0x7F => ([d, 0, 0, 0, 0], 1),
        0x80..=0x3FFF => ([c | 0x80, d, 0, 0, 0], 2),
        0x4000..=0x1F_FFFF => ([b | 0xC0, c, d, 0, 0], 3),
        0x20_0000..=0x0FFF_FFFF => ([a | 0xE0, b, c, d, 0], 4),
        0x1000_0000.. => ([0xF0, a, b, c, d], 5),
    }
}

#[cfg(test)]
mod tests {
    use super::{Prefix, read, write};

    /// Each boundary of the five forms with its bytes as the manual's table gives them.
    #[test]
    fn boundaries_have_the_documented_bytes() {
        let table: [(u32, &[u8]); 10] = [
            (0, &[0x00]),
            (0x7F, &[0x7F]),
            (0x80, &[0x80, 0x80]),
            (0x3FFF, &[0xBF, 0xFF]),
            (0x4000, &[0xC0, 0x40, 0x00]),
            (0x1F_FFFF, &[0xDF, 0xFF, 0xFF]),
            (0x20_0000, &[0xE0, 0x20, 0x00, 0x00]),
            (0x0FFF_FFFF, &[0xEF, 0xFF, 0xFF, 0xFF]),
            (0x1000_0000, &[0xF0, 0x10, 0x00, 0x00, 0x00]),
            (0xFFFF_FFFF, &[0xF0, 0xFF, 0xFF, 0xFF, 0xFF]),
        ];
        for (len, bytes) in table {
            let (prefix, size) = write(len);
            assert_eq!(&prefix[..size], bytes, "writing {len:#x}");
            assert_eq!(read(bytes), Prefix::Word { size, len: len as usize }, "reading {len:#x}");
            for cut in 0..size {
                assert_eq!(read(&bytes[..cut]), Prefix::Incomplete, "{len:#x} cut at {cut}");
            }
        }
    }

    #[test]
    fn longer_forms_than_needed_are_read() {
        for bytes in [&[0x80, 5][..], &[0xC0, 0, 5], &[0xE0, 0, 0, 5], &[0xF0, 0, 0, 0, 5]] {
            assert_eq!(read(bytes), Prefix::Word { size: bytes.len(), len: 5 });
        }
    }

    #[test]
    fn reserved_first_bytes_are_told_apart() {
        for first in 0xF1..=0xFF {
            assert_eq!(read(&[first]), Prefix::Control(first));
        }
    }
}
