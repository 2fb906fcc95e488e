//! Texts of managers in place of the built-in ones.

mod bot_cast;

use bot_cast::{BotCast, Database, hears};
use sallyport::{
    ops::{OpError, authority::Viewer, offline, templates},
    store::records::Role,
};
use sallyport_shared::{
    language::Language,
    person::{TelegramId, UserStatus},
    policy::Confirmation,
};
use sim::telegram::{Fault, FaultRule};

async fn set(
    cast: &BotCast,
    key: &str,
    language: Language,
    text: Option<&str>,
) -> Result<templates::MessageTemplate, OpError> {
    let store = cast.app.store.read().await;
    let known = store.unwrap().admin_by_username("marina").await.unwrap();
    let marina = match known {
        Some(marina) => marina,
        None => cast.administrator("marina", Role::Admin).await,
    };
    let by = Viewer::of(&marina, None, None).unwrap().manager().unwrap();
    templates::set(&cast.app, &by, key, language, text).await
}

async fn a_text_counts_at_once_in_its_language_and_is_taken_back(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, _) = cast.person(1, "Анна <b>", UserStatus::Approved, Language::Ru).await;
    let (john, _) = cast.person(2, "John", UserStatus::Approved, Language::En).await;
    let own =
        set(&cast, "menu", Language::Ru, Some(" Привет, <b>{ $name }</b>!\nЧего изволите? ")).await.unwrap();
    assert!(own.custom && own.text == "Привет, <b>{ $name }</b>!\nЧего изволите?");
    assert_eq!(own.placeholders, ["name"]);
    anna.send("/start").await;
    hears(&anna, "Привет, Анна <b>!\nЧего изволите?").await;
    assert_eq!(anna.keyboard().unwrap()[0][0], "Получить VPN", "the buttons stay");
    john.send("/start").await;
    hears(&john, "John, what would you like to do?").await;
    let back = set(&cast, "menu", Language::Ru, None).await.unwrap();
    assert!(!back.custom && back.text == back.built_in);
    anna.send("/start").await;
    hears(&anna, "что сделать?").await;
}

async fn what_cannot_be_used_is_refused_and_nothing_changes(database: Database) {
    let cast = BotCast::assemble(&database).await;
    for (key, text) in
        [("menu", "Hello, { $nmae }"), ("menu", "<b>Hello"), ("prompt", "You?"), ("menu", "a < b")]
    {
        let refused = set(&cast, key, Language::En, Some(text)).await.unwrap_err();
        assert!(matches!(refused, OpError::Invalid { field: "text", .. }), "{text}: {refused}");
    }
    for key in ["nothing", "button-help", "toast-done", "span-days"] {
        assert!(matches!(set(&cast, key, Language::En, Some("x")).await, Err(OpError::NotFound(_))), "{key}");
    }
    assert!(templates::list(&cast.app).await.unwrap().iter().all(|template| !template.custom));
}

async fn a_broken_text_never_stops_a_message(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, _) = cast.person(1, "Anna", UserStatus::Approved, Language::En).await;
    // Written past the checks.
    let mut tx = cast.app.store.begin().await.unwrap();
    tx.set_setting("message.en.menu", Some("<b>{ $nobody")).await.unwrap();
    tx.commit().await.unwrap();
    anna.send("/start").await;
    hears(&anna, "Anna, what would you like to do?").await;
    // Telegram has its own opinion.
    set(&cast, "menu", Language::En, Some("Our own words, { $name }")).await.unwrap();
    let why = "Bad Request: can't parse entities";
    cast.telegram.inject(
        FaultRule::new(Fault::Status { status: 400, description: Some(why.to_owned()) })
            .on("sendMessage")
            .times(1),
    );
    anna.clear_history();
    anna.send("/start").await;
    hears(&anna, "Anna, what would you like to do?").await;
    anna.send("/start").await;
    hears(&anna, "Our own words, Anna").await;
}

async fn parts_of_texts_and_what_taps_are_answered_with_are_changed_as_well(database: Database) {
    // Nobody knows where the page is.
    let mut cast = BotCast::assemble_with(&database, &[("SALLYPORT_LISTEN", "127.0.0.1:0")]).await;
    cast.start();
    cast.policy(|policy| policy.confirmation = Confirmation::TelegramNumber).await;
    let (anna, id, account) = cast.member(1, "Anna", "anna").await;
    for (key, text) in [
        ("toast-not-me", "<b>Good</b> that you say so &amp; thank you"),
        ("refusal-already-answered", "You said something before"),
        ("outcome-not-me", "That was <i>somebody</i> else"),
        ("page-unknown", "the page of the &lt;IT&gt;"),
        ("codes-seed", "<b>Scan</b> this or type <code>{ $secret }</code>"),
    ] {
        set(&cast, key, Language::En, Some(text)).await.unwrap();
    }
    cast.grant(account).await;
    cast.tunnel(account, "anna", "0x1").await;
    let prompt = anna.wait_message(|message| message.button("Not me").is_some()).await.unwrap();
    assert!(prompt.text.contains("Open the page of the <IT> on the connected device"), "{}", prompt.text);
    let answer = anna.press(prompt.message_id, "Not me").await.unwrap();
    assert_eq!(answer.text.as_deref(), Some("Good that you say so & thank you"));
    let over = anna.wait_edit(prompt.message_id, |message| message.buttons().is_empty()).await.unwrap();
    assert!(over.text.ends_with("That was somebody else"), "{}", over.text);
    let data = prompt.button("Not me").unwrap().callback_data.clone().unwrap();
    let again = anna.forge_callback(anna.chat_id(), prompt.message_id, &data).answer().await.unwrap();
    assert_eq!(again.text.as_deref(), Some("You said something before"));
    let user = cast.app.store.read().await.unwrap().user(id).await.unwrap().unwrap();
    offline::begin(&cast.app, &user, TelegramId(1), Language::En).await.unwrap();
    let seed = anna.wait_message(|message| message.photo.is_some()).await.unwrap();
    assert!(seed.text.starts_with("Scan this or type "), "{seed:?}");
}

async fn a_text_with_forms_is_kept_as_it_is_shown_and_as_it_is_changed(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, _) = cast.person(1, "Анна", UserStatus::Approved, Language::Ru).await;
    let all = templates::list(&cast.app).await.unwrap();
    for shown in all.iter().filter(|shown| shown.text.contains("->")) {
        let kept = set(&cast, &shown.key, shown.language, Some(&shown.text)).await.unwrap();
        assert!(!kept.custom, "{}: it is the built-in one", shown.key);
    }
    let own = "{ $name }: { $sessions ->\n    [0] сессий нет\n   *[other] сессии есть\n}";
    set(&cast, "status", Language::Ru, Some(own)).await.unwrap();
    anna.send("/status").await;
    hears(&anna, "Анна: сессий нет").await;
}

async fn a_preview_shows_the_text_with_made_up_names(_: Database) {
    let shown = templates::preview("menu", Language::Ru, Some("Привет, <b>{ $name }</b>")).unwrap();
    assert_eq!(shown, "Привет, <b>Анна Лебедева</b>");
    let built_in = templates::preview("status", Language::En, None).unwrap();
    assert!(built_in.contains("live session"), "{built_in}");
    assert!(templates::preview("menu", Language::En, Some("{ $x }")).is_err());
    assert!(templates::preview("nothing", Language::En, None).is_err());
}

stories! {
    parts_of_texts_and_what_taps_are_answered_with_are_changed_as_well,
    a_text_with_forms_is_kept_as_it_is_shown_and_as_it_is_changed,
    a_text_counts_at_once_in_its_language_and_is_taken_back,
    what_cannot_be_used_is_refused_and_nothing_changes,
    a_broken_text_never_stops_a_message,
    a_preview_shows_the_text_with_made_up_names,
}
