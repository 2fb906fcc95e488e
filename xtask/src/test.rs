//! `cargo xtask test`: every test, with everything around them that they need.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use crate::failure::{Failure, Result};
use crate::place::Place;
use crate::postgres::Cluster;
use crate::system::{self, Need};
use crate::tally::{self, Tally};
use crate::{browser, cargo, console, python, run, say};

/// What the tests need of the system, so that it is asked for in one go.
pub(crate) const NEEDS: [Need; 5] =
    [Need::Compiler, Need::Postgres, Need::Chromium, Need::ChromeDriver, Need::Python];

/// Runs the tests; `filter` goes to the test runner as it is. With `-p` only the named packages are compiled.
///
/// # Errors
/// When something cannot be prepared, or a test fails: then after all others have run and the sum is printed.
pub(crate) fn run(place: &Place, filter: &[OsString]) -> Result<()> {
    system::ensure(place, &NEEDS)?;
    if shows_console(filter) {
        console::build(place)?;
    }
    let (tally, content) = all(place, filter)?;
    println!("{tally}");
    if content { Ok(()) } else { Err(Failure::Check("tests failed".into())) }
}

/// Runs the tests with the console built; gives the sum, and whether every runner was content.
///
/// # Errors
/// When something cannot be prepared.
pub(crate) fn all(place: &Place, filter: &[OsString]) -> Result<(Tally, bool)> {
    let mut variables: Vec<(&str, PathBuf)> = browser::ensure(place)?;
    variables.push(("SALLYPORT_PYTHON", python::ensure(place)?));
    variables.push(("SALLYPORT_BIN_DIR", place.programs("debug")));
    let cluster = Cluster::start(place)?;
    say::step("Building the tests, and the programs that they start");
    // In one go with the tests: by themselves the programs would be built with other features of shared libraries.
    run::check(cargo::cargo(place).args(["build", "--bins"]).args(targets(filter)).args(packages(filter)))?;
    say::step("Running the tests");
    let mut sum = Tally::default();
    let mut content = true;
    for mut runner in runners(place, filter) {
        runner.env("TEST_POSTGRES_URL", cluster.url()).envs(variables.iter().cloned());
        let (tally, fine) = tally::run(&mut runner)?;
        sum.add(tally);
        content &= fine;
    }
    Ok((sum, content))
}

/// nextest where it is installed, and the examples in the documentation, which it does not run; else cargo's own.
fn runners(place: &Place, filter: &[OsString]) -> Vec<Command> {
    let has_nextest = run::succeeds(cargo::cargo(place).args(["nextest", "--version"]));
    let mut tests = cargo::cargo(place);
    if !has_nextest {
        tests.args(["test", "--no-fail-fast"]).args(all_packages(filter)).args(filter);
        return vec![tests];
    }
    tests.args(["nextest", "run", "--no-fail-fast", "--no-tests=pass"]).args(all_packages(filter));
    if say::colours() {
        tests.args(["--color", "always"]);
    }
    tests.args(filter);
    if !filter.is_empty() {
        return vec![tests];
    }
    let mut examples = cargo::cargo(place);
    examples.args(["test", "--doc", "--workspace", "--no-fail-fast"]);
    vec![tests, examples]
}

/// The packages that are named.
fn named(filter: &[OsString]) -> Vec<&OsString> {
    let pairs = filter.windows(2).filter(|pair| pair[0] == "-p" || pair[0] == "--package");
    pairs.map(|pair| &pair[1]).collect()
}

/// The whole workspace, unless packages are named.
fn all_packages(filter: &[OsString]) -> Option<&'static str> {
    named(filter).is_empty().then_some("--workspace")
}

/// What to build: the packages that are named, or all. The tests in the browser start the server, which they do not
/// depend on.
fn packages(filter: &[OsString]) -> Vec<OsString> {
    let server = only_browser(filter).then(|| "sallyport".into());
    let names = named(filter).into_iter().cloned().chain(server);
    let words = names.flat_map(|name| ["--package".into(), name]);
    words.chain(all_packages(filter).map(OsString::from)).collect()
}

/// Which tests to build: those that are named (`--test NAME`, `--lib`), or all; of the server, that takes minutes.
fn targets(filter: &[OsString]) -> Vec<OsString> {
    if only_browser(filter) {
        return ["--test", "browser"].map(OsString::from).into();
    }
    let pairs = filter.windows(2).filter(|pair| pair[0] == "--test").flatten().cloned();
    let named: Vec<OsString> = pairs.chain(filter.iter().filter(|word| *word == "--lib").cloned()).collect();
    if named.is_empty() { vec!["--tests".into()] } else { named }
}

fn only_browser(filter: &[OsString]) -> bool {
    matches!(named(filter)[..], [name] if name == "e2e")
}

/// Whether the tests to be run look at the console: those of the server that carries it, and those in the browser.
fn shows_console(filter: &[OsString]) -> bool {
    let named = named(filter);
    named.is_empty() || named.iter().any(|name| *name == "sallyport" || *name == "e2e")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn naming_a_package_leaves_the_others_alone() {
        let words = |text: &str| text.split(' ').map(OsString::from).collect::<Vec<_>>();
        assert_eq!(packages(&words("store::")), ["--workspace"]);
        assert_eq!(packages(&words("-p sim telegram")), ["--package", "sim"]);
        assert_eq!(packages(&words("-p e2e looks")), ["--package", "e2e", "--package", "sallyport"]);
        assert_eq!(all_packages(&words("-p sim")), None);
        assert_eq!(targets(&words("-p sallyport --test story --lib")), ["--test", "story", "--lib"]);
        assert_eq!(targets(&words("-p sallyport story")), ["--tests"]);
        assert!(shows_console(&words("store::")) && shows_console(&words("-p e2e")));
        assert!(!shows_console(&words("-p sim sallyport")));
    }
}
