//! A day with one router, and what people do to it by hand.

use crate::{
    cast::{self, ALLOW, Cast},
    steps::{answer, boxed, granted, opened},
};
use sallyport::store::records::AlertKind;
use sallyport_shared::{
    session::{Answer, CloseReason, ConnectionState, EndReason, Event, SessionState},
    time::Seconds,
};
use sim::routeros::{Fault, FaultKind};

#[tokio::test(flavor = "multi_thread")]
async fn from_the_grant_to_the_end_on_time() {
    let cast = Cast::assemble().await;
    cast.policy(|policy| policy.session_seconds = Seconds(12)).await;
    opened(&cast).await;
    let session = cast.wait_session("the end to be told", |session| session.end_told).await;
    assert_eq!(session.end_reason, Some(EndReason::Expired));
    assert!(cast.router.address_list(ALLOW).is_empty(), "the entry is gone");
    assert!(cast.router.tunnels().is_empty(), "the tunnel is cut");
    assert!(!cast.account_enabled("ivan"), "the account is disabled");
}

#[tokio::test(flavor = "multi_thread")]
async fn not_me_leaves_no_way_in() {
    let cast = Cast::assemble().await;
    let (account, _) = boxed(&cast).await;
    answer(&cast, account, Answer::NotMe).await;
    let session = cast.wait_session("the end to be told", |session| session.end_told).await;
    assert_eq!(session.end_reason, Some(EndReason::Denied));
    assert!(cast.router.tunnels().is_empty());
    assert!(!cast.account_enabled("ivan"));
    assert_eq!(cast.router.address_list("2fa-banned"), ["203.0.113.7"]);
    let alerts = cast.app.store.read().await.unwrap().open_alerts().await.unwrap();
    let denials = alerts.iter().filter(|record| record.alert.kind == AlertKind::Denial);
    assert_eq!(denials.count(), 1, "{alerts:?}");
}

/// Callers on the list of bans get nowhere, as set-up has it, and who is locked out of the API stays so.
fn with_ban_rule(cast: &Cast) {
    let rule = [("chain", "input"), ("src-address-list", "2fa-banned"), ("action", "drop")];
    cast.router.add("ip/firewall/filter", &rule).unwrap();
}

/// *Not me* about a tunnel from this address; gives what stands open then.
async fn denied_from(cast: &Cast, caller: &str) -> Vec<String> {
    let account = granted(cast).await;
    cast.router.connect("ivan", "l2tp", caller).expect("the account is enabled");
    cast.wait_session("the prompt", |session| session.state == SessionState::Confirming).await;
    answer(cast, account, Answer::NotMe).await;
    cast.wait_session("the end to be told", |session| session.end_told).await;
    assert!(cast.router.tunnels().is_empty(), "cut all the same");
    assert!(!cast.account_enabled("ivan"));
    let alerts = cast.app.store.read().await.unwrap().open_alerts().await.unwrap();
    let failing = alerts.into_iter().filter(|record| record.alert.kind == AlertKind::CommandFailing);
    failing
        .map(|record| record.alert.detail.to_string())
        .filter(|detail| detail.contains("was not banned"))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_ban_keeps_the_server_out() {
    let cast = Cast::assemble().await;
    with_ban_rule(&cast);
    let said = denied_from(&cast, "127.0.0.1").await;
    assert!(said.iter().any(|detail| detail.contains("127.0.0.1 was not banned")), "{said:?}");
    assert!(cast.router.address_list("2fa-banned").is_empty());
    let now = cast.app.clock.now();
    assert!(cast.app.store.read().await.unwrap().bans(None, now).await.unwrap().is_empty());
    // The server still gets in: after a restart as well, when bans in force are renewed.
    cast.router.break_connections();
    cast.happen(
        cast.app
            .store
            .read()
            .await
            .unwrap()
            .scene_of_username(cast.router_id, "ivan")
            .await
            .unwrap()
            .unwrap()
            .account
            .id,
        Event::Ask { by: Cast::admin_actor("story"), seconds: None },
    )
    .await
    .unwrap();
    cast.wait_session("the account to be read back", |session| session.account_ready).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_ban_keeps_an_administrator_out() {
    let cast = Cast::assemble().await;
    with_ban_rule(&cast);
    let login = [("name", "boss"), ("address", "203.0.113.9"), ("via", "winbox")];
    let login = cast.router.add("user/active", &login).unwrap();
    let said = denied_from(&cast, "203.0.113.9").await;
    assert!(matches!(said.as_slice(), [detail] if detail.contains("(boss)")), "{said:#?}");
    assert!(cast.router.address_list("2fa-banned").is_empty());
    // Where nobody manages the router from, the ban stands.
    cast.router.remove("user/active", &login).unwrap();
    let before = said.len();
    let said = denied_from(&cast, "203.0.113.9").await;
    assert_eq!(said.len(), before, "nothing new: {said:#?}");
    assert_eq!(cast.router.address_list("2fa-banned"), ["203.0.113.9"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_cuts_the_tunnel() {
    let cast = Cast::assemble().await;
    cast.policy(|policy| policy.confirm_seconds = Seconds(4)).await;
    boxed(&cast).await;
    cast.wait_router("the tunnel to be cut", |router| router.tunnels().is_empty()).await;
    let session = cast.wait_session("the session to go on", |s| s.state == SessionState::Granted).await;
    assert_eq!(session.connections[0].close_reason, Some(CloseReason::ConfirmTimeout));
    assert!(cast.account_enabled("ivan"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bound_rule_is_on_only_while_its_tunnel_is_inside() {
    let cast = Cast::assemble().await;
    let account = granted(&cast).await;
    let rule = cast.router.rows("ip/firewall/filter").into_iter().next().unwrap();
    let id = rule.id.clone();
    let mut tx = cast.app.store.begin().await.unwrap();
    assert!(tx.bind_rule(account, &id, b"2FA ivan").await.unwrap());
    tx.commit().await.unwrap();
    let is_on = |router: &sim::routeros::State<'_>| {
        router.rows("ip/firewall/filter").iter().any(|rule| !rule.is("disabled"))
    };
    let tunnel = cast.router.connect("ivan", "l2tp", "203.0.113.7").unwrap();
    cast.wait_session("the prompt", |session| session.state == SessionState::Confirming).await;
    answer(&cast, account, Answer::Confirm).await;
    cast.wait_router("the rule to be on", is_on).await;
    assert!(cast.router.disconnect(&tunnel.session_id));
    cast.wait_router("the rule to be off", |router| !is_on(router) && router.address_list(ALLOW).is_empty())
        .await;

    // Renamed by hand: not touched, and nothing is opened.
    cast.router.set("ip/firewall/filter", &id, &[("comment", "2FA ivanov")]).unwrap();
    cast.router.connect("ivan", "l2tp", "203.0.113.7").unwrap();
    cast.wait_session("the second prompt", |session| session.state == SessionState::Confirming).await;
    answer(&cast, account, Answer::Confirm).await;
    cast.wait_alerts("the refusal", |open| {
        open.iter().any(|record| record.alert.kind == AlertKind::CommandFailing)
    })
    .await;
    assert!(cast.router.address_list(ALLOW).is_empty(), "refused as a whole");
    assert!(cast.router.rows("ip/firewall/filter").iter().all(|rule| rule.is("disabled")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_nobody_owns_is_cut_and_reported() {
    let cast = Cast::assemble().await;
    cast.router.set("ppp/secret", "olga", &[("disabled", "no")]).unwrap();
    cast.router.connect("olga", "sstp", "198.51.100.1").unwrap();
    cast.wait_router("the tunnel to be cut", |router| router.tunnels().is_empty()).await;
    let mut tx = cast.app.store.read().await.unwrap();
    let drifts = tx.recent_drifts(&[cast.router_id], 10).await.unwrap();
    assert!(drifts.values().flatten().any(|drift| drift.what.to_string().contains("olga")), "{drifts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_of_unknown_outcome_ends_in_exactly_one_entry() {
    let cast = Cast::assemble().await;
    let (account, _) = boxed(&cast).await;
    cast.router.fault(Fault::new(FaultKind::DropAfter).on("/ip/firewall/address-list/add").times(1));
    answer(&cast, account, Answer::Confirm).await;
    cast.wait_session("the door to be open", |session| {
        session.connections.iter().any(|connection| connection.opened_at.is_some())
    })
    .await;
    assert_eq!(cast.router.address_list(ALLOW).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn hand_edits_are_found_and_mended() {
    let cast = Cast::assemble().await;
    let (_, tunnel) = opened(&cast).await;
    let entry = cast
        .router
        .rows("ip/firewall/address-list")
        .into_iter()
        .find(|r| r.text("list").as_deref() == Some(ALLOW));
    cast.router.remove("ip/firewall/address-list", &entry.unwrap().id).unwrap();
    cast.wait_router("the entry to be back", |router| router.address_list(ALLOW).len() == 1).await;
    cast.router.add("ip/firewall/address-list", &[("list", ALLOW), ("address", "10.8.0.77")]).unwrap();
    cast.wait_router("the foreign entry to be gone", |router| {
        router.address_list(ALLOW) == [tunnel.address.to_string()]
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_holder_of_the_address_starts_boxed() {
    let cast = Cast::assemble().await;
    let (_, tunnel) = opened(&cast).await;
    assert!(cast.router.disconnect(&tunnel.session_id));
    let next = cast.router.connect("ivan", "l2tp", "203.0.113.8").unwrap();
    cast.wait_router("the old entry to be gone", |router| router.address_list(ALLOW).is_empty()).await;
    let session =
        cast.wait_session("the new tunnel to be asked about", |s| s.state == SessionState::Confirming).await;
    let pending: Vec<_> =
        session.connections.iter().filter(|c| c.state == ConnectionState::Pending).collect();
    assert_eq!(pending.len(), 1);
    assert_eq!(pending[0].tunnel.router_session_id, next.session_id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reboot_closes_and_a_crash_forgets_nothing() {
    let mut cast = Cast::assemble().await;
    let (account, _) = opened(&cast).await;
    cast.router.reboot();
    cast.wait_session("the session to wait again", |session| session.state == SessionState::Granted).await;
    let session = cast.sessions().await.pop().unwrap();
    // Decided while the workers are dead: carried out when they are back.
    cast.router.connect("ivan", "l2tp", "203.0.113.7").unwrap();
    cast.wait_session("the prompt", |session| session.state == SessionState::Confirming).await;
    cast.crash_and_restart().await;
    let by = Cast::admin_actor("story");
    cast.happen(account, Event::End { by }).await.unwrap();
    let ended = cast.wait_session("the end to be told", |session| session.end_told).await;
    assert_eq!(ended.id, session.id);
    assert!(cast.router.tunnels().is_empty() && !cast.account_enabled("ivan"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_router_is_told_of_and_everything_is_done_when_it_is_back() {
    let cast = Cast::assemble().await;
    let (account, _) = opened(&cast).await;
    cast.router.refuse().await;
    cast.router.break_connections();
    let by = Cast::admin_actor("story");
    cast.happen(account, Event::End { by }).await.unwrap();
    let session = cast.sessions().await.pop().unwrap();
    assert!(!session.end_told, "not told as closed while it is not");
    cast.router.accept().await;
    let session = cast.wait_session("the end to be told", |session| session.end_told).await;
    assert!(cast.router.tunnels().is_empty(), "{session:#?}");
    assert_eq!(cast.router.address_list(ALLOW), Vec::<String>::new());
    assert!(!cast.account_enabled("ivan"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_went_through_each_tunnel_is_written_down() {
    let cast = Cast::assemble().await;
    cast.policy(|policy| policy.max_tunnels = 2).await;
    let (account, first) = opened(&cast).await;
    let second = cast.router.connect("ivan", "l2tp", "203.0.113.8").unwrap();
    assert_ne!(first.interface, second.interface, "two tunnels of one name have an interface each");
    cast.wait_session("the second tunnel", |session| session.live_connections().count() == 2).await;
    assert!(cast.router.count_traffic(&first.session_id, 1_000, 20_000));
    assert!(cast.router.count_traffic(&second.session_id, 7, 5));
    let session = cast.sessions().await.pop().unwrap().id;
    let counted = |want: [(&'static str, Option<i64>, Option<i64>); 2]| {
        let cast = &cast;
        async move {
            tokio::time::timeout(cast::BACKSTOP, async {
                let mut seen = 0;
                loop {
                    let mut tx = cast.app.store.read().await.unwrap();
                    let mut all = tx.connections_of_sessions(&[session]).await.unwrap();
                    drop(tx);
                    let records = all.remove(&session).unwrap_or_default();
                    let mut found: Vec<_> = records
                        .iter()
                        .map(|r| (r.connection.tunnel.caller_id.as_deref(), r.bytes_in, r.bytes_out))
                        .collect();
                    found.sort_unstable();
                    if found == want.map(|(caller, bytes_in, bytes_out)| (Some(caller), bytes_in, bytes_out))
                    {
                        return;
                    }
                    // Written down after the router was asked: at the next round it has been.
                    let round = cast.router.wait_for(|e| e.number > seen && e.command == "/interface/print");
                    seen = round.await.unwrap().number;
                }
            })
            .await
            .expect("counted in time");
        }
    };
    counted([("203.0.113.7", Some(1_000), Some(20_000)), ("203.0.113.8", Some(7), Some(5))]).await;
    let by = Cast::admin_actor("story");
    cast.happen(account, Event::End { by }).await.unwrap();
    cast.wait_session("the end to be told", |session| session.end_told).await;
    counted([("203.0.113.7", Some(1_000), Some(20_000)), ("203.0.113.8", Some(7), Some(5))]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_behind_one_address_are_told_apart() {
    let cast = Cast::assemble().await;
    let (account, first) = opened(&cast).await;
    let (_, _, olga) = cast.person(102, "Olga", "olga").await;
    cast.happen(olga, Event::Ask { by: Cast::admin_actor("story"), seconds: None }).await.unwrap();
    cast.wait_session("her access", |session| session.account == olga && session.account_ready).await;
    // The same office, the same caller's address.
    let second = cast.router.connect("olga", "l2tp", &first.caller_id).unwrap();
    cast.wait_session("her question", |session| session.state == SessionState::Confirming).await;
    answer(&cast, olga, Answer::Confirm).await;
    cast.wait_router("both to be inside", |router| router.address_list(ALLOW).len() == 2).await;
    cast.happen(account, Event::End { by: Cast::admin_actor("story") }).await.unwrap();
    cast.wait_router("one to be cut", |router| router.tunnels().len() == 1).await;
    cast.wait_router("one entry to go", |router| router.address_list(ALLOW) == [second.address.to_string()])
        .await;
    assert_eq!(cast.router.tunnels()[0].session_id, second.session_id, "her tunnel stays");
    assert!(cast.account_enabled("olga") && !cast.account_enabled("ivan"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_with_commands_in_it_is_only_a_name() {
    let name = "ivan\"]; /user add name=z group=full; #$[/system reboot]";
    let cast = Cast::assemble().await;
    cast.router
        .add("ppp/secret", &[("name", name), ("profile", "vpn"), ("disabled", "yes")])
        .expect("routers take such names");
    let (_, _, account) = cast.person(101, "Ivan", name).await;
    cast.happen(account, Event::Ask { by: Cast::admin_actor("story"), seconds: None }).await.unwrap();
    cast.wait_session("the account to be read back", |session| session.account_ready).await;
    assert!(cast.account_enabled(name));
    let users = cast.router.rows("user").len();
    let tunnel = cast.router.connect(name, "l2tp", "203.0.113.7").unwrap();
    cast.wait_session("the question", |session| session.state == SessionState::Confirming).await;
    answer(&cast, account, Answer::Confirm).await;
    cast.wait_router("the door to be open", |router| {
        router.address_list(ALLOW) == [tunnel.address.to_string()]
    })
    .await;
    let entry = cast
        .router
        .rows("ip/firewall/address-list")
        .into_iter()
        .find(|row| row.text("list").as_deref() == Some(ALLOW));
    let comment = entry.unwrap().text("comment").unwrap().into_owned();
    assert!(comment.bytes().all(|byte| byte.is_ascii_graphic()), "{comment}");
    cast.happen(account, Event::End { by: Cast::admin_actor("story") }).await.unwrap();
    cast.wait_session("the end to be told", |session| session.end_told).await;
    assert!(cast.router.tunnels().is_empty() && !cast.account_enabled(name));
    assert_eq!(cast.router.rows("user").len(), users);
}
