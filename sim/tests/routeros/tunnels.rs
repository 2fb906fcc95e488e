//! Tunnels and what comes and goes with them.

use std::{net::Ipv4Addr, time::Duration};

use crate::support::{MORNING, Wire, furnished};
use sim::routeros::{ConnectError, Packet};

const HOME: &str = "203.0.113.7";

#[tokio::test]
async fn a_tunnel_appears_everywhere_and_leaves_no_trace_but_the_last_logout() {
    let router = furnished("7.22.3")
        .row("ppp/profile", &[("name", "boxed"), ("remote-address", "vpn"), ("address-list", "pending,vpn")])
        .start()
        .await
        .unwrap();
    router.set("ppp/secret", "ivan", &[("profile", "boxed")]).unwrap();
    let tunnel = router.connect("ivan", "l2tp", HOME).unwrap();
    assert_eq!(tunnel.address, Ipv4Addr::new(10, 8, 0, 2));
    assert_eq!((tunnel.session_id.as_str(), tunnel.interface.as_str()), ("0x81000001", "<l2tp-ivan>"));
    assert_eq!(router.address_list("pending"), ["10.8.0.2"]);
    assert_eq!(router.address_list("vpn"), ["10.8.0.2"]);
    assert!(router.count_traffic(&tunnel.session_id, 1_000, 5_000));
    let interface = router.row("interface", "<l2tp-ivan>").unwrap();
    assert_eq!(
        (interface.text("rx-byte").unwrap(), interface.text("tx-byte").unwrap()),
        ("1000".into(), "5000".into())
    );
    let flow = router.open_flow(&tunnel, (Ipv4Addr::new(192, 168, 1, 10), 443), true);
    assert!(router.row("ip/firewall/connection", &flow).unwrap().is("fasttrack"));
    router.advance(Duration::from_secs(3_723));
    let active = router.rows("ppp/active");
    assert_eq!(active[0].text("uptime").unwrap(), "1h2m3s");

    assert!(router.disconnect(&tunnel.session_id));
    assert!(!router.disconnect(&tunnel.session_id));
    for menu in ["ppp/active", "ip/firewall/address-list"] {
        assert!(router.rows(menu).is_empty(), "{menu}");
    }
    assert!(router.row("ip/firewall/connection", &flow).is_some(), "what it had open stays in the table");
    assert_eq!(router.row("interface", "<l2tp-ivan>"), None);
    let secret = router.row("ppp/secret", "ivan").unwrap();
    assert_eq!(secret.text("last-logged-out").unwrap(), "2026-11-22 10:22:03");
    assert_eq!(secret.text("last-caller-id").unwrap(), HOME);
    assert_eq!(secret.text("last-disconnect-reason").unwrap(), "hung-up");
    let log: Vec<_> =
        router.rows("log").iter().map(|row| row.text("message").unwrap().into_owned()).collect();
    assert_eq!(log.last().unwrap(), "ivan logged out, 3723 1000 5000 0 0 from 203.0.113.7");
}

#[tokio::test]
async fn the_one_line_of_on_down_that_is_known_is_run_when_a_tunnel_goes() {
    let line = |list: &str| {
        format!(
            ":do {{ /ip firewall address-list remove [find where list=\"{list}\" \
             address=$\"remote-address\" comment~\"^sallyport:\"] }} on-error={{}}"
        )
    };
    let script =
        format!(":log info down\n{}\n/ip firewall address-list remove [find]", line("in \\\"side\\\""));
    let profile = [("name", "shut"), ("remote-address", "vpn"), ("on-down", script.as_str())];
    let router = furnished("7.22.3").row("ppp/profile", &profile).start().await.unwrap();
    router.set("ppp/secret", "ivan", &[("profile", "shut")]).unwrap();
    let tunnel = router.connect("ivan", "l2tp", HOME).unwrap();
    let own = tunnel.address.to_string();
    let entry = |list: &str, address: &str, comment: &str| {
        let values = [("list", list), ("address", address), ("comment", comment)];
        router.add("ip/firewall/address-list", &values).unwrap()
    };
    let list = "in \"side\"";
    let gone = entry(list, &own, "sallyport:ivan:0x1");
    let stay = [
        entry(list, "10.8.0.77", "sallyport:olga:0x2"),
        entry("other", &own, "sallyport:ivan:0x1"),
        entry("third", &own, "mine"),
    ];
    assert!(router.disconnect(&tunnel.session_id));
    assert!(router.row("ip/firewall/address-list", &gone).is_none());
    assert!(stay.iter().all(|id| router.row("ip/firewall/address-list", id).is_some()));
}

#[tokio::test]
async fn accounts_that_may_not_come_in_are_refused() {
    let router = furnished("7.22.3")
        .row("ppp/secret", &[("name", "off"), ("disabled", "yes")])
        .row("ppp/secret", &[("name", "bound"), ("caller-id", "198.51.100.1")])
        .row("ppp/secret", &[("name", "sstp-only"), ("service", "sstp")])
        .row("ppp/profile", &[("name", "bare"), ("only-one", "yes")])
        .row("ppp/secret", &[("name", "single"), ("profile", "bare"), ("remote-address", "10.9.0.1")])
        .row("ppp/secret", &[("name", "homeless"), ("profile", "bare")])
        .start()
        .await
        .unwrap();
    let refused = |name: &str| router.connect(name, "l2tp", HOME).unwrap_err();
    assert_eq!(refused("nobody"), ConnectError::NoSuchAccount("nobody".into()));
    assert_eq!(refused("off"), ConnectError::Disabled("off".into()));
    assert_eq!(refused("bound"), ConnectError::WrongCaller("bound".into()));
    assert_eq!(refused("sstp-only"), ConnectError::NoSuchAccount("sstp-only".into()));
    assert_eq!(refused("homeless"), ConnectError::NoAddress("homeless".into()));
    assert_eq!(router.connect("single", "l2tp", HOME).unwrap().address, Ipv4Addr::new(10, 9, 0, 1));
    assert_eq!(refused("single"), ConnectError::TooManySessions("single".into()));
    assert_eq!(router.tunnels().len(), 1);
}

#[tokio::test]
async fn disabling_cuts_nothing_and_removing_the_row_cuts() {
    let router = furnished("7.22.3").start().await.unwrap();
    let mut wire = Wire::logged_in(&router).await;
    let first = router.connect("ivan", "l2tp", HOME).unwrap();
    let second = router.connect("ivan", "sstp", HOME).unwrap();
    wire.done(&["/ppp/secret/disable", "=.id=*1"]).await;
    assert_eq!(router.tunnels().len(), 2);
    wire.done(&["/ppp/active/remove", &format!("=.id={}", first.id)]).await;
    assert_eq!(router.tunnels(), [second]);
    assert_eq!(
        router.row("ppp/secret", "ivan").unwrap().text("last-disconnect-reason").unwrap(),
        "nas-request"
    );
    wire.done(&["/ppp/secret/enable", "=.id=*1"]).await;
    let third = router.connect("ivan", "l2tp", HOME).unwrap();
    assert_eq!((&third.id, third.address), (&first.id, first.address), "id and address are given out again");
    assert_ne!(third.session_id, first.session_id, "the session id is not");
}

#[tokio::test]
async fn a_reboot_takes_everything_that_lives_in_memory() {
    let router = furnished("7.22.3").start().await.unwrap();
    let mut wire = Wire::logged_in(&router).await;
    let before = router.connect("ivan", "l2tp", HOME).unwrap();
    let list = "/ip/firewall/address-list/add";
    wire.done(&[list, "=list=allow", "=address=10.8.0.2", "=timeout=5m"]).await;
    wire.done(&[list, "=list=office", "=address=192.0.2.0/24"]).await;
    router.advance(Duration::from_secs(60));
    router.reboot();
    assert!(wire.read().await.is_empty(), "API connections break");
    assert!(router.tunnels().is_empty());
    assert_eq!(router.address_list("allow"), [] as [&str; 0]);
    assert_eq!(router.address_list("office"), ["192.0.2.0/24"]);
    assert_eq!(router.row("ppp/secret", "ivan").unwrap().text("last-disconnect-reason").unwrap(), "reboot");
    assert_eq!(router.row("system/resource", "").unwrap().text("uptime").unwrap(), "0s");
    let after = router.connect("ivan", "l2tp", HOME).unwrap();
    assert_eq!((after.session_id, after.id), (before.session_id, before.id), "both start over");
}

#[tokio::test]
async fn a_router_that_is_off_lets_nobody_in_and_forgets() {
    let router = furnished("7.22.3").start().await.unwrap();
    router.connect("ivan", "l2tp", HOME).unwrap();
    router.power_off().await;
    assert_eq!(router.connect("ivan", "l2tp", HOME), Err(ConnectError::Off));
    router.accept().await;
    assert!(router.tunnels().is_empty());
    router.connect("ivan", "l2tp", HOME).unwrap();
}

#[tokio::test]
async fn a_reboot_by_command_answers_first() {
    let router = furnished("7.22.3").user("boss", "b", "read,write,reboot,api").start().await.unwrap();
    let mut daily = Wire::logged_in(&router).await;
    daily.refused(&["/system/reboot"], "not enough permissions (9)").await;
    let mut boss = Wire::open(router.addr()).await;
    boss.done(&["/login", "=name=boss", "=password=b"]).await;
    assert_eq!(boss.ask(&["/system/reboot"]).await, [["!done"]]);
    assert!(boss.read().await.is_empty() && daily.read().await.is_empty());
}

#[tokio::test]
async fn entries_with_a_time_out_count_down_lapse_and_are_told_of() {
    let router = furnished("7.22.3").start().await.unwrap();
    let mut wire = Wire::logged_in(&router).await;
    let add = ["/ip/firewall/address-list/add", "=list=allow", "=address=10.8.0.2", "=timeout=00:05:00"];
    let id = wire.done(&add).await;
    wire.refused(&add, "failure: already have such entry").await;
    wire.refused(
        &["/ip/firewall/address-list/add", "=list=x", "=address=10.0.0.1", "=timeout=36w"],
        "invalid value for argument timeout",
    )
    .await;
    let shown = |name: &str| router.rows("ip/firewall/address-list")[0].text(name).unwrap().into_owned();
    assert_eq!(
        (shown("timeout"), shown("dynamic"), shown("creation-time")),
        ("5m".into(), "true".into(), "2026-11-22 09:20:00".into())
    );
    router.advance(Duration::from_secs(240));
    assert_eq!(shown("timeout"), "1m");
    wire.done(&["/ip/firewall/address-list/set", &format!("=.id={id}"), "=timeout=2m"]).await;
    wire.send(&["/ip/firewall/address-list/listen", ".tag=L"]).await;
    router.wait_until(|state| state.listeners() == 1).await.unwrap();
    router.advance(Duration::from_secs(119));
    assert_eq!(router.address_list("allow"), ["10.8.0.2"]);
    router.advance(Duration::from_secs(1));
    assert_eq!(router.address_list("allow"), [] as [&str; 0]);
    assert_eq!(wire.read().await, ["!re", ".tag=L", "=.id=*1", "=.dead=true"]);
    let mut other = Wire::logged_in(&router).await;
    assert_eq!(other.done(&add).await, "*2");
    assert_eq!(router.now(), (MORNING + 360) * 1_000_000);
}

#[tokio::test]
async fn with_a_running_clock_entries_lapse_by_themselves() {
    let router = sim::routeros::RouterSim::builder().start().await.unwrap();
    router
        .add("ip/firewall/address-list", &[("list", "allow"), ("address", "10.8.0.2"), ("timeout", "1s")])
        .unwrap();
    assert_eq!(router.address_list("allow"), ["10.8.0.2"]);
    router.wait_until(|state| state.address_list("allow").is_empty()).await.unwrap();
}

#[tokio::test]
async fn user_manager_accounts_are_let_in_and_accounted() {
    let router = furnished("7.22.3")
        .user_manager()
        .row("ppp/profile", &[("name", "vip"), ("remote-address", "vpn"), ("address-list", "pending")])
        .row(
            "user-manager/user",
            &[("name", "anna"), ("attributes", "Mikrotik-Group:vip,Framed-IP-Address:10.9.0.7")],
        )
        .start()
        .await
        .unwrap();
    let mut wire = Wire::logged_in(&router).await;
    let tunnel = router.connect("anna", "l2tp", HOME).unwrap();
    assert!(tunnel.radius && tunnel.address == Ipv4Addr::new(10, 9, 0, 7));
    assert_eq!(router.address_list("pending"), ["10.9.0.7"]);
    assert_eq!(router.connect("anna", "l2tp", HOME), Err(ConnectError::TooManySessions("anna".into())));
    let session = || router.rows("user-manager/session").remove(0);
    assert!(session().is("active") && session().text("acct-session-id").unwrap() == "81000001");
    wire.done(&["/user-manager/user/disable", "=.id=anna"]).await;
    assert_eq!(router.tunnels().len(), 1, "disabling cuts nothing");
    assert_eq!(router.connect("anna", "sstp", HOME), Err(ConnectError::Disabled("anna".into())));

    let close = ["/user-manager/session/close-session", "=.id=*1"];
    wire.done(&close).await;
    assert_eq!(router.tunnels().len(), 1, "the NAS does not listen to requests");
    wire.done(&["/radius/incoming/set", "=accept=yes"]).await;
    wire.done(&close).await;
    assert!(router.tunnels().is_empty());
    let row = session();
    assert_eq!(row.text("status").unwrap(), "start,stop,close-acked");
    assert_eq!(row.text("terminate-cause").unwrap(), "um-admin-request");
    assert!(!row.is("active") && row.text("ended").unwrap() == "2026-11-22 09:20:00");
    wire.done(&["/user-manager/session/remove", "=.id=*1"]).await;
    assert!(router.rows("user-manager/session").is_empty());
}

#[tokio::test]
async fn user_manager_of_version_6_lives_under_tool() {
    let router = furnished("6.49")
        .user_manager()
        .row("tool/user-manager/user", &[("customer", "admin"), ("username", "anna")])
        .start()
        .await
        .unwrap();
    let tunnel = router.connect("anna", "l2tp", HOME).unwrap();
    assert!(router.count_traffic(&tunnel.session_id, 10, 20));
    let mut wire = Wire::logged_in(&router).await;
    let answer =
        wire.ask(&["/tool/user-manager/session/print", "=.proplist=user,active,upload,user-ip"]).await;
    assert_eq!(answer[0], ["!re", "=user=anna", "=active=true", "=upload=10", "=user-ip=10.8.0.2"]);
    let flow = router.open_flow(&tunnel, (Ipv4Addr::new(192, 168, 1, 10), 443), false);
    let flow = router.row("ip/firewall/connection", &flow).unwrap();
    assert_eq!(flow.text("src-address").unwrap(), "10.8.0.2:50000");
}

#[tokio::test]
async fn the_filter_tells_whether_the_box_holds() {
    let router = furnished("7.22.3").start().await.unwrap();
    let rule = |values: &[(&str, &str)]| router.add("ip/firewall/filter", values).unwrap();
    let guard = rule(&[
        ("chain", "forward"),
        ("action", "jump"),
        ("jump-target", "box"),
        ("in-interface", "all-ppp"),
    ]);
    let drop_new =
        rule(&[("chain", "box"), ("action", "drop"), ("src-address-list", "!allow"), ("comment", "box")]);
    rule(&[("chain", "forward"), ("action", "accept"), ("connection-state", "established,related")]);
    rule(&[
        ("chain", "forward"),
        ("action", "drop"),
        ("dst-address", "192.168.1.0/24"),
        ("dst-port", "22,100-200"),
        ("protocol", "tcp"),
    ]);
    let (boxed, server) = (Ipv4Addr::new(10, 8, 0, 2), Ipv4Addr::new(192, 168, 1, 10));
    let packet = Packet::new(boxed, server).arriving_by("<l2tp-ivan>");
    let verdict = router.would_pass(&packet);
    assert!(
        !verdict.passes
            && verdict.rule.as_ref() == Some(&drop_new)
            && verdict.comment.as_deref() == Some("box")
    );
    assert!(!router.would_pass(&packet.clone().established()).passes, "the guard stands above established");
    assert!(router.would_pass(&packet.clone().fasttracked()).passes, "FastTrack sees no filter");
    router.add("ip/firewall/address-list", &[("list", "allow"), ("address", "10.8.0.0/30")]).unwrap();
    assert!(router.would_pass(&packet).passes);
    let mut ssh = packet.clone();
    ssh.port = Some(150);
    assert!(!router.would_pass(&ssh).passes);
    router.remove("ip/firewall/address-list", "*1").unwrap();
    router.set("ip/firewall/filter", &guard, &[("disabled", "yes")]).unwrap();
    assert!(router.would_pass(&packet).passes, "a disabled guard guards nothing");
    router.set("ip/firewall/filter", &guard, &[("disabled", "no")]).unwrap();
    let odd = rule(&[("chain", "forward"), ("action", "accept"), ("content", "hello")]);
    router.move_before("ip/firewall/filter", &odd, Some(&guard)).unwrap();
    let verdict = router.would_pass(&packet);
    assert!(!verdict.passes && verdict.unjudged == [odd]);
}
