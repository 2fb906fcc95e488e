//! Every kind of row is kept and comes back as it was.

use crate::cast::{World, at, id, invitation, pending, raw, router, save, user, world};
use sallyport::store::{
    AccountRecord, AdminRecord, AlertKind, AlertMatch, NewAlert, Presented, Role, Rotation, RouterMode,
    RouterRecord, RouterState, RouterStatus, SignInRecord, StoreError, TlsMode, UserRecord,
    testing::Temporary,
};
use sallyport_shared::{
    ids::{AdminId, RouterId, UserId},
    language::Language,
    person::{AccountSource, TelegramId, UserStatus},
    reason::Reason,
    session::{CloseReason, ConnectionState, EndReason, Session, SessionState},
    time::Seconds,
};
use serde_json::json;

fn words(text: &str) -> Reason {
    Reason::Words { text: text.to_owned() }
}

/// An owner with everything set.
pub(crate) fn admin(username: &str) -> AdminRecord {
    AdminRecord {
        id: AdminId(id()),
        username: username.to_owned(),
        password_hash: "$argon2id$".to_owned(),
        role: Role::Owner,
        language: Language::Ru,
        telegram: None,
        enabled: true,
        totp_secret_enc: Some(vec![0, 255]),
        totp_enabled: true,
        totp_last_step: Some(58_000_000),
        recovery_hashes: vec!["one".to_owned(), "two".to_owned()],
        link_code_hash: Some(format!("link of {username}")),
        link_code_expires_at: Some(at(600)),
        preferences: json!({ "theme": "dark", "singleKeys": false }),
        last_login_at: Some(at(1)),
        created_at: at(0),
        version: 1,
    }
}

fn sign_in(admin: AdminId, token_hash: &str) -> SignInRecord {
    SignInRecord {
        id: id(),
        admin,
        token_hash: token_hash.to_owned(),
        previous_hash: None,
        created_at: at(0),
        last_used_at: at(0),
        expires_at: at(1_000),
        revoked_at: None,
        address: Some("203.0.113.9".to_owned()),
        user_agent: Some("Firefox".to_owned()),
    }
}

pub(crate) async fn everything_about_people_comes_back(store: Temporary) {
    let world = world(&store).await;
    let boss = admin("boss");
    let full = UserRecord {
        status: UserStatus::Rejected,
        telegram: Some(TelegramId(5_000_000_000)),
        telegram_username: Some("ivan".to_owned()),
        telegram_blocked_at: None,
        language: Language::Ru,
        email: Some("ivan@example.org".to_owned()),
        phone: Some("+7 900 000-00-00".to_owned()),
        note: Some("Строка\nи ещё одна".to_owned()),
        rejection_reason: Some("Не знаем такого".to_owned()),
        decided_by: Some(boss.id),
        decided_at: Some(at(7)),
        policy: Some(world.policy),
        ..user(UserId(id()), "Иван «Ёж» O'Соколов")
    };
    let mut tx = store.begin().await.unwrap();
    tx.insert_admin(&boss).await.unwrap();
    tx.insert_user(&full).await.unwrap();
    assert_eq!(tx.user(full.id).await.unwrap(), Some(full.clone()));
    assert_eq!(tx.user_by_telegram(TelegramId(5_000_000_000)).await.unwrap(), Some(full.clone()));
    let bare = UserRecord { version: full.version + 1, ..user(full.id, "Иван") };
    tx.save_user(&UserRecord { version: full.version, ..bare.clone() }).await.unwrap();
    assert_eq!(tx.user(full.id).await.unwrap(), Some(bare), "what is no more is taken away");
    let counts = tx.users_by_status().await.unwrap();
    assert_eq!(counts, [(UserStatus::Approved, 2)]);

    let (first, second) = (invitation(full.id, "one"), invitation(full.id, "two"));
    tx.insert_invitation(&first).await.unwrap();
    assert_eq!(tx.open_invitations(&[full.id, world.user], at(1)).await.unwrap()[&full.id], first);
    assert_eq!(tx.use_invitation("one", at(3_600)).await.unwrap(), None, "too late");
    assert_eq!(tx.use_invitation("one", at(2)).await.unwrap(), Some(full.id));
    assert_eq!(tx.use_invitation("one", at(3)).await.unwrap(), None, "it works once");
    tx.insert_invitation(&second).await.unwrap();
    assert_eq!(tx.revoke_invitations(full.id, at(4)).await.unwrap(), 1);
    assert_eq!(tx.use_invitation("two", at(5)).await.unwrap(), None);
    assert!(tx.open_invitations(&[full.id], at(5)).await.unwrap().is_empty());

    tx.set_account_seen(world.account, Some(true), Some(AccountSource::UserManager7)).await.unwrap();
    tx.set_account_seen(world.account, Some(false), None).await.unwrap();
    let account = tx.account_by_username(world.router, "anna").await.unwrap().unwrap();
    assert_eq!(tx.account(world.account).await.unwrap().as_ref(), Some(&account));
    let AccountRecord { source, enabled, created_at, .. } = account;
    assert_eq!((source, enabled, created_at), (Some(AccountSource::UserManager7), Some(false), at(0)));
}

pub(crate) async fn everything_about_routers_comes_back(store: Temporary) {
    let new = RouterRecord {
        tls: TlsMode::Ca,
        ca_pem: Some("-----BEGIN".to_owned()),
        account_source: Some(AccountSource::PppSecret),
        md5_login: true,
        ..router(RouterId(id()), "Офис")
    };
    let mut tx = store.begin().await.unwrap();
    tx.insert_router(&new).await.unwrap();
    assert_eq!(tx.routers().await.unwrap(), std::slice::from_ref(&new));
    assert_eq!(tx.router_by_hook_token(&new.hook_token_hash).await.unwrap(), Some(new.clone()));
    let bare = RouterRecord { name: "Office".to_owned(), version: 2, ..router(new.id, "") };
    assert_eq!(tx.save_router(&RouterRecord { version: 1, ..bare.clone() }).await.unwrap(), 2);
    assert_eq!(tx.router(new.id).await.unwrap(), Some(bare.clone()));
    assert!(tx.save_router(&RouterRecord { version: 1, ..bare }).await.unwrap_err().is_conflict());

    assert!(tx.router_statuses(&[new.id]).await.unwrap().is_empty());
    let full = RouterStatus {
        state: RouterState::Degraded,
        last_error: Some("timeout".to_owned()),
        last_seen_at: Some(at(5)),
        push: true,
        identity: Some("MikroTik".to_owned()),
        version: Some("7.16.1".to_owned()),
        board: Some("hEX".to_owned()),
        uptime_seconds: Some(86_400),
        clock_skew_seconds: Some(-3),
        account_source: Some(AccountSource::UserManager6),
        ..RouterStatus::unknown(new.id)
    };
    for status in [full, RouterStatus::unknown(new.id)] {
        tx.save_router_status(&status).await.unwrap();
        assert_eq!(tx.router_statuses(&[new.id]).await.unwrap()[&new.id], status);
    }

    let ban =
        tx.insert_ban(new.id, "198.51.100.7", &words("Not me"), Some(at(100)), None, at(0)).await.unwrap();
    assert_eq!(tx.ban(ban.id).await.unwrap(), Some(ban.clone()));
    let longer = tx.insert_ban(new.id, "198.51.100.7", &words("Again"), None, None, at(1)).await.unwrap();
    assert_eq!(tx.bans(Some(new.id), at(2)).await.unwrap(), std::slice::from_ref(&longer));
    let other =
        tx.insert_ban(new.id, "198.51.100.8", &words("Too many"), Some(at(50)), None, at(2)).await.unwrap();
    assert_eq!(tx.bans(None, at(49)).await.unwrap(), [other, longer.clone()]);
    assert_eq!(tx.bans(None, at(50)).await.unwrap(), std::slice::from_ref(&longer));
    assert!(tx.remove_ban(longer.id, at(51)).await.unwrap());
    assert!(!tx.remove_ban(longer.id, at(51)).await.unwrap());
    assert_eq!(tx.bans(None, at(52)).await.unwrap(), []);

    for number in 0..3 {
        tx.insert_drift(new.id, at(number), &words(&format!("drift {number}")), number == 1).await.unwrap();
    }
    let drifts = tx.recent_drifts(&[new.id, RouterId(id())], 2).await.unwrap();
    let seen: Vec<_> =
        drifts[&new.id].iter().map(|drift| (drift.what.to_string(), drift.at, drift.repaired)).collect();
    assert_eq!(seen, [("drift 2".to_owned(), at(2), false), ("drift 1".to_owned(), at(1), true)]);
    assert!(tx.recent_drifts(&[], 2).await.unwrap().is_empty());
}

pub(crate) async fn everything_about_admins_comes_back(store: Temporary) {
    let mut tx = store.begin().await.unwrap();
    let boss = admin("Boss");
    tx.insert_admin(&boss).await.unwrap();
    assert_eq!(tx.admin(boss.id).await.unwrap(), Some(boss.clone()));
    assert_eq!(tx.admin_by_link_code("link of Boss", at(599)).await.unwrap(), Some(boss.clone()));
    assert_eq!(tx.admin_by_link_code("link of Boss", at(600)).await.unwrap(), None);
    let bare = AdminRecord {
        role: Role::Viewer,
        telegram: Some(TelegramId(8)),
        enabled: false,
        totp_secret_enc: None,
        totp_enabled: false,
        totp_last_step: None,
        recovery_hashes: Vec::new(),
        link_code_hash: None,
        link_code_expires_at: None,
        preferences: json!({}),
        last_login_at: None,
        version: 2,
        ..boss.clone()
    };
    assert_eq!(tx.save_admin(&AdminRecord { version: 1, ..bare.clone() }).await.unwrap(), 2);
    assert!(tx.save_admin(&AdminRecord { version: 1, ..bare.clone() }).await.unwrap_err().is_conflict());
    assert_eq!(tx.admin_by_telegram(TelegramId(8)).await.unwrap(), Some(bare.clone()));
    assert_eq!(tx.admin_by_username("BOSS").await.unwrap(), Some(bare.clone()));
    assert!(!tx.has_owner().await.unwrap());
    tx.insert_admin(&admin("Anna")).await.unwrap();
    let names: Vec<_> = tx.admins().await.unwrap().into_iter().map(|admin| admin.username).collect();
    assert_eq!(names, ["Anna", "Boss"]);
    tx.insert_sign_in(&sign_in(boss.id, "token")).await.unwrap();
    assert_eq!(tx.admins_by_ids(&[boss.id]).await.unwrap()[&boss.id], bare);
    assert!(tx.delete_admin(boss.id).await.unwrap());
    assert!(!tx.delete_admin(boss.id).await.unwrap());
    assert_eq!(tx.sign_in_presented(unnamed("token")).await.unwrap(), None, "sign-ins go with the admin");
}

/// A token that does not name its sign-in.
fn unnamed(hash: &str) -> Presented<'_> {
    Presented { sign_in: None, hash }
}

pub(crate) async fn sign_ins_rotate_and_catch_thieves(store: Temporary) {
    let boss = admin("Boss");
    let first = sign_in(boss.id, "t1");
    let mut tx = store.begin().await.unwrap();
    tx.insert_admin(&boss).await.unwrap();
    tx.insert_sign_in(&first).await.unwrap();
    assert_eq!(tx.sign_in(first.id).await.unwrap(), Some(first.clone()));
    let leeway = Seconds(10);
    let mut rotate = async |old: &str, new: &str, now| {
        let presented = Presented { sign_in: Some(first.id), hash: old };
        tx.rotate_sign_in(presented, new, at(now), at(now + 1_000), leeway).await.unwrap()
    };
    let Rotation::Rotated(second) = rotate("t1", "t2", 100).await else { panic!("t1 was good") };
    assert_eq!((second.token_hash.as_str(), second.previous_hash.as_deref()), ("t2", Some("t1")));
    assert_eq!((second.last_used_at, second.expires_at), (at(100), at(1_100)));
    assert!(matches!(rotate("t1", "x", 109).await, Rotation::Recent(_)), "two tabs of one browser");
    assert!(matches!(rotate("t2", "t3", 110).await, Rotation::Rotated(_)));
    let Rotation::Reused(family) = rotate("t1", "x", 111).await else { panic!("t1 was stolen") };
    assert_eq!((family.id, family.revoked_at), (first.id, Some(at(111))));
    assert!(matches!(rotate("t3", "x", 112).await, Rotation::Invalid), "the thief's token is worth nothing");
    let unknown = Presented { sign_in: Some(uuid::Uuid::nil()), hash: "t3" };
    let nothing = tx.rotate_sign_in(unknown, "x", at(112), at(1_000), leeway).await.unwrap();
    assert_eq!(nothing, Rotation::Invalid, "there is no such sign-in");

    // Tokens that do not name their sign-in are from before.
    tx.insert_sign_in(&sign_in(boss.id, "old1")).await.unwrap();
    let mut rotate = async |old: &str, new: &str, now| {
        tx.rotate_sign_in(unnamed(old), new, at(now), at(now + 1_000), leeway).await.unwrap()
    };
    assert!(matches!(rotate("old1", "old2", 100).await, Rotation::Rotated(_)));
    assert!(matches!(rotate("old1", "x", 109).await, Rotation::Recent(_)));
    assert!(matches!(rotate("unknown", "x", 109).await, Rotation::Invalid));
    assert!(matches!(rotate("old1", "x", 110).await, Rotation::Reused(_)));

    for token in ["a", "b", "c"] {
        tx.insert_sign_in(&sign_in(boss.id, token)).await.unwrap();
    }
    let late = tx.rotate_sign_in(unnamed("a"), "x", at(1_000), at(2_000), leeway).await.unwrap();
    assert_eq!(late, Rotation::Invalid, "it has expired");
    let keep = tx.sign_in_presented(unnamed("b")).await.unwrap().unwrap();
    assert_eq!(tx.sign_ins_of(boss.id, at(200)).await.unwrap().len(), 3);
    assert_eq!(tx.revoke_sign_ins_of(boss.id, Some(keep.id), at(200)).await.unwrap(), 2);
    assert_eq!(tx.sign_ins_of(boss.id, at(200)).await.unwrap(), std::slice::from_ref(&keep));
    assert!(tx.revoke_sign_in(keep.id, at(201)).await.unwrap());
    assert!(!tx.revoke_sign_in(keep.id, at(201)).await.unwrap());
}

/// Every value of the enums that the tables check.
pub(crate) async fn every_spelling_is_accepted(store: Temporary) {
    use CloseReason as C;
    use EndReason as E;
    let world = world(&store).await;
    let ends = [
        E::FinishedByUser,
        E::EndedByAdmin,
        E::Expired,
        E::Denied,
        E::ConfirmTimeout,
        E::Banned,
        E::UserBlocked,
        E::AccountRemoved,
        E::NeverConnected,
        E::Refused,
    ];
    let closes = [
        C::Disconnected,
        C::Denied,
        C::ConfirmTimeout,
        C::Expired,
        C::EndedByAdmin,
        C::EndedByUser,
        C::Banned,
        C::TooMany,
        C::Policy,
        C::RouterRestarted,
    ];
    for (end, close) in ends.into_iter().zip(closes) {
        let mut session = ended(&world, Some(end));
        let mut connection = pending(&format!("{close:?}"), at(0));
        connection.state = ConnectionState::Closed;
        (connection.closed_at, connection.close_reason) = (Some(at(1)), Some(close));
        session.connections.push(connection);
        save(&store, &session, None).await;
        assert_eq!(store.read().await.unwrap().session(session.id).await.unwrap().unwrap().session, session);
    }
    let mut version = None;
    let live = world.session();
    for state in
        [SessionState::Requested, SessionState::Granted, SessionState::Confirming, SessionState::Active]
    {
        version = Some(save(&store, &Session { state, ..live.clone() }, version).await);
    }
    let mut tx = store.begin().await.unwrap();
    let mut new = router(RouterId(id()), "R");
    tx.insert_router(&new).await.unwrap();
    for (tls, mode) in [(TlsMode::Plain, RouterMode::Observe), (TlsMode::Ca, RouterMode::Enforce)] {
        (new.tls, new.mode) = (tls, mode);
        new.version = tx.save_router(&new).await.unwrap();
    }
    for state in [
        RouterState::Connecting,
        RouterState::Online,
        RouterState::Degraded,
        RouterState::Offline,
        RouterState::Disabled,
    ] {
        tx.save_router_status(&RouterStatus { state, ..RouterStatus::unknown(new.id) }).await.unwrap();
    }
    let mut boss = admin("boss");
    tx.insert_admin(&boss).await.unwrap();
    for role in [Role::Viewer, Role::Operator, Role::Admin, Role::Owner] {
        boss.role = role;
        boss.version = tx.save_admin(&boss).await.unwrap();
    }
}

fn ended(world: &World, reason: Option<EndReason>) -> Session {
    Session { state: SessionState::Ended, ended_at: Some(at(60)), end_reason: reason, ..world.session() }
}

pub(crate) async fn nonsense_is_reported(store: Temporary) {
    let world = world(&store).await;
    raw(&store, "UPDATE policies SET body = '{}'").await.unwrap();
    let answer = store.read().await.unwrap().default_policy().await;
    let Err(StoreError::Corrupt { table, column, row }) = answer else { panic!("{answer:?}") };
    assert_eq!((table, column, row), ("policies", "body", world.policy.to_string()));
    for refused in [
        "UPDATE users SET status = 'ADMIRED'",
        "UPDATE routers SET port = 0",
        "UPDATE accounts SET rule_id = '*1'",
        "INSERT INTO decisions (session_id, seq, at, what, why) VALUES ('nobody', 1, 1, 'a', 'b')",
    ] {
        assert!(raw(&store, refused).await.is_err(), "{refused}");
    }
}

async fn chats_are_forgotten(tx: &mut sallyport::store::Tx) {
    let (anna, boris) = (TelegramId(i64::MAX), TelegramId(7));
    tx.set_chat(anna, Some("a"), at(0), at(100)).await.unwrap();
    tx.set_chat(boris, Some("b"), at(0), at(50)).await.unwrap();
    tx.set_chat(boris, Some("c"), at(1), at(60)).await.unwrap();
    assert_eq!(tx.chat(anna, at(99)).await.unwrap().as_deref(), Some("a"));
    assert_eq!(tx.chat(boris, at(59)).await.unwrap().as_deref(), Some("c"));
    assert_eq!(tx.chat(boris, at(60)).await.unwrap(), None);
    tx.set_chat(anna, Some("d"), at(60), at(200)).await.unwrap();
    assert_eq!(tx.chats_count().await.unwrap(), 1, "what is too old goes");
    tx.set_chat(anna, None, at(61), at(200)).await.unwrap();
    assert_eq!(tx.chats_count().await.unwrap(), 0);
}

pub(crate) async fn small_things_come_back(store: Temporary) {
    let world = world(&store).await;
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.setting("language").await.unwrap(), None);
    tx.set_setting("language", Some("RU")).await.unwrap();
    tx.set_setting("language", Some("EN")).await.unwrap();
    tx.set_setting("publicUrl", Some("https://vpn.example.org")).await.unwrap();
    assert_eq!(tx.setting("language").await.unwrap().as_deref(), Some("EN"));
    tx.set_setting("language", None).await.unwrap();
    assert_eq!(tx.settings_under("").await.unwrap().into_keys().collect::<Vec<_>>(), ["publicUrl"]);
    tx.set_setting("publicXUrl", Some("1")).await.unwrap();
    assert_eq!(tx.settings(&["language", "publicUrl"]).await.unwrap().len(), 1);
    assert_eq!(tx.settings_under("public_").await.unwrap().len(), 0, "no pattern but a prefix");
    assert_eq!(tx.settings_under("publicX").await.unwrap().len(), 1);
    chats_are_forgotten(&mut tx).await;
    tx.notify("session changed").await.unwrap();

    let alert = NewAlert {
        kind: AlertKind::Denial,
        user: Some(world.user),
        session: None,
        router: Some(world.router),
        detail: Reason::SaidNotMe { account: "Иван".to_owned(), caller: None },
    };
    assert!(tx.raise_alert(&alert, at(1)).await.unwrap());
    assert!(!tx.raise_alert(&alert, at(2)).await.unwrap(), "it stands already");
    let other = NewAlert { kind: AlertKind::RouterTrouble, user: None, ..alert.clone() };
    assert!(tx.raise_alert(&other, at(3)).await.unwrap());
    let open = tx.open_alerts().await.unwrap();
    assert_eq!(
        open.iter().map(|open| (open.at, &open.alert)).collect::<Vec<_>>(),
        [(at(1), &alert), (at(3), &other)]
    );
    let of_anna = AlertMatch { user: Some(world.user), ..AlertMatch::default() };
    assert_eq!(tx.resolve_alerts(of_anna, at(4)).await.unwrap(), 1);
    assert!(tx.resolve_alert(open[1].id, at(4)).await.unwrap());
    assert!(!tx.resolve_alert(open[1].id, at(4)).await.unwrap());
    assert_eq!(tx.open_alerts().await.unwrap(), []);
    assert!(tx.raise_alert(&alert, at(5)).await.unwrap(), "it may come again");
}

pub(crate) async fn numbers_add_up(store: Temporary) {
    let world = world(&store).await;
    let day = |days: i64| at(days * 86_400);
    let mut first = Session { requested_at: day(-1), ..ended(&world, Some(EndReason::Expired)) };
    for (number, seconds) in [(1, 4), (2, 8), (3, 30)] {
        let mut connection = pending(&number.to_string(), day(0));
        connection.state = ConnectionState::Closed;
        connection.closed_at = Some(day(0).plus(Seconds(99)));
        connection.confirmed_at = Some(day(0).plus(Seconds(seconds)));
        connection.opened_at = connection.confirmed_at.filter(|_| number < 3);
        connection.close_reason = Some(CloseReason::Denied);
        first.connections.push(connection);
    }
    save(&store, &first, None).await;
    save(&store, &Session { requested_at: day(-5), ..ended(&world, None) }, None).await;
    let mut live = Session { requested_at: day(0), state: SessionState::Confirming, ..world.session() };
    live.connections.push(pending("live", day(-9)));
    save(&store, &live, None).await;
    let numbers = store.read().await.unwrap().statistics(day(0), 3).await.unwrap();
    assert_eq!(numbers.sessions_by_state, [(SessionState::Confirming, 1), (SessionState::Ended, 2)]);
    assert_eq!((numbers.live_sessions(), numbers.live_connections), (1, 1));
    assert_eq!((numbers.pending_confirmations, numbers.pending_registrations()), (1, 0));
    let counts =
        |days: &[(sallyport_shared::time::Timestamp, i64)]| days.iter().map(|day| day.1).collect::<Vec<_>>();
    assert_eq!(counts(&numbers.sessions_per_day), [0, 1, 1]);
    assert_eq!(counts(&numbers.denied_per_day), [0, 0, 3]);
    assert_eq!(numbers.sessions_per_day[2].0.micros() % 86_400_000_000, 0);
    assert_eq!(numbers.ended_by_reason, [(EndReason::Expired, 1)]);
    assert_eq!(numbers.sessions_by_router.iter().map(|(_, n)| *n).collect::<Vec<_>>(), [2]);
    assert_eq!(numbers.top_unconfirmed.iter().map(|(_, n)| *n).collect::<Vec<_>>(), [3]);
    assert_eq!(numbers.confirm_seconds_median, Some(8.0));
    assert_eq!(numbers.open_seconds_median, Some(0.0));
    let before = store.read().await.unwrap().statistics(day(-20), 3).await.unwrap();
    assert_eq!(before.sessions_per_day.len(), 3);
}

pub(crate) async fn deletion_keeps_history(store: Temporary) {
    let world = world(&store).await;
    let session = ended(&world, Some(EndReason::UserBlocked));
    save(&store, &session, None).await;
    let mut tx = store.begin().await.unwrap();
    tx.wish(world.router, None, &crate::cast::account_wish(&world, false), at(0), false).await.unwrap();
    assert!(tx.delete_user(world.user, at(70)).await.unwrap());
    assert!(!tx.delete_user(world.user, at(70)).await.unwrap());
    assert!(tx.delete_router(world.router, at(71)).await.unwrap());
    assert!(!tx.delete_router(world.router, at(71)).await.unwrap());
    tx.commit().await.unwrap();
    let mut tx = store.read().await.unwrap();
    assert!(tx.session(session.id).await.unwrap().is_some());
    assert_eq!(tx.users_by_ids(&[world.user]).await.unwrap()[&world.user].deleted_at, Some(at(70)));
    assert_eq!(tx.accounts_by_ids(&[world.account]).await.unwrap()[&world.account].removed_at, Some(at(70)));
    assert_eq!(tx.router(world.router).await.unwrap(), None);
    let kept = tx.routers_by_ids(&[world.router]).await.unwrap().remove(&world.router).unwrap();
    assert_eq!((kept.deleted_at, kept.password_enc), (Some(at(71)), Vec::new()));
    assert_eq!(tx.routers().await.unwrap(), []);
    assert_eq!(tx.pending_wishes_count(world.router).await.unwrap(), 0);
    assert_eq!(tx.scene_of_username(world.router, "anna").await.unwrap(), None);
}
