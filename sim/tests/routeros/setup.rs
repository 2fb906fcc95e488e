//! What a set-up needs of the router: keys that take time, rights, IPv6, rules before connections are tracked.

use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

use sim::routeros::Packet;

use super::support::{Wire, furnished};

#[tokio::test]
async fn the_key_of_a_certificate_takes_its_time() {
    let router = furnished("7.22.3").slow_keys(Duration::from_secs(5)).start().await.unwrap();
    let mut wire = Wire::logged_in(&router).await;
    wire.send(&["/certificate/add", "=name=ca", "=common-name=ca"]).await;
    let id = wire.read().await[1].trim_start_matches("=ret=").to_owned();
    wire.send(&["/certificate/sign", &format!("=number={id}")]).await;
    assert_eq!(wire.read().await, ["!done"]);
    assert!(!router.row("certificate", "ca").unwrap().is("private-key"), "the answer comes before the key");
    router.add("certificate", &[("name", "leaf")]).unwrap();
    wire.send(&["/certificate/sign", "=number=leaf", "=ca=ca"]).await;
    assert_eq!(wire.read().await[0], "!trap", "an authority without a key signs nothing");
    assert_eq!(wire.read().await, ["!done"]);
    router.advance(Duration::from_secs(5));
    assert!(router.row("certificate", "ca").unwrap().is("private-key"));
    wire.send(&["/certificate/sign", "=number=leaf", "=ca=ca"]).await;
    assert_eq!(wire.read().await, ["!done"]);
}

#[tokio::test]
async fn scripts_are_for_those_who_may_set_policies() {
    let router = furnished("7.22.3").start().await.unwrap();
    let mut wire = Wire::logged_in(&router).await;
    wire.send(&["/system/script/add", "=name=hook", "=source=:log info x"]).await;
    assert_eq!(wire.read().await, ["!trap", "=message=not enough permissions (9)"]);
}

#[tokio::test]
async fn ipv6_has_its_own_rules_or_is_not_there() {
    let router = furnished("7.22.3").start().await.unwrap();
    let (from, to): (IpAddr, IpAddr) = ("fd00::2".parse().unwrap(), "fd00::80".parse().unwrap());
    let packet = Packet::new(from, to);
    router.add("ip/firewall/filter", &[("chain", "forward"), ("action", "drop")]).unwrap();
    assert!(router.would_pass(&packet).passes, "rules for IPv4 are not asked");
    router
        .add(
            "ipv6/firewall/filter",
            &[("chain", "forward"), ("action", "drop"), ("src-address-list", "boxed")],
        )
        .unwrap();
    assert!(router.would_pass(&packet).passes);
    router.add("ipv6/firewall/address-list", &[("list", "boxed"), ("address", "fd00::2")]).unwrap();
    assert!(!router.would_pass(&packet).passes);

    let router = furnished("6.49.18").without_ipv6().start().await.unwrap();
    let mut wire = Wire::logged_in(&router).await;
    wire.send(&["/ipv6/firewall/filter/print"]).await;
    assert_eq!(wire.read().await[0], "!trap");
}

#[tokio::test]
async fn raw_rules_come_before_the_filter() {
    let router = furnished("7.22.3").start().await.unwrap();
    let caller = Ipv4Addr::new(203, 0, 113, 7);
    let packet = Packet::new(caller, Ipv4Addr::new(192, 0, 2, 1)).to_router().established();
    router.add("ip/firewall/filter", &[("chain", "input"), ("action", "accept")]).unwrap();
    assert!(router.would_pass(&packet).passes);
    let rule = [("chain", "prerouting"), ("action", "drop"), ("src-address", "203.0.113.7")];
    let rule = router.add("ip/firewall/raw", &rule).unwrap();
    let verdict = router.would_pass(&packet);
    assert!(!verdict.passes && verdict.rule == Some(rule));
}

#[tokio::test]
async fn nothing_goes_in_front_of_the_routers_own_rows() {
    let router = furnished("7.22.3").start().await.unwrap();
    let fasttrack = [("chain", "forward"), ("action", "fasttrack-connection")];
    router.add("ip/firewall/filter", &fasttrack).unwrap();
    let rows = router.rows("ip/firewall/filter");
    assert!(rows[0].is("dynamic"), "the row of its counters");
    let mut wire = Wire::logged_in(&router).await;
    for before in [&rows[0].id, &rows[1].id] {
        let words = ["/ip/firewall/filter/add", "=chain=forward", &format!("=place-before={before}")];
        wire.send(&words).await;
        let refused = wire.read().await[0] == "!trap";
        assert_eq!(refused, *before == rows[0].id);
        if refused {
            assert_eq!(wire.read().await, ["!done"]);
        }
    }
    let words = [
        "/ip/firewall/filter/move",
        &format!("=.id={}", rows[1].id),
        &format!("=destination={}", rows[0].id),
    ];
    wire.send(&words).await;
    assert_eq!(wire.read().await[0], "!trap");
}

#[tokio::test]
async fn names_in_lists_bring_the_addresses_that_they_have() {
    let router = furnished("7.22.3").start().await.unwrap();
    let entry = [("list", "page"), ("address", "vpn.example.org")];
    let entry = router.add("ip/firewall/address-list", &entry).unwrap();
    assert_eq!(router.rows("ip/firewall/address-list").len(), 1, "nobody knows it");
    let (one, two) = (Ipv4Addr::new(192, 0, 2, 1), Ipv4Addr::new(192, 0, 2, 2));
    let resolved = || {
        let rows = router.rows("ip/firewall/address-list").into_iter().filter(|row| row.is("dynamic"));
        rows.map(|row| {
            assert_eq!(row.text("comment").as_deref(), Some("vpn.example.org"));
            row.text("address").unwrap().into_owned()
        })
        .collect::<Vec<_>>()
    };
    router.name("vpn.example.org", &[one, two]);
    assert_eq!(resolved(), ["192.0.2.1", "192.0.2.2"]);
    router.name("vpn.example.org", &[two]);
    assert_eq!(resolved(), ["192.0.2.2"]);
    router.reboot();
    assert_eq!(resolved(), ["192.0.2.2"]);
    router.set("ip/firewall/address-list", &entry, &[("disabled", "yes")]).unwrap();
    assert!(resolved().is_empty());
    router.set("ip/firewall/address-list", &entry, &[("disabled", "no")]).unwrap();
    router.remove("ip/firewall/address-list", &entry).unwrap();
    assert!(router.rows("ip/firewall/address-list").is_empty());
}

#[tokio::test]
async fn who_is_dropped_or_not_bound_does_not_reach_the_api() {
    let router = furnished("7.22.3").start().await.unwrap();
    let mut wire = Wire::logged_in(&router).await;
    let rule = [("chain", "input"), ("action", "drop"), ("src-address-list", "banned")];
    router.add("ip/firewall/filter", &rule).unwrap();
    let entry =
        router.add("ip/firewall/address-list", &[("list", "banned"), ("address", "127.0.0.1")]).unwrap();
    let heard = router.commands();
    wire.send(&["/system/identity/print", ".tag=dropped"]).await;
    router.wait_until(|state| state.dropped() == 1).await.unwrap();
    assert!(
        Wire::open(router.addr()).await.read().await.is_empty(),
        "whoever comes anew is not let in either"
    );
    assert_eq!(router.commands(), heard, "established or not, it is dropped");
    router.remove("ip/firewall/address-list", &entry).unwrap();
    wire.send(&["/system/identity/print", ".tag=after"]).await;
    assert_eq!(wire.read().await[..2], ["!re", ".tag=after"], "what was dropped is not answered later");
    assert_eq!(wire.read().await, ["!done", ".tag=after"]);
    let heard = router.commands();
    router.set("ip/service", "api", &[("address", "192.0.2.1/32")]).unwrap();
    let mut refused = Wire::open(router.addr()).await;
    assert!(refused.read().await.is_empty(), "the service is bound to somebody else");
    assert_eq!(router.commands(), heard);
}
