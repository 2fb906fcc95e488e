//! What goes over the wire, word by word: logins, replies, traps, queries, streams.

use crate::support::{Wire, furnished};
use md5::{Digest, Md5};

#[tokio::test]
async fn the_new_login_answers_done_or_the_known_trap() {
    let router = furnished("7.22.3").start().await.unwrap();
    let mut wire = Wire::open(router.addr()).await;
    let wrong = ["/login", "=name=sallyport", "=password=guess", ".tag=1"];
    assert_eq!(
        wire.ask(&wrong).await,
        [vec!["!trap", ".tag=1", "=message=invalid user name or password (6)"], vec!["!done", ".tag=1"]]
    );
    wire.refused(&["/login"], "invalid user name or password (6)").await;
    wire.done(&["/login", "=name=sallyport", "=password=secret"]).await;
    let active = router.rows("user/active");
    assert_eq!((active.len(), active[0].text("via").unwrap().as_ref()), (1, "api"));
    assert!(router.journal().iter().all(|entry| entry.attribute("password").is_none_or(|it| it == "***")));
}

#[tokio::test]
async fn an_old_router_gives_a_challenge_even_to_the_new_login() {
    let router = furnished("6.42").start().await.unwrap();
    let mut wire = Wire::open(router.addr()).await;
    let challenge = wire.done(&["/login", "=name=sallyport", "=password=secret"]).await;
    assert_eq!(challenge.len(), 32);
    assert_eq!(wire.ask(&["/system/identity/print"]).await, [["!fatal", "not logged in"]]);

    let mut wire = Wire::open(router.addr()).await;
    let response = |challenge: String, password: &str| {
        let mut digest = Md5::new();
        digest.update([0]);
        digest.update(password);
        digest.update(hex::decode(challenge).unwrap());
        format!("=response=00{}", hex::encode(digest.finalize()))
    };
    let challenge = wire.done(&["/login"]).await;
    wire.refused(&["/login", "=name=sallyport", &response(challenge, "guess")], "cannot log in").await;
    let challenge = wire.done(&["/login"]).await;
    let right = response(challenge, "secret");
    wire.done(&["/login", "=name=sallyport", &right]).await;
    assert_eq!(wire.ask(&["/system/identity/print"]).await[0], ["!re", "=name=MikroTik"]);
    let mut other = Wire::open(router.addr()).await;
    other.refused(&["/login", "=name=sallyport", &right], "cannot log in").await;
}

#[tokio::test]
async fn the_tag_follows_the_reply_word() {
    let router = furnished("7.22.3").start().await.unwrap();
    let mut wire = Wire::logged_in(&router).await;
    let answer = wire.ask(&["/ppp/secret/print", "=.proplist=.id,name,comment", ".tag=a b"]).await;
    assert_eq!(answer, [vec!["!re", ".tag=a b", "=.id=*1", "=name=ivan"], vec!["!done", ".tag=a b"]]);
}

#[tokio::test]
async fn nothing_found_is_announced_from_7_18_on() {
    for (version, announced) in [("7.22.3", true), ("7.18", true), ("7.17.2", false), ("6.49.10", false)] {
        let router = furnished(version).start().await.unwrap();
        let mut wire = Wire::logged_in(&router).await;
        let answer = wire.ask(&["/ppp/active/print", ".tag=1"]).await;
        let expected: &[&[&str]] =
            if announced { &[&["!empty", ".tag=1"], &["!done", ".tag=1"]] } else { &[&["!done", ".tag=1"]] };
        assert_eq!(answer, expected, "{version}");
    }
}

#[tokio::test]
async fn what_is_unknown_is_refused_in_the_routers_words() {
    let router = furnished("7.22.3").start().await.unwrap();
    let mut wire = Wire::logged_in(&router).await;
    wire.refused(&["/no/such/print"], "no such command prefix").await;
    wire.refused(&["/user-manager/user/print"], "no such command prefix").await;
    wire.refused(&["/ppp/secret/frobnicate"], "no such command").await;
    wire.refused(&["/ppp/active/add", "=name=x"], "no such command").await;
    wire.refused(&["/ip/firewall/connection/listen"], "no such command").await;
    wire.refused(&["/ppp/secret/add", "=name=x", "=nmae=y"], "unknown parameter").await;
    wire.refused(&["/ppp/secret/add", "=password=x"], "missing =name=").await;
    wire.refused(
        &["/ppp/secret/add", "=name=x", "=profile=none"],
        "input does not match any value of profile",
    )
    .await;
    wire.refused(
        &["/ppp/secret/add", "=name=x", "=service=telex"],
        "input does not match any value of service",
    )
    .await;
    wire.refused(
        &["/ip/firewall/address-list/add", "=list=x", "=address=300.1.1.1/8"],
        "invalid value for argument address",
    )
    .await;
    wire.refused(&["/ppp/secret/set", "=.id=*FF", "=comment=x"], "no such item (4)").await;
    wire.refused(&["/ppp/secret/remove", "=.id=*FF"], "no such item (4)").await;
    wire.refused(&["/ppp/secret/add", "=name=ivan"], "failure: secret with the same name already exists")
        .await;
    assert_eq!(router.rows("ppp/secret").len(), 1);
}

#[tokio::test]
async fn rows_are_added_changed_and_removed() {
    let router = furnished("7.22.3").start().await.unwrap();
    let mut wire = Wire::logged_in(&router).await;
    let id = wire.done(&["/ppp/secret/add", "=name=petr", "=disabled=yes", "=remote-address=10.9.0.5"]).await;
    assert_eq!(id, "*2");
    wire.done(&["/ppp/secret/set", "=.id=*2", "=disabled=no", "=comment=guest"]).await;
    let row = router.row("ppp/secret", "petr").unwrap();
    assert!(!row.is("disabled") && row.text("comment").unwrap() == "guest");
    wire.done(&["/ppp/secret/disable", "=numbers=petr,ivan"]).await;
    assert!(router.rows("ppp/secret").iter().all(|row| row.is("disabled")));
    wire.done(&["/ppp/secret/enable", "=.id=*1,*2"]).await;
    wire.done(&["/ppp/secret/unset", "=.id=*2", "=value-name=remote-address"]).await;
    assert_eq!(router.row("ppp/secret", "petr").unwrap().text("remote-address"), None);
    wire.done(&["/ppp/secret/set", "=.id=*2", "=remote-address=10.9.0.6"]).await;
    wire.done(&["/ppp/secret/set", "=.id=*2", "=!remote-address="]).await;
    assert_eq!(router.row("ppp/secret", "petr").unwrap().text("remote-address"), None);
    wire.done(&["/ppp/secret/comment", "=numbers=*2", "=comment="]).await;
    assert_eq!(router.row("ppp/secret", "petr").unwrap().text("comment"), None);
    wire.refused(&["/ppp/secret/remove", "=.id=*2,*9,*1"], "no such item (4)").await;
    let left: Vec<_> = router.rows("ppp/secret").iter().map(|row| row.id.clone()).collect();
    assert_eq!(left, ["*1"], "the rows before the missing one are gone, those after it are not");
    assert_eq!(
        wire.done(&["/ppp/secret/add", "=name=anna"]).await,
        "*3",
        "ids of configured rows are not reused"
    );
}

#[tokio::test]
async fn bytes_are_kept_as_they_were_written() {
    let router = furnished("7.22.3").start().await.unwrap();
    let mut wire = Wire::logged_in(&router).await;
    let (utf_8, cp1251) = ("Иван".as_bytes(), b"\xC8\xE2\xE0\xED");
    for name in [utf_8, cp1251] {
        wire.send_bytes(&[b"/ppp/secret/add", &[b"=name=", name].concat()]).await;
        assert_eq!(wire.read().await[0], "!done");
    }
    router.connect(cp1251, "l2tp", "203.0.113.7").unwrap();
    wire.send_bytes(&[b"/ppp/active/print", b"=.proplist=name", &[b"?name=", &cp1251[..]].concat()]).await;
    assert_eq!(wire.read_bytes().await, [b"!re".to_vec(), [b"=name=", &cp1251[..]].concat()]);
    assert_eq!(wire.read().await, ["!done"]);
}

#[tokio::test]
async fn queries_run_on_a_stack() {
    let router = furnished("7.22.3")
        .row("ppp/secret", &[("name", "petr"), ("comment", "x"), ("disabled", "yes")])
        .row("ppp/secret", &[("name", "anna"), ("limit-bytes-in", "900")])
        .start()
        .await
        .unwrap();
    let mut wire = Wire::logged_in(&router).await;
    for (queries, names) in [
        (&["?name=ivan", "?name=petr", "?#|"][..], "ivan petr"),
        (&["?comment"], "petr"),
        (&["?-comment"], "ivan anna"),
        (&["?=disabled=yes"], "petr"),
        (&["?disabled=true", "?#!"], "ivan anna"),
        (&["?disabled"], "ivan petr anna"),
        (&["?>limit-bytes-in=5", "?<limit-bytes-in=1000"], "anna"),
        (&["?name=ivan", "?name=petr", "?name=anna", "?#|!|"], "ivan"),
        (&["?name=ivan", "?disabled=no", "?#1"], "ivan"),
        (&["?.id=*2"], "petr"),
        (&["?no-such-property=1"], ""),
    ] {
        let command: Vec<_> =
            ["/ppp/secret/print", "=.proplist=name"].iter().chain(queries).copied().collect();
        let answer = wire.ask(&command).await;
        let found: Vec<_> =
            answer.iter().filter_map(|sentence| sentence.get(1)?.strip_prefix("=name=")).collect();
        assert_eq!(found.join(" "), names, "{queries:?}");
        let counted: Vec<_> = command.iter().chain(&["=count-only="]).copied().collect();
        assert_eq!(wire.done(&counted).await, found.len().to_string());
    }
}

#[tokio::test]
async fn a_listener_hears_rows_come_change_and_go() {
    let router = furnished("7.22.3").start().await.unwrap();
    let mut wire = Wire::logged_in(&router).await;
    wire.send(&["/ppp/active/listen", "=.proplist=.id,.dead,name", ".tag=L"]).await;
    wire.send(&["/ppp/secret/listen", ".tag=all", "=.proplist=name"]).await;
    wire.send(&["/ppp/active/listen", "=.proplist=.id,.dead", "?name=ivan", ".tag=Q"]).await;
    router.wait_until(|state| state.listeners() == 3).await.unwrap();
    let tunnel = router.connect("ivan", "l2tp", "203.0.113.7").unwrap();
    assert_eq!(tunnel.id, "*80000001");
    assert_eq!(wire.read().await, ["!re", ".tag=L", "=.id=*80000001", "=name=ivan"]);
    assert_eq!(wire.read().await, ["!re", ".tag=Q", "=.id=*80000001"]);
    assert!(router.disconnect(&tunnel.session_id));
    assert_eq!(wire.read().await, ["!re", ".tag=L", "=.id=*80000001", "=.dead=true"]);
    // The secret changed: it was told when it logged out. The listener with a query is not told of the removal.
    assert_eq!(wire.read().await, ["!re", ".tag=all", "=name=ivan"]);
    router.remove("ppp/secret", "ivan").unwrap();
    assert_eq!(
        wire.read().await,
        ["!re", ".tag=all"],
        "without `.id` in the list a removal has no attributes"
    );
}

#[tokio::test]
async fn cancelling_follows_the_measured_order() {
    let router = furnished("7.22.3").start().await.unwrap();
    let mut wire = Wire::logged_in(&router).await;
    let interrupted =
        |tag: &str| vec!["!trap".into(), tag.to_owned(), "=category=2".into(), "=message=interrupted".into()];
    wire.send(&["/ppp/active/listen", ".tag=L"]).await;
    router.wait_until(|state| state.listeners() == 1).await.unwrap();
    wire.send(&["/cancel", "=tag=L", ".tag=C"]).await;
    assert_eq!(wire.read().await, interrupted(".tag=L"));
    for expected in [["!done", ".tag=C"], ["!empty", ".tag=L"], ["!done", ".tag=L"]] {
        assert_eq!(wire.read().await, expected);
    }
    wire.send(&["/ppp/secret/print", "=follow=", "=.proplist=name", ".tag=F"]).await;
    assert_eq!(wire.read().await, ["!re", ".tag=F", "=name=ivan"]);
    wire.send(&["/cancel", ".tag=C"]).await;
    assert_eq!(wire.read().await, interrupted(".tag=F"));
    for expected in [["!done", ".tag=C"], ["!done", ".tag=F"]] {
        assert_eq!(wire.read().await, expected, "a stream that sent rows ends without `!empty`");
    }
    wire.done(&["/cancel", "=tag=nobody"]).await;
    router.connect("ivan", "l2tp", "203.0.113.7").unwrap();
    assert_eq!(
        wire.done(&["/ppp/active/print", "=count-only="]).await,
        "1",
        "nothing of the cancelled streams follows"
    );
}

#[tokio::test]
async fn a_repeated_print_says_at_every_tick_that_there_is_nothing() {
    let router = furnished("7.22.3").start().await.unwrap();
    let mut wire = Wire::logged_in(&router).await;
    wire.send(&["/ppp/active/print", "=interval=10ms", "=.proplist=name", ".tag=I"]).await;
    for _ in 0..3 {
        assert_eq!(wire.read().await, ["!empty", ".tag=I"]);
    }
    router.connect("ivan", "l2tp", "203.0.113.7").unwrap();
    while wire.read().await != ["!re", ".tag=I", "=name=ivan"] {}
    wire.send(&["/cancel", "=tag=I", ".tag=C"]).await;
    while wire.read().await != ["!done", ".tag=I"] {}
}

#[tokio::test]
async fn rights_are_needed_and_secrets_are_shown_to_those_who_may_see_them() {
    let router = furnished("7.22.3")
        .user("reader", "r", "read,api")
        .user("owner", "o", "read,write,policy,sensitive,api")
        .user("nobody", "n", "read,write")
        .start()
        .await
        .unwrap();
    let mut reader = Wire::open(router.addr()).await;
    reader.refused(&["/login", "=name=nobody", "=password=n"], "std failure: not allowed (9)").await;
    reader.done(&["/login", "=name=reader", "=password=r"]).await;
    reader.refused(&["/ppp/secret/disable", "=.id=*1"], "not enough permissions (9)").await;
    assert_eq!(reader.ask(&["/ppp/secret/print", "=.proplist=password"]).await, [["!re"], ["!done"]]);

    let mut owner = Wire::open(router.addr()).await;
    owner.done(&["/login", "=name=owner", "=password=o"]).await;
    assert_eq!(owner.ask(&["/ppp/secret/print", "=.proplist=password"]).await[0], ["!re", "=password=pass"]);
    owner.done(&["/user/set", "=.id=reader", "=comment=x"]).await;

    let mut daily = Wire::logged_in(&router).await;
    daily.refused(&["/user/set", "=.id=reader", "=comment=y"], "not enough permissions (9)").await;
    daily.done(&["/ppp/secret/disable", "=.id=*1"]).await;
    router.set_rights("sallyport", "read,api").unwrap();
    daily.refused(&["/ppp/secret/enable", "=.id=*1"], "not enough permissions (9)").await;
    router.set_password("sallyport", "other").unwrap();
    let mut late = Wire::open(router.addr()).await;
    late.refused(&["/login", "=name=sallyport", "=password=secret"], "invalid user name or password (6)")
        .await;
}

#[tokio::test]
async fn rules_are_moved_by_id_and_keep_it() {
    let router = furnished("7.22.3").start().await.unwrap();
    let mut wire = Wire::logged_in(&router).await;
    let mut ids = Vec::new();
    for comment in ["a", "b", "c"] {
        let comment = format!("=comment={comment}");
        ids.push(wire.done(&["/ip/firewall/filter/add", "=chain=forward", &comment]).await);
    }
    let order = || router.rows("ip/firewall/filter").iter().map(|row| row.id.clone()).collect::<Vec<_>>();
    wire.done(&["/ip/firewall/filter/move", "=numbers=*3", "=destination=*1"]).await;
    assert_eq!(order(), ["*3", "*1", "*2"]);
    wire.done(&["/ip/firewall/filter/add", "=chain=forward", "=place-before=*2"]).await;
    assert_eq!(order(), ["*3", "*1", "*4", "*2"]);
    wire.done(&["/ip/firewall/filter/add", "=chain=forward", "=action=fasttrack-connection"]).await;
    let rows = router.rows("ip/firewall/filter");
    assert!(rows[0].is("dynamic"), "FastTrack brings a dummy rule to the top");
    wire.refused(
        &["/ip/firewall/filter/remove", &format!("=.id={}", rows[0].id)],
        "failure: can not change dynamic rule",
    )
    .await;
}

#[tokio::test]
async fn dates_and_menus_follow_the_version() {
    let router = furnished("7.22.3").gmt_offset(10_800).start().await.unwrap();
    let mut wire = Wire::logged_in(&router).await;
    let clock = wire.ask(&["/system/clock/print", "=.proplist=date,time,gmt-offset"]).await;
    assert_eq!(clock[0], ["!re", "=date=2026-11-22", "=time=12:20:00", "=gmt-offset=+03:00"]);
    wire.ask(&["/system/device-mode/print"])
        .await
        .first()
        .unwrap()
        .first()
        .filter(|word| *word == "!re")
        .unwrap();

    let old = furnished("6.49").user_manager().start().await.unwrap();
    let mut wire = Wire::logged_in(&old).await;
    let clock = wire.ask(&["/system/clock/print", "=.proplist=date,time"]).await;
    assert_eq!(clock[0], ["!re", "=date=nov/22/2026", "=time=09:20:00"]);
    wire.refused(&["/user-manager/user/print"], "no such command prefix").await;
    wire.refused(&["/system/device-mode/print"], "no such command prefix").await;
    wire.done(&["/tool/user-manager/user/add", "=customer=admin", "=username=petr"]).await;
    assert_eq!(wire.done(&["/tool/user-manager/user/print", "=count-only="]).await, "1");
}

#[tokio::test]
async fn a_full_or_closed_service_takes_nobody_in() {
    let router = furnished("7.22.3").start().await.unwrap();
    router.set("ip/service", "api", &[("max-sessions", "1")]).unwrap();
    let _first = Wire::logged_in(&router).await;
    let mut second = Wire::open(router.addr()).await;
    assert!(second.read().await.is_empty(), "closed without a word");
    router.set("ip/service", "api", &[("max-sessions", "20"), ("address", "192.0.2.0/24")]).unwrap();
    let mut third = Wire::open(router.addr()).await;
    assert!(third.read().await.is_empty());
}

#[tokio::test]
async fn quitting_is_fatal_with_a_bare_word() {
    let router = furnished("7.22.3").start().await.unwrap();
    let mut wire = Wire::logged_in(&router).await;
    assert_eq!(wire.ask(&["/quit"]).await, [["!fatal", "session terminated on request"]]);
    router.wait_until(|state| state.connections() == 0).await.unwrap();
}

#[tokio::test]
async fn ten_thousand_tunnels_are_printed_whole() {
    let router = furnished("7.22.3").start().await.unwrap();
    router.populate(10_000).unwrap();
    let mut wire = Wire::logged_in(&router).await;
    let answer = wire.ask(&["/ppp/active/print", "=.proplist=.id,name,session-id,address"]).await;
    assert_eq!(answer.len(), 10_001);
    assert!(answer[..10_000].iter().all(|sentence| sentence.len() == 5));
}
