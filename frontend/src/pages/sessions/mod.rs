//! Sessions: who asks, who is in the box, who is inside, who may come in.

pub mod act;
pub mod ended;
pub mod grant;
pub mod inspector;
pub mod list;
pub mod model;
pub mod sheet;

pub use list::SessionsPage;

use crate::t;

/// Bytes in the unit that keeps the figure short.
#[must_use]
pub fn bytes(count: f64) -> String {
    let units = [t!("unit-b"), t!("unit-kb"), t!("unit-mb"), t!("unit-gb"), t!("unit-tb")];
    let mut value = count.max(0.0);
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    let figure = if value < 10.0 && unit > 1 { format!("{value:.1}") } else { format!("{value:.0}") };
    format!("{figure}\u{a0}{}", units[unit])
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn bytes_keep_two_or_three_figures() {
        assert_eq!(bytes(640e6), "640\u{a0}MB");
        assert_eq!(bytes(2.1e9), "2.1\u{a0}GB");
        assert_eq!(bytes(0.0), "0\u{a0}B");
    }
}
