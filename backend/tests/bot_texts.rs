//! Texts of managers in place of the built-in ones.

mod bot_cast;

use bot_cast::{BotCast, Database, hears};
use sallyport::{
    ops::{OpError, authority::Viewer, templates},
    store::records::Role,
};
use sallyport_shared::{language::Language, person::UserStatus};
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
    for key in ["nothing", "button-help", "toast-done"] {
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

async fn a_preview_shows_the_text_with_made_up_names(_: Database) {
    let shown = templates::preview("menu", Language::Ru, Some("Привет, <b>{ $name }</b>")).unwrap();
    assert_eq!(shown, "Привет, <b>Анна Лебедева</b>");
    let built_in = templates::preview("status", Language::En, None).unwrap();
    assert!(built_in.contains("live session"), "{built_in}");
    assert!(templates::preview("menu", Language::En, Some("{ $x }")).is_err());
    assert!(templates::preview("nothing", Language::En, None).is_err());
}

stories! {
    a_text_counts_at_once_in_its_language_and_is_taken_back,
    what_cannot_be_used_is_refused_and_nothing_changes,
    a_broken_text_never_stops_a_message,
    a_preview_shows_the_text_with_made_up_names,
}
