//! Telegram from inside the box: opened only by choice, as wide as it was set and no wider, and closed again by itself.

use crate::cast::{Cast, SANDBOX, bare};
use proptest::{
    prelude::*,
    sample::select,
    test_runner::{RngAlgorithm, TestRng, TestRunner},
};
use sallyport::ops::{OpError, doctor};
use sallyport_shared::{
    doctor::Report,
    firewall::{Family, Range},
    language::Language,
    router::TelegramNetworks,
};
use sim::routeros::{Packet, Tunnel};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const FILTER: &str = "ip/firewall/filter";
const LIST: &str = "ip/firewall/address-list";
const RIGHTS: &str = "read,write,api";

/// A router with the box, and Telegram opened in it; and a tunnel in the box.
async fn opened(cast: &Cast) -> Tunnel {
    let applied = cast.apply().await;
    assert!(applied.plan.is_clean(), "{:?}", applied.failed);
    let applied = cast.try_apply(Some(&["telegram"])).await.unwrap();
    assert!(applied.failed.is_empty() && applied.applied.contains("telegram"), "{:?}", applied.failed);
    let tunnel = cast.sim.connect("ivan", "l2tp", "203.0.113.7").unwrap();
    assert!(cast.sim.address_list(SANDBOX).contains(&tunnel.address.to_string()));
    tunnel
}

async fn look(cast: &Cast) -> Report {
    let router = cast.app.store.read().await.unwrap().router(cast.router).await.unwrap().unwrap();
    doctor::visit(&cast.app, &router).await.unwrap().report
}

/// The titles of what the doctor says of the box.
fn of_the_box(report: &Report) -> Vec<String> {
    let findings = report.findings.iter().filter(|finding| finding.key == "box" || finding.opens);
    findings.map(|finding| finding.words(Language::En).title).collect()
}

fn packet(source: Ipv4Addr, destination: Ipv4Addr, protocol: &str, port: u16) -> Packet {
    let mut packet = Packet::new(source, destination);
    packet.protocol = protocol.to_owned();
    packet.port = (protocol != "icmp").then_some(port);
    packet
}

/// Addresses inside and around the published networks, and anywhere.
fn destination() -> impl Strategy<Value = Ipv4Addr> {
    let near = select(vec![
        "91.108.4.0",
        "91.108.56.0",
        "91.108.12.0",
        "149.154.160.0",
        "91.105.192.0",
        "185.76.151.0",
    ]);
    let near = (near, -600_i64..5_000).prop_map(|(base, off)| {
        let base = i64::from(u32::from(base.parse::<Ipv4Addr>().unwrap()));
        Ipv4Addr::from(u32::try_from(base + off).unwrap())
    });
    let inner = select(vec!["10.8.0.1", "10.8.0.3", "10.20.3.4", "192.168.1.10", "172.16.0.1", "127.0.0.1"]);
    prop_oneof![6 => near, 2 => inner.prop_map(|text| text.parse().unwrap()), 1 => any::<u32>().prop_map(Ipv4Addr::from)]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boxed_tunnel_reaches_telegram_and_nothing_else() {
    let cast = Cast::of(bare(RIGHTS)).await;
    let tunnel = opened(&cast).await;
    let published = TelegramNetworks::default();
    let is_telegram = |address: IpAddr| published.ranges().any(|range| range.covers(&Range::of(address)));
    let cases = (
        destination(),
        select(vec!["tcp", "udp", "icmp"]),
        select(vec![80_u16, 443, 53, 22, 5_222, 8_291, 8_080]),
        select(vec!["new", "established", "related", "invalid"]),
        select(vec!["forward", "input"]),
    );
    let reached = std::cell::Cell::new(0);
    // The same packets in each run, so that as many of them reach it.
    let config = ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
        .run(&cases, |(destination, protocol, port, state, chain)| {
            let mut packet = packet(tunnel.address, destination, protocol, port);
            (packet.state, packet.chain) = (state.to_owned(), chain.to_owned());
            let verdict = cast.sim.would_pass(&packet);
            let allowed = chain == "forward"
                && is_telegram(destination.into())
                && protocol == "tcp"
                && [80, 443].contains(&port);
            prop_assert_eq!(verdict.passes, allowed, "{:?} {:?}", packet, verdict);
            prop_assert!(!verdict.fasttrack, "the opening must end with the tunnel's place in the box");
            reached.set(reached.get() + u32::from(allowed));
            // And what comes back: answers from there, and no connection that begins there.
            let mut back = Packet::new(destination, tunnel.address);
            (back.protocol, back.source_port, back.port) = (protocol.to_owned(), Some(port), Some(50_000));
            back.state = state.to_owned();
            let answers = is_telegram(destination.into())
                && protocol == "tcp"
                && [80, 443].contains(&port)
                && state == "established";
            let verdict = cast.sim.would_pass(&back);
            prop_assert_eq!(verdict.passes, answers, "{:?} {:?}", back, verdict);
            Ok(())
        })
        .unwrap();
    assert!(reached.get() > 20, "{} packets reached it", reached.get());
    assert_eq!(cast.passes(tunnel.address), [false; 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_boxed_tunnel_reaches_telegram_alone_by_ipv6() {
    let cast = Cast::of(bare(RIGHTS)).await;
    opened(&cast).await;
    let boxed: Ipv6Addr = "fd00:8::7".parse().unwrap();
    cast.sim.add("ipv6/firewall/address-list", &[("list", SANDBOX), ("address", "fd00:8::7")]).unwrap();
    let passes = |to: &str, protocol: &str, port: u16| {
        let mut packet = Packet::new(boxed, to.parse::<Ipv6Addr>().unwrap());
        (packet.protocol, packet.port) = (protocol.to_owned(), Some(port));
        cast.sim.would_pass(&packet).passes
    };
    for (network, range) in TelegramNetworks::default().of(Family::V6) {
        let inside = network.split_once("::").unwrap().0.to_owned() + "::a";
        assert!(range.covers(&Range::of(inside.parse().unwrap())));
        assert!(passes(&inside, "tcp", 443) && passes(&inside, "tcp", 80), "{inside}");
        assert!(!passes(&inside, "udp", 443) && !passes(&inside, "tcp", 22), "{inside}");
    }
    for outside in ["2001:db8::1", "fd00:8::1", "2001:67c:4e9::a", "2a0a:f281::1"] {
        assert!(!passes(outside, "tcp", 443), "{outside}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_it_who_did_not_choose_it_and_it_goes_alone() {
    let cast = Cast::of(bare(RIGHTS)).await;
    let before = cast.state();
    let applied = cast.apply().await;
    assert!(!applied.applied.contains("telegram"));
    assert_eq!(of_the_box(&look(&cast).await), ["The box holds"]);
    let boxed = cast.state();
    let tunnel = opened(&cast).await;
    assert_eq!(of_the_box(&look(&cast).await), ["The box holds, except for Telegram (as set up)"]);
    let writes = cast.sim.writes();
    let again = cast.try_apply(Some(&["telegram"])).await.unwrap();
    assert!(again.applied.is_empty() && cast.sim.writes() == writes, "twice changes nothing");
    let line = again.lines(Language::Ru).find(|line| line.key == "telegram").unwrap();
    assert!(line.optional && line.undoable > 0 && line.state == "PRESENT", "{line:?}");
    assert!(line.detail.contains("Риск"), "{}", line.detail);
    assert!(cast.sim.disconnect(&tunnel.session_id));

    // It can be taken back alone, and the box stays.
    let wrong = cast.try_undo_of(Some(&["page"])).await;
    assert!(matches!(wrong, Err(OpError::Invalid { field: "keys", .. })), "{wrong:?}");
    let undone = cast.try_undo_of(Some(&["telegram"])).await.unwrap();
    assert!(undone.left.is_empty() && undone.standing > 0, "{:?}", undone.left);
    assert_eq!(cast.state(), boxed);
    assert!(undone.plan.is_clean());
    assert_eq!(of_the_box(&look(&cast).await), ["The box holds"]);
    cast.undo().await;
    assert_eq!(cast.state(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wider_hole_is_found_and_mended() {
    let cast = Cast::of(bare(RIGHTS)).await;
    let tunnel = opened(&cast).await;
    let rule = || {
        let rows = cast.sim.rows(FILTER);
        let ours = rows.iter().find(|row| row.text("comment").as_deref() == Some("sallyport:out: Telegram"));
        ours.unwrap().id.clone()
    };
    let far = Ipv4Addr::new(192, 168, 1, 10);
    let telegram = Ipv4Addr::new(149, 154, 167, 51);
    let ways: [(&str, &dyn Fn(), Packet); 4] = [
        (
            "another network on the list",
            &|| {
                let entry = [("list", "sallyport-telegram"), ("address", "192.168.1.0/24")];
                cast.sim.add(LIST, &entry).unwrap();
            },
            packet(tunnel.address, far, "tcp", 443),
        ),
        (
            "all protocols",
            &|| cast.sim.set(FILTER, &rule(), &[("protocol", ""), ("dst-port", "")]).unwrap(),
            packet(tunnel.address, telegram, "udp", 443),
        ),
        (
            "other ports",
            &|| cast.sim.set(FILTER, &rule(), &[("dst-port", "80,443,22")]).unwrap(),
            packet(tunnel.address, telegram, "tcp", 22),
        ),
        (
            "another list",
            &|| cast.sim.set(FILTER, &rule(), &[("dst-address-list", "!sallyport-telegram")]).unwrap(),
            packet(tunnel.address, far, "tcp", 443),
        ),
    ];
    for (what, widen, probe) in ways {
        assert!(!cast.sim.would_pass(&probe).passes, "{what}");
        widen();
        assert!(cast.sim.would_pass(&probe).passes, "{what} is a hole");
        let report = look(&cast).await;
        assert!(!report.box_holds, "{what}: {:?}", of_the_box(&report));
        let mended = cast.try_apply(Some(&["telegram"])).await.unwrap();
        assert!(
            mended.failed.is_empty() && mended.applied.contains("telegram"),
            "{what}: {:?}",
            mended.failed
        );
        assert!(!cast.sim.would_pass(&probe).passes, "{what} is mended");
        assert!(look(&cast).await.box_holds, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_networks_are_a_setting_that_opens_nothing_of_ones_own() {
    let cast = Cast::of(bare("read,write,api").version("6.49.18")).await;
    let tunnel = opened(&cast).await;
    cast.telegram_networks(&["149.154.160.0/20"]).await.unwrap();
    let plan = cast.plan().await;
    let line = plan.lines(Language::En).find(|line| line.key == "telegram").unwrap();
    assert_eq!(line.state, "DIFFERENT");
    assert!(!look(&cast).await.box_holds, "the router opens more than is set");
    cast.try_apply(Some(&["telegram"])).await.unwrap();
    let passes = |to: [u8; 4]| cast.sim.would_pass(&packet(tunnel.address, to.into(), "tcp", 443)).passes;
    assert!(passes([149, 154, 167, 51]) && !passes([91, 108, 4, 1]));
    assert!(look(&cast).await.box_holds);
    for wrong in ["10.0.0.0/8", "0.0.0.0/0", "vpn.example.org", "149.154.0.0/12"] {
        let refused = cast.telegram_networks(&[wrong]).await;
        assert!(
            matches!(refused, Err(OpError::Invalid { field: "telegramNetworks", .. })),
            "{wrong}: {refused:?}"
        );
    }
    let back = cast.telegram_networks(&[]).await.unwrap();
    assert_eq!(back, TelegramNetworks::default());
}
