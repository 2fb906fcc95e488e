//! Updates by webhook: the whole story; what is lost on the way, comes twice, or comes from a stranger; and the change
//! from one way to the other with people writing meanwhile.

#[path = "../bot_cast/mod.rs"]
mod bot_cast;
mod front;

use bot_cast::{BotCast, Database};
use front::{Front, Mode};
use sallyport::{
    bot::BotState,
    ops::{
        authority::Viewer,
        settings::{self, SettingsChange, Updates},
    },
    store::records::{AdminRecord, Role},
};
use sallyport_shared::session::{ConnectionState, SessionState};
use serde_json::{Value, json};
use sim::telegram::{Fault, FaultRule, Person};

/// Everybody, the proxy in front, and an owner.
struct Story {
    cast: BotCast,
    front: Front,
    owner: AdminRecord,
}

impl Story {
    /// The bot runs; its updates are asked for until the settings say otherwise.
    async fn polling(database: &Database) -> Self {
        let front = Front::start().await;
        let mut cast = BotCast::assemble_with(database, &[("SALLYPORT_PUBLIC_URL", &front.url)]).await;
        let owner = cast.administrator("olga", Role::Owner).await;
        cast.start();
        front.lead_to(cast.serve().await);
        cast.wait_state(|state| *state == BotState::Running).await;
        Self { cast, front, owner }
    }

    /// The bot runs and its webhook is set.
    async fn by_webhook(database: &Database) -> Self {
        let story = Self::polling(database).await;
        story.change_to(Updates::Webhook).await;
        story
    }

    async fn change_to(&self, way: Updates) {
        let from = self.cast.telegram.next_call();
        let manager = Viewer::of(&self.owner, None, None).unwrap().manager().unwrap();
        let change = SettingsChange { telegram_updates: Some(way), ..SettingsChange::default() };
        settings::update(&self.cast.app, &manager, change).await.unwrap();
        let method = match way {
            Updates::Webhook => "setWebhook",
            Updates::Polling => "deleteWebhook",
        };
        let called = self.cast.telegram.wait_answered(from, |call| call.is(method)).await.unwrap();
        assert!(!called.params.to_string().contains("drop_pending_updates\":true"), "nothing is dropped");
    }

    /// Nothing waits at Telegram any more.
    async fn all_taken(&self) {
        self.cast.telegram.wait_confirmed().await.unwrap();
    }
}

fn heard(person: &Person, start: &str) -> usize {
    person.messages().iter().filter(|m| m.from_bot() && m.text.starts_with(start)).count()
}

async fn the_whole_story_by_webhook(database: Database) {
    let story = Story::by_webhook(&database).await;
    let cast = &story.cast;
    let place = cast.telegram.webhook_url().expect("the webhook is set");
    assert_eq!(place, format!("{}/telegram/webhook/123456", story.front.url));
    let polls = cast.telegram.next_call();
    let anna = cast.stranger(101, "Anna", "en");
    anna.send("/register").await;
    anna.wait_message(|message| message.text.starts_with("What is your name?")).await.unwrap();
    anna.send("Anna Lebedeva").await;
    anna.wait_message(|message| message.text.starts_with("Thank you, Anna Lebedeva")).await.unwrap();
    let id = cast.known(101).await.expect("she is registered").id;
    cast.change(id, |user| user.status = sallyport_shared::person::UserStatus::Approved).await;
    let account = cast.account(id, "anna").await;
    let prompt = cast.prompted(&anna, account, "anna").await;
    let answer = anna.press(prompt.message_id, "Confirm").await.unwrap();
    assert!(answer.text.is_some_and(|text| text.contains("Confirmed")));
    let session = cast.sessions().await.pop().unwrap();
    assert_eq!(session.connections[0].state, ConnectionState::Confirmed);
    story.all_taken().await;
    let asked = cast.telegram.calls().into_iter().filter(|call| call.seq >= polls && call.is("getUpdates"));
    assert_eq!(asked.count(), 0, "nobody polls beside a webhook");
    assert!(cast.app.bot.health().is_ok());
}

async fn a_lost_answer_brings_an_update_again_and_changes_nothing_twice(database: Database) {
    let story = Story::by_webhook(&database).await;
    let (anna, _, account) = story.cast.member(1, "Anna", "anna").await;
    let prompt = story.cast.prompted(&anna, account, "anna").await;
    story.front.set(Mode::LoseAnswers(2));
    let _press = anna.tap(prompt.message_id, "Confirm").unwrap();
    story.all_taken().await;
    let tapped = |delivery: &front::Delivery| delivery.body.contains("callback_query");
    assert_eq!(story.front.count(tapped), 3, "twice without an answer, then with one");
    let session = story.cast.sessions().await.pop().unwrap();
    assert_eq!(session.connections[0].state, ConnectionState::Confirmed);
    story.front.set(Mode::LoseAnswers(1));
    anna.send("/language").await;
    anna.wait_message(|message| message.text.starts_with("In which language")).await.unwrap();
    story.all_taken().await;
    story.cast.quiet().await;
    assert_eq!(heard(&anna, "In which language"), 1, "asked once, answered once");
}

async fn an_update_that_was_handled_is_known_after_a_restart_too(database: Database) {
    let mut story = Story::by_webhook(&database).await;
    let anna = story.cast.stranger(1, "Anna", "en");
    anna.send("/start").await;
    anna.wait_message(|message| message.text.starts_with("Hello!")).await.unwrap();
    story.all_taken().await;
    let delivery = story.front.wait(|delivery| delivery.body.contains("/start")).await;
    story.cast.quiet().await;
    story.cast.kill().await;
    story.cast.reopen().await;
    story.cast.start();
    story.front.lead_to(story.cast.serve().await);
    story.cast.wait_state(|state| *state == BotState::Running).await;
    let again = story.front.deliver(&delivery.path, Some(&delivery.secret), delivery.body.clone());
    assert_eq!(again.await, 200, "taken, so that Telegram forgets it");
    anna.send("/register").await;
    anna.wait_message(|message| message.text.starts_with("What is your name?")).await.unwrap();
    story.cast.quiet().await;
    assert_eq!(heard(&anna, "Hello!"), 1);
}

async fn a_tap_while_the_server_is_dead_counts_when_it_is_back(database: Database) {
    let mut story = Story::by_webhook(&database).await;
    let (anna, _, account) = story.cast.member(1, "Anna", "anna").await;
    let prompt = story.cast.prompted(&anna, account, "anna").await;
    story.cast.kill().await;
    story.front.set(Mode::Shut);
    let _press = anna.tap(prompt.message_id, "Confirm").unwrap();
    story.front.wait(|delivery| delivery.body.contains("callback_query")).await;
    assert_eq!(story.cast.telegram.pending_updates(), 1, "Telegram keeps it");
    story.cast.reopen().await;
    story.cast.advance(30);
    story.cast.start();
    story.front.lead_to(story.cast.serve().await);
    story.front.set(Mode::Open);
    story.all_taken().await;
    let session = story.cast.sessions().await.pop().unwrap();
    assert_eq!(session.connections[0].state, ConnectionState::Confirmed, "it was in time");
}

async fn a_tap_that_comes_too_late_by_webhook_opens_nothing(database: Database) {
    let story = Story::by_webhook(&database).await;
    let (anna, _, account) = story.cast.member(1, "Anna", "anna").await;
    let prompt = story.cast.prompted(&anna, account, "anna").await;
    story.front.set(Mode::Shut);
    let press = anna.tap(prompt.message_id, "Confirm").unwrap();
    story.front.wait(|delivery| delivery.body.contains("callback_query")).await;
    story.cast.advance(61);
    story.front.set(Mode::Open);
    assert!(press.answer().await.unwrap().show_alert, "refused");
    let session = story.cast.sessions().await.pop().unwrap();
    assert_ne!(session.connections[0].state, ConnectionState::Confirmed);
    assert_ne!(session.state, SessionState::Active);
}

async fn whoever_does_not_know_the_secret_changes_nothing_and_learns_nothing(database: Database) {
    let story = Story::by_webhook(&database).await;
    let anna = story.cast.stranger(1, "Anna", "en");
    anna.send("/start").await;
    anna.wait_message(|message| message.text.starts_with("Hello!")).await.unwrap();
    let genuine = story.front.wait(|delivery| delivery.body.contains("/start")).await;
    assert_eq!(genuine.secret.len(), 64);
    let mut update: Value = serde_json::from_str(&genuine.body).unwrap();
    update["update_id"] = json!(900_000_001);
    update["message"]["text"] = json!("/register");
    let forged = update.to_string();
    let almost = format!("{}x", &genuine.secret[..63]);
    let other_bot = genuine.path.replace("123456", "654321");
    for (path, secret) in [
        (genuine.path.as_str(), None),
        (genuine.path.as_str(), Some("")),
        (genuine.path.as_str(), Some(almost.as_str())),
        (genuine.path.as_str(), Some("story-secret")),
        // The secret of one bot is not that of another, and that a bot is not ours cannot be told.
        (other_bot.as_str(), Some(genuine.secret.as_str())),
    ] {
        assert_eq!(story.front.deliver(path, secret, forged.clone()).await, 401, "{path} {secret:?}");
    }
    let secret = Some(genuine.secret.as_str());
    assert_eq!(story.front.deliver(&genuine.path, secret, "x".repeat(300_000)).await, 413);
    assert_eq!(story.front.deliver(&genuine.path, secret, "no update".to_owned()).await, 400);
    let handled = story.cast.app.store.read().await.unwrap().handled_updates(&[900_000_001]).await.unwrap();
    assert!(handled.is_empty());
    assert_eq!(story.front.deliver(&genuine.path, secret, forged).await, 200, "with it, it counts");
    anna.wait_message(|message| message.text.starts_with("What is your name?")).await.unwrap();
    story.cast.quiet().await;
    assert_eq!(heard(&anna, "What is your name?"), 1);
}

async fn switching_over_with_people_writing_loses_nothing(database: Database) {
    let story = Story::polling(&database).await;
    let cast = &story.cast;
    let (anna, olga) = (cast.stranger(1, "Anna", "en"), cast.stranger(2, "Olga", "en"));
    // What waits for the poller comes by webhook.
    let trouble = FaultRule::new(Fault::Status { status: 502, description: None }).on("getUpdates");
    let trouble = cast.telegram.inject(trouble);
    cast.telegram.interrupt_poll();
    cast.wait_state(|state| matches!(state, BotState::Failing { .. })).await;
    anna.send("/start").await;
    story.change_to(Updates::Webhook).await;
    anna.wait_message(|message| message.text.starts_with("Hello!")).await.unwrap();
    trouble.lift();
    // What waits for the webhook comes by polling.
    story.front.set(Mode::Shut);
    olga.send("/start").await;
    story.front.wait(|delivery| delivery.body.contains("Olga")).await;
    story.change_to(Updates::Polling).await;
    olga.wait_message(|message| message.text.starts_with("Hello!")).await.unwrap();
    assert_eq!(cast.telegram.webhook_url(), None);
    anna.send("/register").await;
    anna.wait_message(|message| message.text.starts_with("What is your name?")).await.unwrap();
    story.all_taken().await;
    cast.quiet().await;
    assert_eq!((heard(&anna, "Hello!"), heard(&olga, "Hello!")), (1, 1));
    // And back once more.
    story.front.set(Mode::Open);
    story.change_to(Updates::Webhook).await;
    olga.send("/register").await;
    olga.wait_message(|message| message.text.starts_with("What is your name?")).await.unwrap();
}

async fn each_chat_is_answered_in_order_and_many_at_a_time(database: Database) {
    let story = Story::by_webhook(&database).await;
    let people: Vec<_> = (1..=4).map(|n| story.cast.stranger(n, "P", "en")).collect();
    let hang = story.cast.telegram.inject(FaultRule::new(Fault::Hang).on("sendMessage").in_chat(1));
    for text in ["/start", "/register", "Пётр Ильич", "/status"] {
        for person in &people {
            person.send(text).await;
        }
    }
    let answers =
        ["Hello!", "What is your name?", "Thank you, Пётр Ильич.", "Пётр Ильич, your registration is still"];
    let (first, others) = people.split_first().unwrap();
    for person in others {
        person.wait_message(|message| message.text.starts_with(answers[3])).await.unwrap();
    }
    assert!(
        first.messages().iter().all(|message| !message.from_bot()),
        "whose chat hangs holds up nobody else"
    );
    hang.lift();
    story.all_taken().await;
    story.cast.quiet().await;
    for person in &people {
        let all = person.messages();
        let said: Vec<&str> =
            all.iter().filter(|m| m.from_bot()).map(|message| message.text.as_str()).collect();
        assert_eq!(said.len(), answers.len(), "{said:?}");
        assert!(said.iter().zip(answers).all(|(said, wanted)| said.starts_with(wanted)), "{said:?}");
    }
}

async fn failed_deliveries_are_shown_with_what_to_do(database: Database) {
    let story = Story::by_webhook(&database).await;
    let cast = &story.cast;
    let anna = cast.stranger(1, "Anna", "en");
    story.front.set(Mode::Shut);
    anna.send("/start").await;
    story.front.wait(|delivery| delivery.body.contains("/start")).await;
    let shown = async |so: &dyn Fn(Option<&str>, &BotState) -> bool| {
        cast.until(async || {
            let open = cast.app.store.read().await.unwrap().open_alerts().await.unwrap();
            let mut details = open.iter().map(|alert| alert.alert.detail.to_string());
            let alert = details.find(|detail| detail.contains("does not get"));
            so(alert.as_deref(), &cast.app.bot.health().state)
        })
        .await;
    };
    shown(&|alert, state| {
        let told = alert.is_some_and(|detail| detail.contains("502") && detail.contains("proxy"));
        told && matches!(state, BotState::Failing { error } if error.contains("/telegram/webhook/"))
    })
    .await;
    story.front.set(Mode::Open);
    anna.wait_message(|message| message.text.starts_with("Hello!")).await.unwrap();
    shown(&|alert, state| alert.is_none() && *state == BotState::Running).await;
}

async fn a_webhook_that_somebody_else_set_is_removed(database: Database) {
    let story = Story::polling(&database).await;
    let api = format!("{}/bot{}/setWebhook", story.cast.telegram.url(), bot_cast::TOKEN);
    let set = json!({ "url": "http://127.0.0.1:9/elsewhere" });
    let from = story.cast.telegram.next_call();
    reqwest::Client::new().post(api).json(&set).send().await.unwrap();
    story.cast.telegram.wait_answered(from, |call| call.is("deleteWebhook")).await.unwrap();
    let anna = story.cast.stranger(1, "Anna", "en");
    anna.send("/start").await;
    anna.wait_message(|message| message.text.starts_with("Hello!")).await.unwrap();
}

async fn an_update_that_always_fails_is_passed_over_and_holds_up_nobody(database: Database) {
    let story = Story::by_webhook(&database).await;
    let cast = &story.cast;
    let eve = cast.poisoned().await;
    let anna = cast.stranger(1, "Anna", "en");
    eve.send("123456").await;
    eve.send("/help").await;
    anna.send("/start").await;
    anna.wait_message(|message| message.text.starts_with("Hello!")).await.unwrap();
    eve.wait_message(|message| message.text.starts_with("How it works")).await.unwrap();
    story.all_taken().await;
    cast.quiet().await;
    assert_eq!(heard(&eve, "Something went wrong on our side"), 1);
    assert_eq!((heard(&eve, "How it works"), heard(&anna, "Hello!")), (1, 1), "nothing is handled twice");
    let tries = story.front.count(|delivery| delivery.body.contains("\"123456\""));
    assert_eq!(tries, 4, "three times in vain, then it is passed over");
}

stories! {
    an_update_that_always_fails_is_passed_over_and_holds_up_nobody,
    the_whole_story_by_webhook,
    a_lost_answer_brings_an_update_again_and_changes_nothing_twice,
    an_update_that_was_handled_is_known_after_a_restart_too,
    a_tap_while_the_server_is_dead_counts_when_it_is_back,
    a_tap_that_comes_too_late_by_webhook_opens_nothing,
    whoever_does_not_know_the_secret_changes_nothing_and_learns_nothing,
    switching_over_with_people_writing_loses_nothing,
    each_chat_is_answered_in_order_and_many_at_a_time,
    failed_deliveries_are_shown_with_what_to_do,
    a_webhook_that_somebody_else_set_is_removed,
}
