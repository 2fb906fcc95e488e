//! What clients have asked the router for, with the secrets taken out.

use std::collections::VecDeque;

use bytes::Bytes;
use serde::Serialize;

use super::{clock::Micros, command::Command};

/// Values that are never written down.
const SECRET: [&str; 8] = [
    "password",
    "response",
    "otp-secret",
    "shared-secret",
    "private-key",
    "preshared-key",
    "secret",
    "ipsec-secret",
];

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// Received, and no end of it sent yet: it waits, hangs or listens.
    Open,
    /// Answered with `!done`.
    Done,
    /// Answered with `!trap` and this text, or `!fatal`.
    Failed(String),
    /// Carried out, but the client was not told.
    DoneUnanswered,
    /// Not carried out, and the client was not told either.
    Lost,
}

/// A command as it was received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JournalEntry {
    /// Counts up from 1 and is never reused.
    pub number: u64,
    /// Microseconds since 1970 by the router's clock.
    pub at: u64,
    /// Which connection it came over.
    pub connection: u64,
    /// Who was logged in.
    pub user: Option<String>,
    /// The command word, such as `/ppp/active/print`.
    pub command: String,
    /// The `=name=value` words. Secrets read `***`; bytes that are not UTF-8 are replaced.
    pub attributes: Vec<(String, String)>,
    /// The `?` words, without the question mark.
    pub queries: Vec<String>,
    /// The tag, if any.
    pub tag: Option<String>,
    /// Whether the command asks for a change of the router.
    pub write: bool,
    /// What became of it.
    pub outcome: Outcome,
}

impl JournalEntry {
    /// The value of an attribute.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }
}

/// The newest entries, and counts of all.
#[derive(Debug)]
pub(crate) struct Journal {
    entries: VecDeque<JournalEntry>,
    limit: usize,
    commands: u64,
    writes: u64,
}

impl Journal {
    pub(crate) fn new(limit: usize) -> Self {
        Self { entries: VecDeque::new(), limit, commands: 0, writes: 0 }
    }

    pub(crate) fn entries(&self) -> &VecDeque<JournalEntry> {
        &self.entries
    }

    /// How many commands have been received.
    pub(crate) fn commands(&self) -> u64 {
        self.commands
    }

    /// How many of them asked for a change.
    pub(crate) fn writes(&self) -> u64 {
        self.writes
    }

    /// Writes a command down and returns its number.
    pub(crate) fn receive(
        &mut self,
        at: Micros,
        connection: u64,
        user: Option<String>,
        command: &Command,
    ) -> u64 {
        self.commands += 1;
        let write = command.is_write();
        self.writes += u64::from(write);
        if self.entries.len() == self.limit {
            self.entries.pop_front();
        }
        let lossy = |bytes: &Bytes| String::from_utf8_lossy(bytes).into_owned();
        let attributes = command.attributes.iter().map(|(name, value)| {
            let value = if SECRET.contains(&name.as_str()) { "***".to_owned() } else { lossy(value) };
            (name.clone(), value)
        });
        self.entries.push_back(JournalEntry {
            number: self.commands,
            at,
            connection,
            user,
            command: command.word(),
            attributes: attributes.collect(),
            queries: command.queries.iter().map(lossy).collect(),
            tag: command.tag.as_ref().map(lossy),
            write,
            outcome: Outcome::Open,
        });
        self.commands
    }

    pub(crate) fn conclude(&mut self, number: u64, outcome: Outcome) {
        let oldest = self.commands + 1 - self.entries.len() as u64;
        let place = number.checked_sub(oldest).and_then(|place| usize::try_from(place).ok());
        if let Some(entry) = place.and_then(|place| self.entries.get_mut(place)) {
            entry.outcome = outcome;
        }
    }
}
