//! The whole conversation of both ways of working, as people read it, in both languages. The clock stands still unless
//! the story moves it, so that every word is the same in each run.

mod bot_cast;

use bot_cast::{BotCast, Database};
use sallyport::{
    ops::{authority::Viewer, users},
    store::records::Role,
};
use sallyport_shared::{
    ids::{AccountId, ConnectionId},
    language::Language,
    policy::AccessMode,
    session::{Event, OpenFailure},
    time::Seconds,
};
use sim::telegram::Person;
use std::fmt::Write as _;

/// Somebody and the conversation that they have with the bot.
struct Story {
    cast: BotCast,
    anna: Person,
    language: Language,
    /// What happens outside of the chat, before the message with this number.
    scenes: Vec<(usize, &'static str)>,
}

impl Story {
    async fn begin(language: Language) -> Self {
        let cast = BotCast::assemble(&Database::Sqlite).await;
        let anna = cast.stranger(1, "Anna", language.tag());
        Self { cast, anna, language, scenes: Vec::new() }
    }

    /// Something happens outside of the chat.
    async fn scene(&mut self, what: &'static str) {
        self.cast.quiet().await;
        self.scenes.push((self.anna.messages().len(), what));
    }

    /// Anna writes, and the bot has answered.
    async fn writes(&self, text: &str) {
        let sent = self.anna.send(text).await;
        self.anna.wait_message(|message| message.from_bot() && message.message_id > sent).await.unwrap();
        self.cast.quiet().await;
    }

    /// Anna taps the first or second button of the last message that has any.
    async fn taps(&self, which: usize) {
        self.cast.quiet().await;
        let message = self.anna.messages().into_iter().rev().find(|message| !message.buttons().is_empty());
        let message = message.unwrap();
        let button = message.button_texts()[which].clone();
        self.anna.press(message.message_id, &button).await.unwrap();
        // What a tap leads to takes the buttons away.
        self.anna.wait_edit(message.message_id, |message| message.buttons().is_empty()).await.unwrap();
        self.cast.quiet().await;
    }

    /// She is registered, and has an account.
    async fn registered(&mut self) -> AccountId {
        self.writes("/start").await;
        self.writes("/register").await;
        self.writes("Анна Лебедева").await;
        self.scene("an administrator approves and links the account").await;
        let marina = self.cast.administrator("marina", Role::Owner).await;
        let by = Viewer::of(&marina, None, None).unwrap().operator().unwrap();
        let user = self.cast.known(1).await.unwrap().id;
        users::approve(&self.cast.app, &by, user).await.unwrap();
        self.cast.quiet().await;
        self.cast.account(user, "anna").await
    }

    async fn dials(&mut self, account: AccountId, session_id: &str) {
        self.scene("the VPN client connects").await;
        self.cast.tunnel(account, "anna", session_id).await;
        self.cast.quiet().await;
    }

    async fn live(&self) -> ConnectionId {
        let sessions = self.cast.sessions().await;
        sessions.iter().flat_map(|session| session.live_connections()).next().unwrap().id
    }

    async fn happens(&mut self, what: &'static str, account: AccountId, event: Event) {
        self.scene(what).await;
        self.cast.happen(account, event).await.unwrap();
        self.cast.quiet().await;
    }

    async fn passes(&mut self, what: &'static str, seconds: u32) {
        self.scene(what).await;
        self.cast.advance(seconds);
        self.cast.tick().await;
        self.cast.quiet().await;
    }

    fn told(&self) -> String {
        let mut text = format!("({})\n", self.language.tag());
        for (number, message) in self.anna.messages().into_iter().enumerate() {
            for (_, what) in self.scenes.iter().filter(|(before, _)| *before == number) {
                writeln!(text, "--- {what}").unwrap();
            }
            let who = if message.from_bot() { "bot" } else { "   " };
            writeln!(text, "{who} | {}", message.text.replace('\n', "\n    | ")).unwrap();
            for row in message.buttons() {
                let texts: Vec<_> = row.iter().map(|button| format!("[{}]", button.text)).collect();
                writeln!(text, "    | {}", texts.join(" ")).unwrap();
            }
        }
        text
    }
}

/// The account stays enabled; every tunnel is asked about.
async fn always(language: Language) -> String {
    let mut story = Story::begin(language).await;
    story.cast.policy(|policy| policy.access_mode = AccessMode::Always).await;
    let account = story.registered().await;

    story.dials(account, "0x1").await;
    story.taps(0).await;
    let connection = story.live().await;
    story.happens("the router does not answer", account, failed(connection, OpenFailure::Unreachable)).await;
    story.happens("the router lets the tunnel through", account, Event::Opened { connection }).await;
    let gone = Event::TunnelGone { connection, restarted: false };
    story.happens("the VPN client disconnects", account, gone).await;

    story.cast.advance(600);
    story.dials(account, "0x2").await;
    story.taps(0).await;
    let connection = story.live().await;
    story
        .happens(
            "the tunnel is gone before it is opened",
            account,
            failed(connection, OpenFailure::TunnelGone),
        )
        .await;

    story.cast.advance(600);
    story.dials(account, "0x3").await;
    story.passes("nobody answers for a minute", 60).await;

    story.cast.advance(600);
    story.dials(account, "0x4").await;
    story.taps(1).await;
    story.writes("/status").await;
    story.told()
}

fn failed(connection: ConnectionId, failure: OpenFailure) -> Event {
    Event::OpenFailed { connection, failure }
}

/// The account is off until its owner asks; the session has a limit.
async fn on_request(language: Language) -> String {
    let mut story = Story::begin(language).await;
    story
        .cast
        .policy(|policy| {
            policy.session_seconds = Seconds(3_600);
            policy.max_extensions = 1;
        })
        .await;
    let account = story.registered().await;
    story.anna.send("/vpn").await;
    wait_session(&story.cast).await;
    story.happens("the router enables the account", account, Event::AccountEnabled).await;
    story.dials(account, "0x1").await;
    story.taps(0).await;
    let connection = story.live().await;
    story.happens("the router lets the tunnel through", account, Event::Opened { connection }).await;
    story.passes("three quarters of an hour", 2_700).await;
    story.taps(0).await;
    story.passes("a quarter before the new end", 7_200).await;
    story.writes("/sessions").await;
    story.passes("the time is over", 900).await;
    story.writes("/sessions").await;
    story.told()
}

async fn wait_session(cast: &BotCast) {
    let mut changes = cast.app.bus.listen();
    while cast.sessions().await.is_empty() {
        tokio::time::timeout(bot_cast::BACKSTOP, changes.recv()).await.expect("access is asked for").unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn always_in_english() {
    insta::assert_snapshot!(always(Language::En).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn always_in_russian() {
    insta::assert_snapshot!(always(Language::Ru).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_request_in_english() {
    insta::assert_snapshot!(on_request(Language::En).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_request_in_russian() {
    insta::assert_snapshot!(on_request(Language::Ru).await);
}
