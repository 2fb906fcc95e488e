//! QR codes as pictures: black on white, as PNG.

use base64::{Engine, prelude::BASE64_STANDARD};
use qrcodegen::{QrCode, QrCodeEcc};

/// Pixels a module.
const SCALE: usize = 8;

/// White modules around the code; four are the least.
const MARGIN: usize = 4;

/// The most bytes of a stored block of the deflate format.
const BLOCK: usize = 65_535;

/// The same as [`qr`], as a `data:` address, which a page shows without asking the server again.
pub(crate) fn qr_address(text: &str) -> Option<String> {
    qr(text).map(|picture| format!("data:image/png;base64,{}", BASE64_STANDARD.encode(picture)))
}

/// A QR code with `text`; none if it is too long for one.
pub(crate) fn qr(text: &str) -> Option<Vec<u8>> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let modules = usize::try_from(code.size()).ok()?;
    let side = (modules + 2 * MARGIN) * SCALE;
    let is_black = |x: usize, y: usize| {
        let module = |at: usize| i32::try_from(at / SCALE).unwrap_or(0) - i32::try_from(MARGIN).unwrap_or(0);
        code.get_module(module(x), module(y))
    };
    // A row: no filter, then a bit a pixel, 1 for white.
    let mut rows = Vec::with_capacity(side * (side / 8 + 2));
    for y in 0..side {
        rows.push(0);
        for byte in 0..side.div_ceil(8) {
            let bits = (0..8).fold(0_u8, |bits, bit| bits << 1 | u8::from(!is_black(byte * 8 + bit, y)));
            rows.push(bits);
        }
    }
    png(u32::try_from(side).ok()?, &rows)
}

/// A square picture of one bit a pixel. The rows are stored as they are: it is small enough.
fn png(side: u32, rows: &[u8]) -> Option<Vec<u8>> {
    let mut picture = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = Vec::new();
    header.extend(side.to_be_bytes());
    header.extend(side.to_be_bytes());
    // One bit of grey, deflate, no filters of its own, not interlaced.
    header.extend([1, 0, 0, 0, 0]);
    chunk(&mut picture, *b"IHDR", &header)?;
    chunk(&mut picture, *b"IDAT", &zlib(rows)?)?;
    chunk(&mut picture, *b"IEND", &[])?;
    Some(picture)
}

fn chunk(picture: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) -> Option<()> {
    picture.extend(u32::try_from(data.len()).ok()?.to_be_bytes());
    let begin = picture.len();
    picture.extend(kind);
    picture.extend(data);
    let sum = crc32(picture.get(begin..)?);
    picture.extend(sum.to_be_bytes());
    Some(())
}

/// A zlib stream (RFC 1950) of stored blocks (RFC 1951, 3.2.4).
fn zlib(data: &[u8]) -> Option<Vec<u8>> {
    let mut stream = vec![0x78, 0x01];
    let blocks = data.len().div_ceil(BLOCK).max(1);
    for number in 0..blocks {
        let block = data.get(number * BLOCK..data.len().min((number + 1) * BLOCK))?;
        let length = u16::try_from(block.len()).ok()?;
        stream.push(u8::from(number + 1 == blocks));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    stream.extend(adler32(data).to_be_bytes());
    Some(stream)
}

fn adler32(data: &[u8]) -> u32 {
    let (low, high) = data.iter().fold((1_u32, 0_u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    high << 16 | low
}

fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(
            sum ^ u32::from(*byte),
            |sum, _| {
                if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 }
            },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_formats() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
    }

    #[test]
    fn a_code_is_a_square_png_with_a_white_margin() {
        let picture = qr("otpauth://totp/Sallyport:anna?secret=JBSWY3DPEHPK3PXP&issuer=Sallyport").unwrap();
        assert!(
            picture.starts_with(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR") && picture.ends_with(b"IEND\xaeB`\x82")
        );
        let number = |at: usize| u32::from_be_bytes(picture[at..at + 4].try_into().unwrap());
        let side = number(16);
        assert_eq!(side, number(20));
        // IDAT's data begins at 41: two bytes of zlib, five of the block, then the first row, all white.
        let row = &picture[48..48 + 1 + side as usize / 8];
        assert_eq!(row[0], 0);
        assert!(row[1..].iter().all(|byte| *byte == 0xff), "{row:?}");
        assert!(qr(&"x".repeat(3_000)).is_none());
        let address = qr_address("otpauth://totp/Sallyport:anna").unwrap();
        let picture =
            BASE64_STANDARD.decode(address.strip_prefix("data:image/png;base64,").unwrap()).unwrap();
        assert_eq!(Some(picture), qr("otpauth://totp/Sallyport:anna"));
    }
}
