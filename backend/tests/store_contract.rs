//! What the store promises, promised by both databases: each test is mounted for SQLite and for PostgreSQL.
//!
//! PostgreSQL's server is named by `TEST_POSTGRES_URL` (a user who may create databases; each test makes one
//! of its own). Without it those tests say so and pass, but in CI they fail.

#[path = "store_contract/alerts.rs"]
mod alerts;
#[path = "store_contract/audit.rs"]
mod audit;
#[path = "store_contract/cast.rs"]
mod cast;
#[path = "store_contract/changes.rs"]
mod changes;
#[path = "store_contract/codes.rs"]
mod codes;
#[path = "store_contract/devices.rs"]
mod devices;
#[path = "store_contract/lists.rs"]
mod lists;
#[path = "store_contract/outbox.rs"]
mod outbox;
#[path = "store_contract/races.rs"]
mod races;
#[path = "store_contract/rows.rs"]
mod rows;
#[path = "store_contract/sessions.rs"]
mod sessions;
#[path = "store_contract/setup.rs"]
mod setup;
#[path = "store_contract/turned_away.rs"]
mod turned_away;
#[path = "store_contract/unique.rs"]
mod unique;
#[path = "store_contract/units.rs"]
mod units;

use sallyport::store::{
    Store,
    testing::{Temporary, postgres_server},
};

async fn sqlite() -> Option<Temporary> {
    Some(Store::temporary().await.unwrap())
}

async fn postgres() -> Option<Temporary> {
    Some(Store::temporary_postgres(&postgres_server()?).await.unwrap())
}

macro_rules! contract {
    ($($module:ident: $($test:ident),* $(,)?;)*) => {
        contract!(@mount sqlite $($($module $test)*)*);
        contract!(@mount postgres $($($module $test)*)*);
    };
    (@mount $database:ident $($module:ident $test:ident)*) => {
        mod $database {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $test() {
                    if let Some(store) = super::$database().await {
                        super::$module::$test(store).await;
                    }
                }
            )*
        }
    };
}

contract! {
    alerts: an_alert_is_told_of_and_followed_once, drifts_are_settled_one_by_one, bans_hold_on_their_router_for_their_time,
        what_an_alert_about_a_ban_speaks_of_is_found,
        a_router_is_written_to_as_its_settings_are;
    codes: a_code_works_once, a_seed_that_is_set_up_replaces_none_before_it_counts;
    turned_away: a_tunnel_is_noted_once_a_day, those_turned_away_come_in_order_for_one_or_all;
    audit: chain_is_whole_and_verifiable, audit_cannot_be_changed, audit_is_searched_and_paged;
    devices: a_device_is_worked_for_one_router, a_device_is_free_when_its_router_works_nothing;
    lists: pages_neither_skip_nor_repeat, ties_are_broken_by_id, cyrillic_is_found_in_any_case,
        wildcards_are_plain_characters, people_are_filtered, foreign_cursors_are_refused,
        what_needs_attention_comes_first, sessions_are_searched_and_filtered;
    outbox: newer_wish_supersedes, equal_wish_changes_nothing, observed_wish_is_only_kept,
        what_was_observed_is_forgotten_alone,
        wishes_come_in_order_and_wait, finished_wishes_leave_sessions_settled,
        chats_get_messages_in_order, prompts_can_be_withdrawn, attempts_are_counted_for_everybody, updates_are_remembered;
    races: one_live_session_under_twenty_grants, versions_catch_lost_updates, one_holder_of_a_lease,
        chain_has_no_forks, one_pending_wish_a_thing;
    rows: everything_about_people_comes_back, everything_about_routers_comes_back,
        everything_about_admins_comes_back, sign_ins_rotate_and_catch_thieves, every_spelling_is_accepted,
        nonsense_is_reported, small_things_come_back, numbers_add_up, deletion_keeps_history;
    sessions: session_comes_back_as_saved, connections_beyond_twenty_are_left_out,
        scene_has_all_that_rules_need, policy_in_force_is_own_or_default, tunnels_and_nonces_are_found,
        due_sessions_come_in_order, desired_follows_sessions, counts_for_limits, lists_load_many_at_once;
    changes: one_change_of_an_account_stands_at_a_time,
        a_change_is_taken_over_once_and_only_when_nobody_is_at_work;
    setup: changes_are_announced_done_and_ended, a_router_has_its_own_changes;
    units: dropped_is_undone, aborted_is_undone, unread_until_committed, killed_process_loses_only_open_work,
        migrations_run_once, replicas_hear_what_was_committed;
    unique: usernames_have_one_owner, rules_have_one_account, people_have_their_own_telegram,
        admins_have_their_own_name, there_is_one_default_policy, prompts_have_their_own_nonce;
}

#[test]
fn both_databases_have_the_same_migrations() {
    let (sqlite, postgres) = Store::migration_names().unwrap();
    assert_eq!(sqlite, postgres);
    assert!(!sqlite.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_file_is_for_one_process() {
    let store = Store::temporary().await.unwrap();
    let again = Store::open(&store.url(), &std::env::temp_dir());
    assert!(matches!(again, Err(sallyport::store::StoreError::InUse { .. })));
    let beside = Store::beside(&store.url(), &std::env::temp_dir()).unwrap();
    beside.ping().await.unwrap();
    drop(beside);
    store.reopened().unwrap().ping().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_is_copied_while_it_is_written() {
    let store = Store::temporary().await.unwrap();
    let world = cast::world(&store).await;
    let folder = std::path::PathBuf::from(store.url().trim_start_matches("sqlite://"));
    let copy = folder.with_file_name("copy.db");
    let mut open = store.begin().await.unwrap();
    open.suspend_account(world.account, true).await.unwrap();
    assert!(store.backup(&copy).await.unwrap());
    open.commit().await.unwrap();
    assert!(store.backup(&copy).await.is_err(), "no copy is overwritten");
    let copied = Store::open(&format!("sqlite://{}", copy.display()), &std::env::temp_dir()).unwrap();
    let scene = copied.read().await.unwrap().scene(world.account).await.unwrap().unwrap();
    assert!(!scene.account.suspended, "what was not committed is not in it");
}

#[test]
fn other_urls_are_refused() {
    let opened = Store::open("mysql://x", &std::env::temp_dir());
    assert!(matches!(opened, Err(sallyport::store::StoreError::BadUrl)));
}
