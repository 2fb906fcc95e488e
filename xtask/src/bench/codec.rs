//! How fast answers of a router are decoded: routeros-api beside librouteros, the client that most tools build on.

use std::fs;

use super::Figure;
use crate::failure::{Failure, Result};
use crate::place::Place;
use crate::{cargo, python, run};

const EXAMPLE: &str = "codec_throughput";
const ROUNDS: &str = "20";
/// It takes a second a round or so.
const ROUNDS_OF_PYTHON: &str = "5";

/// The word that librouteros cannot read: it asks one thing at a time and sends no tags, so it never meets them.
const TAG: &[u8] = b"\x06.tag=1";

/// Decodes the answer to a `/ppp/active/print` of 10 000 tunnels.
pub(super) fn run(place: &Place) -> Result<Vec<Figure>> {
    let python = python::ensure(place)?;
    let mut build = cargo::cargo(place);
    build.args(["build", "--release", "--package", "routeros-api", "--example", EXAMPLE]);
    run::check(&mut build)?;
    let example = place.programs("release").join("examples").join(EXAMPLE);
    let file = place.notes()?.join("ppp-active.bin");
    run::output(run::program(&example).arg("--generate").arg(&file))?;
    let stream = fs::read(&file).map_err(Failure::file(&file))?;
    fs::write(&file, without(&stream, TAG)).map_err(Failure::file(&file))?;

    let ours = run::output(run::program(&example).arg(&file).arg(ROUNDS))?;
    let script = place.root.join("xtask/bench/librouteros_throughput.py");
    let theirs = run::output(run::program(python).arg(script).arg(&file).arg(ROUNDS_OF_PYTHON))?;
    let mut figures: Vec<Figure> = ours.lines().filter_map(|line| read("routeros-api, ", line)).collect();
    if let Some(theirs) = theirs.lines().find_map(|line| read("", line)) {
        for figure in &mut figures {
            figure.remark = format!("{:.0} times librouteros", figure.value / theirs.value);
        }
        figures.push(theirs);
    }
    Ok(figures)
}

fn without(bytes: &[u8], word: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(first) = rest.first() {
        if let Some(after) = rest.strip_prefix(word) {
            rest = after;
        } else {
            kept.push(*first);
            rest = &rest[1..];
        }
    }
    kept
}

/// A line like `what: 10000 in 12.345 ms, 810045 rows/s (best of 20)`.
fn read(prefix: &str, line: &str) -> Option<Figure> {
    let (what, numbers) = line.split_once(": ")?;
    let value = numbers.split_once(" rows/s")?.0.rsplit(' ').next()?.parse().ok()?;
    Some(Figure { what: format!("{prefix}{what}"), value, unit: "rows/s", remark: String::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_read() {
        let figure = read("x, ", "rows decoded: 10000 in 3.210 ms, 3115264 rows/s (best of 20)").unwrap();
        assert_eq!((figure.what.as_str(), figure.value), ("x, rows decoded", 3_115_264.0));
        assert_eq!(read("", "10000 rows of 8 attributes"), None);
    }

    #[test]
    fn tags_are_taken_out() {
        assert_eq!(without(b"\x03!re\x06.tag=1\x02=a\x00", TAG), b"\x03!re\x02=a\x00");
    }
}
