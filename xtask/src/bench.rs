//! `cargo xtask bench`: the measurements, with release builds, in one table.
//!
//! Every measurement is a program that prints lines of the form `name: value unit (remark)`; whatever else it prints is
//! shown as it is.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::failure::Result;
use crate::place::Place;
use crate::{cargo, python, run, say};

/// A measurement of the project.
#[derive(Debug)]
struct Bench {
    /// What to call it on the command line.
    name: &'static str,
    /// What it shows.
    about: &'static str,
    package: &'static str,
    example: &'static str,
}

/// All of them, in the order in which they run.
const BENCHES: [Bench; 1] = [Bench {
    name: "codec",
    about: "RouterOS API codec against librouteros, on the same bytes",
    package: "routeros-api",
    example: "codec_throughput",
}];

/// Runs those whose names are given, or all.
///
/// # Errors
/// When one does not compile or fails.
pub(crate) fn run(place: &Place, names: &[OsString]) -> Result<()> {
    let wanted = |bench: &&Bench| names.is_empty() || names.iter().any(|name| name == bench.name);
    let python = python::ensure(place)?;
    for bench in BENCHES.iter().filter(wanted) {
        say::step(bench.about);
        run::check(command(place, bench, &python).stderr(Stdio::inherit()))?;
    }
    Ok(())
}

fn command(place: &Place, bench: &Bench, python: &PathBuf) -> Command {
    let mut command = cargo::cargo(place);
    command.args(["run", "--quiet", "--release", "--package", bench.package, "--example", bench.example]);
    command.env("SALLYPORT_PYTHON", python);
    command
}
