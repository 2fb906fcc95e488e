//! Long lists: found, sorted and cut into pages without loss.

use crate::cast::{at, id, pending, save, user, world};
use sallyport::store::{
    Direction, Page, SessionFilter, SessionOrder, SessionSort, Slice, Store, StoreError, UserFilter,
    UserOrder, UserRecord, UserSort, testing::Temporary,
};
use sallyport_shared::{
    ids::{PolicyId, UserId},
    person::{TelegramId, UserStatus},
    policy::Policy,
    session::{Session, SessionState},
};

const DIRECTIONS: [Direction; 2] = [Direction::Asc, Direction::Desc];

async fn keep(store: &Store, users: &[UserRecord]) {
    let mut tx = store.begin().await.unwrap();
    for user in users {
        tx.insert_user(user).await.unwrap();
    }
    tx.commit().await.unwrap();
}

fn named(name: &str) -> UserRecord {
    user(UserId(id()), name)
}

fn names(page: &Page<UserRecord>) -> Vec<&str> {
    page.items.iter().map(|(_, user)| user.display_name.as_str()).collect()
}

async fn find(store: &Store, filter: UserFilter) -> Vec<String> {
    let mut tx = store.read().await.unwrap();
    let page = tx.users_page(&filter, UserOrder::default(), &Slice::first(100)).await.unwrap();
    assert_eq!(page.total, i64::try_from(page.items.len()).unwrap());
    names(&page).into_iter().map(str::to_owned).collect()
}

async fn search(store: &Store, text: &str) -> Vec<String> {
    find(store, UserFilter { search: Some(text.to_owned()), ..UserFilter::default() }).await
}

/// Goes through all pages of `size`; gives the names.
async fn walk(store: &Store, order: UserOrder, size: usize) -> Vec<UserId> {
    let mut tx = store.read().await.unwrap();
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let slice = Slice { first: size, after };
        let page = tx.users_page(&UserFilter::default(), order, &slice).await.unwrap();
        assert_eq!(page.total, 23);
        assert_eq!(page.end_cursor.as_ref(), page.items.last().map(|(cursor, _)| cursor));
        all.extend(page.items.iter().map(|(_, user)| user.id));
        if !page.has_next {
            return all;
        }
        assert_eq!(page.items.len(), size);
        after = page.end_cursor;
    }
}

pub(crate) async fn pages_neither_skip_nor_repeat(store: Temporary) {
    let statuses = [UserStatus::Blocked, UserStatus::Pending, UserStatus::Rejected, UserStatus::Approved];
    let users: Vec<_> = (0..23_usize)
        .map(|number| UserRecord {
            status: statuses[number % 4],
            created_at: at(i64::try_from(number % 5).unwrap()),
            ..named(&format!("Person {}", number % 7))
        })
        .collect();
    keep(&store, &users).await;
    for by in [UserSort::Name, UserSort::Status, UserSort::CreatedAt, UserSort::LastSeen] {
        let mut orders = Vec::new();
        for direction in DIRECTIONS {
            let order = UserOrder { by, direction };
            let whole = walk(&store, order, 100).await;
            assert_eq!(whole.len(), 23);
            for size in [1, 7, 22, 23] {
                assert_eq!(walk(&store, order, size).await, whole, "{by:?} {direction:?} by {size}");
            }
            orders.push(whole);
        }
        orders[0].reverse();
        assert_eq!(orders[0], orders[1], "descending is ascending backwards");
    }
    let mut tx = store.read().await.unwrap();
    let order = UserOrder { by: UserSort::Status, direction: Direction::Asc };
    let page = tx.users_page(&UserFilter::default(), order, &Slice::first(100)).await.unwrap();
    let mut order: Vec<_> = page.items.iter().map(|(_, user)| user.status).collect();
    order.dedup();
    let expected = [UserStatus::Pending, UserStatus::Approved, UserStatus::Rejected, UserStatus::Blocked];
    assert_eq!(order, expected);
}

pub(crate) async fn ties_are_broken_by_id(store: Temporary) {
    let users: Vec<_> = (0..5).map(|_| named("Иван")).collect();
    keep(&store, &users).await;
    let mut tx = store.read().await.unwrap();
    let order = UserOrder::default();
    let first = tx.users_page(&UserFilter::default(), order, &Slice::first(3)).await.unwrap();
    let slice = Slice { first: 3, after: first.end_cursor.clone() };
    // Somebody comes in before the place where the first page ended.
    drop(tx);
    keep(&store, &[named("Анна")]).await;
    let mut tx = store.read().await.unwrap();
    let second = tx.users_page(&UserFilter::default(), order, &slice).await.unwrap();
    let seen: Vec<_> = first.items.iter().chain(&second.items).map(|(_, user)| user.id).collect();
    assert_eq!(seen, users.iter().map(|user| user.id).collect::<Vec<_>>());
    assert_eq!((first.total, second.total, second.has_next), (5, 6, false));
}

pub(crate) async fn cyrillic_is_found_in_any_case(store: Temporary) {
    let world = world(&store).await;
    let mut tx = store.begin().await.unwrap();
    let account = sallyport_shared::ids::AccountId(id());
    tx.link_account(account, world.user, world.router, "Бухгалтерия", at(0)).await.unwrap();
    tx.commit().await.unwrap();
    keep(
        &store,
        &[
            named("Пётр Ёлкин"),
            UserRecord { telegram_username: Some("Petr_E".to_owned()), ..named("яна") },
            UserRecord { telegram: Some(TelegramId(5_123_456_789)), ..named("Ярослав") },
            UserRecord { email: Some("Boss@Example.org".to_owned()), ..named("Zoe") },
        ],
    )
    .await;
    assert_eq!(search(&store, "пЕтР").await, ["Пётр Ёлкин"]);
    assert_eq!(search(&store, " ЁЛК").await, ["Пётр Ёлкин"]);
    assert_eq!(search(&store, "petr").await, ["яна"]);
    assert_eq!(search(&store, "123456").await, ["Ярослав"]);
    assert_eq!(search(&store, "boss@").await, ["Zoe"]);
    assert_eq!(search(&store, "бухгалт").await, ["Anna"], "by the username of an account");
    assert_eq!(search(&store, "никто").await, Vec::<String>::new());
    assert_eq!(search(&store, "я").await, ["Anna", "яна", "Ярослав"]);
    assert_eq!(search(&store, "").await, ["Anna", "Zoe", "Пётр Ёлкин", "яна", "Ярослав"]);
}

pub(crate) async fn wildcards_are_plain_characters(store: Temporary) {
    keep(&store, &[named("100% sure"), named("under_score"), named(r"back\slash"), named("plain")]).await;
    assert_eq!(search(&store, "%").await, ["100% sure"]);
    assert_eq!(search(&store, "_").await, ["under_score"]);
    assert_eq!(search(&store, r"\").await, [r"back\slash"]);
    assert_eq!(search(&store, "' OR 1=1 --").await, Vec::<String>::new());
}

pub(crate) async fn people_are_filtered(store: Temporary) {
    let world = world(&store).await;
    let own = PolicyId(id());
    let mut tx = store.begin().await.unwrap();
    tx.insert_policy(&Policy { is_default: false, ..Policy::initial(own) }).await.unwrap();
    tx.commit().await.unwrap();
    let gone = named("Gone");
    keep(
        &store,
        &[
            UserRecord { status: UserStatus::Pending, ..named("New") },
            UserRecord { status: UserStatus::Blocked, policy: Some(own), ..named("Bad") },
            gone.clone(),
        ],
    )
    .await;
    let mut tx = store.begin().await.unwrap();
    assert!(tx.delete_user(gone.id, at(1)).await.unwrap());
    tx.commit().await.unwrap();
    let none = UserFilter::default();
    assert_eq!(find(&store, none.clone()).await, ["Anna", "Bad", "New"]);
    let status = vec![UserStatus::Pending, UserStatus::Blocked];
    assert_eq!(find(&store, UserFilter { status, ..none.clone() }).await, ["Bad", "New"]);
    assert_eq!(find(&store, UserFilter { policy: Some(own), ..none.clone() }).await, ["Bad"]);
    assert_eq!(find(&store, UserFilter { has_accounts: Some(true), ..none.clone() }).await, ["Anna"]);
    let without = UserFilter { has_accounts: Some(false), ..none };
    assert_eq!(find(&store, without.clone()).await, ["Bad", "New"]);
    let search = Some("ne".to_owned());
    assert_eq!(find(&store, UserFilter { search, ..without }).await, ["New"]);
    assert!(store.read().await.unwrap().user(world.user).await.unwrap().is_some());
}

pub(crate) async fn foreign_cursors_are_refused(store: Temporary) {
    keep(&store, &[named("A"), named("B")]).await;
    let mut tx = store.read().await.unwrap();
    let by_name = UserOrder::default();
    let page = tx.users_page(&UserFilter::default(), by_name, &Slice::first(1)).await.unwrap();
    let by_age = UserOrder { by: UserSort::CreatedAt, ..by_name };
    for (order, after) in
        [(by_age, page.end_cursor), (by_name, Some("x!".to_owned())), (by_name, Some(String::new()))]
    {
        let refused = tx.users_page(&UserFilter::default(), order, &Slice { first: 1, after }).await;
        assert!(matches!(refused, Err(StoreError::BadCursor)));
    }
    let nothing = UserFilter { search: Some("nobody".to_owned()), ..UserFilter::default() };
    let empty = tx.users_page(&nothing, by_name, &Slice::first(1)).await.unwrap();
    assert!(empty.items.is_empty() && !empty.has_next && empty.total == 0 && empty.end_cursor.is_none());
    let none = tx.users_page(&UserFilter::default(), by_name, &Slice::first(0)).await.unwrap();
    assert!(none.items.is_empty() && none.has_next && none.total == 2);
}

async fn sessions(
    store: &Store,
    filter: SessionFilter,
    by: SessionSort,
    direction: Direction,
) -> Vec<Session> {
    let mut tx = store.read().await.unwrap();
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let slice = Slice { first: 2, after };
        let page = tx.sessions_page(&filter, SessionOrder { by, direction }, &slice).await.unwrap();
        all.extend(page.items.into_iter().map(|(_, record)| record.session));
        if !page.has_next {
            assert_eq!(page.total, i64::try_from(all.len()).unwrap());
            return all;
        }
        after = page.end_cursor;
    }
}

/// Four live sessions and two that are over, in the order in which they need attention.
async fn in_order_of_need(store: &Store) -> Vec<Session> {
    let world = world(store).await;
    let mut owners = Vec::new();
    for name in ["Борис", "Вера", "Глеб", "Дарья", "Ева"] {
        owners.push(world.neighbour(store, name).await);
    }
    let live = |owner: usize, state, due: i64, began: i64| Session {
        state,
        requested_at: at(began),
        connect_by: Some(at(due)),
        expires_at: Some(at(due)),
        remind_at: None,
        ..owners[owner].session()
    };
    let ended = |owner: usize, when| Session {
        state: SessionState::Ended,
        ended_at: Some(at(when)),
        expires_at: None,
        ..owners[owner].session()
    };
    let mut list = vec![
        live(0, SessionState::Requested, 900, 5),
        live(1, SessionState::Confirming, 800, 4),
        live(2, SessionState::Granted, 100, 3),
        live(3, SessionState::Active, 200, 2),
        ended(4, 60),
        ended(4, 50),
    ];
    let mut connection = pending("0x1", at(1));
    connection.tunnel.caller_id = Some("2001:DB8::7".to_owned());
    list[1].connections.push(connection);
    for session in list.iter().rev() {
        save(store, session, None).await;
    }
    for session in &mut list {
        session.connections.clear();
    }
    list
}

pub(crate) async fn what_needs_attention_comes_first(store: Temporary) {
    let list = in_order_of_need(&store).await;
    let all = SessionFilter::default;
    // What is being asked about is due when its prompt lapses, which comes before the session's own end.
    assert_eq!(sessions(&store, all(), SessionSort::NeedsAttention, Direction::Asc).await, list);
    let ids = |sessions: &[Session]| sessions.iter().map(|session| session.requested_at).collect::<Vec<_>>();
    let started = sessions(&store, all(), SessionSort::StartedAt, Direction::Desc).await;
    assert!(ids(&started).is_sorted_by(|a, b| a >= b));
    let ends = sessions(&store, all(), SessionSort::ExpiresAt, Direction::Asc).await;
    assert!(ends.is_sorted_by_key(|session| session.expires_at));
    let by_user = sessions(&store, all(), SessionSort::User, Direction::Asc).await;
    assert_eq!(by_user[..4], list[..4], "Борис, Вера, Глеб, Дарья");
    let mut backwards = sessions(&store, all(), SessionSort::NeedsAttention, Direction::Desc).await;
    backwards.reverse();
    assert_eq!(backwards, list);
}

pub(crate) async fn sessions_are_searched_and_filtered(store: Temporary) {
    let list = in_order_of_need(&store).await;
    let find = async |filter| sessions(&store, filter, SessionSort::NeedsAttention, Direction::Asc).await;
    let text = |text: &str| SessionFilter { search: Some(text.to_owned()), ..SessionFilter::default() };
    assert_eq!(find(text("дАРь")).await, list[3..4]);
    assert_eq!(find(text("2001:db8:")).await, list[1..2]);
    assert_eq!(find(text("10.8.0.2")).await, list[1..2]);
    assert_eq!(find(text("nobody")).await, []);
    let live = |live| SessionFilter { live: Some(live), ..SessionFilter::default() };
    assert_eq!(find(live(true)).await, list[..4]);
    assert_eq!(find(live(false)).await, list[4..]);
    let state = vec![SessionState::Active, SessionState::Requested];
    let found = find(SessionFilter { state, ..SessionFilter::default() }).await;
    assert_eq!(found, [list[0].clone(), list[3].clone()]);
    let user = SessionFilter { user: Some(list[4].user), ..SessionFilter::default() };
    assert_eq!(find(user).await, list[4..]);
    let account = SessionFilter { account: Some(list[2].account), ..SessionFilter::default() };
    assert_eq!(find(account).await, list[2..3]);
    let router = SessionFilter { router: Some(list[0].router), ..SessionFilter::default() };
    assert_eq!(find(router).await, list);
    let span = SessionFilter { from: Some(at(3)), to: Some(at(5)), ..SessionFilter::default() };
    assert_eq!(find(span).await, list[1..3]);
}
