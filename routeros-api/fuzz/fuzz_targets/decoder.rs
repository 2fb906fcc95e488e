//! `cargo +nightly fuzz run decoder`: bytes as a hostile peer may send them.
#![no_main]

#[path = "../target.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::decode(data));
