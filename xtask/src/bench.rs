//! `cargo xtask bench`: the measurements, with release builds, in one table.

mod codec;
mod figures;

use std::ffi::OsString;

use crate::failure::{Failure, Result};
use crate::place::Place;
use crate::say;

/// A measured number.
#[derive(Debug, PartialEq)]
struct Figure {
    /// What was measured, in words.
    what: String,
    /// How much of `unit`.
    value: f64,
    unit: &'static str,
    /// How it compares, or how it was got.
    remark: String,
}

/// A measurement.
struct Bench {
    /// What to call it on the command line.
    name: &'static str,
    about: &'static str,
    run: fn(&Place) -> Result<Vec<Figure>>,
}

/// All of them, in the order in which they run.
const BENCHES: [Bench; 5] = [
    Bench {
        name: "codec",
        about: "decoding the RouterOS API, beside librouteros on the same bytes",
        run: codec::run,
    },
    Bench {
        name: "latency",
        about: "from tunnel to prompt and from tap to allow entry, with 1,000 prompts pending",
        run: figures::latency,
    },
    Bench {
        name: "reconcile",
        about: "a look at a router with 10,000 tunnels at which nothing has changed",
        run: figures::reconcile,
    },
    Bench {
        name: "scale",
        about: "100 routers with 1,000 tunnels each: is the poll interval kept?",
        run: figures::scale,
    },
    Bench {
        name: "wire",
        about: "what a browser fetches for the first view of the console",
        run: figures::wire,
    },
];

/// Runs those whose names are given, or all, and prints what they found.
///
/// # Errors
/// When a name is unknown, or a measurement does not compile or fails.
pub(crate) fn run(place: &Place, names: &[OsString]) -> Result<()> {
    if let Some(unknown) = names.iter().find(|name| BENCHES.iter().all(|bench| **name != bench.name)) {
        let known: Vec<&str> = BENCHES.iter().map(|bench| bench.name).collect();
        let text = format!("no measurement is called {}; there are: {}", unknown.display(), known.join(", "));
        return Err(Failure::Usage(text));
    }
    let mut figures = Vec::new();
    for bench in
        BENCHES.iter().filter(|bench| names.is_empty() || names.iter().any(|name| name == bench.name))
    {
        say::step(&format!("Measuring: {}", bench.about));
        figures.extend((bench.run)(place)?);
    }
    println!("{}", table(&figures));
    Ok(())
}

fn table(figures: &[Figure]) -> String {
    let width = |column: fn(&Figure) -> usize| figures.iter().map(column).max().unwrap_or_default();
    let (what, value) =
        (width(|figure| figure.what.chars().count()), width(|figure| number(figure.value).len()));
    let unit = width(|figure| figure.unit.chars().count());
    let lines: Vec<String> = figures
        .iter()
        .map(|figure| {
            let line = format!(
                "{:what$}  {:>value$} {:unit$}  {}",
                figure.what,
                number(figure.value),
                figure.unit,
                figure.remark
            );
            line.trim_end().to_owned()
        })
        .collect();
    lines.join("\n")
}

/// A number for people: three significant places for small ones, groups of thousands for large ones.
fn number(value: f64) -> String {
    if value < 100.0 {
        return format!("{value:.2}");
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_line_up() {
        let figure = |what: &str, value, remark: &str| Figure {
            what: what.into(),
            value,
            unit: "rows/s",
            remark: remark.into(),
        };
        let text = table(&[figure("ours", 1_234_567.0, "12 times"), figure("theirs", 98.5, "")]);
        assert_eq!(text, "ours    1 234 567 rows/s  12 times\ntheirs      98.50 rows/s");
    }
}
