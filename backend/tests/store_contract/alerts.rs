//! Alerts, drifts and bans: told of once, settled one by one, in force where and while they should be.

use crate::cast::{World, at, id, router, world};
use sallyport::store::{AlertKind, NewAlert, RouterMode, testing::Temporary};
use sallyport_shared::{ids::RouterId, reason::Reason};

fn alert(kind: AlertKind, router: RouterId, words: &str) -> NewAlert {
    let detail = Reason::Words { text: words.to_owned() };
    NewAlert { kind, user: None, session: None, router: Some(router), detail }
}

/// Another router.
async fn branch(store: &Temporary) -> RouterId {
    let branch = RouterId(id());
    let mut tx = store.begin().await.unwrap();
    tx.insert_router(&router(branch, "Branch")).await.unwrap();
    tx.commit().await.unwrap();
    branch
}

pub(crate) async fn an_alert_is_told_of_and_followed_once(store: Temporary) {
    let World { router, .. } = world(&store).await;
    let mut tx = store.begin().await.unwrap();
    let words = ["one", "two", "three"];
    for (seconds, words) in (0..).zip(words) {
        assert!(tx.raise_alert(&alert(AlertKind::Drift, router, words), at(seconds)).await.unwrap());
    }
    assert!(!tx.raise_alert(&alert(AlertKind::Drift, router, "two"), at(9)).await.unwrap(), "it stands open");
    let waiting = tx.unannounced_alerts(2).await.unwrap();
    assert_eq!(
        waiting.iter().map(|record| record.at).collect::<Vec<_>>(),
        [at(0), at(1)],
        "the oldest first"
    );
    let [first, second] = [waiting[0].id, waiting[1].id];
    assert!(tx.announce_alert(first, at(10)).await.unwrap());
    assert!(!tx.announce_alert(first, at(11)).await.unwrap(), "somebody else was quicker");
    assert!(tx.announce_alert(second, at(12)).await.unwrap());
    assert_eq!(tx.unannounced_alerts(9).await.unwrap().len(), 1);
    assert_eq!(tx.announcements_since(AlertKind::Drift, at(9)).await.unwrap(), [at(10), at(12)]);
    assert_eq!(
        tx.announcements_since(AlertKind::Drift, at(10)).await.unwrap(),
        [at(12)],
        "after that moment"
    );
    assert_eq!(tx.announcements_since(AlertKind::Denial, at(0)).await.unwrap(), [], "each kind by itself");

    assert_eq!(tx.unfollowed_alerts(9).await.unwrap(), [], "nothing came of any yet");
    assert!(tx.resolve_alert(second, at(20)).await.unwrap());
    assert!(!tx.resolve_alert(second, at(21)).await.unwrap());
    assert!(tx.resolve_alert(first, at(22)).await.unwrap());
    let settled = tx.unfollowed_alerts(9).await.unwrap();
    let settled: Vec<_> = settled.iter().map(|record| (record.id, record.resolved_at)).collect();
    assert_eq!(
        settled,
        [(second, Some(at(20))), (first, Some(at(22)))],
        "in the order in which they were settled"
    );
    assert_eq!(tx.unfollowed_alerts(1).await.unwrap().len(), 1);
    assert!(tx.follow_alert(second, at(30)).await.unwrap());
    assert!(!tx.follow_alert(second, at(31)).await.unwrap(), "told once");
    assert_eq!(tx.unfollowed_alerts(9).await.unwrap().len(), 1);
    assert_eq!(tx.open_alerts().await.unwrap().len(), 1);
    assert!(tx.raise_alert(&alert(AlertKind::Drift, router, "two"), at(40)).await.unwrap(), "it is back");
}

pub(crate) async fn drifts_are_settled_one_by_one(store: Temporary) {
    let World { router, .. } = world(&store).await;
    let branch = branch(&store).await;
    let gone = Reason::Words { text: "The allow entry of anna was missing".to_owned() };
    let mut tx = store.begin().await.unwrap();
    let words = "The allow entry of anna was missing";
    let stay = [
        alert(AlertKind::Drift, branch, words),
        alert(AlertKind::Drift, router, "Another one"),
        alert(AlertKind::CommandFailing, router, words),
    ];
    for alert in stay.iter().chain(&[alert(AlertKind::Drift, router, words)]) {
        assert!(tx.raise_alert(alert, at(0)).await.unwrap());
    }
    tx.resolve_drift(router, &gone, at(5)).await.unwrap();
    let open: Vec<NewAlert> = tx.open_alerts().await.unwrap().into_iter().map(|open| open.alert).collect();
    assert_eq!(open.len(), stay.len());
    assert!(stay.iter().all(|alert| open.contains(alert)), "{open:#?}");
    tx.resolve_drift(router, &gone, at(9)).await.unwrap();
    let settled = tx.unfollowed_alerts(9).await.unwrap();
    assert_eq!(
        settled.iter().map(|record| record.resolved_at).collect::<Vec<_>>(),
        [Some(at(5))],
        "settled once"
    );
}

pub(crate) async fn bans_hold_on_their_router_for_their_time(store: Temporary) {
    let World { router, user, .. } = world(&store).await;
    let branch = branch(&store).await;
    let (home, why) = ("198.51.100.7", Reason::TooManyUnconfirmed);
    let mut tx = store.begin().await.unwrap();
    let ban = tx.insert_ban(router, home, &why, Some(at(100)), Some(user), at(0)).await.unwrap();
    for (router, address, seconds, banned) in [
        (router, home, 0, true),
        (router, home, 99, true),
        (router, home, 100, false),
        (branch, home, 50, false),
        (router, "198.51.100.8", 50, false),
    ] {
        let found = tx.is_banned(router, address, at(seconds)).await.unwrap();
        assert_eq!(found, banned, "{address} on {router} at {seconds}");
    }
    assert!(tx.remove_ban(ban.id, at(10)).await.unwrap());
    assert!(!tx.remove_ban(ban.id, at(11)).await.unwrap());
    assert!(!tx.is_banned(router, home, at(12)).await.unwrap(), "lifted");
    tx.insert_ban(router, home, &why, None, None, at(20)).await.unwrap();
    assert!(tx.is_banned(router, home, at(1_000_000)).await.unwrap(), "without an end");
    tx.end_ban(router, home, at(30)).await.unwrap();
    assert!(!tx.is_banned(router, home, at(31)).await.unwrap());
}

pub(crate) async fn what_an_alert_about_a_ban_speaks_of_is_found(store: Temporary) {
    let World { router, user, .. } = world(&store).await;
    let branch = branch(&store).await;
    let why = Reason::TooManyUnconfirmed;
    let mut tx = store.begin().await.unwrap();
    for (router, address, user, seconds) in [
        (router, "198.51.100.1", Some(user), 9),
        (router, "198.51.100.2", Some(user), 10),
        (router, "198.51.100.3", None, 11),
        (branch, "198.51.100.4", Some(user), 12),
        (router, "198.51.100.5", Some(user), 13),
        (router, "198.51.100.6", Some(user), 20),
    ] {
        tx.insert_ban(router, address, &why, Some(at(seconds + 1)), user, at(seconds)).await.unwrap();
    }
    for (before, expected) in [
        (Some(at(20)), &["198.51.100.2", "198.51.100.5"][..]),
        (None, &["198.51.100.2", "198.51.100.5", "198.51.100.6"][..]),
        (Some(at(10)), &[][..]),
    ] {
        let made = tx.bans_made_for(user, router, at(10), before).await.unwrap();
        let made: Vec<_> = made.iter().map(|ban| ban.address.as_str()).collect();
        assert_eq!(made, expected, "before {before:?}");
    }

    let about = |kind, router, words| NewAlert { user: Some(user), ..alert(kind, router, words) };
    for (raised, seconds) in [
        (about(AlertKind::Ban, router, "one"), 10),
        (about(AlertKind::Denial, router, "another kind"), 11),
        (about(AlertKind::Ban, branch, "elsewhere"), 12),
        (alert(AlertKind::Ban, router, "of nobody"), 13),
        (about(AlertKind::Ban, router, "two"), 20),
        (about(AlertKind::Ban, router, "three"), 30),
    ] {
        assert!(tx.raise_alert(&raised, at(seconds)).await.unwrap());
    }
    let second = tx.open_alerts().await.unwrap().into_iter().find(|open| open.at == at(20)).unwrap();
    assert!(tx.resolve_alert(second.id, at(40)).await.unwrap());
    for (after, next) in [(9, Some(at(10))), (10, Some(at(20))), (20, Some(at(30))), (30, None)] {
        let found = tx.next_alert(AlertKind::Ban, user, router, at(after)).await.unwrap();
        assert_eq!(found, next, "after {after}");
    }
}

pub(crate) async fn a_router_is_written_to_as_its_settings_are(store: Temporary) {
    let world = world(&store).await;
    let branch = branch(&store).await;
    let mut tx = store.begin().await.unwrap();
    assert!(tx.is_enforced(world.router).await.unwrap());
    assert!(!tx.is_enforced(RouterId(id())).await.unwrap(), "of no router");
    for (mode, enabled, enforced) in [
        (RouterMode::Observe, true, false),
        (RouterMode::Enforce, false, false),
        (RouterMode::Enforce, true, true),
    ] {
        let mut router = tx.router(world.router).await.unwrap().unwrap();
        (router.mode, router.enabled) = (mode, enabled);
        tx.save_router(&router).await.unwrap();
        assert_eq!(tx.is_enforced(world.router).await.unwrap(), enforced, "{mode:?} {enabled}");
    }
    assert_eq!(tx.enforced_since(world.router).await.unwrap(), None, "always");
    tx.set_enforced(world.router, at(4)).await.unwrap();
    assert_eq!(tx.enforced_since(world.router).await.unwrap(), Some(at(4)));
    assert!(tx.delete_router(branch, at(5)).await.unwrap());
    assert!(!tx.is_enforced(branch).await.unwrap(), "deleted");
}
