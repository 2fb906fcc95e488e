//! The cast: a person with an account on a router, a session of it, and raw access to the tables.

use diesel::{Connection as _, RunQueryDsl as _, SqliteConnection, sql_query};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use sallyport::store::{
    InvitationRecord, NewAudit, RouterRecord, Store, TlsMode, UserRecord,
    testing::{self, Temporary},
};
use sallyport_shared::{
    ids::{AccountId, ConnectionId, PolicyId, RouterId, SessionId, UserId},
    language::Language,
    person::{TelegramId, UserStatus},
    policy::Policy,
    session::{
        Boot, Connection, ConnectionState, Nonce, Numbers, Prompt, Session, SessionState, Tunnel, Wish,
    },
    time::{Seconds, Timestamp},
};
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// A moment, `seconds` after the beginning of the story.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(1_795_329_600_000_000 + seconds * 1_000_000)
}

/// A new id, larger than all before.
pub(crate) fn id() -> Uuid {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    Uuid::from_u128(
        0x0193_0000_0000_7000_8000_0000_0000_0000 | u128::from(NEXT.fetch_add(1, Ordering::Relaxed)),
    )
}

/// Who and what most stories need.
#[derive(Clone, Copy)]
pub(crate) struct World {
    pub(crate) policy: PolicyId,
    pub(crate) user: UserId,
    pub(crate) router: RouterId,
    pub(crate) account: AccountId,
}

/// A default policy, a router, and Anna with the account `anna` on it.
pub(crate) async fn world(store: &Store) -> World {
    let world = World {
        policy: PolicyId(id()),
        user: UserId(id()),
        router: RouterId(id()),
        account: AccountId(id()),
    };
    let mut tx = store.begin().await.unwrap();
    tx.insert_policy(&Policy::initial(world.policy)).await.unwrap();
    tx.insert_router(&router(world.router, "Office")).await.unwrap();
    tx.insert_user(&user(world.user, "Anna")).await.unwrap();
    tx.link_account(world.account, world.user, world.router, "anna", at(0)).await.unwrap();
    tx.commit().await.unwrap();
    world
}

/// A person who may connect, without Telegram.
pub(crate) fn user(id: UserId, name: &str) -> UserRecord {
    UserRecord {
        id,
        status: UserStatus::Approved,
        display_name: name.to_owned(),
        telegram: None,
        telegram_username: None,
        telegram_blocked_at: None,
        language: Language::En,
        email: None,
        phone: None,
        note: None,
        rejection_reason: None,
        decided_by: None,
        decided_at: None,
        policy: None,
        created_at: at(0),
        last_seen_at: None,
        deleted_at: None,
        version: 1,
    }
}

/// A router.
pub(crate) fn router(id: RouterId, name: &str) -> RouterRecord {
    RouterRecord {
        port: 8729,
        tls: TlsMode::Pinned,
        pinned_sha256: Some("ab".repeat(32)),
        password_enc: vec![0, 159, 146, 150],
        hook_token_hash: format!("hash of {id}"),
        hook_token_enc: vec![1, 2, 3],
        created_at: at(0),
        version: 1,
        ..testing::router(id, name)
    }
}

/// An invitation for a person.
pub(crate) fn invitation(user: UserId, code_hash: &str) -> InvitationRecord {
    InvitationRecord {
        id: id(),
        user,
        code_hash: code_hash.to_owned(),
        code_enc: vec![9],
        created_by: None,
        created_at: at(0),
        expires_at: at(3_600),
        used_at: None,
    }
}

impl World {
    /// A granted session of Anna's account that ends after an hour.
    pub(crate) fn session(&self) -> Session {
        Session {
            id: SessionId(id()),
            account: self.account,
            user: self.user,
            router: self.router,
            state: SessionState::Granted,
            requested_at: at(0),
            granted_at: Some(at(0)),
            account_ready: false,
            connect_by: Some(at(900)),
            expires_at: Some(at(3_600)),
            remind_at: Some(at(2_700)),
            reminded_at: None,
            ended_at: None,
            end_reason: None,
            end_told: false,
            own_span: false,
            review_at: None,
            opens_at: None,
            extensions: 0,
            connections: Vec::new(),
        }
    }

    /// Another person with an account on the same router.
    pub(crate) async fn neighbour(&self, store: &Store, name: &str) -> Self {
        let (user_id, account) = (UserId(id()), AccountId(id()));
        let mut tx = store.begin().await.unwrap();
        tx.insert_user(&user(user_id, name)).await.unwrap();
        tx.link_account(account, user_id, self.router, &name.to_lowercase(), at(0)).await.unwrap();
        tx.commit().await.unwrap();
        Self { user: user_id, account, ..*self }
    }
}

/// A tunnel.
pub(crate) fn tunnel(router_session_id: &str) -> Tunnel {
    Tunnel {
        boot: Boot::default(),
        router_session_id: router_session_id.to_owned(),
        username: "anna".to_owned(),
        service: "l2tp".to_owned(),
        caller_id: Some("198.51.100.7".to_owned()),
        address: Some("10.8.0.2".to_owned()),
    }
}

/// A connection whose owner is being asked, since `since`.
pub(crate) fn pending(router_session_id: &str, since: Timestamp) -> Connection {
    let id = ConnectionId(id());
    Connection {
        id,
        tunnel: tunnel(router_session_id),
        country: None,
        state: ConnectionState::Pending,
        connected_at: since,
        unanswerable: true,
        prompt: Some(Prompt {
            nonce: Nonce(format!("nonce of {id}")),
            asked: TelegramId(5_000_000_001),
            asked_at: since,
            expires_at: since.plus(Seconds(60)),
            answered_at: None,
            numbers: Some(Numbers::of([1, 2, 3, 4])),
        }),
        waits_until: Some(since.plus(Seconds(60))),
        ask_at: None,
        confirmed_at: None,
        grounds: None,
        opened_at: None,
        closed_at: None,
        close_reason: None,
    }
}

/// A wish about an account.
pub(crate) fn account_wish(world: &World, enabled: bool) -> Wish {
    Wish::Account { account: world.account, username: "anna".to_owned(), enabled }
}

/// Saves a session, new or known.
pub(crate) async fn save(store: &Store, session: &Session, version: Option<i64>) -> i64 {
    let mut tx = store.begin().await.unwrap();
    let version = tx.save_session(session, version).await.unwrap();
    tx.commit().await.unwrap();
    version
}

/// An audit event.
pub(crate) fn event(action: &str) -> NewAudit {
    NewAudit {
        actor: "admin:root".to_owned(),
        action: action.to_owned(),
        subject: "user:anna".to_owned(),
        ..NewAudit::default()
    }
}

/// Runs a statement past the store, as somebody with access to the database could.
pub(crate) async fn raw(store: &Temporary, sql: &str) -> Result<usize, diesel::result::Error> {
    match store.sqlite_file() {
        Some(path) => {
            let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
            sql_query("PRAGMA busy_timeout = 5000").execute(&mut conn)?;
            sql_query("PRAGMA foreign_keys = ON").execute(&mut conn)?;
            sql_query(sql).execute(&mut conn)
        }
        None => {
            let mut conn = AsyncPgConnection::establish(&store.url()).await.unwrap();
            diesel_async::RunQueryDsl::execute(sql_query(sql), &mut conn).await
        }
    }
}
