//! What the box holds by besides addresses, who must not be locked out by it, and what the doctor says afterwards.

use crate::cast::{ALLOW, BAN, Cast, SANDBOX, bare};
use sallyport_shared::{doctor::Severity, language::Language};
use sim::routeros::{Fault, FaultKind, Packet};
use std::net::Ipv4Addr;

#[tokio::test(flavor = "multi_thread")]
async fn tunnels_are_held_by_their_interfaces_and_stay_on_the_lists_that_they_were_on() {
    let cast = Cast::of(bare("read,write,api").row("interface/list", &[("name", "LAN")])).await;
    cast.sim.set("ppp/profile", "vpn", &[("interface-list", "LAN")]).unwrap();
    cast.sim.set("ppp/secret", "ivan", &[("routes", "192.168.77.0/24")]).unwrap();
    let before = cast.state();
    let plan = cast.plan().await;
    let detail = |key: &str| plan.lines(Language::En).find(|line| line.key == key).unwrap().detail;
    assert!(detail("profile:vpn").contains("interface list LAN"), "{}", detail("profile:vpn"));
    assert!(
        detail("profile:vpn").contains("Networks behind the tunnels of ivan"),
        "{}",
        detail("profile:vpn")
    );
    let applied = cast.apply().await;
    assert!(applied.failed.is_empty() && applied.plan.is_clean(), "{:?}", applied.failed);
    assert_eq!(applied.box_holds(), Some(true), "{:?}", applied.openings(Language::En));
    let tunnel = cast.sim.connect("ivan", "l2tp", "203.0.113.7").unwrap();
    let far = Ipv4Addr::new(192, 168, 1, 10);
    let behind = |way: fn(Packet) -> Packet| {
        let packet = Packet::new(Ipv4Addr::new(192, 168, 77, 20), far).arriving_by(&tunnel.interface);
        cast.sim.would_pass(&way(packet)).passes
    };
    assert!(!behind(|packet| packet) && !behind(Packet::established) && !behind(Packet::to_router));
    // A rule of the administrator's by the old list goes on taking the tunnel.
    let rule = [("chain", "own"), ("in-interface-list", "LAN"), ("action", "accept")];
    cast.sim.add("ip/firewall/filter", &rule).unwrap();
    let own =
        Packet { chain: "own".to_owned(), ..Packet::new(tunnel.address, far).arriving_by(&tunnel.interface) };
    assert!(cast.sim.would_pass(&own).rule.is_some());
    assert!(cast.sim.disconnect(&tunnel.session_id));
    let rule = cast.sim.rows("ip/firewall/filter").pop().unwrap().id;
    cast.sim.remove("ip/firewall/filter", &rule).unwrap();

    // The lists alone are not taken away while something goes by them.
    let left = cast.try_undo_of(Some(&["interfaces"])).await.unwrap().left;
    assert!(left[0].say(Language::En).contains("still name it"), "{left:?}");
    assert!(cast.undo().await.left.is_empty());
    assert_eq!(cast.state(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_rules_alone_do_not_prove_the_doctor_says() {
    let knock = [
        ("chain", "prerouting"),
        ("action", "add-src-to-address-list"),
        ("address-list", ALLOW),
        ("protocol", "tcp"),
        ("dst-port", "7000"),
    ];
    let cast = Cast::of(bare("read,write,api").row("ip/firewall/mangle", &knock)).await;
    let applied = cast.apply().await;
    assert!(applied.failed.is_empty() && applied.plan.is_clean(), "{:?}", applied.failed);
    assert_eq!(applied.box_holds(), Some(false));
    let openings = applied.openings(Language::En);
    assert!(openings[0].contains("write itself into the allow list"), "{openings:?}");
    // One in the chain of the guard ends up below it.
    let cast = Cast::of(bare("read,write,api")).await;
    let knock = [("chain", "forward"), ("action", "add-src-to-address-list"), ("address-list", ALLOW)];
    let id = cast.sim.add("ip/firewall/filter", &knock).unwrap();
    let first = cast.sim.rows("ip/firewall/filter")[1].id.clone();
    cast.sim.move_before("ip/firewall/filter", &id, Some(&first)).unwrap();
    let applied = cast.apply().await;
    assert_eq!(applied.box_holds(), Some(true), "{:?}", applied.openings(Language::En));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_locked_out() {
    let cast = Cast::of(bare("read,write,api")).await;
    let entries = "ip/firewall/address-list";
    let add =
        |list: &str, address: &str| cast.sim.add(entries, &[("list", list), ("address", address)]).unwrap();
    let said = async |key: &str| {
        let plan = cast.plan().await;
        let step = plan.plan.steps.iter().find(|step| step.key == key).unwrap();
        step.obstacle.as_ref().map(|words| words.say(Language::En)).unwrap_or_default()
    };
    // The server comes from 127.0.0.1.
    let ban = add(BAN, "127.0.0.0/8");
    assert!(said("ban").await.contains(BAN) && said("input").await.is_empty());
    let applied = cast.apply().await;
    assert!(applied.failed["ban"].say(Language::En).contains("locked out"));
    cast.sim.remove(entries, &ban).unwrap();
    assert!(said("ban").await.is_empty());

    let cast = Cast::of(bare("read,write,api")).await;
    let add =
        |list: &str, address: &str| cast.sim.add(entries, &[("list", list), ("address", address)]).unwrap();
    let boxed = add(SANDBOX, "127.0.0.1");
    let plan = cast.plan().await;
    let obstacle = |key: &str| plan.plan.steps.iter().any(|step| step.key == key && step.obstacle.is_some());
    assert!(obstacle("input") && !obstacle("ban") && !obstacle("forward"));
    cast.sim.remove(entries, &boxed).unwrap();
    // By a tunnel of the profile that is to be boxed.
    cast.sim.set("ppp/secret", "ivan", &[("routes", "127.0.0.0/8")]).unwrap();
    cast.sim.connect("ivan", "l2tp", "203.0.113.7").unwrap();
    let plan = cast.plan().await;
    let obstacle = |key: &str| plan.plan.steps.iter().any(|step| step.key == key && step.obstacle.is_some());
    assert!(obstacle("profile:vpn") && !obstacle("profile:default"));
}

#[tokio::test(flavor = "multi_thread")]
async fn tunnels_that_were_up_before_their_profile_had_the_list_are_told_of_until_they_have_come_again() {
    let cast = Cast::of(bare("read,write,api")).await;
    // As an older set-up left it: held by the address alone.
    cast.sim.set("ppp/profile", "vpn", &[("address-list", SANDBOX)]).unwrap();
    let old = cast.sim.connect("ivan", "l2tp", "203.0.113.7").unwrap();
    let applied = cast.apply().await;
    assert!(applied.failed.is_empty() && applied.plan.is_clean(), "{:?}", applied.failed);
    let [said] = &applied.remarks(Language::En)[..] else { panic!("{:?}", applied.remarks(Language::En)) };
    assert!(said.contains("One tunnel was up before") && said.contains("ivan"), "{said}");
    assert!(said.contains("Wait") && said.contains("/ppp active remove [find name=ivan]"), "{said}");
    // So it is: by its address it is held, under another it is not, until it has come again.
    let far = Ipv4Addr::new(192, 168, 1, 10);
    let passes = |source: Ipv4Addr, interface: &str| {
        cast.sim.would_pass(&Packet::new(source, far).arriving_by(interface)).passes
    };
    let other = Ipv4Addr::new(192, 168, 77, 20);
    assert!(!passes(old.address, &old.interface) && passes(other, &old.interface));
    let second = cast.sim.connect("petr", "l2tp", "203.0.113.8").unwrap();
    assert!(!passes(other, &second.interface), "one that comes now is held by its interface, too");
    let again = cast.apply().await;
    assert_eq!(again.remarks(Language::En).len(), 1, "it is said for as long as it is so");
    assert!(cast.sim.disconnect(&old.session_id));
    let new = cast.sim.connect("ivan", "l2tp", "203.0.113.7").unwrap();
    assert!(!passes(other, &new.interface));
    assert!(cast.apply().await.remarks(Language::En).is_empty());
}

/// What the doctor says by this key after these steps: how bad it is.
async fn examined(cast: &Cast, steps: &[&str], key: &str) -> Option<Severity> {
    let report = cast.try_apply(Some(steps)).await.unwrap();
    let findings = report.exam.expect("the doctor has looked").findings;
    findings.into_iter().find(|finding| finding.key == key).map(|finding| finding.severity)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_ban_of_an_address_that_the_server_shares_keeps_the_server_out() {
    let cast = Cast::of(bare("read,write,api")).await;
    let before = cast.state();
    assert_eq!(examined(&cast, &["ban"], "server").await, Some(Severity::Warning));
    assert_eq!(examined(&cast, &["server"], "server").await, Some(Severity::Ok));
    let applied = cast.apply().await;
    assert!(applied.failed.is_empty() && applied.plan.is_clean(), "{:?}", applied.failed);
    let entries = "ip/firewall/address-list";
    // Somebody bans the server's address by hand, and another one.
    let own = cast.sim.add(entries, &[("list", BAN), ("address", "127.0.0.1")]).unwrap();
    let other = cast.sim.add(entries, &[("list", BAN), ("address", "198.51.100.7")]).unwrap();
    assert!(cast.plan().await.plan.is_clean(), "the server gets in as before");
    let reaches = |source: &str, port: u16| {
        let to_router =
            Packet::new(source.parse::<Ipv4Addr>().unwrap(), Ipv4Addr::new(127, 0, 0, 1)).to_router();
        cast.sim.would_pass(&Packet { port: Some(port), ..to_router }).passes
    };
    assert!(reaches("127.0.0.1", 8_728) && reaches("127.0.0.1", 8_729));
    // People behind the same address are banned all the same, and others are banned from the API as well.
    assert!(!reaches("127.0.0.1", 443) && !reaches("127.0.0.1", 1_701) && !reaches("198.51.100.7", 8_728));
    cast.sim.remove(entries, &own).unwrap();
    cast.sim.remove(entries, &other).unwrap();
    let undone = cast.undo().await;
    assert!(undone.left.is_empty(), "{:?}", undone.left);
    assert_eq!(cast.state(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_shown_to_be_logged_in_is_not_nobody() {
    let cast = Cast::of(bare("read,write,api")).await;
    let refusal = FaultKind::Trap { message: "not enough permissions (9)".to_owned() };
    cast.sim.fault(Fault::new(refusal).on("/user/active/print"));
    let entry = [("list", BAN), ("address", "198.51.100.7")];
    let entry = cast.sim.add("ip/firewall/address-list", &entry).unwrap();
    cast.sim.connect("ivan", "l2tp", "203.0.113.7").unwrap();
    let obstacles = async || {
        let plan = cast.plan().await.plan;
        let blocked = plan.steps.iter().filter(|step| {
            step.obstacle.as_ref().is_some_and(|words| words.say(Language::En).contains("cannot be told"))
        });
        blocked.map(|step| step.key.clone()).collect::<Vec<_>>()
    };
    assert_eq!(obstacles().await, ["ban", "ipv6", "profile:vpn"]);
    let applied = cast.try_apply(None).await.unwrap();
    assert!(applied.failed["ban"].say(Language::En).contains("cannot be told"), "{:?}", applied.failed);
    let unknown = applied.exam.unwrap().findings.into_iter().find(|finding| finding.key == "server").unwrap();
    assert!(unknown.words(Language::En).title.contains("cannot be told"));
    cast.sim.clear_faults();
    assert!(obstacles().await.is_empty(), "the server comes from elsewhere, as is seen now");
    cast.sim.remove("ip/firewall/address-list", &entry).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_router_whose_own_rule_stands_first_lets_in_who_is_let_through() {
    let cast = Cast::of(bare("read,write,api")).await;
    let first = cast
        .sim
        .rows("ip/firewall/filter")
        .into_iter()
        .find(|row| row.text("chain").as_deref() == Some("forward"));
    let old = [("chain", "forward"), ("src-address-list", SANDBOX), ("action", "drop")];
    let old = cast.sim.add("ip/firewall/filter", &old).unwrap();
    cast.sim.move_before("ip/firewall/filter", &old, first.map(|row| row.id).as_deref()).unwrap();
    let before = cast.state();
    let applied = cast.apply().await;
    assert!(applied.failed["older"].say(Language::En).contains("Apply those first"), "{:?}", applied.failed);
    let tunnel = cast.sim.connect("ivan", "l2tp", "203.0.113.7").unwrap();
    let address = tunnel.address.to_string();
    let entry = cast.sim.add("ip/firewall/address-list", &[("list", ALLOW), ("address", &address)]).unwrap();
    assert!(!cast.passes(tunnel.address)[0], "let in, and kept out");
    let applied = cast.apply().await;
    assert!(applied.failed.is_empty() && applied.plan.is_clean(), "{:?}", applied.failed);
    assert_eq!(applied.applied.iter().map(String::as_str).collect::<Vec<_>>(), ["older"]);
    assert_eq!(cast.passes(tunnel.address), [true; 4]);
    cast.sim.remove("ip/firewall/address-list", &entry).unwrap();
    assert_eq!(cast.passes(tunnel.address), [false; 4]);
    // With nobody on the list of those who are let through by hand.
    let held = cast.apply().await;
    assert_eq!(held.box_holds(), Some(true), "{:?}", held.openings(Language::En));
    assert!(cast.sim.disconnect(&tunnel.session_id));
    assert!(cast.undo().await.left.is_empty());
    assert_eq!(cast.state(), before);
}
