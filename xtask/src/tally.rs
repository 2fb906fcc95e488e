//! Running test runners and counting what they report.

use std::fmt;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::thread;

use crate::failure::{Failure, Result};

/// How many tests passed, failed and were left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Ran, and were content.
    pub(crate) passed: u64,
    /// Ran and failed, ran too long, or could not be run.
    pub(crate) failed: u64,
    /// Were not run: ignored or filtered out.
    pub(crate) skipped: u64,
}

impl Tally {
    /// Adds another runner's count.
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }

    /// Reads a runner's closing line; `None` for every other line.
    fn read(line: &str) -> Option<Self> {
        let line = plain(line);
        // nextest: "Summary [  1.2s] 5/6 tests run: 3 passed (1 slow), 1 failed, 1 timed out, 2 skipped".
        if let Some((head, counts)) = line.split_once(" run: ")
            && head.trim_start().starts_with("Summary [")
        {
            return Some(Self::sum(counts.split(", ")));
        }
        // cargo test: "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s".
        let counts = line.strip_prefix("test result: ")?.split_once(". ")?.1.to_owned();
        Some(Self::sum(counts.split("; ")))
    }

    fn sum<'a>(counts: impl Iterator<Item = &'a str>) -> Self {
        let mut tally = Self::default();
        for count in counts {
            let Some((number, what)) = count.trim().split_once(' ') else { continue };
            let Ok(number) = number.parse::<u64>() else { continue };
            match what.split(" (").next().unwrap_or(what) {
                "passed" => tally.passed += number,
                "failed" | "timed out" | "exec failed" => tally.failed += number,
                "skipped" | "ignored" => tally.skipped += number,
                _ => {}
            }
        }
        tally
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

/// A line without its colours.
fn plain(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == '\x1b' {
            // "ESC [ … letter"
            characters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            text.push(character);
        }
    }
    text
}

/// Runs a test runner, passes its output on as it comes, and counts. The second value tells whether it was content.
///
/// # Errors
/// When it cannot be started.
pub(crate) fn run(command: &mut Command) -> Result<(Tally, bool)> {
    let name = command.get_program().to_string_lossy().into_owned();
    let failure = |error: std::io::Error| Failure::Program {
        command: name.clone(),
        how: format!("could not be started: {error}"),
    };
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failure)?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let other =
        thread::spawn(move || stdout.map(|pipe| pass_on(pipe, std::io::stdout())).unwrap_or_default());
    let mut tally = stderr.map(|pipe| pass_on(pipe, std::io::stderr())).unwrap_or_default();
    tally.add(other.join().unwrap_or_default());
    let status = child.wait().map_err(failure)?;
    Ok((tally, status.success()))
}

fn pass_on(from: impl Read, mut to: impl Write) -> Tally {
    let mut tally = Tally::default();
    let mut reader = BufReader::new(from);
    let mut line = Vec::new();
    while matches!(reader.read_until(b'\n', &mut line), Ok(read) if read > 0) {
        // A closed terminal is no reason to stop counting.
        let _ = to.write_all(&line);
        if let Some(counted) = Tally::read(String::from_utf8_lossy(&line).trim_end()) {
            tally.add(counted);
        }
        line.clear();
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(passed: u64, failed: u64, skipped: u64) -> Option<Tally> {
        Some(Tally { passed, failed, skipped })
    }

    #[test]
    fn nextest_is_understood() {
        let line = "\u{1b}[32;1m     Summary\u{1b}[0m [   1.234s] 7/9 tests run: 4 passed (1 slow), 2 failed, 1 timed out, 2 skipped";
        assert_eq!(Tally::read(line), tally(4, 3, 2));
        assert_eq!(Tally::read("     Summary [   0.004s] 1 test run: 1 passed, 0 skipped"), tally(1, 0, 0));
    }

    #[test]
    fn cargo_test_is_understood() {
        let line = "test result: FAILED. 3 passed; 1 failed; 2 ignored; 0 measured; 4 filtered out; finished in 0.01s";
        assert_eq!(Tally::read(line), tally(3, 1, 2));
    }

    #[test]
    fn other_lines_count_for_nothing() {
        for line in
            ["test a ... ok", "Summary of 3 tests", "        PASS [   0.006s] xtask tally::tests::x", ""]
        {
            assert_eq!(Tally::read(line), None, "{line}");
        }
    }

    #[test]
    fn a_failing_runner_is_told_from_a_content_one() {
        let mut command = crate::run::program("sh");
        command.args([
            "-c",
            "echo 'test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out'; exit 1",
        ]);
        assert_eq!(run(&mut command).unwrap(), (tally(2, 0, 0).unwrap(), false));
    }
}
