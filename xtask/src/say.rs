//! What a person reads while the chores run: short lines on standard error, each with the time since the start.

use std::io::IsTerminal;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

static START: OnceLock<Instant> = OnceLock::new();

/// Starts the clock of the lines; later calls change nothing.
pub(crate) fn start() {
    let _ = START.set(Instant::now());
}

/// Announces something that takes a while, before it begins.
pub(crate) fn step(text: &str) {
    line("▸", "1", text);
}

/// Reports that something is ready, or that there was nothing to do.
pub(crate) fn done(text: &str) {
    line("✓", "32", text);
}

/// Tells what went otherwise than hoped, without stopping.
pub(crate) fn warn(text: &str) {
    line("!", "33", text);
}

/// Tells what failed.
pub(crate) fn fail(text: &str) {
    line("✗", "31", text);
}

fn line(mark: &str, colour: &str, text: &str) {
    let seconds = START.get_or_init(Instant::now).elapsed().as_secs_f64();
    if colours() {
        eprintln!("\x1b[2m{seconds:7.1} s\x1b[0m \x1b[{colour}m{mark} {text}\x1b[0m");
    } else {
        eprintln!("{seconds:7.1} s {mark} {text}");
    }
}

/// Whether standard error is a terminal of a person who did not ask for plain text.
pub(crate) fn colours() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// A duration for people: `0.4 s`, `12 s`, `3 min 20 s`.
pub(crate) fn duration(value: Duration) -> String {
    let seconds = value.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", value.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        _ => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        assert_eq!(duration(Duration::from_millis(420)), "0.4 s");
        assert_eq!(duration(Duration::from_secs(59)), "59 s");
        assert_eq!(duration(Duration::from_secs(185)), "3 min 05 s");
    }
}
