//! Trouble on demand: refusals, delays, hanging calls and cut connections.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "fault")]
pub enum Fault {
    /// 429 with `retry_after` in seconds; the call is not carried out.
    FloodWait {
        /// Seconds to wait.
        retry_after: u32,
    },
    /// This status with Telegram's usual body; the call is not carried out.
    Status {
        /// HTTP status, such as 500, 502 or 403.
        status: u16,
        /// Telegram's error text; a usual one if absent.
        #[serde(default)]
        description: Option<String>,
    },
    /// 409, as if another bot instance were polling; the call is not carried out. A poll that waits already is not
    /// touched (see [`TelegramSim::interrupt_poll`](super::TelegramSim::interrupt_poll)).
    Conflict,
    /// The call waits until the fault is lifted, and is carried out then (if the bot still waits).
    Hang,
    /// The connection is reset; the call is not carried out.
    Reset,
    /// The call is carried out, but the connection is reset instead of answering: the outcome is unknown to the bot.
    LoseAnswer,
    /// The call is carried out after a delay.
    Delay {
        /// Milliseconds.
        millis: u64,
    },
}

/// A fault, where it strikes, and how often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultRule {
    /// What goes wrong.
    #[serde(flatten)]
    pub fault: Fault,
    /// Only calls of this method; all but `getUpdates` if absent.
    #[serde(default)]
    pub method: Option<String>,
    /// Only calls about this chat.
    #[serde(default)]
    pub chat_id: Option<i64>,
    /// So many calls; without end if absent.
    #[serde(default)]
    pub times: Option<u32>,
}

impl FaultRule {
    /// The fault for every call but `getUpdates`, without end.
    #[must_use]
    pub fn new(fault: Fault) -> Self {
        Self { fault, method: None, chat_id: None, times: None }
    }

    /// Only for this method (which may be `getUpdates`).
    #[must_use]
    pub fn on(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// Only for calls about this chat.
    #[must_use]
    pub fn in_chat(mut self, chat_id: i64) -> Self {
        self.chat_id = Some(chat_id);
        self
    }

    /// Only for the next so many calls.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    fn strikes(&self, method: &str, chat_id: Option<i64>) -> bool {
        let method_fits = match &self.method {
            Some(wanted) => wanted.eq_ignore_ascii_case(method),
            None => !method.eq_ignore_ascii_case("getUpdates"),
        };
        method_fits && self.chat_id.is_none_or(|wanted| chat_id == Some(wanted))
    }
}

/// A rule that is in force. Dropping this changes nothing; lift the fault with [`FaultHandle::lift`].
#[derive(Clone, Debug)]
pub struct FaultHandle {
    faults: Arc<Armed>,
    id: u64,
}

impl FaultHandle {
    /// Ends the fault; what hung because of it goes on.
    pub fn lift(&self) {
        self.faults.retain(|rule| rule.id != self.id);
    }
}

/// What a call ran into.
#[derive(Debug)]
pub(super) struct Struck {
    pub(super) fault: Fault,
    lifted: Arc<Notify>,
    still: Arc<std::sync::atomic::AtomicBool>,
}

impl Struck {
    /// Waits until the rule is lifted.
    pub(super) async fn lifted(&self) {
        loop {
            let mut rung = std::pin::pin!(self.lifted.notified());
            rung.as_mut().enable();
            if !self.still.load(std::sync::atomic::Ordering::Acquire) {
                return;
            }
            rung.await;
        }
    }
}

/// The rules in force.
#[derive(Debug, Default)]
pub(super) struct Faults {
    armed: Arc<Armed>,
}

#[derive(Debug, Default)]
struct Armed {
    rules: Mutex<Rules>,
    lifted: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Rules {
    next_id: u64,
    list: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    id: u64,
    rule: FaultRule,
    still: Arc<std::sync::atomic::AtomicBool>,
}

impl Drop for Rule {
    fn drop(&mut self) {
        self.still.store(false, std::sync::atomic::Ordering::Release);
    }
}

impl Armed {
    fn lock(&self) -> MutexGuard<'_, Rules> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn retain(&self, keep: impl Fn(&Rule) -> bool) {
        self.lock().list.retain(keep);
        self.lifted.notify_waiters();
    }
}

impl Faults {
    pub(super) fn arm(&self, rule: FaultRule) -> FaultHandle {
        let mut rules = self.armed.lock();
        let id = rules.next_id;
        rules.next_id += 1;
        rules.list.push(Rule { id, rule, still: Arc::new(true.into()) });
        FaultHandle { faults: Arc::clone(&self.armed), id }
    }

    /// Lifts all faults.
    pub(super) fn heal(&self) {
        self.armed.retain(|_| false);
    }

    pub(super) fn list(&self) -> Vec<FaultRule> {
        self.armed.lock().list.iter().map(|rule| rule.rule.clone()).collect()
    }

    /// The oldest rule that strikes this call; uses up one of its times. A hang that is used up stays in force,
    /// striking nothing more, until it is lifted.
    pub(super) fn strike(&self, method: &str, chat_id: Option<i64>) -> Option<Struck> {
        let mut rules = self.armed.lock();
        let at = rules
            .list
            .iter()
            .position(|rule| rule.rule.times != Some(0) && rule.rule.strikes(method, chat_id))?;
        let rule = &mut rules.list[at];
        let used_up = rule.rule.times.as_mut().is_some_and(|times| {
            *times -= 1;
            *times == 0
        });
        let struck = Struck {
            fault: rule.rule.fault.clone(),
            lifted: Arc::clone(&self.armed.lifted),
            still: Arc::clone(&rule.still),
        };
        if used_up && struck.fault != Fault::Hang {
            rules.list.remove(at);
        }
        Some(struck)
    }
}

impl Fault {
    pub(super) fn delay(&self) -> Option<Duration> {
        match self {
            Self::Delay { millis } => Some(Duration::from_millis(*millis)),
            _ => None,
        }
    }
}
