//! Accounts and firewall rules, against a simulated router.

use crate::{
    cast::{Cast, Console, on_each},
    people::{create, told},
};
use sallyport::store::records::Role;
use sallyport_shared::{
    ids::UserId,
    person::{TelegramId, UserStatus},
};
use serde_json::{Value, json};
use sim::routeros::RouterSim;

const LINK: &str =
    "mutation($u: ID!, $r: ID!, $n: String!) { linkAccount(userId: $u, routerId: $r, username: $n)
    { id username source enabled user { id } router { name } } }";

async fn router_sim() -> RouterSim {
    RouterSim::builder()
        .user("sallyport", "secret", "read,write,api")
        .row("ppp/secret", &[("name", "ivan"), ("disabled", "yes")])
        .row("ppp/secret", &[("name", "anna"), ("comment", "chat 123456789")])
        .row("ppp/secret", &[("name", "spare")])
        .row("ip/firewall/filter", &[("chain", "forward"), ("action", "accept"), ("comment", "2FA ivan")])
        .row("ip/firewall/filter", &[("chain", "forward"), ("action", "accept"), ("comment", "2FA twice")])
        .row("ip/firewall/filter", &[("chain", "forward"), ("action", "accept"), ("comment", "2FA twice")])
        .row("ip/firewall/filter", &[("chain", "forward"), ("action", "drop"), ("comment", "something else")])
        .start()
        .await
        .unwrap()
}

fn input(port: u16) -> Value {
    json!({
        "name": "hq", "host": "127.0.0.1", "port": port, "tls": "PLAIN",
        "username": "sallyport", "password": "secret",
    })
}

/// Adds a router; gives its id.
pub(crate) async fn add_router(console: &Console, port: u16) -> Value {
    let create = "mutation($i: RouterInput!) { createRouter(input: $i) { id } }";
    console.ask(create, json!({ "i": input(port) })).await["createRouter"]["id"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn usernames_are_those_of_the_router_and_belong_to_one_person() {
    on_each(async |cast| {
        let (owner, sim) = (cast.owner().await, router_sim().await);
        let router = add_router(&owner, sim.addr().port()).await;
        let (ivan, anna) = (create(&owner, "Ivan").await, create(&owner, "Anna").await);
        let link = |user: &Value, name: &str| json!({ "u": user, "r": router, "n": name });
        let account = owner.ask(LINK, link(&ivan, "ivan")).await["linkAccount"].clone();
        assert_eq!(account["source"], "PPP_SECRET");
        assert_eq!(account["enabled"], false);
        assert_eq!(account["router"]["name"], "hq");
        let unknown = owner.refused(LINK, link(&ivan, "Ivan")).await;
        assert_eq!((unknown.code.as_str(), unknown.field.as_deref()), ("VALIDATION", Some("username")));
        let taken = owner.refused(LINK, link(&anna, "ivan")).await;
        assert_eq!(taken.code, "CONFLICT");
        assert!(taken.message.contains("Ivan"), "{}", taken.message);
        owner.ask(LINK, link(&ivan, "spare")).await;
        let limit = owner.refused(LINK, link(&ivan, "anna")).await;
        assert_eq!(limit.code, "CONFLICT");
        assert!(limit.message.contains("limit"), "{}", limit.message);
        let accounts = "query($r: ID!, $s: String) { router(id: $r) { accounts(search: $s)
            { username enabled comment linkedTo { displayName } suggestedTelegramId } } }";
        let all = owner.ask(accounts, json!({ "r": router })).await["router"]["accounts"].clone();
        assert_eq!(all.as_array().unwrap().len(), 3);
        assert_eq!(all[0]["suggestedTelegramId"], "123456789");
        assert_eq!(all[1]["linkedTo"]["displayName"], "Ivan");
        let found = owner.ask(accounts, json!({ "r": router, "s": "CHAT" })).await;
        assert_eq!(found["router"]["accounts"].as_array().unwrap().len(), 1);
        let unlink = "mutation($id: ID!) { unlinkAccount(id: $id) { accounts { username } } }";
        let left = owner.ask(unlink, json!({ "id": account["id"] })).await;
        assert_eq!(left["unlinkAccount"]["accounts"], json!([{ "username": "spare" }]));
        owner.ask(LINK, link(&anna, "ivan")).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_hears_of_an_account_that_is_linked_later() {
    on_each(async |cast| {
        let (owner, sim) = (cast.owner().await, router_sim().await);
        let router = add_router(&owner, sim.addr().port()).await;
        let link = |user: &Value, name: &str| json!({ "u": user, "r": router, "n": name });
        let people = [("Ivan", "ivan", 1, UserStatus::Approved), ("Anna", "anna", 2, UserStatus::Pending)];
        for (name, account, telegram, status) in people {
            let user = create(&owner, name).await;
            let mut tx = cast.app.store.begin().await.unwrap();
            let id = UserId(user.as_str().unwrap().parse().unwrap());
            let mut record = tx.user(id).await.unwrap().unwrap();
            (record.telegram, record.status) = (Some(TelegramId(telegram)), status);
            tx.save_user(&record).await.unwrap();
            tx.commit().await.unwrap();
            owner.ask(LINK, link(&user, account)).await;
        }
        assert_eq!(told(&cast).await, ["account_linked"], "who is not registered yet hears of that first");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_asked_for_is_disabled_until_then() {
    let cast = Cast::on_sqlite(&[]).await;
    let (owner, sim) = (cast.owner().await, router_sim().await);
    let router = add_router(&owner, sim.addr().port()).await;
    let user = create(&owner, "Anna").await;
    owner.ask(LINK, json!({ "u": user, "r": router, "n": "anna" })).await;
    assert_eq!(wishes(&cast, &router).await, [("anna".to_owned(), false)]);
    // With a policy by which accounts stay enabled it is the other way round.
    let create = "mutation { createPolicy(input: { name: \"Always\", accessMode: ALWAYS }) { id } }";
    let policy = owner.ask(create, json!({})).await["createPolicy"]["id"].clone();
    let update =
        "mutation($id: ID!, $p: ID!) { updateUser(id: $id, input: { policyId: $p }) { policy { name } } }";
    let changed = owner.ask(update, json!({ "id": user, "p": policy })).await;
    assert_eq!(changed["updateUser"]["policy"]["name"], "Always");
    assert_eq!(wishes(&cast, &router).await, [("anna".to_owned(), true)]);
    let accounts = "query($id: ID!) { user(id: $id) { accounts { username enabled wished } } }";
    let shown = owner.ask(accounts, json!({ "id": user })).await["user"]["accounts"].clone();
    assert_eq!(shown, json!([{ "username": "anna", "enabled": true, "wished": true }]));
    owner.ask("mutation($id: ID!) { blockUser(id: $id) { id } }", json!({ "id": user })).await;
    assert_eq!(wishes(&cast, &router).await, [("anna".to_owned(), false)]);
    owner.ask("mutation($id: ID!) { unblockUser(id: $id) { id } }", json!({ "id": user })).await;
    assert_eq!(wishes(&cast, &router).await, [("anna".to_owned(), true)]);
}

/// How accounts are wished to be.
async fn wishes(cast: &Cast, router: &Value) -> Vec<(String, bool)> {
    use sallyport_shared::session::Wish;
    let router = router.as_str().unwrap().parse().unwrap();
    let now = cast.app.clock.now();
    let due = cast.app.store.read().await.unwrap().due_wishes(router, now, 100).await.unwrap();
    due.into_iter()
        .filter_map(|record| match record.wish {
            Wish::Account { username, enabled, .. } => Some((username, enabled)),
            _ => None,
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_router_a_typed_name_is_taken_and_the_audit_says_so() {
    let cast = Cast::on_sqlite(&[]).await;
    let owner = cast.owner().await;
    let router = add_router(&owner, closed_port()).await;
    let user = create(&owner, "Ivan").await;
    let account =
        owner.ask(LINK, json!({ "u": user, "r": router, "n": "ivan" })).await["linkAccount"].clone();
    assert_eq!(account["enabled"], Value::Null);
    let audit = "{ auditEvents(filter: { action: \"account.link\" }) { edges { node { detail } } } }";
    let rows = owner.ask(audit, json!({})).await;
    let detail = rows["auditEvents"]["edges"][0]["node"]["detail"].as_str().unwrap();
    assert!(detail.contains("could not be asked"), "{detail}");
    let asked =
        owner.refused("query($r: ID!) { router(id: $r) { accounts { username } } }", json!({ "r": router }));
    assert_eq!(asked.await.code, "ROUTER_UNREACHABLE");
}

/// A port at which nobody listens, and that nobody else gets until the process ends.
pub(crate) fn closed_port() -> u16 {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    Box::leak(Box::new(socket)).local_addr().unwrap().port()
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_bound_by_id_and_exact_comment() {
    let cast = Cast::on_sqlite(&[]).await;
    let (owner, sim) = (cast.owner().await, router_sim().await);
    let router = add_router(&owner, sim.addr().port()).await;
    let user = create(&owner, "Ivan").await;
    let account =
        owner.ask(LINK, json!({ "u": user, "r": router, "n": "ivan" })).await["linkAccount"]["id"].clone();
    let rules = "query($r: ID!) { router(id: $r) { firewallRules
        { ruleId comment chain action enabled position boundTo { username } } } }";
    let all = owner.ask(rules, json!({ "r": router })).await["router"]["firewallRules"].clone();
    assert_eq!(all.as_array().unwrap().len(), 3, "only those whose comment contains 2FA: {all:#}");
    let bind = "mutation($a: ID!, $r: String!, $c: String!) { bindFirewallRule(accountId: $a, ruleId: $r, comment: $c)
        { firewallRule { ruleId comment chain enabled } } }";
    let of = |rule: &Value, comment: &str| json!({ "a": account, "r": rule, "c": comment });
    let bound = owner.ask(bind, of(&all[0]["ruleId"], "2FA ivan")).await;
    assert_eq!(bound["bindFirewallRule"]["firewallRule"]["chain"], "forward");
    for (rule, comment, word) in [
        (&all[1]["ruleId"], "2FA twice", "2 firewall rules"),
        (&all[1]["ruleId"], "2FA ivan", "choose it again"),
        (&all[0]["ruleId"], "2fa ivan", "no firewall rule"),
    ] {
        let refused = owner.refused(bind, of(rule, comment)).await;
        assert_eq!(refused.code, "CONFLICT");
        assert!(refused.message.contains(word), "{}", refused.message);
    }
    let all = owner.ask(rules, json!({ "r": router })).await["router"]["firewallRules"].clone();
    assert_eq!(all[0]["boundTo"]["username"], "ivan");
    let unbind = "mutation($a: ID!) { unbindFirewallRule(accountId: $a) { firewallRule { id } } }";
    let unbound = owner.ask(unbind, json!({ "a": account })).await;
    assert_eq!(unbound["unbindFirewallRule"]["firewallRule"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_password_is_never_tried_elsewhere() {
    let cast = Cast::on_sqlite(&[]).await;
    let (owner, sim) = (cast.owner().await, router_sim().await);
    let router = add_router(&owner, sim.addr().port()).await;
    let test = "mutation($i: RouterInput!) { testRouter(input: $i) { ok error missingRights identity } }";
    let found = owner.ask(test, json!({ "i": input(sim.addr().port()) })).await["testRouter"].clone();
    assert_eq!(found["ok"], true, "{found:#}");
    let stored = owner.ask(test, json!({ "i": { "name": "hq" } })).await["testRouter"].clone();
    assert_eq!(stored["ok"], true, "{stored:#}");
    for elsewhere in [
        json!({ "name": "hq", "host": "localhost" }),
        json!({ "name": "hq", "port": 1 }),
        json!({ "name": "hq", "username": "admin" }),
    ] {
        let refused = owner.refused(test, json!({ "i": elsewhere })).await;
        assert_eq!(
            (refused.code.as_str(), refused.field.as_deref()),
            ("VALIDATION", Some("password")),
            "{elsewhere}"
        );
    }
    let update = "mutation($id: ID!, $i: RouterInput!) { updateRouter(id: $id, input: $i) { host mode } }";
    let moved = owner.refused(update, json!({ "id": router, "i": { "host": "192.0.2.1" } })).await;
    assert_eq!(moved.field.as_deref(), Some("password"));
    let observed = owner.ask(update, json!({ "id": router, "i": { "mode": "OBSERVE" } })).await;
    assert_eq!(observed["updateRouter"]["mode"], "OBSERVE");
}

#[tokio::test(flavor = "multi_thread")]
async fn hooks_have_a_token_that_only_administrators_see() {
    let cast = Cast::on_sqlite(&[("SALLYPORT_PUBLIC_URL", "https://vpn.example.org")]).await;
    let owner = cast.owner().await;
    let operator = cast.admin("petra", Role::Operator).await;
    let router = add_router(&owner, closed_port()).await;
    let query = "query($r: ID!) { router(id: $r) { hookUrl } }";
    let url = async |console: &Console| {
        let answer = console.ask(query, json!({ "r": router })).await;
        answer["router"]["hookUrl"].as_str().unwrap().to_owned()
    };
    assert_eq!(url(&operator).await, "https://vpn.example.org/client/connect/");
    let full = url(&owner).await;
    let token = full.split_once("?token=").unwrap().1;
    let hash = cast.app.vault.fingerprint(token);
    let found = cast.app.store.read().await.unwrap().router_by_hook_token(&hash).await.unwrap();
    assert_eq!(found.unwrap().id.to_string(), router.as_str().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_router_is_named() {
    let cast = Cast::on_sqlite(&[]).await;
    let owner = cast.owner().await;
    let create = "mutation($i: RouterInput!) { createRouter(input: $i) { id } }";
    let with = |field: &str, value: Value| {
        let mut input = input(8_728);
        input[field] = value;
        (field.to_owned(), input)
    };
    let cases = [
        with("name", json!(" ")),
        with("host", json!("router.example:8728")),
        with("port", json!(70_000)),
        with("password", Value::Null),
        with("pinnedSha256", json!("abc")),
        with("caPem", json!("not a certificate")),
        with("pollSeconds", json!(0)),
        with("allowSeconds", json!(-5)),
        with("allowList", json!("2fa-sandboxed")),
    ];
    for (field, input) in cases {
        let refused = owner.refused(create, json!({ "i": input })).await;
        assert_eq!((refused.code.as_str(), refused.field.as_deref()), ("VALIDATION", Some(field.as_str())));
    }
    add_router(&owner, 8_728).await;
    assert_eq!(owner.refused(create, json!({ "i": input(8_728) })).await.field.as_deref(), Some("name"));
}
