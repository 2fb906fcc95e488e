//! Accounts that are made, given another password and removed on routers of all three kinds, and everything that is
//! refused; against simulated routers, without workers.

use crate::{
    accounts::{add_router, closed_port},
    cast::{Cast, Console, Refused, on_each},
    people::create,
};
use sallyport::store::{records::Role, testing};
use serde_json::{Value, json};
use sim::routeros::{Builder, Fault, FaultKind, RouterSim, Row};
use std::{
    io::Write,
    sync::{Arc, Mutex},
};

const CREATE: &str =
    "mutation($r: ID!, $n: String!, $p: String!, $f: String, $s: AccountSource) { createRouterAccount(routerId: $r,
    username: $n, password: $p, profile: $f, source: $s)
    { username source enabled wished profile comment linkedTo { id } } }";
const PASSWORD: &str =
    "mutation($r: ID!, $n: String!, $p: String!, $s: AccountSource) { setRouterAccountPassword(routerId: $r,
    username: $n, password: $p, source: $s) { username enabled } }";
const DELETE: &str =
    "mutation($r: ID!, $n: String!, $s: AccountSource) { deleteRouterAccount(routerId: $r, username: $n,
    source: $s) }";

/// Passwords that stand nowhere else.
const FIRST: &str = "Qz7-first-W4";
const SECOND: &str = "Qz7-second-W4";

/// A router with two profiles, of which one boxes.
fn furnished(version: &str) -> Builder {
    RouterSim::builder().version(version).user("sallyport", "secret", "read,write,api").row(
        "ppp/profile",
        &[
            ("name", "vpn"),
            ("local-address", "10.8.0.1"),
            ("remote-address", "vpn"),
            ("address-list", "2fa-sandboxed"),
        ],
    )
}

/// Lets accounts be managed.
async fn allow(console: &Console) {
    let set =
        "mutation { updateSettings(input: { allowAccountManagement: true }) { allowAccountManagement } }";
    console.ask(set, json!({})).await;
}

fn of(router: &Value, name: &str) -> Value {
    json!({ "r": router, "n": name, "p": FIRST })
}

fn with(mut variables: Value, key: &str, value: &str) -> Value {
    variables[key] = value.into();
    variables
}

/// The row of an account.
fn account(sim: &RouterSim, menu: &str, name: &str) -> Option<Row> {
    let key = if menu.starts_with("tool/") { "username" } else { "name" };
    let mut rows = sim.rows(menu).into_iter().filter(|row| row.text(key).as_deref() == Some(name));
    let row = rows.next();
    assert!(rows.next().is_none(), "{name} is there twice");
    row
}

fn password_of(sim: &RouterSim, menu: &str, name: &str) -> String {
    account(sim, menu, name)
        .and_then(|row| row.text("password").map(|text| text.into_owned()))
        .unwrap_or_default()
}

/// What the audit says of accounts: action and detail, the oldest first.
async fn audit(console: &Console) -> Vec<(String, String)> {
    let query = "{ auditEvents(first: 100) { edges { node { action detail actor } } } }";
    let all = console.ask(query, json!({})).await;
    let mut rows: Vec<_> = all["auditEvents"]["edges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|edge| &edge["node"])
        .filter(|node| node["action"].as_str().unwrap().starts_with("router-account."))
        .inspect(|node| assert!(node["actor"].as_str().unwrap().starts_with("admin:"), "{node:#}"))
        .map(|node| {
            let text = |key: &str| node[key].as_str().unwrap_or_default().to_owned();
            (text("action"), text("detail"))
        })
        .collect();
    rows.reverse();
    rows
}

/// Is the text in any file of the server's (the database, its log, whatever) or anywhere in its PostgreSQL database?
async fn is_kept(cast: &Cast, text: &str) -> bool {
    let config = &cast.app.config;
    let in_files = std::fs::read_dir(&config.data_dir).unwrap().any(|file| {
        let bytes = std::fs::read(file.unwrap().path()).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    });
    if in_files || !config.database_url.starts_with("postgres") {
        return in_files;
    }
    let all = testing::contents(&config.database_url).await.unwrap();
    let bytes: String = text.bytes().map(|byte| format!("{byte:02X}")).collect();
    all.contains(text) || all.to_uppercase().contains(&bytes)
}

/// One account from the first to the last, where `menu` keeps it.
async fn from_first_to_last(cast: &Cast, sim: &RouterSim, menu: &str, source: &str) {
    let owner = cast.owner().await;
    allow(&owner).await;
    let router = add_router(&owner, sim.addr().port()).await;
    let name = "Анна Орлова";
    let made = owner.ask(CREATE, of(&router, name)).await["createRouterAccount"].clone();
    assert_eq!(
        (&made["username"], &made["source"], &made["enabled"]),
        (&json!(name), &json!(source), &json!(false)),
        "{made:#}"
    );
    let row = account(sim, menu, name).expect("it is on the router");
    assert!(row.is("disabled"), "closed until somebody is given access");
    if source == "PPP_SECRET" {
        assert_eq!((made["profile"].as_str(), row.text("profile").as_deref()), (Some("vpn"), Some("vpn")));
    }
    assert_eq!(password_of(sim, menu, name), FIRST);
    let again = owner.refused(CREATE, with(of(&router, name), "p", SECOND)).await;
    assert_eq!(again.code, "CONFLICT");
    assert!(again.message.contains(name) && again.message.contains("already"), "{}", again.message);
    assert_eq!(password_of(sim, menu, name), FIRST, "what is there is not touched");
    owner.ask(PASSWORD, with(of(&router, name), "p", SECOND)).await;
    assert_eq!(password_of(sim, menu, name), SECOND);
    assert!(account(sim, menu, name).unwrap().is("disabled"), "still closed");
    let gone = owner.ask(DELETE, of(&router, name)).await;
    assert_eq!(gone["deleteRouterAccount"], name);
    assert!(account(sim, menu, name).is_none());
    assert_eq!(owner.refused(DELETE, of(&router, name)).await.code, "NOT_FOUND");
    assert_eq!(owner.refused(PASSWORD, of(&router, name)).await.code, "NOT_FOUND");
    let told = audit(&owner).await;
    let actions: Vec<&str> = told.iter().map(|(action, _)| action.as_str()).collect();
    let verbs = ["create", "password", "delete"];
    let expected: Vec<String> = verbs
        .iter()
        .flat_map(|verb| [format!("router-account.{verb}"), format!("router-account.{verb}.done")])
        .collect();
    assert_eq!(actions, expected);
    assert!(told.iter().all(|(_, detail)| detail.contains(name) && detail.contains("hq")), "{told:#?}");
    assert!(is_kept(cast, name).await, "what is kept is found");
    for password in [FIRST, SECOND] {
        assert!(!is_kept(cast, password).await, "the password is in the server's files");
        assert!(told.iter().all(|(_, detail)| !detail.contains(password)), "{told:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_made_given_a_password_and_removed() {
    on_each(async |cast| {
        let sim = furnished("7.22.3").start().await.unwrap();
        from_first_to_last(&cast, &sim, "ppp/secret", "PPP_SECRET").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_of_user_manager_7_is_made_given_a_password_and_removed() {
    on_each(async |cast| {
        let sim = furnished("7.22.3").user_manager().start().await.unwrap();
        from_first_to_last(&cast, &sim, "user-manager/user", "USER_MANAGER_7").await;
        assert!(sim.rows("ppp/secret").is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_of_user_manager_6_is_made_given_a_password_and_removed() {
    on_each(async |cast| {
        let sim = furnished("6.49.10")
            .user_manager()
            .row("tool/user-manager/user", &[("customer", "office"), ("username", "boris")])
            .start()
            .await
            .unwrap();
        from_first_to_last(&cast, &sim, "tool/user-manager/user", "USER_MANAGER_6").await;
        let add = sim.journal().into_iter().find(|entry| entry.command == "/tool/user-manager/user/add");
        assert_eq!(
            add.unwrap().attribute("customer"),
            Some("office"),
            "it belongs to whom the others belong"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tunnel_that_nobody_owns_is_cut_with_its_account() {
    let cast = Cast::on_sqlite(&[]).await;
    let owner = cast.owner().await;
    allow(&owner).await;
    let sim = furnished("7.22.3").secret("guest").start().await.unwrap();
    let router = add_router(&owner, sim.addr().port()).await;
    // There is no worker that would cut it.
    sim.connect("guest", "l2tp", "203.0.113.9").unwrap();
    owner.ask(DELETE, of(&router, "guest")).await;
    assert!(account(&sim, "ppp/secret", "guest").is_none() && sim.tunnels().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn profiles_are_those_of_the_place() {
    let cast = Cast::on_sqlite(&[]).await;
    let owner = cast.owner().await;
    allow(&owner).await;
    let seven = furnished("7.22.3")
        .user_manager()
        .row("user-manager/profile", &[("name", "gold")])
        .row("ppp/secret", &[("name", "boris"), ("profile", "default")])
        .start()
        .await
        .unwrap();
    let router = add_router(&owner, seven.addr().port()).await;
    let query = "query($r: ID!) { router(id: $r) { accountPlaces { source profiles { name boxed } } } }";
    let places = owner.ask(query, json!({ "r": router })).await["router"]["accountPlaces"].clone();
    assert_eq!(
        places[0],
        json!({ "source": "USER_MANAGER_7", "profiles": [{ "name": "gold", "boxed": null }] })
    );
    assert_eq!(places[1]["source"], "PPP_SECRET");
    assert_eq!(places[1]["profiles"][0], json!({ "name": "vpn", "boxed": true }), "what boxes comes first");
    assert_eq!(places[1]["profiles"][1], json!({ "name": "default", "boxed": false }));

    let made = owner.ask(CREATE, with(of(&router, "anna"), "f", "gold")).await;
    assert_eq!(made["createRouterAccount"]["profile"], "gold");
    assert_eq!(seven.rows("user-manager/user-profile").len(), 1);
    let query = "query($r: ID!) { router(id: $r) { accounts { username profile } } }";
    let listed = owner.ask(query, json!({ "r": router })).await["router"]["accounts"].clone();
    let anna = json!({ "username": "anna", "profile": "gold" });
    assert!(listed.as_array().unwrap().contains(&anna), "in the list, too: {listed}");
    let secret = with(with(of(&router, "vera"), "s", "PPP_SECRET"), "f", "default");
    let made = owner.ask(CREATE, secret).await["createRouterAccount"].clone();
    assert_eq!((&made["source"], &made["profile"]), (&json!("PPP_SECRET"), &json!("default")));
    let before = seven.writes();
    for (profile, source) in [("vpn", "USER_MANAGER_7"), ("gold", "PPP_SECRET"), ("no", "PPP_SECRET")] {
        let wanted = with(with(of(&router, "gleb"), "s", source), "f", profile);
        let refused = owner.refused(CREATE, wanted).await;
        assert_eq!((refused.code.as_str(), refused.field.as_deref()), ("VALIDATION", Some("profile")));
        assert!(refused.message.contains(profile), "{}", refused.message);
    }
    let elsewhere = owner.refused(CREATE, with(of(&router, "gleb"), "s", "USER_MANAGER_6")).await;
    assert_eq!((elsewhere.code.as_str(), elsewhere.field.as_deref()), ("VALIDATION", Some("source")));
    assert_eq!(seven.writes(), before, "nothing was written");
    owner.ask(DELETE, of(&router, "anna")).await;
    assert!(seven.rows("user-manager/user-profile").is_empty(), "its profile went with it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_of_user_manager_6_is_activated() {
    let cast = Cast::on_sqlite(&[]).await;
    let owner = cast.owner().await;
    allow(&owner).await;
    let six = furnished("6.49.10")
        .user_manager()
        .row("tool/user-manager/profile", &[("name", "gold")])
        .start()
        .await
        .unwrap();
    let router = add_router(&owner, six.addr().port()).await;
    owner.ask(CREATE, with(of(&router, "anna"), "f", "gold")).await;
    let query = "query($r: ID!) { router(id: $r) { accounts { username profile } } }";
    let listed = owner.ask(query, json!({ "r": router })).await["router"]["accounts"].clone();
    let anna = json!({ "username": "anna", "profile": "gold" });
    assert!(listed.as_array().unwrap().contains(&anna), "in the list, too: {listed}");
    let row = account(&six, "tool/user-manager/user", "anna").unwrap();
    assert_eq!(row.text("actual-profile").as_deref(), Some("gold"));
    assert!(row.is("disabled"));
}

/// Every way in which this administrator could change accounts, refused.
async fn refusals(console: &Console, router: &Value, name: &str) -> Vec<Refused> {
    let mut all = vec![console.refused(CREATE, of(router, "newcomer")).await];
    for mutation in [PASSWORD, DELETE] {
        all.push(console.refused(mutation, of(router, name)).await);
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_and_what_may_not_be_written_to_is_left_alone() {
    on_each(async |cast| {
        let owner = cast.owner().await;
        let sim = furnished("7.22.3").secret("boris").start().await.unwrap();
        let router = add_router(&owner, sim.addr().port()).await;
        let none = sim.writes();
        for refused in refusals(&owner, &router, "boris").await {
            assert_eq!(refused.code, "CONFLICT", "not before the settings allow it");
            assert!(refused.message.contains("settings"), "{}", refused.message);
        }
        allow(&owner).await;
        for (name, role) in [("vera", Role::Viewer), ("petra", Role::Operator)] {
            let console = cast.admin(name, role).await;
            for refused in refusals(&console, &router, "boris").await {
                assert_eq!(refused.code, "FORBIDDEN", "{name}");
            }
        }
        for refused in refusals(&cast.anonymous(), &router, "boris").await {
            assert_eq!(refused.code, "UNAUTHENTICATED");
        }
        let update = "mutation($id: ID!, $i: RouterInput!) { updateRouter(id: $id, input: $i) { id } }";
        for (input, word) in [
            (json!({ "mode": "OBSERVE" }), "only watched"),
            (json!({ "mode": "ENFORCE", "enabled": false }), "switched off"),
        ] {
            owner.ask(update, json!({ "id": router, "i": input })).await;
            for refused in refusals(&owner, &router, "boris").await {
                assert_eq!(refused.code, "CONFLICT");
                assert!(refused.message.contains(word), "{}", refused.message);
            }
        }
        assert_eq!(sim.writes(), none, "not one write: {:#?}", sim.journal());
        assert!(audit(&owner).await.is_empty(), "nothing was decided");
        let unknown = json!("00000000-0000-0000-0000-000000000000");
        assert_eq!(owner.refused(CREATE, of(&unknown, "x")).await.code, "NOT_FOUND");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_passwords_that_cannot_work_are_refused_with_words() {
    let cast = Cast::on_sqlite(&[]).await;
    let owner = cast.owner().await;
    allow(&owner).await;
    let sim = furnished("7.22.3").start().await.unwrap();
    let router = add_router(&owner, sim.addr().port()).await;
    let long = "x".repeat(254);
    for name in ["", "  ", " anna", "anna ", "an\nna", "*1", long.as_str()] {
        let refused = owner.refused(CREATE, of(&router, name)).await;
        assert_eq!(
            (refused.code.as_str(), refused.field.as_deref()),
            ("VALIDATION", Some("username")),
            "{name:?}"
        );
    }
    let long = "x".repeat(129);
    for password in ["", " ", "7letter", "пароль", "a\tb", "end ", long.as_str()] {
        for mutation in [CREATE, PASSWORD] {
            let refused = owner.refused(mutation, with(of(&router, "anna"), "p", password)).await;
            let found = (refused.code.as_str(), refused.field.as_deref());
            assert_eq!(found, ("VALIDATION", Some("password")), "{password:?}");
        }
    }
    assert_eq!(sim.writes(), 0);
    // In the language of the one who asks.
    let russian = "mutation { setPreferences(input: { language: RU }) { language } }";
    owner.ask(russian, json!({})).await;
    let refused = owner.refused(CREATE, of(&router, "*1")).await;
    assert!(refused.message.contains("звёздочки"), "{}", refused.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_in_another_encoding_or_place_is_taken_all_the_same() {
    let cast = Cast::on_sqlite(&[]).await;
    let owner = cast.owner().await;
    allow(&owner).await;
    // “иван” as WinBox on Windows writes it, and a user of the User Manager.
    let (name, cyrillic): (&str, &[u8]) = ("name", &[0xE8, 0xE2, 0xE0, 0xED]);
    let sim = furnished("7.22.3")
        .user_manager()
        .row("ppp/secret", &[(name, cyrillic)])
        .row("user-manager/user", &[("name", "petr"), ("password", "old")])
        .start()
        .await
        .unwrap();
    let router = add_router(&owner, sim.addr().port()).await;
    for source in ["PPP_SECRET", "USER_MANAGER_7"] {
        for name in ["иван", "petr"] {
            let refused = owner.refused(CREATE, with(of(&router, name), "s", source)).await;
            assert_eq!(refused.code, "CONFLICT", "{name} {source}: {}", refused.message);
        }
    }
    assert_eq!(sim.writes(), 0);
    owner.ask(DELETE, of(&router, "иван")).await;
    assert!(sim.rows("ppp/secret").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_accounts_of_a_name_it_has_to_be_said_which_one() {
    let cast = Cast::on_sqlite(&[]).await;
    let owner = cast.owner().await;
    allow(&owner).await;
    let both = [("name", "boris"), ("password", "old")];
    let sim = furnished("7.22.3")
        .user_manager()
        .row("ppp/secret", &both)
        .row("user-manager/user", &both)
        .start()
        .await
        .unwrap();
    let router = add_router(&owner, sim.addr().port()).await;
    let person = create(&owner, "Boris").await;
    let link =
        "mutation($u: ID!, $r: ID!) { linkAccount(userId: $u, routerId: $r, username: \"boris\") { id } }";
    owner.ask(link, json!({ "u": person, "r": router })).await;
    for mutation in [PASSWORD, DELETE] {
        let refused = owner.refused(mutation, of(&router, "boris")).await;
        assert_eq!(refused.code, "CONFLICT");
        assert!(refused.message.contains("which one"), "{}", refused.message);
    }
    owner.ask(PASSWORD, with(of(&router, "boris"), "s", "USER_MANAGER_7")).await;
    assert_eq!(password_of(&sim, "user-manager/user", "boris"), FIRST);
    assert_eq!(password_of(&sim, "ppp/secret", "boris"), "old");
    owner.ask(DELETE, with(of(&router, "boris"), "s", "PPP_SECRET")).await;
    assert!(account(&sim, "ppp/secret", "boris").is_none());
    assert!(account(&sim, "user-manager/user", "boris").is_some());
    let owned = "query($u: ID!) { user(id: $u) { accounts { username } } }";
    let theirs = owner.ask(owned, json!({ "u": person })).await;
    assert_eq!(theirs["user"]["accounts"], json!([{ "username": "boris" }]), "the name is still there");
    owner.ask(DELETE, of(&router, "boris")).await;
    let theirs = owner.ask(owned, json!({ "u": person })).await;
    assert_eq!(theirs["user"]["accounts"], json!([]), "the name is gone");
}

/// The second account of the name could let its owner in: as long as it cannot be read whether it is there, nobody forgets
/// whose it is.
#[tokio::test(flavor = "multi_thread")]
async fn whose_a_name_was_is_not_forgotten_while_it_cannot_be_read_whether_it_is_gone() {
    let cast = Cast::on_sqlite(&[]).await;
    let owner = cast.owner().await;
    allow(&owner).await;
    let mut sim = furnished("7.22.3").user_manager();
    for name in ["vera", "boris"] {
        let both = [("name", name), ("password", "old")];
        sim = sim.row("ppp/secret", &both).row("user-manager/user", &both);
    }
    let sim = sim.start().await.unwrap();
    let router = add_router(&owner, sim.addr().port()).await;
    let person = create(&owner, "Boris").await;
    let link =
        "mutation($u: ID!, $r: ID!) { linkAccount(userId: $u, routerId: $r, username: \"boris\") { id } }";
    owner.ask(link, json!({ "u": person, "r": router })).await;
    let secret = |name: &str| with(of(&router, name), "s", "PPP_SECRET");
    // How often the other table is read for one removal: the last time is the one that counts.
    let read = "/user-manager/user/print";
    let reads = || sim.journal().iter().filter(|entry| entry.command == read).count();
    let before = reads();
    owner.ask(DELETE, secret("vera")).await;
    let last = u64::try_from(reads() - before).unwrap() - 1;
    let no = FaultKind::Trap { message: "failure: timeout".to_owned() };
    sim.fault(Fault::new(no).on(read).after(last).times(1));
    let removed = owner.ask(DELETE, secret("boris")).await;
    assert_eq!((&removed["deleteRouterAccount"], sim.pending_faults()), (&json!("boris"), 0));
    assert!(account(&sim, "ppp/secret", "boris").is_none());
    let owned = "query($u: ID!) { user(id: $u) { accounts { username } } }";
    let theirs = owner.ask(owned, json!({ "u": person })).await;
    assert_eq!(theirs["user"]["accounts"], json!([{ "username": "boris" }]), "it may still be there");
    let told = audit(&owner).await;
    assert_eq!(told.last().unwrap().0, "router-account.delete.left", "{told:#?}");
    // Found out before the next change, which removes the other one.
    owner.ask(DELETE, of(&router, "boris")).await;
    assert!(account(&sim, "user-manager/user", "boris").is_none());
    let theirs = owner.ask(owned, json!({ "u": person })).await;
    assert_eq!(theirs["user"]["accounts"], json!([]), "the name is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_was_linked_before_it_was_there_is_as_its_owners_policy_says() {
    let cast = Cast::on_sqlite(&[]).await;
    let owner = cast.owner().await;
    allow(&owner).await;
    let router = add_router(&owner, closed_port()).await;
    let person = create(&owner, "Anna").await;
    let link =
        "mutation($u: ID!, $r: ID!) { linkAccount(userId: $u, routerId: $r, username: \"anna\") { id } }";
    owner.ask(link, json!({ "u": person, "r": router })).await;
    let always = "mutation { createPolicy(input: { name: \"Always\", accessMode: ALWAYS }) { id } }";
    let policy = owner.ask(always, json!({})).await["createPolicy"]["id"].clone();
    let update = "mutation($id: ID!, $p: ID!) { updateUser(id: $id, input: { policyId: $p }) { id } }";
    owner.ask(update, json!({ "id": person, "p": policy })).await;
    let sim = furnished("7.22.3").start().await.unwrap();
    let found = "mutation($id: ID!, $p: Int!) { updateRouter(id: $id, input: { port: $p, password: \"secret\" }) { id } }";
    owner.ask(found, json!({ "id": router, "p": sim.addr().port() })).await;
    let made = owner.ask(CREATE, of(&router, "anna")).await["createRouterAccount"].clone();
    assert_eq!((&made["enabled"], &made["wished"]), (&json!(false), &json!(true)), "{made:#}");
    assert_eq!(made["linkedTo"]["id"], person);
    assert!(account(&sim, "ppp/secret", "anna").unwrap().is("disabled"), "made closed, whatever the policy");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_routers_the_dead_one_is_told_of_and_keeps_nobody_waiting() {
    on_each(async |cast| {
        let owner = cast.owner().await;
        allow(&owner).await;
        let sim = furnished("7.22.3").start().await.unwrap();
        let alive = add_router(&owner, sim.addr().port()).await;
        let input = json!({ "name": "branch", "host": "127.0.0.1", "port": closed_port(), "tls": "PLAIN",
            "username": "sallyport", "password": "secret" });
        let dead = "mutation($i: RouterInput!) { createRouter(input: $i) { id } }";
        let dead = owner.ask(dead, json!({ "i": input })).await["createRouter"]["id"].clone();
        let (from_dead, from_alive) =
            tokio::join!(refusals(&owner, &dead, "anna"), owner.ask(CREATE, of(&alive, "anna")));
        assert!(from_dead.iter().all(|refused| refused.code == "ROUTER_UNREACHABLE"), "{from_dead:#?}");
        assert_eq!(from_alive["createRouterAccount"]["username"], "anna");
        let pending = "query($r: ID!) { router(id: $r) { pendingCommands } }";
        let left = owner.ask(pending, json!({ "r": dead })).await;
        assert_eq!(left["router"]["pendingCommands"], 0, "nothing was decided");
        assert!(audit(&owner).await.iter().all(|(_, detail)| !detail.contains("branch")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_make_the_same_account_one_makes_it() {
    on_each(async |cast| {
        let owner = cast.owner().await;
        allow(&owner).await;
        let sim = furnished("7.22.3").start().await.unwrap();
        let router = add_router(&owner, sim.addr().port()).await;
        let (one, other) =
            tokio::join!(owner.send(CREATE, of(&router, "anna")), owner.send(CREATE, of(&router, "anna")));
        let made = [&one.1, &other.1].into_iter().filter(|answer| answer["errors"].is_null()).count();
        assert_eq!(made, 1, "{:#} {:#}", one.1, other.1);
        let code = |answer: &Value| answer["errors"][0]["extensions"]["code"].as_str().map(str::to_owned);
        let lost = code(&one.1).or(code(&other.1));
        assert_eq!(lost.as_deref(), Some("CONFLICT"), "the other is told that it is there");
        assert!(account(&sim, "ppp/secret", "anna").is_some());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switch_is_answered_with_what_is_wished_and_shown_so_until_it_is_done() {
    let cast = Cast::on_sqlite(&[]).await;
    let owner = cast.owner().await;
    allow(&owner).await;
    let sim = furnished("7.22.3").secret("boris").start().await.unwrap();
    let router = add_router(&owner, sim.addr().port()).await;
    let set = "mutation($r: ID!, $e: Boolean!) { setRouterAccountEnabled(routerId: $r, username: \"boris\",
        enabled: $e) { enabled wished } }";
    let list = "query($r: ID!) { router(id: $r) { accounts { username enabled wished } } }";
    let answer = owner.ask(set, json!({ "r": router, "e": false })).await;
    assert_eq!(answer["setRouterAccountEnabled"], json!({ "enabled": false, "wished": false }));
    let shown = owner.ask(list, json!({ "r": router })).await;
    let expected = json!([{ "username": "boris", "enabled": true, "wished": false }]);
    assert_eq!(shown["router"]["accounts"], expected, "no worker has done it yet");
    owner.ask(DELETE, of(&router, "boris")).await;
    let pending = "query($r: ID!) { router(id: $r) { pendingCommands } }";
    let left = owner.ask(pending, json!({ "r": router })).await;
    assert_eq!(left["router"]["pendingCommands"], 0, "nothing waits for what is gone");
    sim.add("ppp/secret", &[("name", "boris")]).unwrap();
    let update = "mutation($id: ID!) { updateRouter(id: $id, input: { mode: OBSERVE }) { id } }";
    owner.ask(update, json!({ "id": router })).await;
    let answer = owner.ask(set, json!({ "r": router, "e": false })).await;
    assert_eq!(answer["setRouterAccountEnabled"], json!({ "enabled": true, "wished": null }), "only watched");
}

/// A log that is read afterwards.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

// Every test is a process of its own, so that the log is this one's.
#[tokio::test(flavor = "multi_thread")]
async fn no_password_is_logged_however_much_is() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let cast = Cast::on_sqlite(&[]).await;
    let owner = cast.owner().await;
    allow(&owner).await;
    let sim = furnished("7.22.3").secret("boris").start().await.unwrap();
    let router = add_router(&owner, sim.addr().port()).await;
    owner.ask(CREATE, of(&router, "anna")).await;
    owner.ask(PASSWORD, with(of(&router, "anna"), "p", SECOND)).await;
    owner.refused(CREATE, of(&router, "boris")).await;
    sim.set_rights("sallyport", "read,api").unwrap();
    let refused = owner.refused(PASSWORD, of(&router, "boris")).await;
    assert_eq!(refused.code, "ROUTER_REFUSED");
    assert!(refused.message.contains("policies"), "what to do: {}", refused.message);
    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(log.contains("TRACE") && log.len() > 1_000, "the log has everything");
    assert!(!log.contains(FIRST) && !log.contains(SECOND), "{log}");
    assert!(!is_kept(&cast, FIRST).await && !is_kept(&cast, SECOND).await);
    let told = audit(&owner).await;
    assert_eq!(told.last().unwrap().0, "router-account.password.refused");
}
