//! Starting programs and waiting for them.

use std::env;
use std::ffi::OsStr;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::failure::{Failure, Result};

/// A program with the environment that a person's shell would give it.
///
/// `cargo run` adds variables that describe *xtask*. Build scripts of some libraries watch a few of them, so a nested
/// cargo would compile these libraries again and again, in turn with a cargo that was started by hand.
pub(crate) fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    for (key, _) in env::vars_os() {
        if key.to_str().is_some_and(describes_xtask) {
            command.env_remove(key);
        }
    }
    command.stdin(Stdio::null());
    command
}

fn describes_xtask(variable: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"].iter().any(|prefix| variable.starts_with(prefix))
        || ["CARGO", "CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE", "OUT_DIR", "LD_LIBRARY_PATH"]
            .contains(&variable)
}

/// Runs a program that speaks for itself on the terminal.
///
/// # Errors
/// When it cannot be started or fails.
pub(crate) fn check(command: &mut Command) -> Result<()> {
    let status = command.status().map_err(|error| not_started(command, &error))?;
    if status.success() { Ok(()) } else { Err(failed(command, &status.to_string())) }
}

/// Runs a program quietly, its output in a log file; the end of the log is shown if it fails.
///
/// # Errors
/// When it cannot be started, fails, or the log cannot be written.
pub(crate) fn logged(command: &mut Command, log: &Path) -> Result<()> {
    let file = File::create(log).map_err(Failure::file(log))?;
    let copy = file.try_clone().map_err(Failure::file(log))?;
    let status = command.stdout(file).stderr(copy).status().map_err(|error| not_started(command, &error))?;
    if status.success() {
        return Ok(());
    }
    show_end_of(log);
    Err(failed(command, &format!("{status}; all of its output is in {}", log.display())))
}

/// Runs a program and takes what it prints on standard output.
///
/// # Errors
/// When it cannot be started or fails; what it complained about goes into the error.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let Output { status, stdout, stderr } = command.output().map_err(|error| not_started(command, &error))?;
    if !status.success() {
        let complaint = String::from_utf8_lossy(&stderr);
        return Err(failed(command, &format!("{status}: {}", complaint.trim())));
    }
    Ok(String::from_utf8_lossy(&stdout).into_owned())
}

/// Whether a program runs and succeeds; nothing is shown.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Runs a program quietly and ends it after `limit`; `true` when it succeeded in time.
pub(crate) fn succeeds_within(command: &mut Command, limit: Duration) -> bool {
    let Ok(mut child) = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn() else { return false };
    let start = Instant::now();
    while start.elapsed() < limit {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) => std::thread::sleep(Duration::from_millis(50)),
            Err(_) => break,
        }
    }
    // It may have ended by itself in the meantime, which is as good.
    let _ = child.kill();
    let _ = child.wait();
    false
}

/// Shows the last lines of a log.
pub(crate) fn show_end_of(log: &Path) {
    const LINES: usize = 25;
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    for line in &lines[lines.len().saturating_sub(LINES)..] {
        eprintln!("          {line}");
    }
}

fn not_started(command: &Command, error: &std::io::Error) -> Failure {
    Failure::Program { command: words(command), how: format!("could not be started: {error}") }
}

fn failed(command: &Command, how: &str) -> Failure {
    Failure::Program { command: words(command), how: format!("ended with {how}") }
}

fn words(command: &Command) -> String {
    const SHOWN: usize = 8;
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().take(SHOWN).map(|word| word.to_string_lossy().into_owned()));
    if command.get_args().len() > SHOWN {
        words.push("…".into());
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_about_xtask_are_told_from_a_persons_own() {
        assert!(describes_xtask("CARGO_PKG_VERSION"));
        assert!(describes_xtask("CARGO_MANIFEST_DIR"));
        assert!(!describes_xtask("CARGO_TARGET_DIR"));
        assert!(!describes_xtask("CARGO_HOME"));
    }

    #[test]
    fn a_program_that_takes_too_long_is_ended() {
        let start = Instant::now();
        assert!(!succeeds_within(program("sleep").arg("60"), Duration::from_millis(200)));
        assert!(start.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn a_failure_names_the_command_and_its_complaint() {
        let failure = output(program("sh").args(["-c", "echo broken >&2; exit 3"])).unwrap_err().to_string();
        assert!(
            failure.contains("sh -c") && failure.contains("broken") && failure.contains('3'),
            "{failure}"
        );
    }
}
