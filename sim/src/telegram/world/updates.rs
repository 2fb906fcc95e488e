//! The queue of updates that wait for the bot.
//!
//! An update stays until the bot confirms it by asking for a higher offset. Updates are kept as ready-made JSON,
//! so that handing them out again costs nothing. Each belongs to a [`Lane`]: a webhook gets those of one lane one after
//! another, and several lanes at the same time.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use serde_json::{Value, json};

/// Names of the update kinds that the simulator makes.
pub(in crate::telegram) mod kinds {
    pub(in crate::telegram) const MESSAGE: &str = "message";
    pub(in crate::telegram) const CALLBACK_QUERY: &str = "callback_query";
    pub(in crate::telegram) const MY_CHAT_MEMBER: &str = "my_chat_member";
}

/// An offset that lies further ahead of the last update is none that was ever given out, and counts as no offset (the
/// Bot API server's queue, `TQueue`, has this margin).
const AHEAD: i64 = 10;

/// The first `update_id` (Telegram begins at a random positive number).
const FIRST_UPDATE: i64 = 100_000_001;

/// What keeps its order at a webhook: updates of one kind about one chat or person, as the published server parts them.
pub(in crate::telegram) type Lane = (&'static str, i64);

#[derive(Clone, Debug)]
pub(in crate::telegram) struct Queued {
    pub(in crate::telegram) id: i64,
    pub(in crate::telegram) lane: Lane,
    pub(in crate::telegram) json: Arc<str>,
    /// How many more times it comes back after the bot has confirmed it.
    again: u32,
}

/// The queue.
#[derive(Debug)]
pub(in crate::telegram) struct Updates {
    next_id: i64,
    queue: VecDeque<Queued>,
    /// `None` is Telegram's default: all kinds but some that the simulator never makes.
    allowed: Option<HashSet<String>>,
    /// The next so many updates are delivered twice.
    twice: u32,
    /// The last update, for [`Updates::repeat_last`].
    last: Option<Queued>,
    /// Raised by each `getUpdates`: an older one that still waits sees that it is no longer the newest.
    pub(in crate::telegram) poll: u64,
}

impl Default for Updates {
    fn default() -> Self {
        Self { next_id: FIRST_UPDATE, queue: VecDeque::new(), allowed: None, twice: 0, last: None, poll: 0 }
    }
}

impl Updates {
    /// Queues an update unless the bot said that it does not want this kind.
    pub(in crate::telegram) fn push(&mut self, kind: &'static str, whose: i64, payload: Value) {
        if self.allowed.as_ref().is_some_and(|allowed| !allowed.contains(kind)) {
            return;
        }
        let id = self.next_id;
        self.next_id += 1;
        let json = json!({ "update_id": id, kind: payload }).to_string();
        let again = u32::from(self.twice > 0);
        self.twice -= again;
        let queued = Queued { id, lane: (kind, whose), json: json.into(), again };
        self.last = Some(Queued { again: 0, ..queued.clone() });
        self.queue.push_back(queued);
    }

    /// Telegram's `offset`: forgets what lies below it; negative counts from the end. One from far in the future is of
    /// another numbering and counts for nothing.
    pub(in crate::telegram) fn confirm(&mut self, offset: i64) {
        let offset = match offset {
            0 => return,
            1.. if offset > self.next_id + AHEAD => return,
            1.. => offset,
            _ => {
                let keep = usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX);
                match self.queue.len().checked_sub(keep).and_then(|first| self.queue.get(first)) {
                    Some(first) => first.id,
                    None => return,
                }
            }
        };
        let mut repeated = Vec::new();
        while let Some(mut update) = self.queue.pop_front_if(|update| update.id < offset) {
            if update.again > 0 {
                update.again -= 1;
                repeated.push(update);
            }
        }
        for update in repeated.into_iter().rev() {
            self.queue.push_front(update);
        }
    }

    pub(in crate::telegram) fn first(&self, limit: usize) -> Vec<Arc<str>> {
        self.queue.iter().take(limit).map(|update| Arc::clone(&update.json)).collect()
    }

    /// The first update whose lane is not among the busy ones.
    pub(in crate::telegram) fn first_beside(&self, busy: &HashSet<Lane>) -> Option<Queued> {
        self.queue.iter().find(|update| !busy.contains(&update.lane)).cloned()
    }

    /// A webhook took this update.
    pub(in crate::telegram) fn taken(&mut self, id: i64) {
        let Some(at) = self.queue.iter().position(|update| update.id == id) else { return };
        match &mut self.queue[at].again {
            0 => drop(self.queue.remove(at)),
            again => *again -= 1,
        }
    }

    pub(in crate::telegram) fn len(&self) -> usize {
        self.queue.len()
    }

    pub(in crate::telegram) fn clear(&mut self) {
        self.queue.clear();
    }

    /// `allowed_updates`: an empty list is the default, and only updates made from now on are concerned.
    pub(in crate::telegram) fn allow(&mut self, kinds: HashSet<String>) {
        self.allowed = (!kinds.is_empty()).then_some(kinds);
    }

    pub(in crate::telegram) fn allowed(&self) -> Option<Vec<String>> {
        self.allowed.as_ref().map(|kinds| kinds.iter().cloned().collect())
    }

    pub(in crate::telegram) fn deliver_twice(&mut self, count: u32) {
        self.twice += count;
    }

    /// Goes on counting at `next`, as Telegram does anywhere after a week without updates.
    pub(in crate::telegram) fn renumber(&mut self, next: i64) {
        self.queue.clear();
        self.last = None;
        self.next_id = next;
    }

    /// Queues an update of any shape.
    pub(in crate::telegram) fn push_raw(&mut self, mut update: Value) {
        let id = self.next_id;
        self.next_id += 1;
        update["update_id"] = json!(id);
        let queued = Queued { id, lane: ("raw", id), json: update.to_string().into(), again: 0 };
        self.last = Some(queued.clone());
        self.queue.push_back(queued);
    }

    /// Queues the last update once more, under its old id.
    pub(in crate::telegram) fn repeat_last(&mut self) -> bool {
        let Some(last) = self.last.clone() else { return false };
        self.queue.push_front(last);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(updates: &Updates) -> Vec<i64> {
        updates.queue.iter().map(|update| update.id - FIRST_UPDATE).collect()
    }

    fn with(count: usize) -> Updates {
        let mut updates = Updates::default();
        for _ in 0..count {
            updates.push(kinds::MESSAGE, 1, json!({}));
        }
        updates
    }

    #[test]
    fn a_positive_offset_forgets_what_is_below() {
        let mut updates = with(4);
        updates.confirm(FIRST_UPDATE + 2);
        assert_eq!(ids(&updates), [2, 3]);
        updates.confirm(0);
        assert_eq!(ids(&updates), [2, 3]);
    }

    #[test]
    fn a_negative_offset_keeps_the_last_ones() {
        let mut updates = with(4);
        updates.confirm(-1);
        assert_eq!(ids(&updates), [3]);
        updates.confirm(-5);
        assert_eq!(ids(&updates), [3]);
    }

    #[test]
    fn a_doubled_update_comes_back_once_after_it_was_confirmed() {
        let mut updates = Updates::default();
        updates.deliver_twice(1);
        updates.push(kinds::MESSAGE, 1, json!({}));
        updates.push(kinds::MESSAGE, 1, json!({}));
        updates.confirm(FIRST_UPDATE + 2);
        assert_eq!(ids(&updates), [0]);
        updates.confirm(FIRST_UPDATE + 2);
        assert!(ids(&updates).is_empty());
    }

    #[test]
    fn an_offset_of_an_old_count_forgets_nothing() {
        let mut updates = with(3);
        updates.renumber(50);
        updates.push(kinds::MESSAGE, 1, json!({}));
        updates.confirm(FIRST_UPDATE + 3);
        assert_eq!(updates.len(), 1);
        updates.confirm(51);
        assert_eq!(updates.len(), 0);
    }

    #[test]
    fn kinds_that_are_not_allowed_are_not_made() {
        let mut updates = Updates::default();
        updates.allow(HashSet::from(["callback_query".to_owned()]));
        updates.push(kinds::MESSAGE, 1, json!({}));
        updates.push(kinds::CALLBACK_QUERY, 1, json!({}));
        assert_eq!(updates.len(), 1);
        updates.allow(HashSet::new());
        updates.push(kinds::MESSAGE, 1, json!({}));
        assert_eq!(updates.len(), 2);
    }
}
