//! The questions whose answers are still being written: their signatures stand.

use super::{Result, StoreError, Tx, records::*};
use sallyport_shared::{ids::*, person::*, policy::Policy, router::*, session::*, time::*};
use std::collections::HashMap;
use uuid::Uuid;

macro_rules! outline {
    ($(fn $name:ident($($arg:ident: $ty:ty),*) -> $ret:ty;)*) => {
        impl Tx {$(
            #[expect(clippy::too_many_arguments, clippy::unused_async, unused_variables, reason = "outline")]
            #[expect(missing_docs, reason = "outline")]
            pub async fn $name(&mut self $(, $arg: $ty)*) -> Result<$ret> {
                Err(StoreError::Unavailable(stringify!($name).to_owned()))
            }
        )*}
    };
}

// scenes.rs, sessions.rs
outline! {
    fn scene(account: AccountId) -> Option<AccountScene>;
    fn scene_of_username(router: RouterId, username: &str) -> Option<AccountScene>;
    fn session(id: SessionId) -> Option<Loaded>;
    fn latest_session_of_tunnel(account: AccountId, router_session_id: &str) -> Option<Loaded>;
    fn by_nonce(nonce: &str) -> Option<(SessionId, ConnectionId, AccountId)>;
    fn connection_owner(id: ConnectionId) -> Option<(SessionId, AccountId)>;
    fn save_session(session: &Session, expected_version: Option<i64>) -> i64;
    fn add_decisions(session: SessionId, at: Timestamp, decisions: &[Decision]) -> ();
    fn suspend_account(account: AccountId, suspended: bool) -> ();
    fn due_sessions(now: Timestamp, limit: i64) -> Vec<(SessionId, AccountId)>;
    fn next_due() -> Option<Timestamp>;
    fn unsettled_sessions() -> Vec<(SessionId, AccountId)>;
    fn desired(router: RouterId) -> Desired;
    fn live_connections(router: RouterId) -> Vec<LiveConnection>;
    fn add_traffic(connection: ConnectionId, bytes_in: i64, bytes_out: i64) -> ();
    fn set_country(connection: ConnectionId, country: Option<&str>) -> ();
    fn set_prompt_message(connection: ConnectionId, chat: TelegramId, message_id: i64) -> ();
    fn prompt_message(connection: ConnectionId) -> Option<(TelegramId, i64)>;
    fn connection(id: ConnectionId) -> Option<ConnectionRecord>;
    fn sessions_page(filter: &SessionFilter, order: SessionOrder, slice: &Slice) -> Page<Loaded>;
    fn sessions_by_ids(ids: &[SessionId]) -> HashMap<SessionId, Loaded>;
    fn live_sessions_of_user(user: UserId) -> Vec<Loaded>;
    fn live_session_of_accounts(ids: &[AccountId]) -> HashMap<AccountId, Loaded>;
    fn connections_of_sessions(ids: &[SessionId]) -> HashMap<SessionId, Vec<ConnectionRecord>>;
    fn connections_by_ids(ids: &[ConnectionId]) -> HashMap<ConnectionId, ConnectionRecord>;
    fn live_connections_of_tunnels(router: RouterId, router_session_ids: &[String]) -> HashMap<String, ConnectionRecord>;
    fn decisions_of_sessions(ids: &[SessionId]) -> HashMap<SessionId, Vec<DecisionRecord>>;
    fn waiting_connections() -> Vec<ConnectionRecord>;
    fn connections_since(from: Timestamp, user: Option<UserId>, limit: i64) -> Vec<ConnectionRecord>;
    fn prompts_since(user: UserId, since: Timestamp) -> i64;
    fn unconfirmed_since(account: AccountId, since: Timestamp) -> i64;
    fn confirmed_from_since(account: AccountId, caller_id: &str, since: Timestamp) -> bool;
}

// wishes.rs
outline! {
    fn wish(router: RouterId, session: Option<SessionId>, wish: &Wish, now: Timestamp, observed: bool) -> bool;
    fn has_pending_wish(router: RouterId, key: &str) -> bool;
    fn outstanding(session: SessionId) -> i64;
    fn due_wishes(router: RouterId, now: Timestamp, limit: i64) -> Vec<WishRecord>;
    fn next_wish_at(router: RouterId) -> Option<Timestamp>;
    fn is_pending(wish: Uuid) -> bool;
    fn finish_wish(wish: Uuid, now: Timestamp) -> bool;
    fn delay_wish(wish: Uuid, next_at: Timestamp, error: &str) -> bool;
    fn give_up_wish(wish: Uuid, now: Timestamp, error: &str) -> bool;
    fn pending_wishes_count(router: RouterId) -> i64;
    fn failing_wishes(min_attempts: i64) -> Vec<WishRecord>;
}

// deliveries.rs
outline! {
    fn deliver(chat: TelegramId, body: &serde_json::Value, user: Option<UserId>, connection: Option<ConnectionId>, now: Timestamp) -> Uuid;
    fn due_deliveries(now: Timestamp, limit: i64) -> Vec<DeliveryRecord>;
    fn next_delivery_at() -> Option<Timestamp>;
    fn finish_delivery(id: Uuid, message_id: Option<i64>, now: Timestamp) -> bool;
    fn delay_delivery(id: Uuid, next_at: Timestamp, error: &str) -> bool;
    fn give_up_delivery(id: Uuid, now: Timestamp, error: &str) -> bool;
    fn pending_deliveries_count() -> i64;
    fn supersede_prompt_delivery(connection: ConnectionId, now: Timestamp) -> bool;
    fn telegram_offset() -> i64;
    fn set_telegram_offset(offset: i64) -> ();
}

// users.rs, invitations.rs
outline! {
    fn insert_user(user: &UserRecord) -> ();
    fn user(id: UserId) -> Option<UserRecord>;
    fn user_by_telegram(telegram: TelegramId) -> Option<UserRecord>;
    fn users_by_ids(ids: &[UserId]) -> HashMap<UserId, UserRecord>;
    fn save_user(user: &UserRecord) -> i64;
    fn delete_user(id: UserId, now: Timestamp) -> bool;
    fn users_page(filter: &UserFilter, order: UserOrder, slice: &Slice) -> Page<UserRecord>;
    fn users_by_status() -> Vec<(UserStatus, i64)>;
    fn insert_invitation(invitation: &InvitationRecord) -> ();
    fn open_invitations(users: &[UserId], now: Timestamp) -> HashMap<UserId, InvitationRecord>;
    fn use_invitation(code_hash: &str, now: Timestamp) -> Option<UserId>;
    fn revoke_invitations(user: UserId, now: Timestamp) -> i64;
}

// accounts.rs
outline! {
    fn link_account(id: AccountId, user: UserId, router: RouterId, username: &str, now: Timestamp) -> ();
    fn unlink_account(id: AccountId, now: Timestamp) -> bool;
    fn account(id: AccountId) -> Option<AccountRecord>;
    fn account_by_username(router: RouterId, username: &str) -> Option<AccountRecord>;
    fn accounts_by_ids(ids: &[AccountId]) -> HashMap<AccountId, AccountRecord>;
    fn accounts_of_users(users: &[UserId]) -> HashMap<UserId, Vec<AccountRecord>>;
    fn accounts_of_router(router: RouterId) -> Vec<AccountRecord>;
    fn bind_rule(account: AccountId, rule_id: &str, comment: &[u8]) -> bool;
    fn unbind_rule(account: AccountId) -> bool;
    fn set_account_seen(account: AccountId, enabled: Option<bool>, source: Option<AccountSource>) -> ();
}

// policies.rs
outline! {
    fn policies() -> Vec<PolicyRecord>;
    fn policy(id: PolicyId) -> Option<PolicyRecord>;
    fn default_policy() -> Option<PolicyRecord>;
    fn insert_policy(policy: &Policy) -> ();
    fn save_policy(policy: &Policy, expected_version: i64) -> i64;
    fn delete_policy(id: PolicyId) -> bool;
    fn policy_use() -> HashMap<PolicyId, PolicyUse>;
}

// routers.rs
outline! {
    fn insert_router(router: &RouterRecord) -> ();
    fn save_router(router: &RouterRecord) -> i64;
    fn delete_router(id: RouterId, now: Timestamp) -> bool;
    fn routers() -> Vec<RouterRecord>;
    fn router(id: RouterId) -> Option<RouterRecord>;
    fn routers_by_ids(ids: &[RouterId]) -> HashMap<RouterId, RouterRecord>;
    fn router_by_hook_token(hash: &str) -> Option<RouterRecord>;
    fn save_router_status(status: &RouterStatus) -> ();
    fn router_statuses(ids: &[RouterId]) -> HashMap<RouterId, RouterStatus>;
    fn insert_drift(router: RouterId, at: Timestamp, description: &str, repaired: bool) -> Uuid;
    fn recent_drifts(routers: &[RouterId], limit: i64) -> HashMap<RouterId, Vec<DriftRecord>>;
    fn insert_ban(router: RouterId, address: &str, reason: &str, until: Option<Timestamp>, now: Timestamp) -> BanRecord;
    fn ban(id: Uuid) -> Option<BanRecord>;
    fn bans(router: Option<RouterId>, now: Timestamp) -> Vec<BanRecord>;
    fn remove_ban(id: Uuid, now: Timestamp) -> bool;
}

// admins.rs, sign_ins.rs
outline! {
    fn insert_admin(admin: &AdminRecord) -> ();
    fn save_admin(admin: &AdminRecord) -> i64;
    fn delete_admin(id: AdminId) -> bool;
    fn admins() -> Vec<AdminRecord>;
    fn admin(id: AdminId) -> Option<AdminRecord>;
    fn admins_by_ids(ids: &[AdminId]) -> HashMap<AdminId, AdminRecord>;
    fn admin_by_username(username: &str) -> Option<AdminRecord>;
    fn admin_by_telegram(telegram: TelegramId) -> Option<AdminRecord>;
    fn admin_by_link_code(hash: &str, now: Timestamp) -> Option<AdminRecord>;
    fn has_owner() -> bool;
    fn insert_sign_in(sign_in: &SignInRecord) -> ();
    fn sign_in(id: Uuid) -> Option<SignInRecord>;
    fn sign_in_by_token(hash: &str) -> Option<SignInRecord>;
    fn rotate_sign_in(presented: &str, new_hash: &str, now: Timestamp, expires_at: Timestamp, leeway: Seconds) -> Rotation;
    fn revoke_sign_in(id: Uuid, now: Timestamp) -> bool;
    fn revoke_sign_ins_of(admin: AdminId, except: Option<Uuid>, now: Timestamp) -> i64;
    fn sign_ins_of(admin: AdminId, now: Timestamp) -> Vec<SignInRecord>;
}

// audit.rs, settings.rs, alerts.rs, leases.rs, statistics.rs
outline! {
    fn audit(event: &NewAudit, now: Timestamp) -> AuditRecord;
    fn audit_page(filter: &AuditFilter, slice: &Slice) -> Page<AuditRecord>;
    fn audit_chain(after_seq: i64, limit: i64) -> Vec<AuditRecord>;
    fn setting(key: &str) -> Option<String>;
    fn set_setting(key: &str, value: Option<&str>) -> ();
    fn settings() -> HashMap<String, String>;
    fn raise_alert(alert: &NewAlert, now: Timestamp) -> bool;
    fn open_alerts() -> Vec<AlertRecord>;
    fn resolve_alert(id: Uuid, now: Timestamp) -> bool;
    fn resolve_alerts(which: AlertMatch, now: Timestamp) -> i64;
    fn acquire_lease(name: &str, holder: &str, now: Timestamp, until: Timestamp) -> bool;
    fn renew_lease(name: &str, holder: &str, now: Timestamp, until: Timestamp) -> bool;
    fn release_lease(name: &str, holder: &str) -> bool;
    fn statistics(now: Timestamp, days: u32) -> Statistics;
    fn notify(payload: &str) -> ();
}
