//! Sessions and what belongs to them.

use crate::cast::{account_wish, at, id, pending, save, tunnel, user, world};
use sallyport::store::{RouterMode, testing::Temporary};
use sallyport_shared::{
    ids::{ConnectionId, PolicyId, SessionId},
    person::{TelegramId, UserStatus},
    policy::{AccessMode, Policy},
    reason::Reason,
    router::BoundRule,
    session::{
        CloseReason, Connection, ConnectionState, Contact, Decision, EndReason, Grounds, Session,
        SessionState, due_at,
    },
};

/// The session with everything set that can be set.
fn full(session: Session) -> Session {
    let mut confirmed = pending("0x81300077", at(10));
    (confirmed.country, confirmed.grounds) = (Some("RU".to_owned()), Some(Grounds::Person));
    confirmed.ask_at = Some(at(11));
    confirmed.state = ConnectionState::Confirmed;
    confirmed.prompt.as_mut().unwrap().answered_at = Some(at(12));
    confirmed.confirmed_at = Some(at(12));
    confirmed.opened_at = Some(at(13));
    let closed = Connection {
        state: ConnectionState::Closed,
        closed_at: Some(at(9)),
        close_reason: Some(CloseReason::ConfirmTimeout),
        prompt: None,
        ..pending("0x81300076", at(5))
    };
    Session {
        state: SessionState::Active,
        account_ready: true,
        reminded_at: Some(at(3)),
        end_told: true,
        own_span: true,
        review_at: Some(at(700)),
        opens_at: Some(at(800)),
        extensions: 2,
        connections: vec![closed, confirmed],
        ..session
    }
}

pub(crate) async fn session_comes_back_as_saved(store: Temporary) {
    let world = world(&store).await;
    let first = full(world.session());
    let version = save(&store, &first, None).await;
    let loaded = store.read().await.unwrap().session(first.id).await.unwrap().unwrap();
    assert_eq!((loaded.session, loaded.version), (first.clone(), version));

    let mut ended = first.clone();
    ended.state = SessionState::Ended;
    ended.ended_at = Some(at(20));
    ended.end_reason = Some(EndReason::FinishedByUser);
    (ended.connect_by, ended.remind_at) = (None, None);
    let last = ended.connections.last_mut().unwrap();
    (last.state, last.closed_at) = (ConnectionState::Closed, Some(at(20)));
    last.close_reason = Some(CloseReason::EndedByUser);
    assert_eq!(save(&store, &ended, Some(version)).await, version + 1);
    let mut tx = store.read().await.unwrap();
    assert_eq!(tx.session(ended.id).await.unwrap().unwrap().session, ended);
    assert_eq!(tx.user(world.user).await.unwrap().unwrap().last_seen_at, Some(at(10)));
    let listed = tx.sessions_by_ids(&[ended.id]).await.unwrap().remove(&ended.id).unwrap();
    assert_eq!(listed.policy, Some(world.policy));
    assert_eq!(listed.session, Session { connections: Vec::new(), ..ended });
}

pub(crate) async fn connections_beyond_twenty_are_left_out(store: Temporary) {
    let world = world(&store).await;
    let mut session = world.session();
    session.connections.push(pending("live", at(0)));
    session.connections.extend((1..=25).map(|number| Connection {
        state: ConnectionState::Closed,
        closed_at: Some(at(number + 1)),
        close_reason: Some(CloseReason::Disconnected),
        ..pending(&number.to_string(), at(number))
    }));
    let version = save(&store, &session, None).await;
    let loaded = store.read().await.unwrap().session(session.id).await.unwrap().unwrap().session;
    let seen: Vec<_> =
        loaded.connections.iter().map(|known| known.tunnel.router_session_id.clone()).collect();
    let expected: Vec<_> =
        std::iter::once("live".to_owned()).chain((6..=25).map(|n| n.to_string())).collect();
    assert_eq!(seen, expected);
    // Saving what was loaded takes nothing away.
    save(&store, &loaded, Some(version)).await;
    let all = store.read().await.unwrap().connections_of_sessions(&[session.id]).await.unwrap();
    assert_eq!(all[&session.id].len(), 26);
}

pub(crate) async fn scene_has_all_that_rules_need(store: Temporary) {
    let world = world(&store).await;
    let mut session = world.session();
    session.connections.push(pending("0x1", at(1)));
    let version = save(&store, &session, None).await;
    let mut tx = store.begin().await.unwrap();
    tx.bind_rule(world.account, "*7", b"2FA anna").await.unwrap();
    tx.suspend_account(world.account, true).await.unwrap();
    let mut anna = tx.user(world.user).await.unwrap().unwrap();
    (anna.telegram, anna.status) = (Some(TelegramId(42)), UserStatus::Blocked);
    tx.save_user(&anna).await.unwrap();
    let mut router = tx.router(world.router).await.unwrap().unwrap();
    (router.mode, router.name) = (RouterMode::Observe, "Branch".to_owned());
    tx.save_router(&router).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = store.read().await.unwrap();
    let scene = tx.scene(world.account).await.unwrap().unwrap();
    assert_eq!(scene.person, anna.person());
    assert_eq!((scene.account.username.as_str(), scene.account.router_name.as_str()), ("anna", "Branch"));
    assert!(scene.account.suspended);
    assert_eq!(scene.policy, Policy::initial(world.policy));
    assert_eq!(scene.mode, RouterMode::Observe);
    let rule = BoundRule { account: world.account, rule_id: "*7".into(), comment: b"2FA anna".to_vec() };
    assert_eq!(scene.rule, Some(rule));
    let live = scene.live.clone().unwrap();
    assert_eq!((live.session, live.version), (session, version));
    assert_eq!(tx.scene_of_username(world.router, "anna").await.unwrap(), Some(scene));
    assert_eq!(tx.scene_of_username(world.router, "ANNA").await.unwrap(), None);
}

pub(crate) async fn policy_in_force_is_own_or_default(store: Temporary) {
    let world = world(&store).await;
    let own = PolicyId(id());
    let mut tx = store.begin().await.unwrap();
    let strict = Policy { is_default: false, name: "Strict".to_owned(), ..Policy::initial(own) };
    tx.insert_policy(&strict).await.unwrap();
    let mut anna = tx.user(world.user).await.unwrap().unwrap();
    anna.policy = Some(own);
    tx.save_user(&anna).await.unwrap();
    assert_eq!(tx.scene(world.account).await.unwrap().unwrap().policy, strict);
    let mut session = world.session();
    session.connections.clear();
    tx.save_session(&session, None).await.unwrap();
    let used = tx.policy_use().await.unwrap();
    assert_eq!((used[&own].users, used[&own].live_sessions), (1, 1));
    assert_eq!((used[&world.policy].users, used[&world.policy].live_sessions), (0, 0));
    assert!(tx.delete_policy(own).await.unwrap());
    assert_eq!(tx.scene(world.account).await.unwrap().unwrap().policy.id, world.policy);
    assert_eq!(tx.policy_use().await.unwrap()[&world.policy].live_sessions, 1);
}

pub(crate) async fn tunnels_and_nonces_are_found(store: Temporary) {
    let world = world(&store).await;
    let mut old = world.session();
    old.connections.push(Connection {
        state: ConnectionState::Closed,
        closed_at: Some(at(2)),
        ..pending("0x1", at(1))
    });
    (old.state, old.ended_at) = (SessionState::Ended, Some(at(3)));
    save(&store, &old, None).await;
    let mut tx = store.begin().await.unwrap();
    let found = tx.latest_session_of_tunnel(world.account, "0x1").await.unwrap().unwrap();
    assert_eq!(found.session.id, old.id, "ended sessions count");
    let mut new = world.session();
    new.connections.push(pending("0x1", at(4)));
    tx.save_session(&new, None).await.unwrap();
    let found = tx.latest_session_of_tunnel(world.account, "0x1").await.unwrap().unwrap();
    assert_eq!(found.session.id, new.id, "the id was given out again");
    assert_eq!(tx.latest_session_of_tunnel(world.account, "0x2").await.unwrap(), None);

    let connection = &new.connections[0];
    let nonce = &connection.prompt.as_ref().unwrap().nonce.0;
    assert_eq!(tx.by_nonce(nonce).await.unwrap(), Some((new.id, connection.id, world.account)));
    assert_eq!(tx.by_nonce("guessed").await.unwrap(), None);
    assert_eq!(tx.connection_owner(connection.id).await.unwrap(), Some((new.id, world.account)));
    assert_eq!(tx.connection_owner(ConnectionId(id())).await.unwrap(), None);
    let live = tx.live_connections_of_tunnels(world.router, &["0x1".to_owned()]).await.unwrap();
    assert_eq!(live["0x1"].connection.id, connection.id);
    assert_eq!(tx.waiting_connections().await.unwrap().len(), 1);
}

pub(crate) async fn due_sessions_come_in_order(store: Temporary) {
    let world = world(&store).await;
    let others = [world.neighbour(&store, "Boris").await, world.neighbour(&store, "Vera").await];
    let due = [300, 100, 200];
    let mut sessions = Vec::new();
    for (owner, due) in [world, others[0], others[1]].iter().zip(due) {
        let session = Session { connect_by: Some(at(due)), account_ready: true, ..owner.session() };
        assert_eq!(due_at(&session), Some(at(due)));
        save(&store, &session, None).await;
        sessions.push(session);
    }
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.next_due().await.unwrap(), Some(at(100)));
    assert_eq!(tx.due_sessions(at(99), 10).await.unwrap(), []);
    let both = [(sessions[1].id, others[0].account), (sessions[2].id, others[1].account)];
    assert_eq!(tx.due_sessions(at(200), 10).await.unwrap(), both);
    assert_eq!(tx.due_sessions(at(999), 1).await.unwrap(), both[..1]);
    let mut ended = sessions[1].clone();
    (ended.state, ended.ended_at) = (SessionState::Ended, Some(at(150)));
    tx.save_session(&ended, Some(1)).await.unwrap();
    assert_eq!(tx.next_due().await.unwrap(), Some(at(200)));
    assert_eq!(tx.due_sessions(at(200), 10).await.unwrap(), both[1..]);
}

pub(crate) async fn desired_follows_sessions(store: Temporary) {
    let world = world(&store).await;
    let boris = world.neighbour(&store, "Boris").await;
    let vera = world.neighbour(&store, "Vera").await;
    let mut tx = store.begin().await.unwrap();
    tx.bind_rule(boris.account, "*7", b"2FA boris").await.unwrap();
    let keep = PolicyId(id());
    let base = Policy { is_default: false, ..Policy::initial(keep) };
    tx.insert_policy(&Policy { disable_account_at_end: false, ..base.clone() }).await.unwrap();
    let always = PolicyId(id());
    tx.insert_policy(&Policy { id: always, access_mode: AccessMode::Always, ..base }).await.unwrap();
    for (owner, policy) in [(vera, keep), (boris, always)] {
        let mut user = tx.user(owner.user).await.unwrap().unwrap();
        user.policy = Some(policy);
        tx.save_user(&user).await.unwrap();
    }
    let named = |name: &str, enabled| (name.to_owned(), enabled);
    let desired = tx.desired(world.router).await.unwrap();
    assert_eq!(desired.accounts, [named("anna", false), named("boris", true)]);
    assert_eq!(desired.allowed, []);
    assert_eq!(desired.rules.len(), 1);

    let mut session = world.session();
    session.state = SessionState::Active;
    let mut inside = pending("0x1", at(1));
    (inside.state, inside.confirmed_at) = (ConnectionState::Confirmed, Some(at(2)));
    session.connections = vec![inside.clone(), pending("0x2", at(1))];
    let version = tx.save_session(&session, None).await.unwrap();
    tx.save_session(&vera.session(), None).await.unwrap();
    let (desired, live) = tx.reconciliation(world.router).await.unwrap();
    assert_eq!(desired.accounts, [named("anna", true), named("boris", true), named("vera", true)]);
    let allowed: Vec<_> =
        desired.allowed.iter().map(|allowed| (allowed.connection, allowed.opened)).collect();
    assert_eq!(allowed, [(inside.id, false)]);
    assert_eq!(desired.allowed[0].tunnel, tunnel("0x1"));
    let states: Vec<_> = live.iter().map(|live| (live.state, live.opened)).collect();
    assert_eq!(states, [(ConnectionState::Confirmed, false), (ConnectionState::Pending, false)]);

    session.connections[0].opened_at = Some(at(3));
    session.connections[1].state = ConnectionState::Closed;
    session.connections[1].closed_at = Some(at(3));
    tx.save_session(&session, Some(version)).await.unwrap();
    let (desired, live) = tx.reconciliation(world.router).await.unwrap();
    assert!(desired.allowed[0].opened && live[0].opened && live.len() == 1);

    tx.suspend_account(world.account, true).await.unwrap();
    let mut blocked = tx.user(boris.user).await.unwrap().unwrap();
    blocked.status = UserStatus::Blocked;
    tx.save_user(&blocked).await.unwrap();
    tx.unlink_account(vera.account, at(4)).await.unwrap();
    let desired = tx.desired(world.router).await.unwrap();
    assert_eq!(desired.accounts, [named("anna", false), named("boris", false)]);
}

pub(crate) async fn counts_for_limits(store: Temporary) {
    let world = world(&store).await;
    let mut session = world.session();
    let mut confirmed = pending("0x2", at(100));
    (confirmed.state, confirmed.confirmed_at) = (ConnectionState::Confirmed, Some(at(110)));
    confirmed.grounds = Some(Grounds::Person);
    let silent = Connection { prompt: None, ..pending("0x3", at(200)) };
    session.connections = vec![pending("0x1", at(50)), confirmed, silent];
    save(&store, &session, None).await;
    let boris = world.neighbour(&store, "Boris").await;
    let mut other = boris.session();
    other.connections = vec![pending("0x9", at(60))];
    save(&store, &other, None).await;
    let mut tx = store.begin().await.unwrap();
    let all = tx.recent(world.user, world.router, at(0)).await.unwrap();
    let newest_first = session.connections.iter().rev();
    let expected: Vec<_> = newest_first.map(|c| Contact::of(world.account, c)).collect();
    assert_eq!((all.contacts, all.forgiven_at), (expected.clone(), None), "of the person, and nobody else's");
    let later = tx.recent(world.user, world.router, at(51)).await.unwrap();
    assert_eq!(later.contacts, expected[..2], "from the given moment on");
    let too_many = Reason::TooManyUnconfirmed;
    let ban = |address| (world.router, address, &too_many, Some(at(900)), Some(world.user));
    let (router, address, why, until, user) = ban("198.51.100.7");
    let replaced = tx.insert_ban(router, address, why, until, user, at(300)).await.unwrap();
    let lifted = tx.insert_ban(router, address, why, until, user, at(301)).await.unwrap();
    assert!(!tx.remove_ban(replaced.id, at(302)).await.unwrap(), "replaced already");
    assert_eq!(
        tx.recent(world.user, world.router, at(0)).await.unwrap().forgiven_at,
        None,
        "replacing forgives nothing"
    );
    assert!(tx.remove_ban(lifted.id, at(303)).await.unwrap());
    assert_eq!(tx.recent(world.user, world.router, at(0)).await.unwrap().forgiven_at, Some(at(303)));
    assert_eq!(tx.recent(boris.user, boris.router, at(0)).await.unwrap().forgiven_at, None);
    assert_eq!(tx.connections_since(at(100), Some(world.user), 10).await.unwrap().len(), 2);
    let newest = tx.connections_since(at(0), None, 2).await.unwrap();
    assert_eq!(
        [&newest[0], &newest[1]].map(|known| &known.connection.tunnel),
        [&tunnel("0x2"), &tunnel("0x3")]
    );
    let begun = tx.sessions_since(at(0), Some(boris.user), 10).await.unwrap();
    assert_eq!(begun.iter().map(|record| record.session.id).collect::<Vec<_>>(), [other.id]);
    assert_eq!(tx.sessions_since(at(0), None, 1).await.unwrap().len(), 1);
    assert_eq!(tx.sessions_since(at(1_000), None, 10).await.unwrap(), []);
}

pub(crate) async fn lists_load_many_at_once(store: Temporary) {
    let world = world(&store).await;
    let boris = world.neighbour(&store, "Boris").await;
    let (mut first, second) = (world.session(), boris.session());
    first.connections.push(pending("0x1", at(1)));
    save(&store, &first, None).await;
    save(&store, &second, None).await;
    let connection = first.connections[0].id;
    let mut tx = store.begin().await.unwrap();
    let why = |what: &str| Decision { what: what.to_owned(), why: Reason::InTelegram };
    tx.add_decisions(first.id, at(1), &[why("asked"), why("granted")]).await.unwrap();
    tx.add_decisions(first.id, at(2), &[why("ended")]).await.unwrap();
    tx.add_decisions(second.id, at(1), &[]).await.unwrap();
    tx.set_traffic(&[(connection, 11, 22), (ConnectionId(id()), 1, 1)]).await.unwrap();
    assert_eq!(tx.prompt_message(connection).await.unwrap(), None);
    tx.set_prompt_message(connection, TelegramId(5), 77).await.unwrap();
    tx.save_session(&Session { extensions: 1, ..first.clone() }, Some(1)).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = store.begin().await.unwrap();
    let ids = [first.id, second.id, SessionId(id())];
    assert_eq!(tx.sessions_by_ids(&ids).await.unwrap().len(), 2);
    let decided = tx.decisions_of_sessions(&ids).await.unwrap();
    let chain: Vec<_> =
        decided[&first.id].iter().map(|record| (record.at, record.decision.what.as_str())).collect();
    assert_eq!(chain, [(at(1), "asked"), (at(1), "granted"), (at(2), "ended")]);
    assert!(!decided.contains_key(&second.id));
    let connections = tx.connections_of_sessions(&ids).await.unwrap();
    let record = &connections[&first.id][0];
    assert_eq!(record.connection, first.connections[0]);
    assert_eq!((record.session, record.account, record.router), (first.id, world.account, world.router));
    assert_eq!((record.bytes_in, record.bytes_out), (Some(11), Some(22)));
    assert_eq!(record.prompt_message, Some((TelegramId(5), 77)));
    tx.set_traffic(&[]).await.unwrap();
    tx.set_traffic(&[(connection, 100, 200)]).await.unwrap();
    let record = tx.connection(connection).await.unwrap().unwrap();
    assert_eq!((record.bytes_in, record.bytes_out), (Some(100), Some(200)));
    let live = tx.live_session_of_accounts(&[world.account, boris.account]).await.unwrap();
    assert_eq!((live[&world.account].session.id, live[&boris.account].session.id), (first.id, second.id));
    assert_eq!(tx.live_sessions_of_user(boris.user).await.unwrap()[0].session.id, second.id);
    let accounts = tx.accounts_of_users(&[world.user, boris.user]).await.unwrap();
    assert_eq!(accounts.len(), 2);
    assert_eq!(tx.accounts_of_router(world.router).await.unwrap().len(), 2);
    assert!(tx.wish(world.router, Some(first.id), &account_wish(&world, true), at(0), false).await.unwrap());
    let stranger = user(sallyport_shared::ids::UserId(id()), "No accounts");
    tx.insert_user(&stranger).await.unwrap();
    assert_eq!(tx.accounts_of_user(stranger.id).await.unwrap(), []);
}
