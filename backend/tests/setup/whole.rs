//! Nothing breaks: from a bare router to a sound box and back.

use crate::cast::{ALLOW, BAN, Cast, FULL, SANDBOX, bare, bare_without_ipv6};
use sallyport::{ops::OpError, store::records::RouterMode};
use sallyport_shared::language::Language;
use sim::routeros::{Packet, Tls};
use std::{net::Ipv4Addr, time::Duration};

/// The keys of the steps that are not as they should be.
fn open(report: &sallyport::ops::setup::Report) -> Vec<String> {
    report.plan.steps.iter().filter(|step| !step.is_present()).map(|step| step.key.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn from_a_bare_router_to_a_box_and_back() {
    Cast::on_each(FULL, async |cast| {
        let before = cast.state();
        let plan = cast.plan().await;
        assert!(!plan.plan.is_clean());
        assert_eq!(cast.sim.writes(), 0, "a plan reads");

        let applied = cast.apply().await;
        assert!(applied.failed.is_empty(), "{:?}", applied.failed);
        assert!(applied.plan.is_clean(), "{:?}", open(&applied));

        // The box holds for a tunnel from its first packet, in all four ways, and opens for an allow entry alone.
        let tunnel = cast.sim.connect("ivan", "l2tp", "203.0.113.7").unwrap();
        assert!(cast.sim.address_list(SANDBOX).contains(&tunnel.address.to_string()));
        assert_eq!(cast.passes(tunnel.address), [false; 4]);
        let neighbour = cast.sim.connect("petr", "l2tp", "203.0.113.8").unwrap();
        let entry = cast
            .sim
            .add("ip/firewall/address-list", &[("list", ALLOW), ("address", &tunnel.address.to_string())])
            .unwrap();
        assert_eq!(cast.passes(tunnel.address), [true; 4]);
        let to_neighbour = Packet::new(tunnel.address, neighbour.address);
        assert!(
            !cast.sim.would_pass(&to_neighbour).passes,
            "one who is inside does not reach one who is boxed"
        );
        cast.sim.remove("ip/firewall/address-list", &entry).unwrap();
        assert_eq!(cast.passes(tunnel.address), [false; 4]);
        let banned = Ipv4Addr::new(198, 51, 100, 9);
        let caller = Packet::new(banned, Ipv4Addr::new(192, 0, 2, 1)).to_router().established();
        assert!(cast.sim.would_pass(&caller).passes);
        let ban = cast
            .sim
            .add("ip/firewall/address-list", &[("list", BAN), ("address", &banned.to_string())])
            .unwrap();
        assert!(!cast.sim.would_pass(&caller).passes);
        cast.sim.remove("ip/firewall/address-list", &ban).unwrap();
        for session in [&tunnel.session_id, &neighbour.session_id] {
            assert!(cast.sim.disconnect(session));
        }

        // Twice changes nothing.
        let writes = cast.sim.writes();
        let again = cast.apply().await;
        assert!(again.applied.is_empty() && again.failed.is_empty() && again.plan.is_clean());
        assert_eq!(cast.sim.writes(), writes);

        let undone = cast.undo().await;
        assert!(undone.left.is_empty(), "{:?}", undone.left);
        assert_eq!(undone.standing, 0);
        assert_eq!(cast.state(), before);
        let actions: Vec<_> = cast.audit().await.into_iter().map(|(action, _)| action).collect();
        assert_eq!(
            actions,
            ["router.setup.apply", "router.setup.applied", "router.setup.undo", "router.setup.undone"]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_names_every_profile_and_what_it_would_change() {
    let cast = Cast::of(bare(FULL)).await;
    let plan = cast.plan().await;
    let keys: Vec<_> = plan.plan.steps.iter().map(|step| step.key.as_str()).collect();
    for key in [
        "forward",
        "input",
        "ban",
        "ipv6",
        "profile:vpn",
        "profile:Отдел",
        "profile:default",
        "tls",
        "service:api",
        "service:api-ssl",
        "page",
        "hooks",
        "api-user",
    ] {
        assert!(keys.contains(&key), "{key} in {keys:?}");
    }
    let line = |key: &str, language| plan.lines(language).find(|line| line.key == key).unwrap();
    assert_eq!(line("profile:vpn", Language::En).state, "MISSING");
    let other = line("profile:Отдел", Language::Ru);
    assert_eq!(other.state, "DIFFERENT");
    assert!(other.detail.contains("staff") && other.title.contains("Профиль"), "{other:?}");
    assert!(other.script.contains("address-list=staff,2fa-sandboxed"), "{}", other.script);
    assert!(line("forward", Language::En).script.contains("place-before="));
    assert!(line("hooks", Language::En).optional && line("page", Language::En).optional);
    assert!(plan.script(Language::En).contains("/ip firewall filter add chain=sallyport-out"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_with_no_more_rights_than_it_takes_is_kept() {
    let cast = Cast::of(bare("read,write,api")).await;
    let applied = cast.apply().await;
    assert!(applied.plan.is_clean() && applied.failed.is_empty(), "{:?}", applied.failed);
    let router = cast.app.store.read().await.unwrap().router(cast.router).await.unwrap().unwrap();
    assert_eq!(router.username, "sallyport");
    let service = cast.sim.row("ip/service", "api").unwrap();
    assert_eq!(service.text("address").as_deref(), Some("127.0.0.1/32"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_with_more_rights_is_exchanged_and_exchanged_back() {
    let cast = Cast::of(bare(FULL)).await;
    cast.apply().await;
    let router = cast.app.store.read().await.unwrap().router(cast.router).await.unwrap().unwrap();
    assert_eq!(router.username, "sallyport-api");
    let group = cast.sim.row("user/group", "sallyport-api").filter(|group| {
        group.text("policy").is_some_and(|policy| policy.starts_with("read,write,api,!local"))
    });
    assert!(group.is_some(), "{:?}", cast.sim.rows("user/group"));
    let user = cast.sim.row("user", "sallyport-api").unwrap();
    assert_eq!(user.text("address").as_deref(), Some("127.0.0.1/32"));
    cast.undo().await;
    let router = cast.app.store.read().await.unwrap().router(cast.router).await.unwrap().unwrap();
    assert_eq!(router.username, "sallyport");
    assert!(cast.plan().await.plan.steps.iter().any(|step| step.key == "forward" && !step.is_present()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_observed_router_gets_a_plan_and_no_writes() {
    let cast = Cast::of(bare(FULL)).await;
    cast.mode(RouterMode::Observe).await;
    assert!(!cast.plan().await.plan.is_clean());
    for refused in [cast.try_apply(None).await, cast.try_undo().await] {
        let Err(OpError::Conflict(words)) = refused else { panic!("{refused:?}") };
        assert!(words.contains("only observed"), "{words}");
    }
    assert_eq!(cast.sim.writes(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn hooks_and_the_page_come_when_they_are_asked_for() {
    let builder = bare(FULL)
        .row("ppp/profile", &[("name", "own"), ("on-up", ":log info hello"), ("address-list", SANDBOX)])
        .row("ppp/secret", &[("name", "anna"), ("profile", "own")]);
    let cast = Cast::of(builder).await;
    cast.has_address("https://vpn.example.org").await;
    let before = cast.state();
    let plan = cast.plan().await;
    let hooks = plan.lines(Language::En).find(|line| line.key == "hooks").unwrap();
    assert_eq!(hooks.state, "DIFFERENT");
    assert!(hooks.detail.contains("own"), "{}", hooks.detail);

    let applied = cast.try_apply(Some(&["hooks", "page", "forward", "input"])).await.unwrap();
    assert!(applied.failed.is_empty(), "{:?}", applied.failed);
    let done: Vec<_> = applied.applied.iter().map(String::as_str).collect();
    assert_eq!(done, ["forward", "hooks", "input", "interfaces", "page"]);
    let on_up = cast.sim.row("ppp/profile", "own").unwrap().text("on-up").unwrap().into_owned();
    assert!(on_up.starts_with(":log info hello\n") && on_up.contains("sallyport-connect"), "{on_up}");
    let script = cast.sim.row("system/script", "sallyport-connect").unwrap();
    let source = script.text("source").unwrap().into_owned();
    assert!(source.contains("https://vpn.example.org/client/connect/\\?token="), "{source}");
    assert!(script.text("policy").unwrap().contains("ftp") && script.is("dont-require-permissions"));

    // A boxed tunnel reaches the page's server at its port, and names; nothing else.
    cast.sim.set("ppp/profile", "vpn", &[("address-list", SANDBOX)]).unwrap();
    let tunnel = cast.sim.connect("ivan", "l2tp", "203.0.113.7").unwrap();
    let server = Ipv4Addr::new(192, 0, 2, 80);
    let entry = cast
        .sim
        .add("ip/firewall/address-list", &[("list", "sallyport-page"), ("address", "192.0.2.80")])
        .unwrap();
    assert!(cast.sim.would_pass(&Packet::new(tunnel.address, server)).passes);
    let mut other_port = Packet::new(tunnel.address, server);
    other_port.port = Some(22);
    assert!(!cast.sim.would_pass(&other_port).passes);
    let mut names = Packet::new(tunnel.address, Ipv4Addr::new(10, 8, 0, 1)).to_router();
    (names.protocol, names.port) = ("udp".to_owned(), Some(53));
    assert!(cast.sim.would_pass(&names).passes);
    assert_eq!(cast.passes(tunnel.address)[..3], [false; 3]);
    assert!(cast.sim.disconnect(&tunnel.session_id));
    cast.sim.remove("ip/firewall/address-list", &entry).unwrap();
    cast.sim.set("ppp/profile", "vpn", &[("address-list", "")]).unwrap();

    let again = cast.try_apply(Some(&["hooks", "page"])).await.unwrap();
    assert!(again.applied.is_empty() && again.failed.is_empty());
    assert!(cast.undo().await.left.is_empty());
    assert_eq!(cast.state(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_token_of_the_hooks_shows_as_a_difference_and_is_mended() {
    let cast = Cast::of(bare(FULL)).await;
    cast.has_address("https://vpn.example.org").await;
    let done = cast.try_apply(Some(&["hooks"])).await.unwrap();
    assert!(done.failed.is_empty(), "{:?}", done.failed);
    let source = || {
        let script = cast.sim.row("system/script", "sallyport-connect").unwrap();
        script.text("source").unwrap().into_owned()
    };
    let before = source();
    cast.rotate_hook_token().await;
    let plan = cast.plan().await;
    assert_eq!(plan.lines(Language::En).find(|line| line.key == "hooks").unwrap().state, "DIFFERENT");
    let mended = cast.try_apply(Some(&["hooks"])).await.unwrap();
    assert!(mended.failed.is_empty() && mended.applied.contains("hooks"), "{:?}", mended.failed);
    assert_ne!(source(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_is_said() {
    let cast = Cast::of(bare("read,write,api")).await;
    cast.has_address("https://vpn.example.org").await;
    let refused = cast.try_apply(Some(&["hooks"])).await.unwrap();
    let words = refused.failed["hooks"].say(Language::En);
    assert!(words.contains("policy"), "{words}");
    cast.sim.set("system/device-mode", "", &[("fetch", "no")]).unwrap();
    let refused = cast.try_apply(Some(&["hooks"])).await.unwrap();
    assert!(refused.failed["hooks"].say(Language::Ru).contains("device-mode update fetch=yes"));
    assert_eq!(cast.sim.writes(), 0);
    assert!(matches!(cast.try_apply(Some(&["nonsense"])).await, Err(OpError::Invalid { field: "keys", .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_router_is_set_up_as_well() {
    let cast = Cast::of(bare(FULL).version("6.49.18")).await;
    cast.has_address("http://192.0.2.80:8080").await;
    let before = cast.state();
    let applied = cast.apply().await;
    assert!(applied.failed.is_empty() && applied.plan.is_clean(), "{:?}", applied.failed);
    cast.undo().await;
    let hooks = cast.try_apply(Some(&["hooks"])).await.unwrap();
    assert!(hooks.failed.is_empty(), "{:?}", hooks.failed);
    let on_up = cast.sim.row("ppp/profile", "vpn").unwrap().text("on-up").unwrap().into_owned();
    assert!(on_up.contains("/tool fetch url=\"http://192.0.2.80:8080/client/connect/"), "{on_up}");
    cast.undo().await;
    assert_eq!(cast.state(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_router_is_waited_for_until_its_keys_are_there() {
    let long = Duration::from_hours(1);
    let cast = Cast::of(bare("read,write,api").tls(Tls::Anonymous).slow_keys(long)).await;
    let before = cast.state();
    // Looked for after it was asked for, and there only then; both keys, one after the other.
    let key_comes = async {
        let mut seen = cast.sim.commands();
        for _ in 0..2 {
            for command in ["/certificate/sign", "/certificate/print"] {
                let asked = cast.sim.wait_for(|entry| entry.number > seen && entry.command == command);
                seen = asked.await.unwrap().number;
            }
            cast.sim.advance(long);
        }
    };
    let keys = ["tls"];
    let (applied, ()) = tokio::join!(cast.try_apply(Some(&keys)), key_comes);
    let applied = applied.unwrap();
    assert!(applied.failed.is_empty(), "{:?}", applied.failed);
    for name in ["sallyport-ca", "sallyport-api"] {
        assert!(cast.sim.row("certificate", name).unwrap().is("private-key"), "{name}");
    }
    let service = cast.sim.row("ip/service", "api-ssl").unwrap();
    assert_eq!(service.text("certificate").as_deref(), Some("sallyport-api"));
    cast.undo().await;
    assert_eq!(cast.state(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_without_ipv6_is_told_so_and_its_profiles_keep_their_say() {
    let cast = Cast::of(bare_without_ipv6()).await;
    let plan = cast.plan().await;
    let step = plan.lines(Language::En).find(|line| line.key == "ipv6").unwrap();
    assert_eq!(step.state, "PRESENT");
    assert!(step.detail.contains("has no IPv6"), "{}", step.detail);
    assert!(cast.apply().await.plan.is_clean());
    assert_eq!(cast.sim.row("ppp/profile", "vpn").unwrap().text("use-ipv6").as_deref(), Some("default"));

    let cast = Cast::of(bare("read,write,api")).await;
    cast.sim.set("ipv6/settings", "", &[("disable-ipv6", "yes")]).unwrap();
    let plan = cast.plan().await;
    assert!(plan.lines(Language::Ru).any(|line| line.key == "ipv6" && line.detail.contains("выключен")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_user_managers_profiles_are_boxed_and_its_sessions_accounted_for() {
    let builder = bare("read,write,api")
        .user_manager()
        .row("ppp/profile", &[("name", "vip"), ("local-address", "10.8.0.1"), ("remote-address", "vpn")])
        .row("user-manager/user", &[("name", "anna"), ("attributes", "Mikrotik-Group:vip")]);
    let cast = Cast::of(builder).await;
    cast.sim.set("ppp/aaa", "", &[("accounting", "no")]).unwrap();
    let before = cast.state();
    let applied = cast.apply().await;
    assert!(applied.failed.is_empty() && applied.plan.is_clean(), "{:?}", applied.failed);
    let aaa = cast.sim.row("ppp/aaa", "").unwrap();
    assert!(aaa.is("accounting") && aaa.text("interim-update").as_deref() == Some("1m"));
    assert_eq!(cast.sim.row("ppp/profile", "vip").unwrap().text("address-list").as_deref(), Some(SANDBOX));
    cast.undo().await;
    assert_eq!(cast.state(), before);
}
