//! `cargo xtask ci`: everything that must hold before a change is taken in.
//!
//! A check that fails does not keep the others from running: one run tells all that is wrong.

use std::ffi::OsString;
use std::fs;
use std::time::{Duration, Instant};

use crate::cargo::Programs;
use crate::failure::{Failure, Result};
use crate::place::Place;
use crate::tally::Tally;
use crate::wasm::{self, Toolchain};
use crate::{cargo, console, licences, run, say, system, test};

/// A check: what to call it on the command line, and in the report.
type Check = (&'static str, &'static str, fn(&Place, &mut Tally) -> Result<()>);

/// All checks, in the order in which they run: what is quick first.
const CHECKS: [Check; 7] = [
    ("format", "Formatting", |place, _| {
        run::check(cargo::cargo(place).args(["fmt", "--all", "--check", "--", "-l"]))
    }),
    ("licences", "Licences", |place, _| licences::check(place)),
    ("console", "Console", |place, _| console::build(place)),
    ("lints", "Lints", |place, _| lint(place)),
    ("wasm", "Lints of the console, and purity of the core", |place, _| lint_wasm(place)),
    ("tests", "Tests", |place, tally| tests(place, tally)),
    ("schema", "Schema", |place, _| schema(place)),
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

/// `schema.graphql` is what the server prints.
fn schema(place: &Place) -> Result<()> {
    let path = place.root.join("schema.graphql");
    let kept = fs::read_to_string(&path).map_err(Failure::file(&path))?;
    // As the tests left it.
    let server = Programs::in_folder(&place.programs("debug")).server;
    let printed = run::output(run::program(server).arg("schema").current_dir(&place.root))?;
    let Some((number, line)) = first_difference(&kept, &printed) else { return Ok(()) };
    Err(Failure::Check(format!(
        "schema.graphql differs from what `sallyport schema` prints from line {number} on: {line}\n\
         If the change is meant: cargo run --package sallyport -- schema > schema.graphql"
    )))
}

fn first_difference(kept: &str, printed: &str) -> Option<(usize, String)> {
    if kept == printed {
        return None;
    }
    let (mut kept, mut printed) = (kept.lines(), printed.lines());
    (1..).find_map(|number| match (kept.next(), printed.next()) {
        (None, None) => Some((number, "(the end of the file)".into())),
        (kept, printed) if kept != printed => Some((number, printed.or(kept).unwrap_or_default().into())),
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
