//! Callback queries: presses of inline buttons that wait for `answerCallbackQuery`.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::State;
use super::updates::kinds;

/// How long a query can be answered. Assumption: Telegram documents no number; a minute is of the right order.
const LIFETIME: Duration = Duration::from_secs(60);

/// What `answerCallbackQuery` showed to the person who pressed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The notification; `None` only stops the button's spinner.
    pub text: Option<String>,
    /// Whether the text stands in a window that has to be closed, not at the top of the chat.
    pub show_alert: bool,
    /// A link that the app opens.
    pub url: Option<String>,
}

#[derive(Debug)]
pub(in crate::telegram) struct Pending {
    pub(in crate::telegram) person: i64,
    pub(in crate::telegram) chat_id: i64,
    asker: oneshot::Sender<Answer>,
}

impl Pending {
    pub(in crate::telegram) fn answer(self, answer: Answer) {
        // Nobody may be waiting for the answer; that is no error.
        drop(self.asker.send(answer));
    }
}

/// The queries that can still be answered.
#[derive(Debug, Default)]
pub(in crate::telegram) struct Queries {
    pending: HashMap<String, Pending>,
    by_age: VecDeque<(Instant, String)>,
    made: u64,
}

impl Queries {
    fn add(&mut self, person: i64, chat_id: i64) -> (String, oneshot::Receiver<Answer>) {
        self.forget_old();
        self.made += 1;
        // Telegram's ids are large numbers that begin with the person's.
        let id = format!("{}", (u128::from(person.unsigned_abs()) << 32) + u128::from(self.made));
        let (asker, answer) = oneshot::channel();
        self.by_age.push_back((Instant::now(), id.clone()));
        self.pending.insert(id.clone(), Pending { person, chat_id, asker });
        (id, answer)
    }

    /// The query if it is known, unanswered and young enough. Assumption: a query is answered at most once.
    pub(in crate::telegram) fn take(&mut self, id: &str) -> Option<Pending> {
        self.forget_old();
        self.pending.remove(id)
    }

    /// Makes all open queries too old to be answered.
    pub(in crate::telegram) fn expire_all(&mut self) {
        self.pending.clear();
        self.by_age.clear();
    }

    fn forget_old(&mut self) {
        let now = Instant::now();
        while let Some((_, id)) = self.by_age.pop_front_if(|(made, _)| now.duration_since(*made) > LIFETIME) {
            self.pending.remove(&id);
        }
    }
}

impl State {
    /// A press reaches the bot. The message need not exist any more: then the bot is told an inaccessible one.
    pub(in crate::telegram) fn push_callback(
        &mut self,
        person: i64,
        chat_id: i64,
        message_id: i32,
        data: &str,
    ) -> (String, oneshot::Receiver<Answer>) {
        let (id, answer) = self.queries.add(person, chat_id);
        let message = match self.message(chat_id, message_id) {
            Some(message) => self.wire_message(message),
            None => json!({ "message_id": message_id, "chat": self.wire_chat(chat_id), "date": 0 }),
        };
        let instance = self.chats.get(&chat_id).map_or(chat_id, |chat| chat.instance);
        let update: Value = json!({
            "id": id,
            "from": self.wire_user(person),
            "message": message,
            "chat_instance": instance.to_string(),
            "data": data,
        });
        self.updates.push(kinds::CALLBACK_QUERY, person, update);
        (id, answer)
    }
}
