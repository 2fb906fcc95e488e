//! Routers that are not kind: accounts that are boxed by nobody, tunnels past the box, and services that lead out of it.
//! What the doctor says is held against what the router does with packets.

use crate::cast::{ALLOW, Cast, SANDBOX, add_router, looks};
use sallyport::{
    ops::doctor::visit,
    store::records::{AlertKind, RouterMode},
};
use sallyport_shared::{
    doctor::{Report, Severity},
    language::Language,
    policy::AccessMode,
};
use sim::routeros::{Builder, Fault, FaultKind, Packet, RouterSim, Tunnel};
use std::{net::Ipv4Addr, time::Duration};

const FILTER: &str = "ip/firewall/filter";
const FAR: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 10);

/// A router whose box holds for everything that is in it, by address and by interface, in both directions.
pub(crate) fn sound() -> Builder {
    let profile = [
        ("name", "vpn"),
        ("local-address", "10.8.0.1"),
        ("remote-address", "vpn"),
        ("address-list", SANDBOX),
        ("interface-list", "boxed"),
        ("use-ipv6", "no"),
    ];
    let by_interface =
        [("chain", "forward"), ("in-interface-list", "boxed"), ("action", "jump"), ("jump-target", "guard")];
    let inwards =
        [("chain", "forward"), ("dst-address-list", SANDBOX), ("action", "jump"), ("jump-target", "inwards")];
    RouterSim::builder()
        .row("interface/list", &[("name", "boxed")])
        .user("sallyport", "secret", "read,write,api")
        .row("ppp/profile", &profile)
        .row("ppp/secret", &[("name", "ivan"), ("profile", "vpn")])
        .row(FILTER, &[("chain", "guard"), ("src-address-list", ALLOW), ("action", "return")])
        .row(FILTER, &[("chain", "guard"), ("action", "drop")])
        .row(FILTER, &jump("forward"))
        .row(FILTER, &by_interface)
        .row(FILTER, &[("chain", "inwards"), ("dst-address-list", ALLOW), ("action", "return")])
        .row(FILTER, &[("chain", "inwards"), ("action", "drop")])
        .row(FILTER, &inwards)
        .row(FILTER, &jump("input"))
}

fn jump(chain: &'static str) -> [(&'static str, &'static str); 4] {
    [("chain", chain), ("src-address-list", SANDBOX), ("action", "jump"), ("jump-target", "guard")]
}

pub(crate) async fn cast(builder: Builder) -> Cast {
    Cast::assemble_around(builder.start().await.expect("the router starts"), &[], true).await
}

/// The same, and nothing is written to the router: it does what it does by itself.
pub(crate) async fn watched(builder: Builder) -> Cast {
    let router = builder.start().await.expect("the router starts");
    let mut cast = Cast::assemble_around(router, &[], false).await;
    cast.router_id = add_router(&cast.app, cast.router.addr(), RouterMode::Observe).await;
    cast
}

pub(crate) async fn examine(cast: &Cast) -> Report {
    let router = cast.app.store.read().await.unwrap().router(cast.router_id).await.unwrap().unwrap();
    visit(&cast.app, &router).await.unwrap().report
}

/// The box does not hold, for this reason.
#[track_caller]
pub(crate) fn open(report: &Report, words: &str) {
    assert!(!report.box_holds, "{:#?}", report.findings);
    let titles = report.findings.iter().filter(|finding| finding.opens);
    let titles: Vec<_> = titles.map(|finding| finding.words(Language::En).title).collect();
    assert!(titles.iter().any(|title| title.contains(words)), "{titles:?}");
}

#[track_caller]
pub(crate) fn holds(report: &Report) {
    let open: Vec<_> = report.findings.iter().filter(|finding| finding.opens).collect();
    assert!(report.box_holds, "{open:#?}");
}

fn passes(cast: &Cast, tunnel: &Tunnel) -> bool {
    cast.router.would_pass(&Packet::new(tunnel.address, FAR).arriving_by(&tunnel.interface)).passes
}

#[tokio::test(flavor = "multi_thread")]
async fn what_radius_says_of_an_account_decides_whether_it_is_boxed() {
    let free = [("name", "vip"), ("local-address", "10.8.0.1"), ("remote-address", "vpn")];
    let builder = sound()
        .user_manager()
        .row("ppp/profile", &free)
        .row("user-manager/user/group", &[("name", "vips"), ("attributes", "Mikrotik-Group:vip")])
        .row("user-manager/user", &[("name", "anna"), ("group", "vips"), ("shared-users", "9")]);
    let cast = watched(builder).await;
    // By addresses alone: lists are what RADIUS names.
    let rows = cast.router.rows(FILTER);
    let by_interface = rows.iter().find(|row| row.text("in-interface-list").is_some()).unwrap();
    cast.router.set(FILTER, &by_interface.id, &[("disabled", "yes")]).unwrap();
    cast.person(501, "Anna", "anna").await;
    let report = examine(&cast).await;
    open(&report, "The profile vip does not put its tunnels into the box");
    // The router's say: where she is dialled in from does not matter, nobody asked yet.
    let dial = || cast.router.connect("anna", "l2tp", "203.0.113.7").expect("she is let in");
    assert!(passes(&cast, &dial()));

    let says = |attributes: &str| {
        cast.router.set("user-manager/user", "anna", &[("attributes", attributes)]).unwrap();
    };
    says(&format!("Mikrotik-Address-List:{SANDBOX}"));
    assert!(!passes(&cast, &dial()));
    says("Mikrotik-Group:vpn");
    assert!(!passes(&cast, &dial()), "what the user says comes before what the group says");
    says("Mikrotik-Group:vpn,Mikrotik-Address-List:staff");
    assert!(passes(&cast, &dial()));
    open(&examine(&cast).await, "RADIUS takes accounts out of the box");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_radius_server_gives_its_accounts_the_servers_profiles() {
    let cast = cast(sound().row("radius", &[("service", "ppp"), ("address", "192.0.2.50")])).await;
    let server = |values: &[(&str, &str)]| {
        cast.router.set("interface/l2tp-server/server", "", values).unwrap();
    };
    server(&[("enabled", "yes"), ("default-profile", "default")]);
    holds(&examine(&cast).await);
    cast.router.set("ppp/aaa", "", &[("use-radius", "yes")]).unwrap();
    open(&examine(&cast).await, "Accounts of RADIUS get the profile default");
    server(&[("default-profile", "vpn")]);
    holds(&examine(&cast).await);
    server(&[("default-profile", "default"), ("enabled", "no")]);
    holds(&examine(&cast).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tunnel_that_waits_outside_the_box_is_an_open_box() {
    let cast = cast(sound()).await;
    cast.policy(|policy| policy.access_mode = AccessMode::Always).await;
    cast.person(501, "Ivan", "ivan").await;
    // It comes up while the profile has no list; when the profile has it again all looks well but for this tunnel.
    let lists = |address: &str, interface: &str| {
        let values = [("address-list", address), ("interface-list", interface)];
        cast.router.set("ppp/profile", "vpn", &values).unwrap();
    };
    lists("", "");
    let tunnel = cast.router.connect("ivan", "l2tp", "203.0.113.7").expect("the account is enabled");
    lists(SANDBOX, "boxed");
    // It is to be cut, which does not work.
    let refusal = FaultKind::Trap { message: "failure: busy".to_owned() };
    cast.router.fault(Fault::new(refusal).on("/ppp/active/remove"));
    assert!(passes(&cast, &tunnel), "nobody has let it through, and yet");
    cast.wait_alerts("the tunnel to be told of", |open| {
        let mut boxes =
            open.iter().map(|record| &record.alert).filter(|alert| alert.kind == AlertKind::BoxOpen);
        boxes.any(|alert| alert.detail.to_string().contains("Tunnels that wait are not in the box"))
    })
    .await;
    // It comes again, and everything is well.
    cast.router.clear_faults();
    cast.wait_router("the tunnel to be cut", |router| router.tunnels().is_empty()).await;
    let again = cast.router.connect("ivan", "l2tp", "203.0.113.7").expect("the account is enabled");
    assert!(!passes(&cast, &again));
    holds(&examine(&cast).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tunnel_without_an_address_is_cut() {
    let server = [("name", "taps"), ("mode", "ethernet"), ("default-profile", "vpn"), ("disabled", "no")];
    let cast = cast(sound().row("interface/ovpn-server/server", &server)).await;
    cast.policy(|policy| policy.access_mode = AccessMode::Always).await;
    cast.person(501, "Ivan", "ivan").await;
    open(&examine(&cast).await, "takes frames");
    let tunnel = cast.router.connect("ivan", "ovpn", "203.0.113.7").expect("the account is enabled");
    assert!(tunnel.address.is_unspecified());
    // One that has just come up may still get its address.
    cast.app.bus.look(cast.router_id).notify_one();
    looks(&cast.router, 1).await;
    assert_eq!(cast.router.tunnels().len(), 1);
    cast.router.advance(Duration::from_secs(31));
    cast.wait_router("the tunnel to be cut", |router| router.tunnels().is_empty()).await;
    assert!(cast.sessions().await.is_empty(), "nobody is asked about what cannot be held");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_in_the_profile_is_a_way_out() {
    let bridged = [("name", "bcp"), ("bridge", "bridge"), ("address-list", SANDBOX)];
    let cast = cast(sound().row("ppp/profile", &bridged)).await;
    cast.person(501, "Ivan", "ivan").await;
    holds(&examine(&cast).await);
    cast.router.set("ppp/secret", "ivan", &[("profile", "bcp")]).unwrap();
    open(&examine(&cast).await, "The profile bcp may put tunnels into the bridge bridge");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_interfaces_are_read_with_what_they_include_and_exclude() {
    let cast = watched(
        sound()
            .row("interface/list", &[("name", "vpn")])
            .row("interface/list", &[("name", "inside"), ("include", "vpn")]),
    )
    .await;
    cast.router.set("ppp/profile", "vpn", &[("interface-list", "vpn")]).unwrap();
    cast.router.set("ip/settings", "", &[("rp-filter", "strict")]).unwrap();
    let first = cast.router.rows(FILTER)[0].id.clone();
    let rule = [("chain", "forward"), ("in-interface-list", "inside"), ("action", "accept")];
    let rule = cast.router.add(FILTER, &rule).unwrap();
    cast.router.move_before(FILTER, &rule, Some(&first)).unwrap();
    // What goes into the box is stopped before it.
    let rows = cast.router.rows(FILTER);
    let inwards = rows.iter().find(|row| row.text("dst-address-list").as_deref() == Some(SANDBOX)).unwrap();
    cast.router.move_before(FILTER, &inwards.id, Some(&rule)).unwrap();
    let tunnel = cast.router.connect("ivan", "l2tp", "203.0.113.7").unwrap();
    assert!(passes(&cast, &tunnel));
    open(&examine(&cast).await, "lets the box out before the guard");
    cast.router.set("interface/list", "inside", &[("include", "all"), ("exclude", "vpn")]).unwrap();
    assert!(!passes(&cast, &tunnel));
    holds(&examine(&cast).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_router_serves_besides_is_looked_at() {
    let cast = cast(sound()).await;
    let warned = async || {
        let report = examine(&cast).await;
        let those = report.findings.iter().filter(|one| one.key == "input" && one.severity != Severity::Ok);
        those.map(|finding| finding.words(Language::En).detail).collect::<Vec<_>>()
    };
    for (menu, values) in [
        ("ip/dns", [("allow-remote-requests", "yes")]),
        ("ip/socks", [("enabled", "yes")]),
        ("ip/proxy", [("enabled", "yes")]),
        ("snmp", [("enabled", "yes")]),
        ("tool/bandwidth-server", [("enabled", "yes")]),
    ] {
        cast.router.set(menu, "", &values).unwrap();
    }
    assert!(warned().await.is_empty(), "behind the guard nothing of it can be reached");
    let guard = cast.router.rows(FILTER).pop().expect("the jump of the input").id;
    cast.router.set(FILTER, &guard, &[("disabled", "yes")]).unwrap();
    let said = warned().await.join("\n");
    for what in ["names", "/ip socks", "/ip proxy", "/snmp", "/tool bandwidth-server", "winbox"] {
        assert!(said.contains(what), "{what} in {said}");
    }
    open(&examine(&cast).await, "by a service of the router");
}
