//! What can be made to go wrong between the router and its clients.

use std::time::Duration;

use serde::Deserialize;

use super::command::Command;

/// What happens to a command instead of a proper answer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum FaultKind {
    /// It is received and nothing ever follows; the connection stays open.
    Hang,
    /// It is carried out after this many milliseconds.
    Slow {
        /// The delay.
        milliseconds: u64,
    },
    /// The connection is closed, and the command not carried out.
    DropBefore,
    /// The command is carried out, and the connection closed without an answer: the client cannot know.
    DropAfter,
    /// Like [`FaultKind::DropAfter`] with a TCP reset.
    Reset,
    /// The command is carried out, half of the answer is sent and the connection closed.
    HalfSentence,
    /// Bytes that are no sentence are sent, and the command is not carried out.
    Garbage,
    /// The router restarts instead of carrying the command out.
    Reboot,
    /// The command is answered as if it had been carried out, and is not.
    Ignore,
    /// The command is refused with this text.
    Trap {
        /// The text of the trap.
        message: String,
    },
}

/// A fault, and which commands it meets.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
    /// Only commands whose word starts with this, such as `/ip/firewall/address-list/add`. All, if it is absent.
    #[serde(default)]
    pub on: Option<String>,
    /// How many matching commands get through before.
    #[serde(default)]
    pub after: u64,
    /// How many commands are met; all further ones, if it is absent.
    #[serde(default)]
    pub times: Option<u64>,
}

impl Fault {
    /// A fault that meets every command from now on.
    #[must_use]
    pub fn new(kind: FaultKind) -> Self {
        Self { kind, on: None, after: 0, times: None }
    }

    /// Carries commands out late.
    #[must_use]
    pub fn slow(by: Duration) -> Self {
        Self::new(FaultKind::Slow { milliseconds: u64::try_from(by.as_millis()).unwrap_or(u64::MAX) })
    }

    /// Only for commands whose word starts with this.
    #[must_use]
    pub fn on(mut self, command: &str) -> Self {
        self.on = Some(command.to_owned());
        self
    }

    /// Lets this many matching commands through first.
    #[must_use]
    pub fn after(mut self, commands: u64) -> Self {
        self.after = commands;
        self
    }

    /// Meets this many commands and then no more.
    #[must_use]
    pub fn times(mut self, commands: u64) -> Self {
        self.times = Some(commands);
        self
    }
}

/// The faults in force, in the order in which they were asked for.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    faults: Vec<Fault>,
}

impl Faults {
    pub(crate) fn push(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.faults.clear();
    }

    /// How many there are.
    pub(crate) fn pending(&self) -> usize {
        self.faults.len()
    }

    /// The fault that meets this command, if any. Counts.
    pub(crate) fn meet(&mut self, command: &Command) -> Option<FaultKind> {
        let word = command.word();
        let mut met = None;
        for fault in &mut self.faults {
            if fault.on.as_ref().is_some_and(|on| !word.starts_with(on.as_str())) {
                continue;
            }
            if fault.after > 0 {
                fault.after -= 1;
                continue;
            }
            if let Some(times) = &mut fault.times {
                *times = times.saturating_sub(1);
            }
            met = Some(fault.kind.clone());
            break;
        }
        self.faults.retain(|fault| fault.times != Some(0));
        met
    }
}
