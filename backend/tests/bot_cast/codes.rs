//! One-time codes as an authenticator app shows them (RFC 6238), worked out without the server's help.

use hmac::{Hmac, Mac};
use sallyport_shared::time::Timestamp;
use sha1::Sha1;

/// The code of a moment, from a secret in base 32.
pub fn at(now: Timestamp, secret: &str) -> String {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: Vec<u8> = secret
        .chars()
        .flat_map(|letter| {
            let value = letters.find(letter).unwrap();
            (0..5).rev().map(move |bit| u8::from(value >> bit & 1 == 1))
        })
        .collect();
    let seed: Vec<u8> =
        bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |all, bit| all << 1 | bit)).collect();
    let mut mac = <Hmac<Sha1> as Mac>::new_from_slice(&seed).unwrap();
    mac.update(&(now.seconds() / 30).to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest[19] & 0x0f);
    let word = u32::from_be_bytes(digest[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", word % 1_000_000)
}
