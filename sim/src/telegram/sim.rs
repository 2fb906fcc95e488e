//! The handle by which tests and the program hold a running simulator.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::AbortHandle;
use tokio::time::timeout;

use super::core::Core;
use super::faults::{FaultHandle, FaultRule};
use super::flood::FloodLimit;
use super::journal::{Call, Count};
use super::person::{Group, Person, SimError};
use super::server;
use super::world::{BotUser, Chat, ChatKind, Profile, Standing};
use crate::telegram::changes::Change;

/// What a simulator is started with.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it listens; port 0 picks one.
    pub listen: SocketAddr,
    /// The bot's token, `<bot id>:<secret>`.
    pub token: String,
    /// The bot's username, without the `@`.
    pub bot_username: String,
    /// The bot's name until it sets one.
    pub bot_name: String,
}

impl Options {
    /// Loopback, any port.
    #[must_use]
    pub fn new(token: &str, bot_username: &str) -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            token: token.to_owned(),
            bot_username: bot_username.to_owned(),
            bot_name: bot_username.to_owned(),
        }
    }
}

/// A running simulator. It stops when this is dropped.
#[derive(Debug)]
pub struct TelegramSim {
    core: Arc<Core>,
    address: SocketAddr,
    server: Mutex<Option<AbortHandle>>,
}

impl Drop for TelegramSim {
    fn drop(&mut self) {
        self.go_offline();
        // The delivery task holds the state; without this it would outlive the simulator.
        self.core.webhook.remove();
    }
}

impl TelegramSim {
    /// Starts on a free loopback port.
    ///
    /// # Errors
    /// If no port can be opened.
    pub async fn start(token: &str, bot_username: &str) -> io::Result<Self> {
        Self::start_with(Options::new(token, bot_username)).await
    }

    /// Starts with all options.
    ///
    /// # Errors
    /// If the address cannot be opened.
    pub async fn start_with(options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind(options.listen).await?;
        let address = listener.local_addr()?;
        let id = options.token.split(':').next().and_then(|id| id.parse().ok()).unwrap_or(1);
        let bot = BotUser { id, first_name: options.bot_name, username: options.bot_username };
        let core = Arc::new(Core::new(&options.token, bot));
        let simulator = Self { core, address, server: Mutex::new(None) };
        simulator.serve(listener);
        Ok(simulator)
    }

    fn serve(&self, listener: TcpListener) {
        let task = tokio::spawn(server::serve(listener, server::router(Arc::clone(&self.core))));
        *self.server.lock().unwrap_or_else(PoisonError::into_inner) = Some(task.abort_handle());
    }

    /// The base URL of the Bot API, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The bot's token.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.core.token
    }

    /// Stops listening and closes all connections, as if Telegram could not be reached. People and messages stay.
    pub fn go_offline(&self) {
        if let Some(task) = self.server.lock().unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
    }

    /// Listens again on the same address.
    ///
    /// # Errors
    /// If the address was taken by somebody else meanwhile.
    pub async fn go_online(&self) -> io::Result<()> {
        self.go_offline();
        // An aborted task lets go of its port at its next turn.
        let mut tries = 0;
        let listener = loop {
            match TcpListener::bind(self.address).await {
                Ok(listener) => break listener,
                Err(error) if tries == 50 => return Err(error),
                Err(_) => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
        };
        self.serve(listener);
        Ok(())
    }

    /// A person; made if the id is new, otherwise renamed. They are a stranger to the bot until they write to it.
    pub fn person(
        &self,
        id: i64,
        first_name: &str,
        language_code: Option<&str>,
        username: Option<&str>,
    ) -> Person {
        let standing = Standing::Stranger;
        let profile = Profile {
            id,
            first_name: first_name.to_owned(),
            last_name: None,
            username: username.map(str::to_owned),
            language_code: language_code.map(str::to_owned),
            standing,
        };
        self.add_person(profile)
    }

    /// A person with all details. The standing of a known person stays.
    pub fn add_person(&self, profile: Profile) -> Person {
        let id = profile.id;
        self.core.add_person(profile);
        Person::new(Arc::clone(&self.core), id, id)
    }

    /// The handle of a person who exists.
    #[must_use]
    pub fn find_person(&self, id: i64) -> Option<Person> {
        self.core.lock().people.contains_key(&id).then(|| Person::new(Arc::clone(&self.core), id, id))
    }

    /// A basic group with the bot and these people in it.
    pub fn group(&self, title: &str, members: &[&Person]) -> Group {
        let ids: Vec<i64> = members.iter().map(|person| person.id()).collect();
        Group::new(Arc::clone(&self.core), self.core.add_group(title, &ids))
    }

    /// Puts a fault in force.
    pub fn inject(&self, rule: FaultRule) -> FaultHandle {
        self.core.faults.arm(rule)
    }

    /// Lifts all faults; what hung goes on.
    pub fn heal(&self) {
        self.core.faults.heal();
    }

    /// Enforces Telegram's flood limit from now on, or no longer.
    pub fn set_flood_limit(&self, limit: Option<FloodLimit>) {
        self.core.set_flood_limit(limit);
    }

    /// How long waits take before they give up; 10 s unless told otherwise.
    pub fn set_patience(&self, patience: Duration) {
        self.core.set_patience(patience);
    }

    /// The next `count` updates are delivered twice, under the same `update_id`.
    pub fn deliver_twice(&self, count: u32) {
        self.core.lock().updates.deliver_twice(count);
    }

    /// Goes on counting updates at `next`, as Telegram does at a random number after a week without any.
    pub fn renumber_updates(&self, next: i64) {
        self.core.lock().updates.renumber(next);
    }

    /// Delivers an update of any shape, whether the bot asked for its kind or not. Its `update_id` is set here.
    pub fn push_update(&self, update: serde_json::Value) {
        self.core.happen(|state| state.updates.push_raw(update));
    }

    /// Delivers the last update once more, under its old id. `false` if there was none yet.
    pub fn repeat_last_update(&self) -> bool {
        self.core.happen(|state| state.updates.repeat_last())
    }

    /// The URL of the webhook that is set.
    #[must_use]
    pub fn webhook_url(&self) -> Option<String> {
        self.core.webhook.url()
    }

    /// Ends the `getUpdates` that waits now with 409, as a second bot instance does by polling once. Later polls
    /// succeed; to refuse those too, inject [`Fault::Conflict`](super::Fault::Conflict) on `getUpdates`.
    pub fn interrupt_poll(&self) {
        self.core.happen(|state| state.updates.poll += 1);
    }

    /// Updates that wait for the bot (delivered, but not confirmed, ones included).
    #[must_use]
    pub fn pending_updates(&self) -> usize {
        self.core.lock().updates.len()
    }

    /// Waits until the bot has confirmed every update, so that it has handled them all.
    ///
    /// # Errors
    /// [`SimError::NoCall`] if updates still wait when the simulator's patience is over.
    pub async fn wait_confirmed(&self) -> Result<(), SimError> {
        let patience = self.core.patience();
        let confirmed = async {
            loop {
                // `getUpdates` rings this bell when it has taken the bot's offset, a webhook when it took an update.
                let mut rung = std::pin::pin!(self.core.updates_ready.notified());
                rung.as_mut().enable();
                if self.pending_updates() == 0 {
                    return;
                }
                rung.await;
            }
        };
        timeout(patience, confirmed).await.map_err(|_| self.no_call(patience))
    }

    /// Makes all unanswered callback queries too old to be answered.
    pub fn expire_queries(&self) {
        self.core.lock().queries.expire_all();
    }

    /// All calls of the bot that are remembered (the last 100,000).
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.core.journal.calls()
    }

    /// The number that the next call will have; hand it to the waits to see only what comes after now.
    #[must_use]
    pub fn next_call(&self) -> u64 {
        self.core.journal.next()
    }

    /// Counts by method (in lower case), of all calls since the start.
    #[must_use]
    pub fn counts(&self) -> HashMap<String, Count> {
        self.core.journal.counts()
    }

    /// The first call from number `from` on that fits, as soon as it arrives, whether it is answered or hangs.
    ///
    /// # Errors
    /// [`SimError::NoCall`] if there is none in time.
    pub async fn wait_call(&self, from: u64, fits: impl Fn(&Call) -> bool) -> Result<Call, SimError> {
        let patience = self.core.patience();
        timeout(patience, self.core.journal.wait_arrived(from, fits))
            .await
            .map_err(|_| self.no_call(patience))
    }

    /// The first call from number `from` on that has ended and fits.
    ///
    /// # Errors
    /// [`SimError::NoCall`] if there is none in time.
    pub async fn wait_answered(&self, from: u64, fits: impl Fn(&Call) -> bool) -> Result<Call, SimError> {
        let patience = self.core.patience();
        timeout(patience, self.core.journal.wait_ended(from, fits)).await.map_err(|_| self.no_call(patience))
    }

    fn no_call(&self, waited: Duration) -> SimError {
        let calls = self.core.journal.calls_from(self.core.journal.next().saturating_sub(8), 8);
        let seen: Vec<String> = calls
            .iter()
            .map(|call| format!("{} -> {:?}", call.method, call.outcome.as_ref().map(|o| o.status)))
            .collect();
        SimError::NoCall { waited, seen: seen.join(", ") }
    }
}

impl Core {
    /// Adds or renames a person; the standing of a known one stays.
    pub(super) fn add_person(&self, mut profile: Profile) {
        let mut state = self.lock();
        if let Some(known) = state.people.get(&profile.id) {
            profile.standing = known.standing;
        }
        state.people.insert(profile.id, profile);
        drop(state);
        self.changes.push(Change::People);
    }

    /// A new group; its id.
    pub(super) fn add_group(&self, title: &str, members: &[i64]) -> i64 {
        let id = self.happen(|state| {
            let groups = state.chats.keys().filter(|id| **id < 0).count();
            let id = -4_000_001 - i64::try_from(groups).unwrap_or(i64::MAX);
            let mut chat = Chat::new(id, ChatKind::Group { title: title.to_owned() });
            chat.members.extend(members);
            state.chats.insert(id, chat);
            if let Some(by) = members.first() {
                state.push_my_chat_member(id, *by, "left", "member");
            }
            id
        });
        self.changes.push(Change::People);
        id
    }
}
