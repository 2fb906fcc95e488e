//! `cargo xtask ci`: everything that must hold before a change is taken in.
//!
//! A check that fails does not keep the others from running: one run tells all that is wrong.

use std::fs;
use std::time::{Duration, Instant};

use crate::cargo::Programs;
use crate::failure::{Failure, Result};
use crate::place::Place;
use crate::tally::Tally;
use crate::wasm::{self, Toolchain};
use crate::{cargo, console, licences, run, say, system, test};

/// What the checks found.
#[derive(Debug, Default)]
struct Report {
    lines: Vec<(&'static str, Duration, Option<String>)>,
    tally: Tally,
}

impl Report {
    fn check(&mut self, name: &'static str, check: impl FnOnce() -> Result<()>) {
        say::step(name);
        let start = Instant::now();
        let finding = check().err().map(|failure| failure.to_string());
        match &finding {
            None => say::done(name),
            Some(finding) => say::fail(&format!("{name}: {finding}")),
        }
        self.lines.push((name, start.elapsed(), finding));
    }

    fn content(&self) -> bool {
        self.lines.iter().all(|(_, _, finding)| finding.is_none())
    }

    /// The table of the checks, and alone on the last line the number of tests.
    fn print(&self) {
        println!();
        for (name, took, finding) in &self.lines {
            let mark = if finding.is_none() { "ok    " } else { "FAILED" };
            println!("{mark}  {name} ({})", say::duration(*took));
        }
        println!("{}", self.tally);
    }
}

/// Runs all checks and prints the sum.
///
/// # Errors
/// When the machine cannot be prepared, or a check failed.
pub(crate) fn run(place: &Place) -> Result<()> {
    system::ensure(place, &test::NEEDS)?;
    let mut report = Report::default();
    report.check("Formatting", || run::check(cargo::cargo(place).args(["fmt", "--all", "--check"])));
    report.check("Licences", || licences::check(place));
    report.check("Console", || console::build(place));
    report.check("Lints", || lint(place));
    report.check("Lints of the console and purity of the core", || lint_wasm(place));
    let mut tally = Tally::default();
    report.check("Tests", || {
        let (sum, content) = test::all(place, &[])?;
        tally = sum;
        if content { Ok(()) } else { Err(Failure::Check("see above".into())) }
    });
    report.tally = tally;
    report.check("Schema", || schema(place));
    report.print();
    if report.content() { Ok(()) } else { Err(Failure::Check("the checks did not all pass".into())) }
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
