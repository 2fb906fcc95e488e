//! `cargo xtask ci`: everything that must hold before a change is taken in.
//!
//! A check that fails does not keep the others from running: one run tells all that is wrong.

use std::ffi::OsString;
use std::fs;
use std::time::{Duration, Instant};

use crate::failure::{Failure, Result};
use crate::place::Place;
use crate::tally::Tally;
use crate::wasm::{self, Toolchain};
use crate::{cargo, console, licences, run, say, system, test};

/// What console and server have agreed on, and where the server's tests read it.
const CONTRACT: &str = "schema.graphql";
const COPY: &str = "backend/tests/data/contract.graphql";

/// A check: what to call it on the command line, and in the report.
type Check = (&'static str, &'static str, fn(&Place, &mut Tally) -> Result<()>);

/// All checks, in the order in which they run: what is quick first.
const CHECKS: [Check; 7] = [
    ("format", "Formatting", |place, _| {
        run::check(cargo::cargo(place).args(["fmt", "--all", "--check", "--", "-l"]))
    }),
    ("licences", "Licences", |place, _| licences::check(place)),
    ("schema", "One contract for console and server", |place, _| schema(place)),
    ("console", "Console", |place, _| console::build(place)),
    ("lints", "Lints", |place, _| lint(place)),
    ("wasm", "Lints of the console, and purity of the core", |place, _| lint_wasm(place)),
    ("tests", "Tests", |place, tally| tests(place, tally)),
];

/// What a check found.
#[derive(Debug)]
struct Outcome {
    name: &'static str,
    took: Duration,
    finding: Option<String>,
}

/// Runs all checks, or those that are named, and prints the sum.
///
/// # Errors
/// When a name is unknown, the machine cannot be prepared, or a check failed.
pub(crate) fn run(place: &Place, names: &[OsString]) -> Result<()> {
    if let Some(unknown) = names.iter().find(|name| CHECKS.iter().all(|(key, ..)| *name != key)) {
        let known = CHECKS.map(|(key, ..)| key).join(", ");
        return Err(Failure::Usage(format!("no check is called {}; there are: {known}", unknown.display())));
    }
    system::ensure(place, &test::NEEDS)?;
    let mut tally = Tally::default();
    let outcomes: Vec<Outcome> = CHECKS
        .iter()
        .filter(|(key, ..)| names.is_empty() || names.iter().any(|name| name == key))
        .map(|(_, name, check)| carry_out(name, || check(place, &mut tally)))
        .collect();
    print(&outcomes, &tally);
    let content = outcomes.iter().all(|outcome| outcome.finding.is_none());
    if content { Ok(()) } else { Err(Failure::Check("not every check passed".into())) }
}

fn carry_out(name: &'static str, check: impl FnOnce() -> Result<()>) -> Outcome {
    say::step(name);
    let start = Instant::now();
    let finding = check().err().map(|failure| failure.to_string());
    match &finding {
        None => say::done(name),
        Some(finding) => say::fail(&format!("{name}: {finding}")),
    }
    Outcome { name, took: start.elapsed(), finding }
}

/// The table of the checks, and alone on the last line the number of tests.
fn print(outcomes: &[Outcome], tally: &Tally) {
    println!();
    for Outcome { name, took, finding } in outcomes {
        let mark = if finding.is_none() { "ok    " } else { "FAILED" };
        println!("{mark}  {name} ({})", say::duration(*took));
    }
    println!("{tally}");
}

fn tests(place: &Place, tally: &mut Tally) -> Result<()> {
    let (sum, content) = test::all(place, &[])?;
    *tally = sum;
    if content { Ok(()) } else { Err(Failure::Check("see above".into())) }
}

fn lint(place: &Place) -> Result<()> {
    run::check(cargo::cargo(place).args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ]))
}

/// The console as the browser gets it, and the core: that it compiles to WASM shows that it needs no system, and
/// lints of its own forbid what the library offers there all the same (clocks, files, threads).
fn lint_wasm(place: &Place) -> Result<()> {
    let toolchain = Toolchain::ensure(place)?;
    let mut core = cargo::cargo(place);
    core.args(["build", "--package", "sallyport-shared", "--target", wasm::TARGET, "--locked"]);
    toolchain.apply(&mut core, &[]);
    run::check(&mut core)?;
    let mut console = cargo::cargo(place);
    console.arg(if toolchain.has_clippy() { "clippy" } else { "check" });
    console.args(["--package", "sallyport-console", "--target", wasm::TARGET, "--locked"]);
    if toolchain.has_clippy() {
        console.args(["--", "-D", "warnings"]);
    }
    toolchain.apply(&mut console, &[]);
    run::check(&mut console)?;
    let mut purity = cargo::cargo(place);
    purity.args(["clippy", "--package", "sallyport-shared", "--lib", "--locked", "--", "-D", "warnings"]);
    run::check(purity.env("CLIPPY_CONF_DIR", place.root.join("xtask/purity")))
}

/// The console is compiled against `schema.graphql`; the server's tests hold what it serves against a copy of it.
fn schema(place: &Place) -> Result<()> {
    let read = |path: &str| {
        let path = place.root.join(path);
        fs::read_to_string(&path).map_err(Failure::file(&path))
    };
    let Some((number, line)) = first_difference(&read(CONTRACT)?, &read(COPY)?) else { return Ok(()) };
    Err(Failure::Check(format!("{CONTRACT} and {COPY} differ from line {number} on: {line}")))
}

fn first_difference(one: &str, other: &str) -> Option<(usize, String)> {
    if one == other {
        return None;
    }
    let (mut one, mut other) = (one.lines(), other.lines());
    (1..).find_map(|number| match (one.next(), other.next()) {
        (None, None) => Some((number, "(the end of the file)".into())),
        (one, other) if one != other => Some((number, other.or(one).unwrap_or_default().into())),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_found() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), Some((2, "c".into())));
        assert_eq!(first_difference("a\nb\n", "a\n"), Some((2, "b".into())));
        assert_eq!(first_difference("a\n", "a"), Some((2, "(the end of the file)".into())));
    }
}
