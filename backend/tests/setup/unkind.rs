//! Routers on which a set-up could do harm: profiles that are not only for people, addresses that change, names, and the
//! way that the server itself comes by.

use crate::cast::{Cast, FULL, SANDBOX, bare};
use sallyport::{
    ops::{doctor::visit, setup::Report},
    store::records::{RouterRecord, TlsMode},
};
use sallyport_shared::{language::Language, router::setup::Step};
use sim::routeros::{Packet, Tls};
use std::{net::Ipv4Addr, time::Duration};

fn step<'a>(report: &'a Report, key: &str) -> Option<&'a Step> {
    report.plan.steps.iter().find(|step| step.key == key)
}

async fn record(cast: &Cast) -> RouterRecord {
    cast.app.store.read().await.unwrap().router(cast.router).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_by_its_name_leaves_the_box_closed_for_the_doctor() {
    let cast = Cast::of(bare("read,write,api")).await;
    cast.has_address("https://vpn.example.org").await;
    // Behind a proxy: not where the router sees the server come from.
    let proxy = Ipv4Addr::new(192, 0, 2, 80);
    cast.sim.name("vpn.example.org", &[proxy]);
    assert!(cast.apply().await.failed.is_empty());
    let applied = cast.try_apply(Some(&["page"])).await.unwrap();
    assert!(applied.failed.is_empty(), "{:?}", applied.failed);
    let tunnel = cast.sim.connect("ivan", "l2tp", "203.0.113.7").unwrap();
    assert!(cast.sim.would_pass(&Packet::new(tunnel.address, proxy)).passes, "the page is there");
    let report = visit(&cast.app, &record(&cast).await).await.unwrap().report;
    let open: Vec<_> = report.findings.iter().filter(|finding| finding.opens).collect();
    assert!(report.box_holds, "{open:#?}");

    // Anything else on the list is a way out, as before.
    let more = [("list", "sallyport-page"), ("address", "198.51.100.0/24")];
    cast.sim.add("ip/firewall/address-list", &more).unwrap();
    assert!(cast.sim.would_pass(&Packet::new(tunnel.address, Ipv4Addr::new(198, 51, 100, 1))).passes);
    assert!(!visit(&cast.app, &record(&cast).await).await.unwrap().report.box_holds);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_that_the_router_uses_itself_is_not_touched() {
    let wan = [("name", "wan"), ("interface", "ether1"), ("profile", "default"), ("disabled", "no")];
    let cast = Cast::of(bare(FULL).row("interface/pppoe-client", &wan)).await;
    cast.has_address("https://vpn.example.org").await;
    let before = cast.sim.row("ppp/profile", "default").unwrap();
    let keys = ["hooks", "profile:vpn", "profile:default", "forward"];
    let applied = cast.try_apply(Some(&keys)).await.unwrap();
    let words = applied.failed["profile:default"].say(Language::En);
    assert!(words.contains("wan") && words.contains("profile of their own"), "{words}");
    assert_eq!(applied.failed.len(), 1);
    let after = cast.sim.row("ppp/profile", "default").unwrap();
    for name in ["address-list", "use-ipv6", "on-up", "on-down"] {
        assert_eq!(after.text(name), before.text(name), "{name}");
    }
    let own = cast.sim.row("ppp/profile", "vpn").unwrap();
    assert!(own.text("address-list").as_deref() == Some(SANDBOX) && !own.text("on-up").unwrap().is_empty());

    // Nobody has the profile any more: there is nothing to be done about it, whatever servers that are off say.
    cast.sim.set("ppp/secret", "petr", &[("profile", "vpn")]).unwrap();
    let plan = cast.plan().await;
    assert!(step(&plan, "profile:default").is_none() && step(&plan, "profile:default-encryption").is_none());
    cast.sim.set("interface/l2tp-server/server", "", &[("enabled", "yes")]).unwrap();
    let plan = cast.plan().await;
    assert!(step(&plan, "profile:default-encryption").is_some_and(|step| step.obstacle.is_none()));
}

#[tokio::test(flavor = "multi_thread")]
async fn undoing_leaves_the_way_in_that_is_used() {
    let cast = Cast::of(bare("read,write,api").tls(Tls::Anonymous)).await;
    let before = cast.state();
    assert!(cast.apply().await.failed.is_empty());
    // Somebody lets the server come by TLS from now on.
    let plain = record(&cast).await;
    let port = cast.sim.tls_addr().unwrap().port();
    let pin = routeros_api::tls::learn_fingerprint("127.0.0.1", port, Duration::from_secs(10)).await.unwrap();
    cast.comes_by(port, TlsMode::Pinned, Some(pin.to_string())).await;
    let undone = cast.undo().await;
    let left: Vec<_> = undone.left.iter().map(|words| words.say(Language::En)).collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(left[0].contains("still used"), "{left:?}");
    assert!(undone.standing > 0);
    let service = cast.sim.row("ip/service", "api-ssl").unwrap();
    assert!(!service.is("disabled") && service.text("certificate").as_deref() == Some("sallyport-api"));
    assert!(cast.sim.row("certificate", "sallyport-ca").is_some());
    assert!(
        cast.sim
            .rows("ip/firewall/filter")
            .iter()
            .all(|rule| { !rule.text("comment").unwrap_or_default().starts_with("sallyport:") })
    );
    // By the other way in the rest goes, too.
    cast.comes_by(plain.port, TlsMode::Plain, None).await;
    let undone = cast.undo().await;
    assert!(undone.left.is_empty() && undone.standing == 0, "{:?}", undone.left);
    assert_eq!(cast.state(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_answers_everybody_is_not_bound() {
    let cast = Cast::of(bare("read,write,api")).await;
    cast.sim.set("ip/service", "api", &[("address", "0.0.0.0/0")]).unwrap();
    let plan = cast.plan().await;
    assert!(step(&plan, "service:api").is_some_and(|step| !step.is_present()));
    assert!(cast.apply().await.failed.is_empty());
    let service = cast.sim.row("ip/service", "api").unwrap();
    assert_eq!(service.text("address").as_deref(), Some("127.0.0.1/32"));
    cast.undo().await;
    let service = cast.sim.row("ip/service", "api").unwrap();
    assert_eq!(service.text("address").as_deref(), Some("0.0.0.0/0"));
}
