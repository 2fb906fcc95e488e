//! The server's own way to the API.

use crate::model::{Model, item, step, wanted};
use sallyport_shared::{
    language::Language,
    router::setup::{Ipv6, Seen, Wanted, plan},
};

#[test]
fn the_server_has_a_way_of_its_own_above_the_drop_of_banned_callers() {
    let mut ours = item(7, &[("chain", "input"), ("action", "drop"), ("src-address-list", "2fa-banned")]);
    ours.values.insert("comment".to_owned(), "sallyport:banned callers".into());
    let services = vec![
        item(1, &[("name", "api"), ("port", "8728")]),
        item(2, &[("name", "api-ssl"), ("port", "18729"), ("disabled", "true")]),
        item(3, &[("name", "ssh"), ("port", "22")]),
    ];
    let servers = vec!["198.51.100.9".to_owned(), "2001:db8::9".to_owned()];
    let seen = Seen { filter: vec![ours], services, servers, ipv6: Ipv6::On(Vec::new()), ..Seen::default() };
    let mut wanted = wanted();
    let step = |seen: &Seen, wanted: &Wanted| step(seen, wanted, "server");
    let first = step(&seen, &wanted);
    assert!(!first.optional && first.obstacle.is_none(), "{first:?}");
    for line in [
        "list=sallyport-server address=198.51.100.9",
        "list=sallyport-server address=2001:db8::9",
        "src-address-list=sallyport-server protocol=tcp dst-port=8728,18729 in-interface-list=\"!sallyport-vpn\" action=accept",
        "/ipv6 firewall filter add chain=input",
    ] {
        assert!(first.script.contains(line), "{line}: {}", first.script);
    }
    let mut router = Model::new(seen);
    let whole = plan(&router.seen, &wanted);
    router.apply(&mut wanted, &whole, usize::MAX);
    let place = |comment: &str| router.seen.filter.iter().position(|item| item.text("comment") == comment);
    assert!(place("sallyport:the server to the API") < place("sallyport:banned callers"));
    assert!(step(&router.seen, &wanted).is_present());
    // Another server comes from elsewhere: it is added, and who stands by keeps their way.
    router.seen.servers = vec!["198.51.100.10".to_owned()];
    let second = step(&router.seen, &wanted);
    assert!(!second.is_present() && second.changes.len() == 1, "{second:?}");
    // Who is not shown is not known: said, and nothing is guessed.
    router.seen.servers.clear();
    let unknown = step(&router.seen, &wanted);
    assert!(unknown.is_present());
    let said = unknown.notes.iter().map(|words| words.say(Language::En)).collect::<String>();
    assert!(said.contains("does not show from which address"), "{said}");
}

#[test]
fn it_stands_above_somebody_elses_rule_that_drops_banned_callers_too() {
    let theirs =
        |chain: &str| item(7, &[("chain", chain), ("action", "drop"), ("src-address-list", "2fa-banned")]);
    let others = item(8, &[("chain", "input"), ("action", "drop"), ("connection-state", "invalid")]);
    let servers = vec!["198.51.100.9".to_owned()];
    let seen = Seen { filter: vec![others, theirs("input")], servers, ..Seen::default() };
    let is_present = |router: &Model, wanted: &Wanted, key| step(&router.seen, wanted, key).is_present();
    let mut wanted = wanted();
    let mut router = Model::new(seen.clone());
    let whole = plan(&router.seen, &wanted);
    let done = router.apply(&mut wanted, &whole, usize::MAX);
    let input: Vec<&str> = router
        .seen
        .filter
        .iter()
        .filter(|item| item.text("chain") == "input")
        .map(|item| item.id.as_str())
        .collect();
    let way =
        router.seen.filter.iter().find(|item| item.text("comment") == "sallyport:the server to the API");
    assert_eq!(input[..2], ["*8", way.unwrap().id.as_str()], "below what only stops other packets");
    assert!(["server", "ban", "input"].iter().all(|key| is_present(&router, &wanted, key)));
    // Put above it later, it is found and mended.
    let at = router.seen.filter.iter().position(|item| item.id == "*7").unwrap();
    let theirs_now = router.seen.filter.remove(at);
    router.seen.filter.insert(0, theirs_now);
    assert!(!is_present(&router, &wanted, "server"));
    let whole = plan(&router.seen, &wanted);
    let moved = router.apply(&mut wanted, &whole, usize::MAX);
    assert!(is_present(&router, &wanted, "server") && router.seen.filter[0].id != "*7");
    router.undo(&mut wanted, moved, None);
    router.undo(&mut wanted, done, None);
    // In another chain it is in nobody's way.
    let seen = Seen { filter: vec![theirs("forward")], ..seen };
    let order = |router: &Model| {
        router
            .seen
            .filter
            .iter()
            .filter(|item| item.text("chain") == "forward")
            .map(|item| item.id.clone())
            .collect::<Vec<_>>()
    };
    let mut router = Model::new(seen);
    let whole = plan(&router.seen, &wanted);
    router.apply(&mut wanted, &whole, usize::MAX);
    assert_eq!(order(&router)[0], "*7");
}
