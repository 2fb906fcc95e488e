//! Whose turn it is: of the updates of one chat one is handled at a time, and of those that wait the oldest is next,
//! however they came.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::oneshot;

/// Those who wait for each chat that is being attended to. Cheap to clone; all clones see the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Turns {
    chats: Arc<Mutex<HashMap<i64, Waiting>>>,
}

/// Who waits, by the number of their update and the order in which they came.
type Waiting = BTreeMap<(i64, u64), oneshot::Sender<Turn>>;

/// The right to handle an update of a chat. Whoever drops it hands it on.
#[derive(Debug)]
pub(super) struct Turn {
    turns: Turns,
    chat: i64,
}

impl Turns {
    /// Waits until the chat is free for this update.
    pub(super) async fn wait(&self, chat: i64, update: i64) -> Turn {
        let turn = match self.enter(chat, update) {
            Ok(turn) => return turn,
            Err(turn) => turn,
        };
        // Nobody drops a sender without sending, so this cannot fail; and if it did, the chat is free.
        turn.await.unwrap_or_else(|_| self.turn(chat))
    }

    fn enter(&self, chat: i64, update: i64) -> Result<Turn, oneshot::Receiver<Turn>> {
        let mut chats = self.lock();
        let Some(waiting) = chats.get_mut(&chat) else {
            chats.insert(chat, Waiting::new());
            return Ok(self.turn(chat));
        };
        let (hand, turn) = oneshot::channel();
        let place = (0..).map(|nth| (update, nth)).find(|place| !waiting.contains_key(place));
        waiting.insert(place.unwrap_or((update, u64::MAX)), hand);
        Err(turn)
    }

    fn turn(&self, chat: i64) -> Turn {
        Turn { turns: self.clone(), chat }
    }

    /// The next who waits for the chat; none: it is free from now on.
    fn next(&self, chat: i64) -> Option<oneshot::Sender<Turn>> {
        let mut chats = self.lock();
        let next = chats.get_mut(&chat)?.pop_first();
        if next.is_none() {
            chats.remove(&chat);
        }
        next.map(|(_, hand)| hand)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<i64, Waiting>> {
        self.chats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(hand) = self.turns.next(self.chat) {
            // Whoever gave up waiting drops the turn, which hands it on in the same way.
            drop(hand.send(self.turns.turn(self.chat)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::Future;
    use std::pin::{Pin, pin};
    use std::task::{Context, Poll, Waker};

    fn poll<F: Future<Output = Turn>>(waiting: Pin<&mut F>) -> Option<Turn> {
        match waiting.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(turn) => Some(turn),
            Poll::Pending => None,
        }
    }

    #[test]
    fn the_oldest_is_next_and_other_chats_do_not_wait() {
        let turns = Turns::default();
        let first = poll(pin!(turns.wait(1, 10))).expect("the chat is free");
        let (mut newer, mut older) = (pin!(turns.wait(1, 12)), pin!(turns.wait(1, 11)));
        assert!(poll(newer.as_mut()).is_none() && poll(older.as_mut()).is_none());
        assert!(poll(pin!(turns.wait(2, 13))).is_some(), "another chat");
        drop(first);
        assert!(poll(newer.as_mut()).is_none());
        let second = poll(older.as_mut()).expect("the older one first");
        drop(second);
        drop(poll(newer.as_mut()).expect("then the newer one"));
        assert!(turns.lock().is_empty(), "nothing is left behind");
    }

    #[test]
    fn whoever_gives_up_is_passed_over_even_if_it_is_their_turn() {
        let turns = Turns::default();
        let first = poll(pin!(turns.wait(1, 1))).expect("the chat is free");
        let mut second = Box::pin(turns.wait(1, 2));
        let mut third = Box::pin(turns.wait(1, 3));
        let mut fourth = pin!(turns.wait(1, 4));
        assert!(poll(second.as_mut()).is_none() && poll(third.as_mut()).is_none());
        assert!(poll(fourth.as_mut()).is_none());
        drop(second);
        drop(first);
        // The third one was handed the turn and never took it.
        drop(third);
        assert!(poll(fourth.as_mut()).is_some());
    }

    #[test]
    fn the_same_update_may_wait_twice() {
        let turns = Turns::default();
        let first = poll(pin!(turns.wait(1, 5))).expect("the chat is free");
        let (mut again, mut once_more) = (pin!(turns.wait(1, 5)), pin!(turns.wait(1, 5)));
        assert!(poll(again.as_mut()).is_none() && poll(once_more.as_mut()).is_none());
        drop(first);
        drop(poll(again.as_mut()).expect("in the order in which they came"));
        assert!(poll(once_more.as_mut()).is_some());
    }
}
