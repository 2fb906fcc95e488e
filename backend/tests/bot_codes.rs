//! Codes that tie a Telegram account to somebody.

mod bot_cast;

use bot_cast::{BotCast, Database, hears, user};
use sallyport::{
    ops::{authority::Viewer, invitations, links},
    store::records::{AdminRecord, Role},
};
use sallyport_shared::{
    ids::UserId,
    language::Language,
    person::{TelegramId, UserStatus},
};

/// A person whom an administrator made, without Telegram.
async fn made(cast: &BotCast, name: &str) -> UserId {
    let id = UserId(cast.app.clock.new_id());
    let mut record = user(id, 0, name, UserStatus::Approved, Language::Ru, cast.app.clock.now());
    record.telegram = None;
    let mut tx = cast.app.store.begin().await.unwrap();
    tx.insert_user(&record).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// The code of an invitation.
async fn invited(cast: &BotCast, by: &AdminRecord, person: UserId) -> String {
    let by = Viewer::of(by, None, None).unwrap().manager().unwrap();
    invitations::create(&cast.app, &by, person).await.unwrap();
    let now = cast.app.clock.now();
    let open = cast.app.store.read().await.unwrap().open_invitations(&[person], now).await.unwrap();
    let url = invitations::url(&cast.app, &open[&person]).await.unwrap().unwrap();
    url.strip_prefix("https://t.me/sallyport_bot?start=").expect("a link to the bot").to_owned()
}

async fn an_invitation_ties_one_account_once(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let marina = cast.administrator("marina", Role::Admin).await;
    let id = made(&cast, "Анна Лебедева").await;
    let code = invited(&cast, &marina, id).await;
    let anna = cast.telegram.person(1, "Anna", Some("en"), Some("anna_l"));
    anna.send(&format!("/start {code}")).await;
    hears(&anna, "Анна Лебедева, регистрация подтверждена").await;
    let known = cast.known(1).await.unwrap();
    assert_eq!((known.id, known.telegram_username.as_deref()), (id, Some("anna_l")));

    anna.send(&format!("/start {code}")).await;
    hears(&anna, "Анна Лебедева, что сделать?").await;
    let eve = cast.stranger(2, "Eve", "en");
    eve.send(&format!("/start {code}")).await;
    hears(&eve, "used up or too old").await;
    assert!(cast.known(2).await.is_none());
}

async fn an_invitation_lets_nobody_in_whom_nobody_has_approved(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let marina = cast.administrator("marina", Role::Admin).await;
    let by = Viewer::of(&marina, None, None).unwrap().manager().unwrap();
    let id = made(&cast, "Анна").await;
    let code = invited(&cast, &marina, id).await;
    let anna = cast.stranger(1, "Anna", "en");
    for (status, why) in [
        (UserStatus::Pending, "waits for a decision; approve them first"),
        (UserStatus::Rejected, "was turned down; approve them first"),
        (UserStatus::Blocked, "is blocked"),
    ] {
        cast.change(id, |user| user.status = status).await;
        let refused = invitations::create(&cast.app, &by, id).await.unwrap_err();
        assert!(refused.to_string().contains(why), "{refused}");
        anna.send(&format!("/start {code}")).await;
        hears(&anna, "used up or too old").await;
        assert!(cast.known(1).await.is_none(), "{status:?}");
    }
    // Approved after all, she follows the same link.
    cast.change(id, |user| user.status = UserStatus::Approved).await;
    anna.send(&format!("/start {code}")).await;
    hears(&anna, "Анна, регистрация подтверждена").await;
    assert_eq!(cast.known(1).await.unwrap().id, id);
}

async fn an_invitation_is_not_wasted_on_somebody_who_is_registered(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let marina = cast.administrator("marina", Role::Admin).await;
    let id = made(&cast, "Анна").await;
    let code = invited(&cast, &marina, id).await;
    let (boris, _) = cast.person(1, "Boris", UserStatus::Approved, Language::En).await;
    boris.send(&format!("/start {code}")).await;
    hears(&boris, "registered already, as Boris").await;
    let anna = cast.stranger(2, "Anna", "ru");
    anna.send(&format!("/start {code}")).await;
    hears(&anna, "регистрация подтверждена").await;
}

async fn old_invitations_are_worth_nothing(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let marina = cast.administrator("marina", Role::Admin).await;
    let id = made(&cast, "Анна").await;
    let code = invited(&cast, &marina, id).await;
    cast.advance(7 * 86_400);
    let anna = cast.stranger(1, "Anna", "ru");
    anna.send(&format!("/start {code}")).await;
    hears(&anna, "уже использовано или устарело").await;
    anna.send("/start made-up").await;
    hears(&anna, "уже использовано или устарело").await;
}

async fn a_link_code_works_once_and_not_for_long(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let olga = cast.administrator("olga", Role::Operator).await;
    let viewer = Viewer::of(&olga, None, None).unwrap();
    let first = links::new_admin_code(&cast.app, &viewer).await.unwrap();
    let second = links::new_admin_code(&cast.app, &viewer).await.unwrap();
    let eve = cast.stranger(1, "Eve", "en");
    eve.send(&first).await;
    hears(&eve, "Hello!").await;
    cast.advance(15 * 60);
    eve.send(&second).await;
    hears(&eve, "Hello!").await;
    let third = links::new_admin_code(&cast.app, &viewer).await.unwrap();
    let desk = cast.stranger(2, "Olga", "en");
    desk.send(&format!("/start {third}")).await;
    hears(&desk, "now belongs to the administrator olga").await;
    eve.send(&third).await;
    hears(&eve, "Hello!").await;
    let linked = cast.app.store.read().await.unwrap().admin(olga.id).await.unwrap().unwrap();
    assert_eq!(linked.telegram, Some(TelegramId(2)));
}

stories! {
    an_invitation_lets_nobody_in_whom_nobody_has_approved,
    an_invitation_ties_one_account_once,
    an_invitation_is_not_wasted_on_somebody_who_is_registered,
    old_invitations_are_worth_nothing,
    a_link_code_works_once_and_not_for_long,
}
