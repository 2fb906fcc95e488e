//! Accounts that are kept in the User Manager, of either version: the same story as with PPP secrets.

use crate::{
    cast::{ALLOW, Cast, SANDBOX},
    steps::{answer, is_open, opened, wait_drift},
};
use sallyport_shared::session::{Answer, Event, Session, SessionState};
use sim::routeros::{RouterSim, Row};

async fn a_session_from_the_grant_to_the_end(version: &str, menu: &'static str, name: &'static str) {
    let mut anna = vec![("disabled", "yes"), (name, "anna"), ("password", "pass")];
    if name == "username" {
        anna.push(("customer", "admin"));
    }
    let router = RouterSim::builder()
        .version(version)
        .user("sallyport", "secret", "read,write,api")
        .user_manager()
        .row(menu, &anna)
        .start()
        .await
        .unwrap();
    let cast = Cast::assemble_around(router, &[], true).await;
    let is_enabled = || {
        let users = cast.router.rows(menu);
        users.iter().any(|user| user.text(name).as_deref() == Some("anna") && !user.is("disabled"))
    };
    let (_, _, account) = cast.person(101, "Anna", "anna").await;
    assert!(!is_enabled() && cast.router.connect("anna", "l2tp", "203.0.113.7").is_err());
    let by = || Cast::admin_actor("story");
    cast.happen(account, Event::Ask { by: by(), seconds: None }).await.unwrap();
    cast.wait_session("the account to be read back", |session| session.account_ready).await;
    assert!(is_enabled(), "RouterOS {version}");
    let tunnel = cast.router.connect("anna", "l2tp", "203.0.113.7").unwrap();
    cast.wait_session("the question", |session| session.state == SessionState::Confirming).await;
    answer(&cast, account, Answer::Confirm).await;
    cast.wait_session("the door to be open", is_open).await;
    assert_eq!(cast.router.address_list(ALLOW), [tunnel.address.to_string()]);
    cast.happen(account, Event::End { by: by() }).await.unwrap();
    cast.wait_session("the end to be told", |session| session.end_told).await;
    assert!(!is_enabled() && cast.router.tunnels().is_empty() && cast.router.address_list(ALLOW).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_of_user_manager_7_is_enabled_for_its_session() {
    a_session_from_the_grant_to_the_end("7.22.3", "user-manager/user", "name").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_of_user_manager_6_is_enabled_for_its_session() {
    a_session_from_the_grant_to_the_end("6.49.10", "tool/user-manager/user", "username").await;
}

/// A router with two accounts of a name: a secret, and one of its User Manager.
async fn twice(version: &str) -> RouterSim {
    let (menu, name) = user_manager(version);
    let mut user = vec![("disabled", "yes"), (name, "ivan"), ("password", "pass")];
    if name == "username" {
        user.push(("customer", "admin"));
    } else {
        user.push(("attributes", "Mikrotik-Group:vpn"));
    }
    let profile = [
        ("name", "vpn"),
        ("local-address", "10.8.0.1"),
        ("remote-address", "vpn"),
        ("address-list", SANDBOX),
    ];
    RouterSim::builder()
        .version(version)
        .user("sallyport", "secret", "read,write,api")
        .user_manager()
        .row("ppp/profile", &profile)
        .row("ppp/secret", &[("name", "ivan"), ("profile", "vpn"), ("disabled", "yes")])
        .row(menu, &user)
        .start()
        .await
        .unwrap()
}

fn user_manager(version: &str) -> (&'static str, &'static str) {
    if version.starts_with('7') {
        ("user-manager/user", "name")
    } else {
        ("tool/user-manager/user", "username")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_accounts_of_a_name_one_is_switched_on_and_both_are_switched_off() {
    for version in ["7.22.3", "6.49.10"] {
        let cast = Cast::assemble_around(twice(version).await, &[], true).await;
        let (menu, _) = user_manager(version);
        let all_off = |rows: &[Row]| rows.iter().all(|row| row.is("disabled"));
        let off = |menu: &str| all_off(&cast.router.rows(menu));
        let (account, tunnel) = opened(&cast).await;
        assert!(cast.account_enabled("ivan") && off(menu), "the router looks among its secrets first");
        assert_eq!(cast.router.address_list(ALLOW), [tunnel.address.to_string()]);

        // Somebody opens the other door: the first one is what was wished for, and both go with the session.
        let user = cast.router.rows(menu)[0].id.clone();
        cast.router.set(menu, &user, &[("disabled", "no")]).unwrap();
        let end = Event::End { by: Cast::admin_actor("story") };
        cast.happen(account, end).await.unwrap();
        cast.wait_session("the end to be told", |session| session.end_told).await;
        assert!(off("ppp/secret") && off(menu), "RouterOS {version}: no door is left");
        assert!(cast.router.connect("ivan", "l2tp", "203.0.113.7").is_err());
        assert!(cast.router.tunnels().is_empty() && cast.router.address_list(ALLOW).is_empty());

        // By hand, while nobody may come in: found by the comparison, and closed.
        cast.router.set(menu, &user, &[("disabled", "no")]).unwrap();
        cast.wait_router("the door to be closed again", |state| all_off(&state.rows(menu))).await;
        assert!(wait_drift(&cast, "The account ivan was found enabled").await.1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tunnel_of_either_account_of_a_name_is_the_persons_and_is_cut_alone() {
    let cast = Cast::assemble_around(twice("7.22.3").await, &[], true).await;
    cast.policy(|policy| policy.max_tunnels = 2).await;
    let (account, first) = opened(&cast).await;
    // The secret is switched off by hand for a moment: the router asks its User Manager about the next one.
    let user = cast.router.rows("user-manager/user")[0].id.clone();
    cast.router.set("user-manager/user", &user, &[("disabled", "no")]).unwrap();
    cast.router.set("ppp/secret", "ivan", &[("disabled", "yes")]).unwrap();
    let second = cast.router.connect("ivan", "sstp", "203.0.113.8").unwrap();
    assert!(second.radius && !first.radius);
    let both = |session: &Session| session.live_connections().count() == 2;
    let session = cast.wait_session("both tunnels", both).await;
    let of_second = session.live_connections().find(|c| c.tunnel.router_session_id == second.session_id);
    let connection = of_second.expect("it is asked about").id;
    assert_eq!(cast.router.address_list(ALLOW), [first.address.to_string()], "a tunnel of its own");
    let by = Cast::admin_actor("story");
    cast.happen(account, Event::Disconnect { connection, by }).await.unwrap();
    cast.wait_router("the second one to be cut", |router| {
        router.tunnels().iter().map(|tunnel| &tunnel.session_id).eq([&first.session_id])
    })
    .await;
    assert_eq!(cast.router.address_list(ALLOW), [first.address.to_string()], "the first one stays");
    cast.happen(account, Event::End { by: Cast::admin_actor("story") }).await.unwrap();
    cast.wait_session("the end to be told", |session| session.end_told).await;
    assert!(cast.router.tunnels().is_empty());
    assert!(cast.router.rows("user-manager/user").iter().all(|row| row.is("disabled")));
    assert!(!cast.account_enabled("ivan"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_kept_in_two_encodings_is_shut_in_both() {
    let names: [&[u8]; 2] = ["иван".as_bytes(), b"\xe8\xe2\xe0\xed"];
    // Whichever comes last in the table.
    for names in [names, [names[1], names[0]]] {
        let mut builder = RouterSim::builder().user("sallyport", "secret", "read,write,api");
        for (name, disabled) in names.into_iter().zip([b"no".as_slice(), b"yes"]) {
            builder = builder.row("ppp/secret", &[("name", name), ("disabled", disabled)]);
        }
        let cast = Cast::assemble_around(builder.start().await.unwrap(), &[], true).await;
        let open = |router: &sim::routeros::State<'_>| {
            router.rows("ppp/secret").iter().filter(|row| !row.is("disabled")).count()
        };
        let (_, _, account) = cast.person(101, "Ivan", "иван").await;
        let by = || Cast::admin_actor("story");
        cast.happen(account, Event::Ask { by: by(), seconds: None }).await.unwrap();
        cast.wait_session("the account to be read back", |session| session.account_ready).await;
        // Somebody enables both by hand.
        for row in cast.router.rows("ppp/secret") {
            cast.router.set("ppp/secret", &row.id, &[("disabled", "no")]).unwrap();
        }
        cast.happen(account, Event::End { by: by() }).await.unwrap();
        cast.wait_router("both to be shut", |router| open(router) == 0).await;
        // One of them is enabled by hand, and found again whichever it is.
        let first =
            cast.router.rows("ppp/secret").into_iter().find(|row| row.bytes("name") == Some(names[0]));
        cast.router.set("ppp/secret", &first.unwrap().id, &[("disabled", "no")]).unwrap();
        cast.wait_router("it to be shut again", |router| open(router) == 0).await;
    }
}
