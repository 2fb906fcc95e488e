//! The questions whose answers are still being written: their signatures stand.

use super::{Result, StoreError, Tx, records::*};
use sallyport_shared::{ids::*, person::*, time::*};
use std::collections::HashMap;
use uuid::Uuid;

macro_rules! outline {
    ($(fn $name:ident($($arg:ident: $ty:ty),*) -> $ret:ty;)*) => {
        impl Tx {$(
            /// Outline.
            pub async fn $name(&mut self $(, $arg: $ty)*) -> Result<$ret> {
                $(let _ = $arg;)*
                Err(StoreError::Unavailable(stringify!($name).to_owned()))
            }
        )*}
    };
}

outline! {
    fn sessions_page(filter: &SessionFilter, order: SessionOrder, slice: &Slice) -> Page<SessionRecord>;
    fn users_page(filter: &UserFilter, order: UserOrder, slice: &Slice) -> Page<UserRecord>;
}

// accounts.rs
outline! {
    fn link_account(id: AccountId, user: UserId, router: RouterId, username: &str, now: Timestamp) -> ();
    fn unlink_account(id: AccountId, now: Timestamp) -> bool;
    fn suspend_account(account: AccountId, suspended: bool) -> ();
    fn account(id: AccountId) -> Option<AccountRecord>;
    fn account_by_username(router: RouterId, username: &str) -> Option<AccountRecord>;
    fn accounts_by_ids(ids: &[AccountId]) -> HashMap<AccountId, AccountRecord>;
    fn accounts_of_users(users: &[UserId]) -> HashMap<UserId, Vec<AccountRecord>>;
    fn accounts_of_router(router: RouterId) -> Vec<AccountRecord>;
    fn bind_rule(account: AccountId, rule_id: &str, comment: &[u8]) -> bool;
    fn unbind_rule(account: AccountId) -> bool;
    fn set_account_seen(account: AccountId, enabled: Option<bool>, source: Option<AccountSource>) -> ();
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
    fn audit_event(id: Uuid) -> Option<AuditRecord>;
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
