//! The captive page over real sockets: who is shown what, the number that is picked in Telegram, and one-time codes
//! while Telegram cannot be reached.

mod bot_cast;

use bot_cast::{BotCast, Database, tunnel_seen};
use sallyport::{
    http::{self, Metrics},
    ops::{authority::Viewer, outage, templates},
    store::records::{Role, RouterRecord},
};
use sallyport_shared::{
    ids::{AccountId, RouterId, UserId},
    language::Language,
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
        self.look_at("/box", from, language).await
    }

    /// The same, at this place.
    async fn look_at(&self, place: &str, from: &str, language: &str) -> String {
        let asked = Self::device(from).get(format!("http://{}{place}", self.address));
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

/// An account of the person on a router.
async fn linked(cast: &BotCast, user: UserId, router: RouterId, username: &str) -> AccountId {
    let id = AccountId(cast.app.clock.new_id());
    let mut tx = cast.app.store.begin().await.unwrap();
    tx.link_account(id, user, router, username, cast.app.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// Below which address its prompt says that the page is.
fn page_of(prompt: &Message) -> &str {
    let (_, rest) = prompt.text.split_once("http://127.0.0.1:8080").unwrap();
    rest.split_whitespace().next().unwrap()
}

async fn of_two_routers_with_the_same_addresses_each_is_shown_its_own(database: Database) {
    let cast = BotCast::assemble(&database).await;
    cast.policy(|policy| policy.confirmation = Confirmation::TelegramNumber).await;
    let page = Page::serve(&cast).await;
    let (anna, _, first) = cast.member(1, "Anna", "anna").await;
    let (boris, id, _) = cast.member(2, "Boris", "boris-here").await;
    let second = linked(&cast, id, second_router(&cast).await, "boris").await;
    cast.grant(first).await;
    cast.grant(second).await;
    boxed(&cast, first, "anna", "127.0.0.5").await;
    assert!(page.look("127.0.0.5", "en").await.contains("<b>anna</b>"), "no other has it");
    boxed(&cast, second, "boris", "127.0.0.5").await;
    for (language, words) in
        [("en", "open this page by the address"), ("ru", "откройте эту страницу по адресу")]
    {
        let html = page.look("127.0.0.5", language).await;
        assert!(html.contains(words), "{html}");
        for hidden in ["anna", "boris", "number\">"] {
            assert!(!html.contains(hidden), "{hidden}: {html}");
        }
    }
    let said = page.type_code("127.0.0.5", "123456").await;
    assert!(said.contains("open this page by the address"), "{said}");
    let (annas, boriss) = (asked(&anna).await, asked(&boris).await);
    assert_ne!(page_of(&annas), page_of(&boriss), "each router has a page of its own");
    for (prompt, own, other) in [(&annas, "anna", "boris"), (&boriss, "boris", "anna")] {
        let html = page.look_at(page_of(prompt), "127.0.0.5", "en").await;
        let number = number_of(&cast, own).await;
        assert!(html.contains(&format!("<b>{own}</b>")) && !html.contains(other), "{html}");
        assert!(html.contains(&format!("<p class=\"number\">{number:02}</p>")), "{html}");
        assert!(html.contains(&format!("url={}\"", page_of(prompt))), "it looks again at the same: {html}");
    }
    // Once one of them is in, there is nothing to be mixed up.
    anna.press(annas.message_id, &number_of(&cast, "anna").await.to_string()).await.unwrap();
    assert!(page.look("127.0.0.5", "en").await.contains("<b>boris</b>"));
    let own = page.look_at(page_of(&annas), "127.0.0.5", "en").await;
    assert!(own.contains("Confirmed. Opening") && !own.contains("boris"), "{own}");
}

/// Somebody else may be in one of them, by the same password: whoever has both is shown neither's number.
async fn of_two_tunnels_of_one_person_no_number_is_shown(database: Database) {
    let cast = BotCast::assemble(&database).await;
    cast.policy(|policy| policy.confirmation = Confirmation::TelegramNumber).await;
    let page = Page::serve(&cast).await;
    let (anna, id, first) = cast.member(1, "Anna", "anna").await;
    let second = linked(&cast, id, second_router(&cast).await, "anna-too").await;
    cast.grant(first).await;
    boxed(&cast, first, "anna", "127.0.0.5").await;
    let own = asked(&anna).await;
    let right = number_of(&cast, "anna").await;
    let answer = anna.press(own.message_id, &right.to_string()).await.unwrap();
    assert_eq!(answer.text.as_deref(), Some("Confirmed. Opening…"));
    let connection = last(&cast).await.connections[0].id;
    cast.happen(first, Event::Opened { connection }).await.unwrap();
    cast.grant(second).await;
    boxed(&cast, second, "anna-too", "127.0.0.5").await;
    let intruders = anna
        .wait_message(|message| message.text.contains("anna-too") && message.button("Not me").is_some())
        .await
        .unwrap();
    for place in ["/box", page_of(&own), page_of(&intruders)] {
        for (language, words) in [("en", "Do not guess"), ("ru", "Не угадывайте")] {
            let html = page.look_at(place, "127.0.0.5", language).await;
            let is_own = place == page_of(&own) && html.contains("✓");
            assert!(is_own || html.contains(words), "{place}: {html}");
            assert!(!html.contains("number\">") && !html.contains("anna-too"), "{place}: {html}");
        }
    }
}

/// The right number for the account's tunnel.
async fn number_of(cast: &BotCast, username: &str) -> u8 {
    let sessions = cast.sessions().await;
    let mut connections = sessions.iter().flat_map(|session| &session.connections);
    let found = connections.find(|connection| connection.tunnel.username == username).unwrap();
    found.prompt.as_ref().unwrap().numbers.unwrap().right()
}

/// All texts of the page as managers wrote them: what is told in their place, in both languages, and the built-in one
/// where theirs cannot be used.
async fn the_page_says_what_managers_wrote(database: Database) {
    let cast = BotCast::assemble(&database).await;
    cast.policy(|policy| policy.confirmation = Confirmation::TelegramNumber).await;
    let page = Page::serve(&cast).await;
    let marina = cast.administrator("marina", Role::Admin).await;
    let by = Viewer::of(&marina, None, None).unwrap().manager().unwrap();
    let own = [
        ("box-nothing", Language::En, "Nobody <i>here</i> &amp; now"),
        ("box-nothing", Language::Ru, "Тут <i>никого</i>"),
        ("box-waits", Language::En, "{ $account } at the gate of { $router }"),
        ("box-waits", Language::Ru, "{ $account } у ворот { $router }"),
        ("box-number", Language::En, "Your number, please"),
        ("box-number", Language::Ru, "Ваше число"),
        ("box-cut", Language::En, "You have { $span }"),
        ("box-opening", Language::Ru, "Отпираем"),
        ("box-inside", Language::Ru, "Заходите"),
    ];
    for (key, language, text) in own {
        templates::set(&cast.app, &by, key, language, Some(text)).await.unwrap();
    }
    let says = async |language, words: &[&str]| {
        let html = page.look("127.0.0.5", language).await;
        assert!(words.iter().all(|words| html.contains(words)), "{words:?}: {html}");
    };
    says("en", &["Nobody <i>here</i> &amp; now"]).await;
    says("ru", &["Тут <i>никого</i>"]).await;
    let (anna, _, account) = cast.member(1, "Anna", "anna <b>").await;
    cast.grant(account).await;
    boxed(&cast, account, "anna <b>", "127.0.0.5").await;
    let prompt = asked(&anna).await;
    let number = number_of(&cast, "anna <b>").await;
    let shown = format!("<p class=\"number\">{number:02}</p>");
    says("en", &["anna &lt;b&gt; at the gate of Office", "Your number, please", "You have 1 min", &shown])
        .await;
    says("ru", &["anna &lt;b&gt; у ворот Office", "Ваше число", "Без ответа соединение оборвётся", &shown])
        .await;
    // Written past the checks: a text that cannot be used is no reason to show none.
    let mut tx = cast.app.store.begin().await.unwrap();
    for language in ["en", "ru"] {
        tx.set_setting(&format!("message.{language}.box-number"), Some("<b>{ $nobody")).await.unwrap();
    }
    tx.commit().await.unwrap();
    says("en", &["In Telegram, pick this number", &shown]).await;
    says("ru", &["Выберите в Telegram это число", &shown]).await;
    anna.press(prompt.message_id, &number.to_string()).await.unwrap();
    says("ru", &["Отпираем"]).await;
    says("en", &["Confirmed. Opening"]).await;
    let connection = last(&cast).await.connections[0].id;
    cast.happen(account, Event::Opened { connection }).await.unwrap();
    says("ru", &["Заходите"]).await;
    says("en", &["You are in"]).await;
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
    let (_, id, _) = cast.member(3, "Clara", "clara-here").await;
    let elsewhere = linked(&cast, id, second_router(&cast).await, "clara").await;
    for account in [account, other, elsewhere] {
        cast.grant(account).await;
    }
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
    // Nor is whoever cannot be told apart.
    boxed(&cast, elsewhere, "clara", "127.0.0.8").await;
    let words = [("en", "the bot named at /code"), ("ru", "бот назвал на /code")];
    for (language, words) in words {
        assert!(!page.look("127.0.0.8", language).await.contains(words));
    }
    outage::silent(&cast.app).await.unwrap();
    for (language, words) in words {
        let html = page.look("127.0.0.8", language).await;
        assert!(html.contains(words) && !html.contains("clara"), "{html}");
    }
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
    of_two_routers_with_the_same_addresses_each_is_shown_its_own,
    of_two_tunnels_of_one_person_no_number_is_shown,
    the_page_says_what_managers_wrote,
    a_code_opens_the_tunnel_that_shows_the_page_while_telegram_is_away,
    wrong_codes_are_counted,
    a_restart_gives_no_fresh_guesses,
    in_an_outage_the_page_does_not_send_people_to_telegram,
    codes_are_taken_away_by_their_owner,
}
