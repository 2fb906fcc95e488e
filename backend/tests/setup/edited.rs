//! Somebody edits the router by hand, before and after.

use crate::cast::{Cast, FULL, bare};
use sallyport_shared::language::Language;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_edited_is_left_and_told() {
    let cast = Cast::of(bare(FULL)).await;
    cast.apply().await;
    let rows = cast.sim.rows("ip/firewall/filter");
    let ban =
        rows.iter().find(|row| row.text("comment").as_deref() == Some("sallyport:banned callers")).unwrap();
    cast.sim.set("ip/firewall/filter", &ban.id, &[("src-address-list", "somebody-elses")]).unwrap();
    cast.sim.set("ppp/profile", "vpn", &[("address-list", "2fa-sandboxed,mine")]).unwrap();
    let undone = cast.undo().await;
    let left: Vec<_> = undone.left.iter().map(|words| words.say(Language::En)).collect();
    assert_eq!(left.len(), 3, "{left:?}");
    // The profile stays as it is, and so does the list that it names.
    assert!(left.iter().any(|words| words.contains("sallyport-vpn is left")), "{left:?}");
    assert!(left.iter().any(|words| words.contains("vpn") && words.contains("address-list")), "{left:?}");
    assert!(left.iter().any(|words| words.contains("banned callers")), "{left:?}");
    let profile = cast.sim.row("ppp/profile", "vpn").unwrap();
    assert_eq!(profile.text("address-list").as_deref(), Some("2fa-sandboxed,mine"));
    assert!(cast.sim.row("ip/firewall/filter", &ban.id).is_some());
    let others = cast.sim.rows("ip/firewall/filter");
    assert_eq!(others.len(), 10, "the factory's, the dummy and the edited one: {others:#?}");
    assert_eq!(cast.undo().await.left, [], "it is told once, and theirs from then on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_was_moved_weakened_or_removed_is_found_and_put_back() {
    let cast = Cast::of(bare("read,write,api")).await;
    cast.apply().await;
    let menu = "ip/firewall/filter";
    let find = |comment: &str| {
        let rows = cast.sim.rows(menu);
        rows.into_iter().find(|row| row.text("comment").as_deref() == Some(comment)).unwrap().id
    };
    let tunnel = cast.sim.connect("ivan", "l2tp", "203.0.113.7").unwrap();
    let sound = cast.passes(tunnel.address);
    assert_eq!(sound, [false; 4]);

    let ways: [(&str, &dyn Fn()); 7] = [
        ("moved below", &|| cast.sim.move_before(menu, &find("sallyport:from boxed tunnels"), None).unwrap()),
        ("switched off", &|| {
            cast.sim.set(menu, &find("sallyport:from boxed tunnels"), &[("disabled", "yes")]).unwrap();
        }),
        ("narrowed", &|| {
            cast.sim.set(menu, &find("sallyport:out: boxed"), &[("dst-address", "192.168.7.0/24")]).unwrap();
        }),
        ("narrowed by what few know", &|| {
            cast.sim.set(menu, &find("sallyport:out: boxed"), &[("tos", "min-delay")]).unwrap();
        }),
        ("removed", &|| cast.sim.remove(menu, &find("sallyport:in: boxed")).unwrap()),
        ("another list", &|| {
            cast.sim
                .set(menu, &find("sallyport:out: let through"), &[("src-address-list", "2fa-sandboxed")])
                .unwrap();
        }),
        ("overruled", &|| {
            let id = cast.sim.add(menu, &[("chain", "forward"), ("action", "accept")]).unwrap();
            let first = cast.sim.rows(menu)[1].id.clone();
            cast.sim.move_before(menu, &id, Some(&first)).unwrap();
        }),
    ];
    for (what, edit) in ways {
        edit();
        assert_ne!(cast.passes(tunnel.address), sound, "{what} opens the box");
        let plan = cast.plan().await;
        assert!(!plan.plan.is_clean(), "{what} is found");
        let applied = cast.apply().await;
        assert!(applied.plan.is_clean() && applied.failed.is_empty(), "{what}: {:?}", applied.failed);
        assert_eq!(cast.passes(tunnel.address), sound, "{what} is mended");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_there_before_is_not_ours_to_take_away() {
    let rule = [
        ("chain", "input"),
        ("action", "drop"),
        ("src-address-list", "2fa-banned"),
        ("comment", "sallyport:banned callers"),
    ];
    let cast = Cast::of(bare("read,write,api")).await;
    let id = cast.sim.add("ip/firewall/filter", &rule).unwrap();
    let before = cast.state();
    cast.apply().await;
    assert!(cast.undo().await.left.is_empty());
    assert!(cast.sim.row("ip/firewall/filter", &id).is_some());
    assert_eq!(cast.state(), before, "it stands where it stood");
}
