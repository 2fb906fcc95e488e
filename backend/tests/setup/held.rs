//! What the box holds by besides addresses, who must not be locked out by it, and what the doctor says afterwards.

use crate::cast::{ALLOW, BAN, Cast, SANDBOX, bare};
use sallyport_shared::language::Language;
use sim::routeros::Packet;
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
    assert_eq!(applied.box_holds(), Some(true), "{:?}", applied.openings(Language::En));
    assert!(cast.sim.disconnect(&tunnel.session_id));
    assert!(cast.undo().await.left.is_empty());
    assert_eq!(cast.state(), before);
}
