//! Routers, and what is on them.

use super::{
    context::ContextExt,
    enums::{AccountSource, RouterMode, RouterState, TlsMode},
    guard::{manager, viewer},
    loaders::{AccountsOn, ConnectionOfTunnel, DriftsOf, PendingOf, PublicUrl, StatusOf, load},
    page,
    preferences::maybe,
    router_accounts::{AccountPlace, RouterAccount},
    rules::FirewallRule,
    scalars::{DateTime, int, parse_id, time},
    sessions::Connection,
};
use crate::{
    config::Secret,
    driver::{AccountRow, SeenTunnel, TestReport},
    ops::{
        OpError, OpResult as Result, router_accounts,
        routers::{self, RouterChange},
    },
    store::records::{DriftRecord, RouterRecord, RouterStatus},
};
use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use sallyport_shared::{ids::RouterId, language::Language};
use std::sync::Arc;
use tokio::sync::OnceCell;

/// How many accounts of a router are listed if nothing is said.
const ACCOUNTS: usize = 500;

/// How many tunnels of a router are listed if nothing is said, and at most. They are in memory.
const TUNNELS: i32 = 1_000;
const MOST_TUNNELS: usize = 10_000;

/// How complex it is at least to read something from a router now, whatever is asked of it.
pub(super) const LIVE_READ: usize = 100;

/// How complex a list of tunnels is: twenty, which are in memory, as much as one thing of the database.
fn tunnels_complexity(first: Option<i32>, child: usize) -> usize {
    1 + usize::try_from(first.unwrap_or(TUNNELS)).unwrap_or(0).min(MOST_TUNNELS).div_ceil(20) * child
}

/// A MikroTik router.
pub(super) struct Router {
    record: Arc<RouterRecord>,
    /// Loaded when the first field asks for it.
    status: OnceCell<Arc<RouterStatus>>,
}

impl From<RouterRecord> for Router {
    fn from(record: RouterRecord) -> Self {
        Self::new(Arc::new(record))
    }
}

impl Router {
    pub(super) fn new(record: Arc<RouterRecord>) -> Self {
        Self { record, status: OnceCell::new() }
    }

    async fn status(&self, ctx: &Context<'_>) -> Result<&RouterStatus> {
        let load_it = || async {
            let known = load(ctx, StatusOf(self.record.id)).await?;
            Ok(known.unwrap_or_else(|| Arc::new(RouterStatus::unknown(self.record.id))))
        };
        self.status.get_or_try_init(load_it).await.map(AsRef::as_ref)
    }
}

#[Object(guard = "viewer")]
impl Router {
    async fn id(&self) -> ID {
        self.record.id.into()
    }

    async fn name(&self) -> &str {
        &self.record.name
    }

    /// Name or address.
    async fn host(&self) -> &str {
        &self.record.host
    }

    /// The API's port.
    async fn port(&self) -> i32 {
        self.record.port.into()
    }

    async fn tls(&self) -> TlsMode {
        self.record.tls.into()
    }

    /// SHA-256 of the trusted certificate's public key.
    async fn pinned_sha256(&self) -> Option<&str> {
        self.record.pinned_sha256.as_deref()
    }

    /// The API user.
    async fn username(&self) -> &str {
        &self.record.username
    }

    /// The API's login is an MD5 challenge, as RouterOS before 6.43 wants it.
    async fn md5_login(&self) -> bool {
        self.record.md5_login
    }

    async fn mode(&self) -> RouterMode {
        self.record.mode.into()
    }

    async fn enabled(&self) -> bool {
        self.record.enabled
    }

    async fn state(&self, ctx: &Context<'_>) -> Result<RouterState> {
        if !self.record.enabled {
            return Ok(RouterState::Disabled);
        }
        Ok(self.status(ctx).await?.state.into())
    }

    /// What went wrong last.
    async fn last_error(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        Ok(self.status(ctx).await?.last_error.as_deref())
    }

    async fn last_seen_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime>> {
        Ok(time(self.status(ctx).await?.last_seen_at))
    }

    /// Tunnels are pushed by the router, not only polled.
    async fn push(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(self.status(ctx).await?.push)
    }

    async fn identity(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        Ok(self.status(ctx).await?.identity.as_deref())
    }

    async fn version(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        Ok(self.status(ctx).await?.version.as_deref())
    }

    async fn board(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        Ok(self.status(ctx).await?.board.as_deref())
    }

    async fn uptime_seconds(&self, ctx: &Context<'_>) -> Result<Option<i32>> {
        Ok(self.status(ctx).await?.uptime_seconds.map(int))
    }

    /// The router's clock minus the server's.
    async fn clock_skew_seconds(&self, ctx: &Context<'_>) -> Result<Option<i32>> {
        Ok(self.status(ctx).await?.clock_skew_seconds.map(int))
    }

    async fn poll_seconds(&self) -> i32 {
        int(self.record.poll_seconds.0)
    }

    async fn sandbox_list(&self) -> &str {
        &self.record.sandbox_list
    }

    async fn allow_list(&self) -> &str {
        &self.record.allow_list
    }

    async fn ban_list(&self) -> &str {
        &self.record.ban_list
    }

    /// The time of an allow entry, which is renewed before it lapses.
    async fn allow_seconds(&self) -> i32 {
        int(self.record.allow_seconds.0)
    }

    /// Where accounts are: as set, else as found out.
    async fn account_source(&self, ctx: &Context<'_>) -> Result<Option<AccountSource>> {
        if let Some(source) = self.record.account_source {
            return Ok(Some(source.into()));
        }
        Ok(self.status(ctx).await?.account_source.map(Into::into))
    }

    /// Where the router's hooks report tunnels. The token in it is for administrators.
    async fn hook_url(&self, ctx: &Context<'_>) -> Result<String> {
        let app = ctx.app()?;
        let base = load(ctx, PublicUrl).await?.unwrap_or_default();
        let url = format!("{base}/client/connect/");
        if ctx.manager().is_err() {
            return Ok(url);
        }
        Ok(format!("{url}?token={}", routers::hook_token(app, &self.record)?))
    }

    /// The tunnels as last seen, at most so many.
    #[graphql(complexity = "tunnels_complexity(first, child_complexity)")]
    async fn tunnels(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 1000)] first: Option<i32>,
    ) -> Result<Vec<Tunnel>> {
        let most = usize::try_from(first.unwrap_or(TUNNELS)).ok().filter(|most| *most <= MOST_TUNNELS);
        let most = most.ok_or_else(|| OpError::invalid("first", format!("From 0 to {MOST_TUNNELS}")))?;
        let app = ctx.app()?;
        let now = app.clock.now();
        let tunnel = |seen: &SeenTunnel| Tunnel {
            router: self.record.id,
            uptime_seconds: int(now.since(seen.since).0),
            seen: seen.clone(),
        };
        Ok(app.fleet.tunnels(self.record.id).iter().take(most).map(tunnel).collect())
    }

    /// The accounts that the router knows, read now.
    #[graphql(complexity = "LIVE_READ + page::complexity(first, ACCOUNTS, child_complexity)")]
    async fn accounts(
        &self,
        ctx: &Context<'_>,
        search: Option<String>,
        #[graphql(default = 500)] first: Option<i32>,
    ) -> Result<Vec<RouterAccount>> {
        let app = ctx.app()?;
        let most = page::slice(first, None, ACCOUNTS)?.first;
        if most == 0 {
            return Ok(Vec::new());
        }
        let search = search.map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty());
        let rows = app.fleet.accounts(app, &self.record).await?;
        let rows = rows.into_iter().filter(|row| fits(row, search.as_deref())).take(most).collect();
        RouterAccount::all(ctx, self.record.id, rows).await
    }

    /// Where accounts can be made, read now; the first place is taken if none is named.
    #[graphql(complexity = "LIVE_READ + 20 * child_complexity")]
    async fn account_places(&self, ctx: &Context<'_>) -> Result<Vec<AccountPlace>> {
        let places = router_accounts::places(ctx.app()?, ctx.viewer()?, &self.record).await?;
        Ok(places.into_iter().map(AccountPlace::from).collect())
    }

    /// The firewall rules whose comment contains `2FA`, read now.
    #[graphql(complexity = "LIVE_READ + 20 * child_complexity")]
    async fn firewall_rules(&self, ctx: &Context<'_>) -> Result<Vec<FirewallRule>> {
        let app = ctx.app()?;
        let rows = app.fleet.rules(app, &self.record).await?;
        let accounts = load(ctx, AccountsOn(self.record.id)).await?.unwrap_or_default();
        let rule = |row: crate::driver::RuleRow| {
            let owner = accounts.values().find(|account| {
                account
                    .rule
                    .as_ref()
                    .is_some_and(|bound| bound.rule_id == row.rule_id && bound.comment == row.comment_bytes)
            });
            let owner = owner.cloned();
            FirewallRule::shown(self.record.id, row, owner)
        };
        Ok(rows.into_iter().map(rule).collect())
    }

    /// What was found that should not have been so, the newest first.
    #[graphql(complexity = "1 + 20 * child_complexity")]
    async fn drift(&self, ctx: &Context<'_>) -> Result<Vec<Drift>> {
        let found = load(ctx, DriftsOf(self.record.id)).await?.unwrap_or_default();
        let language = ctx.caller()?.admin.language;
        Ok(found.into_iter().map(|record| Drift::new(&record, language)).collect())
    }

    /// What is decided and not yet read back from the router.
    async fn pending_commands(&self, ctx: &Context<'_>) -> Result<i32> {
        Ok(int(load(ctx, PendingOf(self.record.id)).await?.unwrap_or_default()))
    }
}

/// Is the account searched for?
fn fits(row: &AccountRow, search: Option<&str>) -> bool {
    let Some(search) = search else { return true };
    row.username.to_lowercase().contains(search)
        || row.comment.as_ref().is_some_and(|comment| comment.to_lowercase().contains(search))
}

/// A tunnel on a router.
pub(super) struct Tunnel {
    router: RouterId,
    uptime_seconds: i32,
    seen: SeenTunnel,
}

#[Object(guard = "viewer")]
impl Tunnel {
    async fn router_id(&self) -> ID {
        self.router.into()
    }

    async fn router_session_id(&self) -> &str {
        &self.seen.tunnel.router_session_id
    }

    async fn username(&self) -> &str {
        &self.seen.tunnel.username
    }

    async fn service(&self) -> &str {
        &self.seen.tunnel.service
    }

    /// The caller's public address.
    async fn caller_id(&self) -> Option<&str> {
        self.seen.tunnel.caller_id.as_deref()
    }

    /// The address that the router gave to the tunnel.
    async fn address(&self) -> Option<&str> {
        self.seen.tunnel.address.as_deref()
    }

    async fn uptime_seconds(&self) -> i32 {
        self.uptime_seconds
    }

    /// The connection of a session that it is.
    async fn connection(&self, ctx: &Context<'_>) -> Result<Option<Connection>> {
        let key = ConnectionOfTunnel(self.router, self.seen.tunnel.router_session_id.clone());
        let found = load(ctx, key).await?;
        Ok(found.filter(|known| known.connection.tunnel.is_same(&self.seen.tunnel)).map(Connection))
    }
}

/// Something on a router that was not as it should be.
#[derive(SimpleObject)]
#[graphql(guard = "viewer")]
struct Drift {
    at: DateTime,
    /// What was found, in the language of whoever asks.
    description: String,
    /// It was put right.
    repaired: bool,
}

impl Drift {
    fn new(record: &DriftRecord, language: Language) -> Self {
        Self { at: record.at.into(), description: record.what.say(language), repaired: record.repaired }
    }
}

/// What a test of a router found.
#[derive(SimpleObject)]
#[graphql(guard = "viewer")]
struct RouterTest {
    /// Everything that is needed is there.
    ok: bool,
    identity: Option<String>,
    version: Option<String>,
    /// SHA-256 of the certificate's public key, to be compared and trusted.
    certificate_sha256: Option<String>,
    /// What is wrong.
    error: Option<String>,
    /// What to do about it.
    remedy: Option<String>,
    /// The rights of the API user's group.
    rights: Vec<String>,
    /// The rights that are needed and missing.
    missing_rights: Vec<String>,
}

impl From<TestReport> for RouterTest {
    fn from(report: TestReport) -> Self {
        Self {
            ok: report.ok,
            identity: report.identity,
            version: report.version,
            certificate_sha256: report.certificate_sha256,
            error: report.error,
            remedy: report.remedy,
            rights: report.rights,
            missing_rights: report.missing_rights,
        }
    }
}

/// What is set or changed of a router; what is not given stays.
#[derive(InputObject)]
struct RouterInput {
    name: Option<String>,
    host: Option<String>,
    port: Option<i32>,
    tls: Option<TlsMode>,
    pinned_sha256: MaybeUndefined<String>,
    ca_pem: MaybeUndefined<String>,
    username: Option<String>,
    password: Option<String>,
    md5_login: Option<bool>,
    mode: Option<RouterMode>,
    enabled: Option<bool>,
    poll_seconds: Option<i32>,
    sandbox_list: Option<String>,
    allow_list: Option<String>,
    ban_list: Option<String>,
    allow_seconds: Option<i32>,
    account_source: MaybeUndefined<AccountSource>,
}

impl From<RouterInput> for RouterChange {
    fn from(input: RouterInput) -> Self {
        Self {
            name: input.name,
            host: input.host,
            port: input.port.map(Into::into),
            tls: input.tls.map(Into::into),
            pinned_sha256: maybe(input.pinned_sha256),
            ca_pem: maybe(input.ca_pem),
            username: input.username,
            password: input.password.filter(|password| !password.is_empty()).map(Secret::new),
            md5_login: input.md5_login,
            mode: input.mode.map(Into::into),
            enabled: input.enabled,
            poll_seconds: input.poll_seconds.map(Into::into),
            sandbox_list: input.sandbox_list,
            allow_list: input.allow_list,
            ban_list: input.ban_list,
            allow_seconds: input.allow_seconds.map(Into::into),
            account_source: maybe(input.account_source).map(|source| source.map(Into::into)),
        }
    }
}

#[derive(Default)]
pub(super) struct RouterQuery;

#[Object]
impl RouterQuery {
    #[graphql(guard = "viewer", complexity = "1 + 10 * child_complexity")]
    async fn routers(&self, ctx: &Context<'_>) -> Result<Vec<Router>> {
        let all = ctx.app()?.store.read().await?.routers().await?;
        Ok(all.into_iter().map(Router::from).collect())
    }

    #[graphql(guard = "viewer")]
    async fn router(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Router>> {
        let Ok(id) = id.parse::<RouterId>() else { return Ok(None) };
        let found = load(ctx, id).await?;
        Ok(found.filter(|router| router.deleted_at.is_none()).map(Router::new))
    }
}

#[derive(Default)]
pub(super) struct RouterMutation;

#[Object]
impl RouterMutation {
    /// Tries a router's settings without keeping anything.
    #[graphql(guard = "manager")]
    async fn test_router(&self, ctx: &Context<'_>, input: RouterInput) -> Result<RouterTest> {
        Ok(routers::test(ctx.app()?, &ctx.manager()?, input.into()).await?.into())
    }

    #[graphql(guard = "manager")]
    async fn create_router(&self, ctx: &Context<'_>, input: RouterInput) -> Result<Router> {
        Ok(routers::create(ctx.app()?, &ctx.manager()?, input.into()).await?.into())
    }

    #[graphql(guard = "manager")]
    async fn update_router(&self, ctx: &Context<'_>, id: ID, input: RouterInput) -> Result<Router> {
        let id = parse_id(&id, "router")?;
        Ok(routers::update(ctx.app()?, &ctx.manager()?, id, input.into()).await?.into())
    }

    /// Gives the router's hooks another token; the old one is refused at once. Its scripts are to be set up again: the
    /// set-up shows them as different.
    #[graphql(guard = "manager")]
    async fn rotate_hook_token(&self, ctx: &Context<'_>, id: ID) -> Result<Router> {
        let id = parse_id(&id, "router")?;
        Ok(routers::rotate_hook_token(ctx.app()?, &ctx.manager()?, id).await?.into())
    }

    #[graphql(guard = "manager")]
    async fn delete_router(&self, ctx: &Context<'_>, id: ID) -> Result<ID> {
        routers::delete(ctx.app()?, &ctx.manager()?, parse_id(&id, "router")?).await?;
        Ok(id)
    }
}
