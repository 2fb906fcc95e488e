//! Whoever lifts a ban has seen to what that ban was told of for, and to nothing else.

use crate::{
    HOME, always,
    bot_cast::{BotCast, Database},
    manager, tunnel,
};
use sallyport::{
    ops::{
        Who, alarms, bans,
        sessions::{Target, apply},
    },
    store::records::AlertKind,
};
use sallyport_shared::{
    ids::{AccountId, RouterId, UserId},
    reason::Reason,
    session::Event,
    time::Seconds,
};

const WORK: &str = "198.51.100.9";
const CAFE: &str = "192.0.2.77";
const MINUTE: u32 = 60;
const HOUR: u32 = 60 * MINUTE;

/// One unconfirmed tunnel is allowed within ten minutes, and a ban lasts for two hours.
async fn strict(cast: &BotCast) {
    always(cast, |policy| {
        policy.max_unconfirmed = 1;
        policy.unconfirmed_window_seconds = Seconds(10 * MINUTE);
        policy.ban_seconds = Seconds(2 * HOUR);
    })
    .await;
}

/// Tunnels of this account come up one after the other and go away unconfirmed.
async fn dials(cast: &BotCast, account: AccountId, username: &str, caller: &str, times: u32) {
    for _ in 0..times {
        let session_id = format!("0x{}", cast.app.clock.now().seconds());
        cast.happen(account, tunnel(username, &session_id, caller)).await.unwrap();
        let sessions = cast.sessions().await;
        let of_account = sessions.iter().filter(|session| session.account == account);
        for session in of_account {
            for connection in session.live_connections() {
                let gone = Event::TunnelGone { connection: connection.id, restarted: false };
                apply(&cast.app, &Target::Session(session.id), &gone, &Who::System).await.unwrap();
            }
        }
        cast.advance(1);
    }
}

/// About whom, and on which router, alerts about bans stand after everything was looked at; the oldest first.
async fn standing(cast: &BotCast) -> Vec<(UserId, RouterId)> {
    alarms::tick(&cast.app).await.unwrap();
    let mut open = cast.app.store.read().await.unwrap().open_alerts().await.unwrap();
    open.retain(|open| open.alert.kind == AlertKind::Ban);
    open.iter().map(|open| (open.alert.user.unwrap(), open.alert.router.unwrap())).collect()
}

/// An operator lifts the ban of this address on the router.
async fn lifts(cast: &BotCast, router: RouterId, address: &str) {
    let now = cast.app.clock.now();
    let all = cast.app.store.read().await.unwrap().bans(Some(router), now).await.unwrap();
    let ban = all.iter().find(|ban| ban.address == address).expect("it is banned");
    let by = manager(cast).await;
    bans::lift(&cast.app, &by, ban.id).await.unwrap();
}

async fn lifting_a_ban_settles_what_was_told_of_it_and_nothing_else(database: Database) {
    let cast = BotCast::assemble_without_bot(&database).await;
    let (_, anna, at_office) = cast.member(331, "Анна", "anna").await;
    let (_, boris, of_boris) = cast.member(332, "Борис", "boris").await;
    let branch = cast.another_router("Branch").await;
    let at_branch = cast.account_on(branch, anna, "anna").await;
    strict(&cast).await;
    dials(&cast, at_office, "anna", HOME, 2).await;
    // Within the window it is banned without another word.
    dials(&cast, at_office, "anna", WORK, 1).await;
    cast.advance(10 * MINUTE);
    dials(&cast, at_branch, "anna", HOME, 2).await;
    dials(&cast, of_boris, "boris", CAFE, 2).await;
    let [first, second, third] = [(anna, cast.router), (anna, branch), (boris, cast.router)];
    assert_eq!(standing(&cast).await, [first, second, third]);
    lifts(&cast, cast.router, HOME).await;
    assert_eq!(standing(&cast).await, [first, second, third], "she is still kept out elsewhere");
    lifts(&cast, cast.router, WORK).await;
    assert_eq!(standing(&cast).await, [second, third]);
    lifts(&cast, branch, HOME).await;
    assert_eq!(standing(&cast).await, [third]);
    lifts(&cast, cast.router, CAFE).await;
    assert_eq!(standing(&cast).await, []);
}

async fn each_alert_speaks_of_the_bans_until_the_next(database: Database) {
    let cast = BotCast::assemble_without_bot(&database).await;
    let (_, anna, account) = cast.member(333, "Anna", "anna").await;
    strict(&cast).await;
    dials(&cast, account, "anna", HOME, 2).await;
    cast.advance(10 * MINUTE);
    dials(&cast, account, "anna", WORK, 2).await;
    let one = (anna, cast.router);
    assert_eq!(standing(&cast).await, [one, one]);
    let at = async || cast.app.store.read().await.unwrap().open_alerts().await.unwrap().last().unwrap().at;
    let later = at().await;
    lifts(&cast, cast.router, HOME).await;
    assert_eq!(standing(&cast).await, [one]);
    assert_eq!(at().await, later, "the other one is about another ban");
    lifts(&cast, cast.router, WORK).await;
    assert_eq!(standing(&cast).await, []);
}

async fn an_alert_lasts_as_long_as_the_longest_ban_that_it_speaks_of(database: Database) {
    let cast = BotCast::assemble_without_bot(&database).await;
    let (_, anna, account) = cast.member(334, "Anna", "anna").await;
    strict(&cast).await;
    dials(&cast, account, "anna", HOME, 2).await;
    cast.policy(|policy| policy.ban_seconds = Seconds(MINUTE)).await;
    dials(&cast, account, "anna", WORK, 1).await;
    cast.advance(2 * MINUTE);
    assert_eq!(standing(&cast).await, [(anna, cast.router)], "the later one has lapsed, the first one holds");
    // What she said is not hers has an alert of its own.
    let (now, why) = (cast.app.clock.now(), Reason::BannedNotMe { account: "anna".to_owned() });
    let mut tx = cast.app.store.begin().await.unwrap();
    tx.insert_ban(cast.router, CAFE, &why, None, Some(anna), now).await.unwrap();
    tx.commit().await.unwrap();
    lifts(&cast, cast.router, HOME).await;
    assert_eq!(standing(&cast).await, []);
}

/// Of a caller without a network address no ban could be made, so that none can be lifted.
async fn what_no_ban_was_made_of_waits_for_somebody(database: Database) {
    let cast = BotCast::assemble_without_bot(&database).await;
    let (_, anna, account) = cast.member(335, "Anna", "anna").await;
    strict(&cast).await;
    dials(&cast, account, "anna", "48:8F:5A:7C:13:3A", 2).await;
    dials(&cast, account, "anna", WORK, 1).await;
    lifts(&cast, cast.router, WORK).await;
    assert_eq!(standing(&cast).await, [(anna, cast.router)]);
}

crate::stories! {
    lifting_a_ban_settles_what_was_told_of_it_and_nothing_else,
    each_alert_speaks_of_the_bans_until_the_next,
    an_alert_lasts_as_long_as_the_longest_ban_that_it_speaks_of,
    what_no_ban_was_made_of_waits_for_somebody,
}
