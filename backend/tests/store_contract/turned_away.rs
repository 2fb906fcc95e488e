//! Tunnels that were turned away: each is noted once a day, and they are found again in order.

use crate::cast::{World, at, tunnel, world};
use sallyport::store::{Store, records::TurnedAway, testing::Temporary};
use sallyport_shared::{policy::NotAdmitted, session::Boot};

const DAY: i64 = 86_400;

fn turned_away(world: &World, router_session_id: &str, seconds: i64) -> TurnedAway {
    TurnedAway {
        user: world.user,
        account: world.account,
        router: world.router,
        tunnel: tunnel(router_session_id),
        country: Some("FI".to_owned()),
        at: at(seconds),
        against: NotAdmitted::Country,
    }
}

async fn note(store: &Store, noted: &TurnedAway) {
    let mut tx = store.begin().await.unwrap();
    tx.note_turned_away(noted).await.unwrap();
    tx.commit().await.unwrap();
}

pub(crate) async fn a_tunnel_is_noted_once_a_day(store: Temporary) {
    let world = world(&store).await;
    let boris = world.neighbour(&store, "Boris").await;
    let first = turned_away(&world, "0x1", 0);
    note(&store, &first).await;
    // Seen again at every look, for as long as it stays.
    note(&store, &turned_away(&world, "0x1", 5)).await;
    note(&store, &turned_away(&world, "0x1", DAY - 1)).await;
    let all = async || store.read().await.unwrap().turned_away_since(at(0), None, 100).await.unwrap();
    assert_eq!(all().await, std::slice::from_ref(&first), "as it was noted, with everything");
    let other = turned_away(&world, "0x2", 6);
    let of_boris = TurnedAway { against: NotAdmitted::Hours, country: None, ..turned_away(&boris, "0x1", 7) };
    // The router has restarted and gives its ids out anew.
    let mut after_restart = turned_away(&world, "0x1", 8);
    after_restart.tunnel.boot = Boot(7);
    let next_day = turned_away(&world, "0x1", DAY);
    for noted in [&other, &of_boris, &after_restart, &next_day] {
        note(&store, noted).await;
    }
    note(&store, &TurnedAway { at: at(9), ..after_restart.clone() }).await;
    assert_eq!(all().await, [first, other, of_boris, after_restart, next_day]);
}

pub(crate) async fn those_turned_away_come_in_order_for_one_or_all(store: Temporary) {
    let world = world(&store).await;
    let boris = world.neighbour(&store, "Boris").await;
    // Not in the order in which they were seen.
    for (whose, number) in [(&world, 3), (&boris, 1), (&world, 4), (&world, 2), (&boris, 5)] {
        note(&store, &turned_away(whose, &format!("0x{number}"), number)).await;
    }
    let found = async |from, user, limit| {
        let found = store.read().await.unwrap().turned_away_since(at(from), user, limit).await.unwrap();
        found.into_iter().map(|noted| noted.at).collect::<Vec<_>>()
    };
    assert_eq!(found(0, None, 100).await, [1, 2, 3, 4, 5].map(at));
    assert_eq!(found(3, None, 100).await, [3, 4, 5].map(at), "from that moment on");
    assert_eq!(found(0, Some(world.user), 100).await, [2, 3, 4].map(at));
    assert_eq!(found(0, Some(world.user), 2).await, [3, 4].map(at), "the newest of them");
    assert_eq!(found(6, None, 100).await, []);
}
