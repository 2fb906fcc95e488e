//! The project's chores. Each prepares a fresh machine by itself, says what it is doing, and is quick the second time.

mod axe;
mod bench;
mod browser;
mod cargo;
mod ci;
mod console;
mod demo;
mod digest;
mod failure;
mod leash;
mod licences;
mod place;
mod postgres;
mod python;
mod run;
mod say;
mod split;
mod system;
mod tally;
mod test;
mod tools;
mod wasm;

use std::ffi::OsString;
use std::process::ExitCode;

use failure::{Failure, Result};
use place::Place;

const HELP: &str = "\
The chores of the project: cargo xtask COMMAND

  demo [--fresh] [--data DIR] [--port N] [--as-built]
                   the product with a simulated router and Telegram, sample people and sign-in data
  test [FILTER…]   every test: both databases, third-party clients, the browser; FILTER goes to the test runner
  ci [CHECK…]      what a change must pass: format, licences, schema, console, lints, wasm, tests
  bench [NAME…]    the measurements, with release builds
  build            the server with the console in it, ready for use: one file
  console          builds the console into frontend/dist
  setup            only prepares the machine: system packages, wasm target, tools, Python environment

Folders: CARGO_TARGET_DIR for what cargo makes (default: target); SALLYPORT_TOOLS_DIR for what is made once per machine
(default: sallyport/tools in the user's cache folder).";

fn main() -> ExitCode {
    say::start();
    match dispatch(std::env::args_os().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say::fail(&failure.to_string());
            ExitCode::from(if matches!(failure, Failure::Usage(_)) { 2 } else { 1 })
        }
    }
}

fn dispatch(mut arguments: Vec<OsString>) -> Result<()> {
    if arguments.is_empty() || arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        println!("{HELP}");
        return Ok(());
    }
    let command = arguments.remove(0);
    let place = Place::find()?;
    match (command.to_str(), arguments.as_slice()) {
        (Some("demo"), options) => demo::run(&place, options),
        (Some("test"), filter) => test::run(&place, filter),
        (Some("bench"), names) => bench::run(&place, names),
        (Some("ci"), checks) => ci::run(&place, checks),
        (Some("build"), []) => build(&place),
        (Some("console"), []) => console::build(&place),
        (Some("setup"), []) => setup(&place),
        _ => Err(Failure::Usage(format!("{} is not understood\n\n{HELP}", command.display()))),
    }
}

fn build(place: &Place) -> Result<()> {
    console::build(place)?;
    say::step("Building the server");
    let server = cargo::build_release(place)?;
    println!("{}", server.display());
    Ok(())
}

fn setup(place: &Place) -> Result<()> {
    system::ensure(place, &test::NEEDS)?;
    wasm::Toolchain::ensure(place)?;
    tools::ensure(place)?;
    python::ensure(place)?;
    say::done("This machine has all that the chores need");
    Ok(())
}
