//! The captive page over real sockets: who is shown what, the number that is picked in Telegram, and one-time codes
//! while Telegram cannot be reached.

mod bot_cast;

use bot_cast::{BotCast, Database, tunnel_seen};
use sallyport::{
    http::{self, Metrics},
    ops::outage,
    store::records::RouterRecord,
};
use sallyport_shared::{
    ids::{AccountId, RouterId},
    policy::{Confirmation, OutageMode},
    session::{ConnectionState, Event, Numbers, Session, SessionState},
};
use sim::telegram::{Message, Person};
use std::net::{IpAddr, SocketAddr};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

/// A served page, and devices that look at it from addresses of their own.
struct Page {
    address: SocketAddr,
    _task: AbortOnDropHandle<()>,
}

impl Page {
    async fn serve(cast: &BotCast) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = cast.app.clone();
        let task = tokio::spawn(async move {
            http::serve(app, Metrics::collect().unwrap(), listener, CancellationToken::new()).await.unwrap();
        });
        Self { address, _task: AbortOnDropHandle::new(task) }
    }

    fn device(address: &str) -> reqwest::Client {
        let address: IpAddr = address.parse().unwrap();
        reqwest::Client::builder().local_address(address).no_proxy().build().unwrap()
    }

    /// What the device at this address is shown.
    async fn look(&self, from: &str, language: &str) -> String {
        let asked = Self::device(from).get(format!("http://{}/box", self.address));
        let shown = asked.header("accept-language", language).send().await.unwrap();
        assert_eq!(shown.status(), 200);
        let headers = shown.headers();
        assert!(headers["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!(headers["content-type"], "text/html; charset=utf-8");
        shown.text().await.unwrap()
    }

    /// What is shown after a code was typed.
    async fn type_code(&self, from: &str, code: &str) -> String {
        self.type_code_on(&format!("http://{}", self.address), from, code).await
    }

    /// The same, typed into a page of this origin.
    async fn type_code_on(&self, origin: &str, from: &str, code: &str) -> String {
        let typed = Self::device(from)
            .post(format!("http://{}/box", self.address))
            .header("origin", origin)
            .form(&[("code", code)]);
        typed.send().await.unwrap().text().await.unwrap()
    }
}

/// A tunnel of the account with this address comes up.
async fn boxed(cast: &BotCast, account: AccountId, username: &str, address: &str) {
    let seen = tunnel_seen(username, &format!("0x{address}"), "203.0.113.7", address);
    cast.happen(account, seen).await.unwrap();
}

async fn asked(person: &Person) -> Message {
    person.wait_message(|message| message.button("Not me").is_some()).await.unwrap()
}

async fn last(cast: &BotCast) -> Session {
    cast.sessions().await.pop().unwrap()
}

async fn numbers(cast: &BotCast) -> Numbers {
    let session = last(cast).await;
    session.connections.last().unwrap().prompt.as_ref().unwrap().numbers.unwrap()
}

async fn the_number_on_the_page_is_picked_in_telegram(database: Database) {
    let cast = BotCast::assemble(&database).await;
    cast.policy(|policy| policy.confirmation = Confirmation::TelegramNumber).await;
    let page = Page::serve(&cast).await;
    let (anna, _, account) = cast.member(1, "Anna", "anna <b>").await;
    cast.grant(account).await;
    boxed(&cast, account, "anna <b>", "127.0.0.5").await;
    let prompt = asked(&anna).await;
    // No public URL is set: it is the address on which the server listens.
    assert!(prompt.text.contains("Open http://127.0.0.1:8080/box on the"), "{}", prompt.text);
    let right = numbers(&cast).await.right();
    let html = page.look("127.0.0.5", "en").await;
    assert!(html.contains(&format!("<p class=\"number\">{right}</p>")), "{html}");
    assert!(html.contains("anna &lt;b&gt;") && html.contains("lang=\"en\"") && !html.contains("<script"));
    assert!(page.look("127.0.0.5", "ru-RU,ru;q=0.9").await.contains("Выберите в Telegram это число"));
    let stranger = page.look("127.0.0.6", "en").await;
    assert!(stranger.contains("Nothing waits here") && !stranger.contains("number\">"));

    let texts = prompt.button_texts();
    assert_eq!(texts.len(), 4, "three numbers and Not me: {texts:?}");
    let data: Vec<String> =
        prompt.buttons().iter().flatten().filter_map(|button| button.callback_data.clone()).collect();
    assert!(data.iter().all(|data| data.len() <= 64), "{data:?}");
    // Nothing that travels with the button tells which number is right.
    let tails: Vec<&str> = data[..3].iter().map(|data| data.rsplit(':').next().unwrap()).collect();
    assert!(tails.iter().all(|tail| *tail == tails[0]), "{data:?}");
    let answer = anna.press(prompt.message_id, &right.to_string()).await.unwrap();
    assert_eq!(answer.text.as_deref(), Some("Confirmed. Opening…"));
    assert!(page.look("127.0.0.5", "en").await.contains("Confirmed. Opening"));
    let connection = last(&cast).await.connections[0].id;
    cast.happen(account, Event::Opened { connection }).await.unwrap();
    assert!(page.look("127.0.0.5", "en").await.contains("You are in"));
}

async fn a_wrong_number_cuts_and_there_is_no_second_guess(database: Database) {
    let cast = BotCast::assemble(&database).await;
    cast.policy(|policy| policy.confirmation = Confirmation::TelegramNumber).await;
    let page = Page::serve(&cast).await;
    let (anna, _, account) = cast.member(1, "Anna", "anna").await;
    cast.grant(account).await;
    boxed(&cast, account, "anna", "127.0.0.5").await;
    let prompt = asked(&anna).await;
    let numbers = numbers(&cast).await;
    let wrong = numbers.offered().into_iter().find(|number| *number != numbers.right()).unwrap();
    let answer = anna.press(prompt.message_id, &wrong.to_string()).await.unwrap();
    assert!(answer.show_alert && answer.text.unwrap().contains("That was not the number"));
    anna.wait_edit(prompt.message_id, |message| message.text.contains("Another number than the page shows"))
        .await
        .unwrap();
    let again = prompt.button(&numbers.right().to_string()).unwrap().callback_data.clone().unwrap();
    let tap = anna.forge_callback(anna.chat_id(), prompt.message_id, &again).answer().await.unwrap();
    assert!(tap.show_alert && tap.text.unwrap().contains("answered already"));
    let session = last(&cast).await;
    assert_eq!(session.state, SessionState::Granted);
    assert_eq!(session.connections[0].state, ConnectionState::Closed);
    assert!(page.look("127.0.0.5", "en").await.contains("Nothing waits here"));
}

async fn two_routers_with_the_same_addresses_are_told_nothing(database: Database) {
    let cast = BotCast::assemble(&database).await;
    cast.policy(|policy| policy.confirmation = Confirmation::TelegramNumber).await;
    let page = Page::serve(&cast).await;
    let (_, _, first) = cast.member(1, "Anna", "anna").await;
    let (_, boris, _) = cast.member(2, "Boris", "boris-here").await;
    let other = second_router(&cast).await;
    let second = AccountId(cast.app.clock.new_id());
    let mut tx = cast.app.store.begin().await.unwrap();
    tx.link_account(second, boris, other, "boris", cast.app.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    cast.grant(first).await;
    cast.grant(second).await;
    boxed(&cast, first, "anna", "127.0.0.5").await;
    assert!(page.look("127.0.0.5", "en").await.contains("number\">"));
    boxed(&cast, second, "boris", "127.0.0.5").await;
    let html = page.look("127.0.0.5", "en").await;
    assert!(
        html.contains("Nothing waits here") && !html.contains("anna") && !html.contains("boris"),
        "{html}"
    );
    let said = page.type_code("127.0.0.5", "123456").await;
    assert!(said.contains("Nothing waits here"), "{said}");
}

async fn second_router(cast: &BotCast) -> RouterId {
    let id = RouterId(cast.app.clock.new_id());
    let mut tx = cast.app.store.begin().await.unwrap();
    let first = tx.router(cast.router).await.unwrap().unwrap();
    let hook_token_hash = "another".to_owned();
    tx.insert_router(&RouterRecord { id, name: "Branch".to_owned(), hook_token_hash, ..first })
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

/// The code of this moment.
fn code(cast: &BotCast, secret: &str) -> String {
    bot_cast::codes::at(cast.app.clock.now(), secret)
}

/// Sets codes up in the bot; gives the secret.
async fn enrolled(anna: &Person, cast: &BotCast) -> String {
    anna.send("/code").await;
    let offer = anna.wait_message(|message| message.button("Set up").is_some()).await.unwrap();
    anna.press(offer.message_id, "Set up").await.unwrap();
    let shown = anna.wait_message(|message| message.photo.is_some()).await.unwrap();
    let secret = shown.text.split("the key ").nth(1).unwrap().split('.').next().unwrap().trim().to_owned();
    anna.send("000 000").await;
    anna.wait_message(|message| message.text.contains("not the code of this moment")).await.unwrap();
    anna.send(&code(cast, &secret)).await;
    let done = anna.wait_message(|message| message.text.contains("count from now on")).await.unwrap();
    // Without Telegram there is nowhere to ask for it.
    assert!(done.text.contains("open http://127.0.0.1:8080/box on the same device"), "{}", done.text);
    anna.wait_deleted(shown.message_id).await.unwrap();
    secret
}

/// Telegram has been out of reach for long enough.
async fn goes_out(cast: &mut BotCast) {
    cast.quiet().await;
    cast.stop().await;
    outage::silent(&cast.app).await.unwrap();
    cast.advance(120);
    outage::silent(&cast.app).await.unwrap();
}

async fn a_code_opens_the_tunnel_that_shows_the_page_while_telegram_is_away(database: Database) {
    let mut cast = BotCast::assemble(&database).await;
    cast.policy(|policy| policy.outage = OutageMode::OfflineCode).await;
    let page = Page::serve(&cast).await;
    let (anna, _, account) = cast.member(1, "Anna", "anna").await;
    let (_, _, other) = cast.member(2, "Boris", "boris").await;
    let secret = enrolled(&anna, &cast).await;
    let stored = cast.app.store.read().await.unwrap().settings_under("").await.unwrap();
    assert!(!format!("{stored:?}").contains(&secret), "the seed is not lying about");
    cast.grant(account).await;
    cast.grant(other).await;
    boxed(&cast, account, "anna", "127.0.0.5").await;
    assert!(!page.look("127.0.0.5", "en").await.contains("<form"), "Telegram is there: no code is wanted");
    let early = page.type_code("127.0.0.5", &code(&cast, &secret)).await;
    assert!(!early.contains("Opening"), "{early}");

    goes_out(&mut cast).await;
    cast.tick().await;
    boxed(&cast, account, "anna", "127.0.0.7").await;
    boxed(&cast, other, "boris", "127.0.0.8").await;
    assert!(page.look("127.0.0.7", "en").await.contains("<form method=\"post\""));
    assert!(!page.look("127.0.0.8", "en").await.contains("<form"), "Boris has no codes");
    assert!(page.type_code("127.0.0.7", "000000").await.contains("not the code of this moment"));
    let now = code(&cast, &secret);
    let foreign = page.type_code("127.0.0.8", &now).await;
    assert!(!foreign.contains("Opening"), "{foreign}");
    let opened = page.type_code("127.0.0.7", &now).await;
    assert!(opened.contains("Confirmed. Opening"), "{opened}");

    // The same code on the next tunnel.
    let session = cast.sessions().await.into_iter().find(|session| session.account == account).unwrap();
    let connection = session.live_connections().next().unwrap().id;
    cast.happen(account, Event::TunnelGone { connection, restarted: false }).await.unwrap();
    boxed(&cast, account, "anna", "127.0.0.9").await;
    assert!(page.type_code("127.0.0.9", &now).await.contains("not the code of this moment"));
    cast.advance(30);
    assert!(page.type_code("127.0.0.9", &code(&cast, &secret)).await.contains("Confirmed. Opening"));
}

async fn wrong_codes_are_counted(database: Database) {
    let mut cast = BotCast::assemble(&database).await;
    cast.policy(|policy| {
        policy.outage = OutageMode::OfflineCode;
        policy.confirm_seconds = sallyport_shared::time::Seconds(600);
    })
    .await;
    let page = Page::serve(&cast).await;
    let (anna, _, account) = cast.member(1, "Anna", "anna").await;
    let secret = enrolled(&anna, &cast).await;
    cast.grant(account).await;
    goes_out(&mut cast).await;
    boxed(&cast, account, "anna", "127.0.0.5").await;
    // A page of somebody else's cannot type on behalf of the device, whatever it knows.
    let right = code(&cast, &secret);
    let shown = page.type_code_on("http://evil.example", "127.0.0.5", &right).await;
    assert!(shown.contains("<form method=\"post\"") && !shown.contains("role=\"alert\""), "{shown}");
    assert_eq!(last(&cast).await.state, SessionState::Confirming);
    for _ in 0..10 {
        assert!(page.type_code("127.0.0.5", "000000").await.contains("not the code of this moment"));
    }
    assert!(page.type_code("127.0.0.5", &right).await.contains("Too many wrong codes"));
    assert_eq!(last(&cast).await.state, SessionState::Confirming);
}

/// Ten wrong ones, then the program dies: what comes up instead has counted them too.
async fn a_restart_gives_no_fresh_guesses(database: Database) {
    let mut cast = BotCast::assemble(&database).await;
    cast.policy(|policy| {
        policy.outage = OutageMode::OfflineCode;
        policy.confirm_seconds = sallyport_shared::time::Seconds(600);
    })
    .await;
    let (anna, _, account) = cast.member(1, "Anna", "anna").await;
    let secret = enrolled(&anna, &cast).await;
    cast.grant(account).await;
    goes_out(&mut cast).await;
    boxed(&cast, account, "anna", "127.0.0.5").await;
    let page = Page::serve(&cast).await;
    for _ in 0..10 {
        let shown = page.type_code("127.0.0.5", "000000").await;
        assert!(shown.contains("not the code of this moment"), "{shown}");
    }
    drop(page);
    cast.kill().await;
    cast.reopen().await;
    let page = Page::serve(&cast).await;
    let right = code(&cast, &secret);
    assert!(page.type_code("127.0.0.5", &right).await.contains("Too many wrong codes"));
    assert_ne!(last(&cast).await.connections.last().unwrap().state, ConnectionState::Confirmed);
}

/// Who has no other way is not sent to a question that never came.
async fn in_an_outage_the_page_does_not_send_people_to_telegram(database: Database) {
    let mut cast = BotCast::assemble(&database).await;
    cast.policy(|policy| policy.outage = OutageMode::WaitClosed).await;
    let page = Page::serve(&cast).await;
    let (anna, _, account) = cast.member(1, "Anna", "anna").await;
    let (_, _, other) = cast.member(2, "Boris", "boris").await;
    cast.grant(account).await;
    cast.grant(other).await;
    boxed(&cast, account, "anna", "127.0.0.5").await;
    asked(&anna).await;
    assert!(page.look("127.0.0.5", "en").await.contains("tap <b>Confirm</b>"));
    goes_out(&mut cast).await;
    cast.tick().await;
    boxed(&cast, other, "boris", "127.0.0.8").await;
    let html = page.look("127.0.0.8", "en").await;
    assert!(html.contains("Telegram cannot be reached from here") && !html.contains("<b>Confirm"), "{html}");
    assert!(page.look("127.0.0.8", "ru").await.contains("до Telegram не достучаться"));
    // A policy that takes codes is of no use to somebody who has none.
    cast.policy(|policy| policy.outage = OutageMode::OfflineCode).await;
    let html = page.look("127.0.0.8", "en").await;
    assert!(html.contains("Telegram cannot be reached from here") && !html.contains("<form"), "{html}");
    outage::answers(&cast.app).await.unwrap();
    assert!(page.look("127.0.0.8", "en").await.contains("tap <b>Confirm</b>"));
}

async fn codes_are_taken_away_by_their_owner(database: Database) {
    let cast = BotCast::assemble(&database).await;
    cast.policy(|policy| policy.outage = OutageMode::OfflineCode).await;
    let (anna, user, _) = cast.member(1, "Anna", "anna").await;
    enrolled(&anna, &cast).await;
    anna.send("/code").await;
    let shown = anna.wait_message(|message| message.button("Take away").is_some()).await.unwrap();
    assert!(shown.text.contains("http://127.0.0.1:8080/box"), "{}", shown.text);
    // Under another policy they open nothing, and can still be taken away.
    cast.policy(|policy| policy.outage = OutageMode::WaitClosed).await;
    anna.send("/code").await;
    let unused = anna.wait_message(|message| message.text.contains("open nothing")).await.unwrap();
    assert_eq!(unused.button_texts(), ["Take away"]);
    anna.press(shown.message_id, "Take away").await.unwrap();
    anna.wait_message(|message| message.text.contains("are taken away")).await.unwrap();
    assert!(cast.app.store.read().await.unwrap().offline_code(user).await.unwrap().is_none());
}

stories! {
    the_number_on_the_page_is_picked_in_telegram,
    a_wrong_number_cuts_and_there_is_no_second_guess,
    two_routers_with_the_same_addresses_are_told_nothing,
    a_code_opens_the_tunnel_that_shows_the_page_while_telegram_is_away,
    wrong_codes_are_counted,
    a_restart_gives_no_fresh_guesses,
    in_an_outage_the_page_does_not_send_people_to_telegram,
    codes_are_taken_away_by_their_owner,
}
