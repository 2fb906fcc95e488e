//! Processor time of a look at a big router at which nothing has changed.

use super::{
    cast::{Cast, add_polled_router},
    farm::Farm,
    figure,
};
use sallyport::store::records::RouterMode;
use sallyport_shared::{
    ids::{AccountId, ConnectionId, RouterId, SessionId, UserId},
    session::{Connection, ConnectionState, Grounds, Session, SessionState, Tunnel},
    time::Seconds,
};
use std::time::Duration;

const TUNNELS: usize = 10_000;
/// So many looks are measured.
const LOOKS: u32 = 20;
/// So seldom the router is looked at by itself, and its traffic counted at every other time.
const POLL: Seconds = Seconds(600);

pub(crate) async fn measure() {
    let mut farm = Farm::start(1, TUNNELS);
    let (address, tunnels) = farm.router();
    assert_eq!(tunnels.len(), TUNNELS);

    let cast = Cast::assemble().await;
    let router = add_polled_router(&cast.app, address, RouterMode::Enforce, POLL).await;
    inside(&cast, router, 1, &tunnels).await;
    // Known: every tunnel is one of a live session, let through.
    let mut changes = cast.app.bus.listen();
    while cast.app.fleet.tunnels(router).len() < TUNNELS {
        changes.recv().await.expect("the bus works");
    }
    looked_at(&cast, &mut farm, router, 4).await;
    let begun = cpu();
    looked_at(&cast, &mut farm, router, LOOKS).await;
    let spent = (cpu() - begun).as_secs_f64() * 1_000.0 / f64::from(LOOKS);
    figure(
        "Reconcile of 10,000 tunnels, nothing changed",
        spent,
        "ms CPU",
        "target 50 ms; tunnels, lists, rules and accounts in turn; everything that the server does from look to look",
    );
    figure(
        "Resident memory with 10,000 live sessions",
        resident(),
        "MB",
        "target 120 MB; with the simulated Telegram in the same process",
    );
}

/// Has the router looked at so often, from the beginning of one look to that of another.
async fn looked_at(cast: &Cast, farm: &mut Farm, router: RouterId, times: u32) {
    for _ in 0..times {
        let next = farm.looks()[0].len() + 1;
        cast.app.bus.look(router).notify_one();
        farm.looked(next).await;
    }
}

/// Writes a live session with a confirmed connection for each tunnel.
pub(crate) async fn inside(cast: &Cast, router: RouterId, owner: i64, tunnels: &[Tunnel]) {
    let app = &cast.app;
    let now = app.clock.now();
    let owner: UserId = cast.person_on(router, owner, "Owner", "ivan").await.1;
    let mut tx = app.store.begin().await.expect("a transaction");
    for tunnel in tunnels {
        let account = AccountId(app.clock.new_id());
        tx.link_account(account, owner, router, &tunnel.username, now).await.expect("linked");
        let session = Session {
            id: SessionId(app.clock.new_id()),
            account,
            user: owner,
            router,
            state: SessionState::Active,
            requested_at: now,
            granted_at: Some(now),
            account_ready: true,
            connect_by: None,
            expires_at: Some(now.plus(Seconds(86_400))),
            remind_at: None,
            reminded_at: None,
            ended_at: None,
            end_reason: None,
            end_told: false,
            own_span: false,
            review_at: None,
            opens_at: None,
            extensions: 0,
            connections: vec![Connection {
                id: ConnectionId(app.clock.new_id()),
                tunnel: tunnel.clone(),
                country: None,
                state: ConnectionState::Confirmed,
                connected_at: now,
                unanswerable: false,
                prompt: None,
                ask_at: None,
                waits_until: None,
                confirmed_at: Some(now),
                grounds: Some(Grounds::Person),
                opened_at: Some(now),
                closed_at: None,
                close_reason: None,
            }],
        };
        tx.save_session(&session, None).await.expect("saved");
    }
    tx.commit().await.expect("committed");
    app.bus.fleet.notify_one();
}

/// Processor time of this process so far, from the kernel's accounts.
pub(crate) fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let after_name = stat.rsplit(')').next().expect("a name in brackets");
    let ticks: u64 =
        after_name.split_whitespace().skip(11).take(2).map(|t| t.parse::<u64>().expect("a number")).sum();
    Duration::from_millis(ticks * 10)
}

/// Resident memory in megabytes.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmRSS")).expect("Linux");
    let kilobytes: f64 = line.split_whitespace().nth(1).expect("a number").parse().expect("a number");
    kilobytes / 1_024.0
}
