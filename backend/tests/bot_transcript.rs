//! The whole conversation of both ways of working, as people read it, in both languages. The clock stands still unless
//! the story moves it, so that every word is the same in each run.

mod bot_cast;

use bot_cast::{BotCast, Database};
use sallyport::{
    ops::{
        authority::Viewer,
        users,
        wishes::{self, Carried, Hindrance},
    },
    store::records::{Role, WishRecord},
};
use sallyport_shared::{
    ids::{AccountId, ConnectionId},
    language::Language,
    policy::{AccessMode, Confirmation, OutageMode},
    session::{Event, OpenFailure},
    time::Seconds,
};
use serde_json::Value;
use sim::telegram::{Message, Person};
use std::fmt::Write as _;

/// Somebody and the conversation that they have with the bot.
struct Story {
    cast: BotCast,
    anna: Person,
    /// What was said and done so far, each message as it was when it was sent or changed.
    text: String,
    /// The first call of the bot that is not in it.
    from: u64,
}

impl Story {
    async fn begin(language: Language) -> Self {
        let cast = BotCast::assemble(&Database::Sqlite).await;
        let anna = cast.stranger(1, "Anna", language.tag());
        Self { cast, anna, text: format!("({})\n", language.tag()), from: 0 }
    }

    /// Writes down what the bot has sent and changed meanwhile.
    async fn listen(&mut self) {
        self.cast.quiet().await;
        for call in self.cast.telegram.calls().into_iter().filter(|call| call.seq >= self.from) {
            if call.chat_id() != Some(self.anna.chat_id()) || !call.succeeded() {
                continue;
            }
            let (who, what) = match call.method.to_lowercase().as_str() {
                "sendmessage" => ("bot", "text"),
                "editmessagetext" => ("bot, in place of it", "text"),
                "sendphoto" => ("bot, with a picture", "caption"),
                "deletemessage" => {
                    writeln!(self.text, "bot takes the picture away").unwrap();
                    continue;
                }
                _ => continue,
            };
            let text = unsecret(&read(&call.param(what))).replace('\n', "\n    | ");
            writeln!(self.text, "{who}\n    | {text}").unwrap();
            let markup = serde_json::from_str(&call.param("reply_markup")).unwrap_or(Value::Null);
            for (kind, brackets) in [("inline_keyboard", ("[", "]")), ("keyboard", ("(", ")"))] {
                for row in markup[kind].as_array().into_iter().flatten() {
                    let texts =
                        row.as_array().into_iter().flatten().filter_map(|button| button["text"].as_str());
                    let texts: Vec<_> = texts
                        .map(|text| format!("{}{}{}", brackets.0, unnumbered(text), brackets.1))
                        .collect();
                    writeln!(self.text, "    | {}", texts.join(" ")).unwrap();
                }
            }
        }
        self.from = self.cast.telegram.next_call();
    }

    /// Something happens outside of the chat.
    async fn scene(&mut self, what: &str) {
        self.listen().await;
        writeln!(self.text, "--- {what}").unwrap();
    }

    /// Anna writes, and the bot has answered.
    async fn writes(&mut self, text: &str) {
        self.listen().await;
        writeln!(self.text, "Anna\n    | {text}").unwrap();
        let sent = self.anna.send(text).await;
        self.anna.wait_message(|message| message.from_bot() && message.message_id > sent).await.unwrap();
        self.listen().await;
    }

    /// Anna taps the first or second button of the last message that has any.
    async fn taps(&mut self, which: usize) {
        self.listen().await;
        let message = self.last_with_buttons();
        let button = message.button_texts()[which].clone();
        self.taps_on(&message, &button, &button).await;
    }

    /// Anna picks the number that the page shows, or another one.
    async fn picks(&mut self, right: bool) {
        self.listen().await;
        let message = self.last_with_buttons();
        let session = self.cast.sessions().await.pop().unwrap();
        let numbers = session.connections.last().unwrap().prompt.as_ref().unwrap().numbers.unwrap();
        let number = numbers.offered().into_iter().find(|number| (*number == numbers.right()) == right);
        let what = if right { "the page's number" } else { "another number" };
        self.taps_on(&message, &number.unwrap().to_string(), what).await;
    }

    fn last_with_buttons(&self) -> Message {
        let mut messages = self.anna.messages().into_iter().rev();
        messages.find(|message| !message.buttons().is_empty()).unwrap()
    }

    async fn taps_on(&mut self, message: &Message, button: &str, called: &str) {
        let answer = self.anna.press(message.message_id, button).await.unwrap();
        writeln!(self.text, "Anna taps [{called}]").unwrap();
        let shown = if answer.show_alert { "bot, in a window" } else { "bot, for a moment" };
        writeln!(self.text, "{shown}\n    | {}", answer.text.unwrap_or_default()).unwrap();
        // What a tap leads to takes the buttons away.
        self.anna.wait_edit(message.message_id, |message| message.buttons().is_empty()).await.unwrap();
        self.listen().await;
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

    async fn happens(&mut self, what: &str, account: AccountId, event: Event) {
        self.scene(what).await;
        self.cast.happen(account, event).await.unwrap();
        self.listen().await;
    }

    async fn passes(&mut self, what: &str, seconds: u32) {
        self.scene(what).await;
        self.cast.advance(seconds);
        self.cast.tick().await;
        self.listen().await;
    }

    async fn wishes(&self) -> Vec<WishRecord> {
        let late = self.cast.app.clock.now().plus(Seconds(3_600));
        self.cast.app.store.read().await.unwrap().due_wishes(self.cast.router, late, 100).await.unwrap()
    }

    /// The router does everything that is wished for.
    async fn carried(&mut self, what: &str) {
        self.scene(what).await;
        for wish in self.wishes().await {
            wishes::done(&self.cast.app, &wish, &Carried::Done).await.unwrap();
        }
        self.listen().await;
    }

    /// The router does not answer.
    async fn away(&mut self) {
        self.scene("the router does not answer").await;
        for wish in self.wishes().await {
            let hindrance = Hindrance::Unreachable("no route to host".to_owned());
            wishes::hindered(&self.cast.app, &wish, &hindrance).await.unwrap();
        }
        self.listen().await;
    }
}

/// HTML as people read it.
fn read(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        rest = tag.split_once('>').expect("a tag ends").1;
    }
    text.push_str(rest);
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// A number by lot is not the same in each run.
fn unnumbered(button: &str) -> &str {
    if button.parse::<u8>().is_ok() { "a number" } else { button }
}

/// Neither is a secret by lot.
fn unsecret(text: &str) -> String {
    let is_secret = |word: &str| {
        word.len() == 32 && word.chars().all(|c| c.is_ascii_uppercase() || ('2'..='7').contains(&c))
    };
    let words = text.split_inclusive([' ', '\n', '.']);
    words
        .map(|word| {
            let bare = word.trim_end_matches([' ', '\n', '.']);
            if is_secret(bare) { word.replace(bare, "(a key)") } else { word.to_owned() }
        })
        .collect()
}

/// What the two ways have in common and neither story has: turned down, another language, the choice between accounts, a
/// number to be picked, one-time codes, and a ban.
async fn rest(language: Language) -> String {
    let mut story = Story::begin(language).await;
    story.writes("/start").await;
    story.writes("/register").await;
    story.writes("Анна Лебедева").await;
    story.scene("an administrator turns her down").await;
    let marina = story.cast.administrator("marina", Role::Owner).await;
    let by = Viewer::of(&marina, None, None).unwrap().operator().unwrap();
    let user = story.cast.known(1).await.unwrap().id;
    users::reject(&story.cast.app, &by, user, "кто это?").await.unwrap();
    story.listen().await;
    story.writes("/register").await;
    story.writes("Анна Лебедева, бухгалтерия").await;
    story.scene("an administrator approves and links two accounts").await;
    users::approve(&story.cast.app, &by, user).await.unwrap();
    let account = story.cast.account(user, "anna").await;
    story.cast.account(user, "anna-home").await;
    story.writes("/language").await;
    let own = Language::ALL.iter().position(|other| *other == language).unwrap();
    story.taps(own).await;

    story
        .cast
        .policy(|policy| {
            policy.confirmation = Confirmation::TelegramNumber;
            policy.outage = OutageMode::OfflineCode;
            policy.max_unconfirmed = 2;
        })
        .await;
    story.writes("/vpn").await;
    story.taps(0).await;
    story.carried("the router has switched the account on").await;
    story.dials(account, "0x1").await;
    story.picks(false).await;
    story.carried("the router has cut the tunnel").await;
    story.cast.advance(600);
    story.dials(account, "0x2").await;
    story.picks(true).await;
    story.carried("the router lets the tunnel through").await;
    let connection = story.live().await;
    let gone = Event::TunnelGone { connection, restarted: false };
    story.happens("the VPN client disconnects", account, gone).await;

    story.writes("/code").await;
    story.taps(0).await;
    let shown = story.anna.messages().into_iter().rev().find(|message| message.photo.is_some()).unwrap();
    let secret = shown.text.split([' ', '.', '\n']).find(|word| word.len() == 32).unwrap().to_owned();
    story.scene("Anna sends the six digits that her app shows").await;
    story.anna.send(&bot_cast::codes::at(story.cast.app.clock.now(), &secret)).await;
    story.anna.wait_deleted(shown.message_id).await.unwrap();
    story.listen().await;
    story.writes("/code").await;

    for session_id in ["0x3", "0x4"] {
        story.cast.advance(600);
        story.dials(account, session_id).await;
        story.passes("nobody answers", 60).await;
    }
    story.dials(account, "0x5").await;
    story.carried("the router has banned the caller and closed everything").await;
    story.writes("/vpn").await;
    story.taps(0).await;
    story.text
}

/// The account stays enabled; every tunnel is asked about.
async fn always(language: Language) -> String {
    let mut story = Story::begin(language).await;
    story.cast.policy(|policy| policy.access_mode = AccessMode::Always).await;
    let account = story.registered().await;
    story.writes("/help").await;

    story.dials(account, "0x1").await;
    story.taps(0).await;
    let connection = story.live().await;
    story.away().await;
    story.carried("the router lets the tunnel through").await;
    let gone = Event::TunnelGone { connection, restarted: false };
    story.happens("the VPN client disconnects", account, gone).await;

    story.cast.advance(600);
    story.dials(account, "0x2").await;
    story.taps(0).await;
    let connection = story.live().await;
    let failed = Event::OpenFailed { connection, failure: OpenFailure::TunnelGone };
    story.happens("the tunnel is gone before it is opened", account, failed).await;
    story.carried("the router has done everything").await;

    story.cast.advance(600);
    story.dials(account, "0x3").await;
    story.passes("nobody answers for a minute", 60).await;
    story.carried("the router has cut the tunnel").await;

    story.cast.advance(600);
    story.dials(account, "0x4").await;
    story.taps(1).await;
    story.carried("the router has cut and closed everything").await;
    story.writes("/status").await;
    story.text
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
    story.scene("Anna asks for access: /vpn").await;
    story.anna.send("/vpn").await;
    wait_session(&story.cast).await;
    story.away().await;
    story.carried("the router has switched the account on").await;
    story.dials(account, "0x1").await;
    story.taps(0).await;
    story.carried("the router lets the tunnel through").await;
    story.passes("three quarters of an hour", 2_700).await;
    story.taps(0).await;
    story.passes("a quarter before the new end", 7_200).await;
    story.writes("/sessions").await;
    story.passes("the time is over", 900).await;
    story.away().await;
    story.carried("the router has cut and closed everything").await;
    story.writes("/sessions").await;
    story.text
}

async fn wait_session(cast: &BotCast) {
    let mut changes = cast.app.bus.listen();
    while cast.sessions().await.is_empty() {
        tokio::time::timeout(bot_cast::BACKSTOP, changes.recv()).await.expect("access is asked for").unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rest_in_english() {
    insta::assert_snapshot!(rest(Language::En).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rest_in_russian() {
    insta::assert_snapshot!(rest(Language::Ru).await);
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
