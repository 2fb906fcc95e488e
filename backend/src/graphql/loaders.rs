//! Loaders: what many fields of one request ask for one by one is loaded by one statement.
//!
//! Nothing is remembered between batches, so that whoever asks sees what is; requests that ask at the same moment
//! (a thousand subscribers hearing of one change) share a statement.

use super::context::ContextExt;
use crate::{
    app::App,
    driver::RuleRow,
    ops::{OpError, OpResult, settings},
    store::{
        self,
        records::{
            AccountRecord, AdminRecord, ConnectionRecord, DecisionRecord, DriftRecord, InvitationRecord,
            Page, PolicyRecord, PolicyUse, RouterRecord, RouterStatus, SessionRecord, UserRecord,
        },
    },
};
use async_graphql::{
    Context,
    dataloader::{DataLoader, Loader},
};
use futures_util::future;
use sallyport_shared::{
    ids::{AccountId, AdminId, ConnectionId, PolicyId, RouterId, SessionId, UserId},
    session::Wish,
};
use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
    sync::Arc,
    time::Duration,
};

/// How long a list of people waits for a router to tell of its rules; after that what is stored is shown.
const PATIENCE: Duration = Duration::from_secs(3);

/// So many findings of drift are shown of a router.
const DRIFTS: i64 = 100;

/// Loads many things by few statements. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Loaders(Arc<DataLoader<Source>>);

impl Loaders {
    pub(super) fn new(app: &App) -> Self {
        Self(Arc::new(DataLoader::new(Source { app: app.clone() }, tokio::spawn)))
    }

    /// Loads a thing, together with what others ask for at the same moment.
    pub(super) async fn one<K>(&self, key: K) -> OpResult<Option<Loaded<K>>>
    where
        K: Send + Sync + Clone + Eq + Hash + 'static,
        Source: Loader<K, Error = Shared>,
    {
        self.0.load_one(key).await.map_err(OpError::Shared)
    }
}

/// What a key loads.
pub(super) type Loaded<K> = <Source as Loader<K>>::Value;

/// Where it is loaded from.
pub(crate) struct Source {
    app: App,
}

/// The linked accounts of a person.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct AccountsOf(pub(super) UserId);

/// The connections of a session.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ConnectionsOf(pub(super) SessionId);

/// Why a session is as it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct DecisionsOf(pub(super) SessionId);

/// The live session of an account.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct LiveSessionOf(pub(super) AccountId);

/// The open invitation of a person.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct InvitationOf(pub(super) UserId);

/// The newest sessions of a person, so many.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct SessionsOf(pub(super) UserId, pub(super) usize);

/// What is decided of a router and not yet read back.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct PendingOf(pub(super) RouterId);

/// The rules that a router shows now; none while it cannot be asked.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct RulesOn(pub(super) RouterId);

/// Under which address people reach the server.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct PublicUrl;

/// Whether a person has one-time codes that count.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct CodesOf(pub(super) UserId);

/// A person's own policy, or the default one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct PolicyInForce(pub(super) Option<PolicyId>);

/// For how many a policy is in force.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct UseOf(pub(super) PolicyId);

/// What was last seen of a router.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct StatusOf(pub(super) RouterId);

/// What was found on a router that should not have been so.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct DriftsOf(pub(super) RouterId);

/// The linked accounts on a router, by username.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct AccountsOn(pub(super) RouterId);

/// How accounts on a router are decided to be, by username, as long as that has not been read back.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct WishedOn(pub(super) RouterId);

/// The connection that a tunnel of a router is.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct ConnectionOfTunnel(pub(super) RouterId, pub(super) String);

/// An error that everybody in the batch gets.
pub(super) type Shared = Arc<OpError>;

fn shared(error: store::StoreError) -> Shared {
    Arc::new(error.into())
}

fn arcs<K: Eq + Hash, V>(found: HashMap<K, V>) -> HashMap<K, Arc<V>> {
    found.into_iter().map(|(key, value)| (key, Arc::new(value))).collect()
}

/// A loader of records by their own ids.
macro_rules! by_id {
    ($($key:ty => $record:ty, $method:ident;)*) => {$(
        impl Loader<$key> for Source {
            type Value = Arc<$record>;
            type Error = Shared;

            async fn load(&self, keys: &[$key]) -> Result<HashMap<$key, Self::Value>, Shared> {
                let mut tx = self.app.store.read().await.map_err(shared)?;
                tx.$method(keys).await.map(arcs).map_err(shared)
            }
        }
    )*};
}

/// A loader of what belongs to things with ids.
macro_rules! of_id {
    ($($key:ident($id:ty) => $value:ty, |$app:ident, $tx:ident, $ids:ident| $load:expr;)*) => {$(
        impl Loader<$key> for Source {
            type Value = $value;
            type Error = Shared;

            async fn load(&self, keys: &[$key]) -> Result<HashMap<$key, $value>, Shared> {
                let $ids: Vec<$id> = keys.iter().map(|key| key.0).collect();
                let $app = &self.app;
                let mut $tx = $app.store.read().await.map_err(shared)?;
                let found: HashMap<$id, $value> = $load.map_err(shared)?;
                Ok(found.into_iter().map(|(id, value)| ($key(id), value)).collect())
            }
        }
    )*};
}

by_id! {
    UserId => UserRecord, users_by_ids;
    AccountId => AccountRecord, accounts_by_ids;
    RouterId => RouterRecord, routers_by_ids;
    SessionId => SessionRecord, sessions_by_ids;
    ConnectionId => ConnectionRecord, connections_by_ids;
    AdminId => AdminRecord, admins_by_ids;
}

of_id! {
    AccountsOf(UserId) => Vec<AccountRecord>, |_app, tx, ids| tx.accounts_of_users(&ids).await;
    ConnectionsOf(SessionId) => Vec<ConnectionRecord>, |_app, tx, ids| tx.connections_of_sessions(&ids).await;
    DecisionsOf(SessionId) => Vec<DecisionRecord>, |_app, tx, ids| tx.decisions_of_sessions(&ids).await;
    LiveSessionOf(AccountId) => Arc<SessionRecord>, |_app, tx, ids| tx.live_session_of_accounts(&ids).await.map(arcs);
    InvitationOf(UserId) => Arc<InvitationRecord>,
        |app, tx, ids| tx.open_invitations(&ids, app.clock.now()).await.map(arcs);
    CodesOf(UserId) => (), |_app, tx, ids| tx.have_offline_codes(&ids).await.map(|found| found.into_iter().map(|id| (id, ())).collect());
    StatusOf(RouterId) => Arc<RouterStatus>, |_app, tx, ids| tx.router_statuses(&ids).await.map(arcs);
    DriftsOf(RouterId) => Vec<DriftRecord>, |_app, tx, ids| tx.recent_drifts(&ids, DRIFTS).await;
}

impl Loader<PolicyInForce> for Source {
    type Value = Arc<PolicyRecord>;
    type Error = Shared;

    /// There are few policies: all are loaded.
    async fn load(&self, keys: &[PolicyInForce]) -> Result<HashMap<PolicyInForce, Self::Value>, Shared> {
        let mut tx = self.app.store.read().await.map_err(shared)?;
        let all: Vec<_> = tx.policies().await.map_err(shared)?.into_iter().map(Arc::new).collect();
        let default = all.iter().find(|record| record.policy.is_default);
        let of = |key: &PolicyInForce| {
            let own = key.0.and_then(|id| all.iter().find(|record| record.policy.id == id));
            own.or(default).cloned()
        };
        Ok(keys.iter().filter_map(|key| Some((*key, of(key)?))).collect())
    }
}

impl Loader<SessionsOf> for Source {
    type Value = Arc<Page<SessionRecord>>;
    type Error = Shared;

    async fn load(&self, keys: &[SessionsOf]) -> Result<HashMap<SessionsOf, Self::Value>, Shared> {
        let mut tx = self.app.store.read().await.map_err(shared)?;
        let mut all = HashMap::new();
        // One query asks for few different lengths.
        for first in keys.iter().map(|key| key.1).collect::<HashSet<_>>() {
            let users: Vec<UserId> = keys.iter().filter(|key| key.1 == first).map(|key| key.0).collect();
            let pages = tx.sessions_of_users(&users, first).await.map_err(shared)?;
            all.extend(pages.into_iter().map(|(user, page)| (SessionsOf(user, first), Arc::new(page))));
        }
        Ok(all)
    }
}

impl Loader<PendingOf> for Source {
    type Value = i64;
    type Error = Shared;

    async fn load(&self, keys: &[PendingOf]) -> Result<HashMap<PendingOf, i64>, Shared> {
        let mut tx = self.app.store.read().await.map_err(shared)?;
        let wishes = tx.pending_wishes_counts().await.map_err(shared)?;
        let changes = tx.standing_account_change_counts().await.map_err(shared)?;
        let of = |all: &HashMap<RouterId, i64>, key: &PendingOf| all.get(&key.0).copied().unwrap_or_default();
        Ok(keys.iter().map(|key| (*key, of(&wishes, key) + of(&changes, key))).collect())
    }
}

impl Loader<RulesOn> for Source {
    type Value = Arc<Vec<RuleRow>>;
    type Error = Shared;

    /// Each router is asked once, all at the same time.
    async fn load(&self, keys: &[RulesOn]) -> Result<HashMap<RulesOn, Self::Value>, Shared> {
        let ids: Vec<RouterId> = keys.iter().map(|key| key.0).collect();
        let routers =
            self.app.store.read().await.map_err(shared)?.routers_by_ids(&ids).await.map_err(shared)?;
        let asked = routers.values().filter(|router| router.enabled && router.deleted_at.is_none());
        let read = asked.map(async |router| {
            let rules = tokio::time::timeout(PATIENCE, self.app.fleet.rules(&self.app, router)).await;
            (RulesOn(router.id), Arc::new(rules.ok().and_then(Result::ok).unwrap_or_default()))
        });
        Ok(future::join_all(read).await.into_iter().collect())
    }
}

impl Loader<PublicUrl> for Source {
    type Value = String;
    type Error = Shared;

    async fn load(&self, _: &[PublicUrl]) -> Result<HashMap<PublicUrl, String>, Shared> {
        let mut tx = self.app.store.read().await.map_err(shared)?;
        let url = settings::public_url(&self.app, &mut tx).await.map_err(Arc::new)?;
        Ok(url.map(|url| (PublicUrl, url)).into_iter().collect())
    }
}

impl Loader<UseOf> for Source {
    type Value = PolicyUse;
    type Error = Shared;

    async fn load(&self, keys: &[UseOf]) -> Result<HashMap<UseOf, PolicyUse>, Shared> {
        let mut tx = self.app.store.read().await.map_err(shared)?;
        let all = tx.policy_use().await.map_err(shared)?;
        Ok(keys.iter().filter_map(|key| Some((*key, *all.get(&key.0)?))).collect())
    }
}

impl Loader<AccountsOn> for Source {
    type Value = Arc<HashMap<String, AccountRecord>>;
    type Error = Shared;

    async fn load(&self, keys: &[AccountsOn]) -> Result<HashMap<AccountsOn, Self::Value>, Shared> {
        let mut tx = self.app.store.read().await.map_err(shared)?;
        let mut all = HashMap::new();
        for key in keys {
            let records = tx.accounts_of_router(key.0).await.map_err(shared)?;
            let named = records.into_iter().map(|record| (record.account.username.clone(), record)).collect();
            all.insert(*key, Arc::new(named));
        }
        Ok(all)
    }
}

impl Loader<WishedOn> for Source {
    type Value = Arc<HashMap<String, bool>>;
    type Error = Shared;

    async fn load(&self, keys: &[WishedOn]) -> Result<HashMap<WishedOn, Self::Value>, Shared> {
        let mut tx = self.app.store.read().await.map_err(shared)?;
        let mut all = HashMap::new();
        for key in keys {
            let pending = tx.pending_wishes(key.0).await.map_err(shared)?;
            let of_accounts = pending.into_iter().filter_map(|wish| match wish {
                Wish::Account { username, enabled, .. } => Some((username, enabled)),
                _ => None,
            });
            all.insert(*key, Arc::new(of_accounts.collect()));
        }
        Ok(all)
    }
}

impl Loader<ConnectionOfTunnel> for Source {
    type Value = Arc<ConnectionRecord>;
    type Error = Shared;

    async fn load(
        &self,
        keys: &[ConnectionOfTunnel],
    ) -> Result<HashMap<ConnectionOfTunnel, Self::Value>, Shared> {
        let mut tx = self.app.store.read().await.map_err(shared)?;
        let routers: HashSet<RouterId> = keys.iter().map(|key| key.0).collect();
        let mut all = HashMap::new();
        for router in routers {
            let ids: Vec<String> =
                keys.iter().filter(|key| key.0 == router).map(|key| key.1.clone()).collect();
            let found = tx.live_connections_of_tunnels(router, &ids).await.map_err(shared)?;
            all.extend(found.into_iter().map(|(id, c)| (ConnectionOfTunnel(router, id), Arc::new(c))));
        }
        Ok(all)
    }
}

/// Loads a thing within a resolver.
pub(super) async fn load<K>(ctx: &Context<'_>, key: K) -> OpResult<Option<Loaded<K>>>
where
    K: Send + Sync + Clone + Eq + Hash + 'static,
    Source: Loader<K, Error = Shared>,
{
    ctx.loaders()?.one(key).await
}

/// What must be there because something refers to it.
pub(super) fn there<T>(found: Option<T>, noun: &'static str) -> OpResult<T> {
    found.ok_or(OpError::NotFound(noun))
}
