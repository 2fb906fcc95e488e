//! Ways around the box: what the doctor says of them is held against what the router does with packets.

use crate::{
    cast::{ALLOW, Cast, SANDBOX},
    unkind::{cast, examine, holds, open, sound, watched},
};
use serde_json::json;
use sim::routeros::{Packet, Tunnel};
use std::net::Ipv4Addr;

const FILTER: &str = "ip/firewall/filter";
const FAR: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 10);
const BEHIND: Ipv4Addr = Ipv4Addr::new(192, 168, 77, 20);

fn sends(cast: &Cast, tunnel: &Tunnel, source: Ipv4Addr) -> bool {
    cast.router.would_pass(&Packet::new(source, FAR).arriving_by(&tunnel.interface)).passes
}

/// The rule of the filter that has this value.
fn rule(cast: &Cast, name: &str, value: &str) -> String {
    let rows = cast.router.rows(FILTER);
    rows.iter().find(|row| row.text(name).as_deref() == Some(value)).expect("the rule is there").id.clone()
}

fn switch(cast: &Cast, id: &str, disabled: &str) {
    cast.router.set(FILTER, id, &[("disabled", disabled)]).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_bears_another_address_is_held_by_the_interface_or_by_the_routers_check() {
    let cast = watched(sound()).await;
    let tunnel = cast.router.connect("ivan", "l2tp", "203.0.113.7").unwrap();
    assert!(!sends(&cast, &tunnel, BEHIND) && !sends(&cast, &tunnel, tunnel.address));
    holds(&examine(&cast).await);
    // By the address alone.
    let guard = rule(&cast, "in-interface-list", "boxed");
    switch(&cast, &guard, "yes");
    assert!(sends(&cast, &tunnel, BEHIND) && !sends(&cast, &tunnel, tunnel.address));
    open(&examine(&cast).await, "under another address is not in the box");
    cast.router.set("ip/settings", "", &[("rp-filter", "strict")]).unwrap();
    assert!(!sends(&cast, &tunnel, BEHIND));
    holds(&examine(&cast).await);
    // A route leads there, so the check lets it pass, and the other end gets its answers.
    cast.router.set("ppp/secret", "ivan", &[("routes", "192.168.77.0/24 10.8.0.2 1")]).unwrap();
    assert!(sends(&cast, &tunnel, BEHIND));
    open(&examine(&cast).await, "Networks behind tunnels are not in the box");
    switch(&cast, &guard, "no");
    assert!(!sends(&cast, &tunnel, BEHIND));
    holds(&examine(&cast).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_lets_everybody_out_is_not_bound() {
    let (cast, admin) = Cast::with_console().await;
    let (_, _, account) = cast.person(501, "Ivan", "ivan").await;
    let router = &cast.router;
    let bound = rule(&cast, "comment", "2FA ivan");
    let bind = json!({ "id": account.to_string(), "rule": bound, "comment": "2FA ivan" });
    let query = "mutation($id: ID!, $rule: String!, $comment: String!) {
        bindFirewallRule(accountId: $id, ruleId: $rule, comment: $comment) { id }
    }";
    // Whoever has no box yet may have the rule all the same.
    router.add(FILTER, &[("chain", "sallyport"), ("src-address-list", ALLOW), ("action", "return")]).unwrap();
    router.add(FILTER, &[("chain", "sallyport"), ("action", "drop")]).unwrap();
    let guard = [
        ("chain", "forward"),
        ("src-address-list", SANDBOX),
        ("action", "jump"),
        ("jump-target", "sallyport"),
    ];
    let guard = router.add(FILTER, &guard).unwrap();
    let inwards = [("chain", "forward"), ("dst-address-list", SANDBOX), ("action", "drop")];
    let inwards = router.add(FILTER, &inwards).unwrap();
    router.set("ip/settings", "", &[("rp-filter", "strict")]).unwrap();
    holds(&examine(&cast).await);
    let answer = admin.answer(query, bind.clone()).await;
    let words = answer["errors"][0]["message"].as_str().unwrap_or_default().to_owned();
    assert!(
        words.contains("lets out whoever is in the box") && words.contains("below the guard"),
        "{answer:#}"
    );
    // Below the guard it may be bound, and what is moved above it later is found though it is off.
    for id in [&guard, &inwards] {
        router.move_before(FILTER, id, Some(&bound)).unwrap();
    }
    let answer = admin.answer(query, bind).await;
    assert!(answer.get("errors").is_none(), "{answer:#}");
    holds(&examine(&cast).await);
    router.move_before(FILTER, &bound, Some(&guard)).unwrap();
    assert!(router.row(FILTER, &bound).unwrap().is("disabled"));
    let tunnel_address = Ipv4Addr::new(10, 8, 0, 9);
    router
        .add("ip/firewall/address-list", &[("list", SANDBOX), ("address", &tunnel_address.to_string())])
        .unwrap();
    let passes = || router.would_pass(&Packet::new(tunnel_address, FAR)).passes;
    assert!(!passes());
    open(&examine(&cast).await, "The bound rule");
    switch(&cast, &bound, "no");
    assert!(passes(), "as soon as it is on");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_into_the_box_is_judged_too() {
    let cast = watched(sound()).await;
    let tunnel = cast.router.connect("ivan", "l2tp", "203.0.113.7").unwrap();
    let arrives = || cast.router.would_pass(&Packet::new(FAR, tunnel.address).established()).passes;
    assert!(!arrives());
    holds(&examine(&cast).await);
    switch(&cast, &rule(&cast, "dst-address-list", SANDBOX), "yes");
    assert!(arrives());
    open(&examine(&cast).await, "Nothing keeps packets from going into the box");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_knock_in_mangle_or_nat_is_heard() {
    let cast = watched(sound()).await;
    let tunnel = cast.router.connect("ivan", "l2tp", "203.0.113.7").unwrap();
    for (menu, chain) in [("ip/firewall/mangle", "prerouting"), ("ip/firewall/nat", "dstnat")] {
        let knock = [
            ("chain", chain),
            ("protocol", "tcp"),
            ("dst-port", "443"),
            ("action", "add-src-to-address-list"),
            ("address-list", ALLOW),
        ];
        let id = cast.router.add(menu, &knock).unwrap();
        let verdict =
            cast.router.would_pass(&Packet::new(tunnel.address, FAR).arriving_by(&tunnel.interface));
        assert_eq!(verdict.listed, [ALLOW]);
        open(&examine(&cast).await, "write itself into the allow list");
        cast.router.remove(menu, &id).unwrap();
        holds(&examine(&cast).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chain_of_a_profiles_filter_is_gone_into() {
    let cast = watched(sound().row(FILTER, &[("chain", "people"), ("action", "accept")])).await;
    let first = cast.router.rows(FILTER)[0].id.clone();
    let jump = [("chain", "forward"), ("action", "jump"), ("jump-target", "ppp")];
    let jump = cast.router.add(FILTER, &jump).unwrap();
    cast.router.move_before(FILTER, &jump, Some(&first)).unwrap();
    holds(&examine(&cast).await);
    cast.router.set("ppp/profile", "vpn", &[("incoming-filter", "people")]).unwrap();
    open(&examine(&cast).await, "not certain that the box holds");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_limitations_of_an_old_user_manager_name_profiles_and_lists() {
    let free = [("name", "vip"), ("local-address", "10.8.0.1"), ("remote-address", "vpn")];
    let limitation = "tool/user-manager/profile/limitation";
    let link = [("profile", "gold"), ("limitation", "all")];
    let user = [("customer", "admin"), ("username", "anna"), ("shared-users", "9"), ("disabled", "no")];
    let builder = sound()
        .version("6.49.18")
        .user_manager()
        .row("ppp/profile", &free)
        .row(limitation, &[("name", "all"), ("group-name", "vpn")])
        .row("tool/user-manager/profile/profile-limitation", &link)
        .row("tool/user-manager/profile", &[("name", "gold")])
        .row("tool/user-manager/user", &user);
    let cast = watched(builder).await;
    cast.router.set("tool/user-manager/user", "anna", &[("actual-profile", "gold")]).unwrap();
    let dial = || cast.router.connect("anna", "l2tp", "203.0.113.7").expect("she is let in");
    let tunnel = dial();
    assert!(!sends(&cast, &tunnel, tunnel.address));
    holds(&examine(&cast).await);
    cast.router.set(limitation, "all", &[("group-name", "vip")]).unwrap();
    let tunnel = dial();
    assert!(sends(&cast, &tunnel, tunnel.address));
    open(&examine(&cast).await, "profile without the box");
    cast.router.set(limitation, "all", &[("group-name", "vpn"), ("address-list", "staff")]).unwrap();
    open(&examine(&cast).await, "RADIUS takes accounts of nobody out of the box");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prefix_from_radius_opens_ipv6() {
    let builder = sound()
        .user_manager()
        .row("user-manager/user", &[("name", "anna"), ("attributes", "Mikrotik-Group:vpn")]);
    let cast = watched(builder).await;
    cast.router.set("ppp/profile", "vpn", &[("use-ipv6", "default")]).unwrap();
    holds(&examine(&cast).await);
    let prefix = "Mikrotik-Group:vpn,Framed-IPv6-Prefix:2001:db8:7::/64";
    cast.router.set("user-manager/user", "anna", &[("attributes", prefix)]).unwrap();
    open(&examine(&cast).await, "The box is open in IPv6");
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_accounts_nobody_owns_are_let_in_all_the_same() {
    let cast = cast(sound().row("ppp/secret", &[("name", "nobody"), ("profile", "default")])).await;
    open(&examine(&cast).await, "Accounts of nobody have a profile without the box");
    cast.router.set("ppp/secret", "nobody", &[("disabled", "yes")]).unwrap();
    holds(&examine(&cast).await);
}
