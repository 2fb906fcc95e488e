//! People: made, let in, turned away, blocked, found.

use crate::cast::{Cast, Console, on_each};
use sallyport::store::records::{Role, UserRecord};
use sallyport_shared::{
    ids::UserId,
    language::Language,
    person::{TelegramId, UserStatus},
};
use serde_json::{Value, json};

/// Somebody who has asked the bot to be registered.
pub(crate) async fn applicant(cast: &Cast, telegram: i64, name: &str) -> UserId {
    let id = UserId(cast.app.clock.new_id());
    let mut tx = cast.app.store.begin().await.unwrap();
    let user = UserRecord {
        id,
        status: UserStatus::Pending,
        display_name: name.to_owned(),
        telegram: Some(TelegramId(telegram)),
        telegram_username: None,
        telegram_blocked_at: None,
        language: Language::En,
        email: None,
        phone: None,
        note: None,
        rejection_reason: None,
        decided_by: None,
        decided_at: None,
        policy: None,
        created_at: cast.app.clock.now(),
        last_seen_at: None,
        deleted_at: None,
        version: 0,
    };
    tx.insert_user(&user).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// Makes a person; gives their id.
pub(crate) async fn create(console: &Console, name: &str) -> Value {
    let create = "mutation($i: UserInput!) { createUser(input: $i) { id } }";
    console.ask(create, json!({ "i": { "displayName": name } })).await["createUser"]["id"].clone()
}

/// What waits to be told to somebody in Telegram.
pub(crate) async fn told(cast: &Cast) -> Vec<String> {
    let far = cast.app.clock.now().plus(sallyport_shared::time::Seconds(3_600));
    let due = cast.app.store.read().await.unwrap().due_deliveries(far, 100).await.unwrap();
    due.iter()
        .map(|delivery| delivery.body["message"]["message"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_made_here_is_approved_and_can_be_changed() {
    on_each(async |cast| {
        let owner = cast.owner().await;
        let create = "mutation($i: UserInput!) { createUser(input: $i) {
            id status displayName email telegramId language policy { isDefault } policyOverride { id } } }";
        let input =
            json!({ "displayName": "  Анна   Орлова ", "email": "anna@example.org", "telegramId": "5551" });
        let user = owner.ask(create, json!({ "i": input })).await["createUser"].clone();
        assert_eq!(user["status"], "APPROVED");
        assert_eq!(user["displayName"], "Анна Орлова");
        assert_eq!(user["policy"]["isDefault"], true);
        assert_eq!(user["policyOverride"], Value::Null);
        let update =
            "mutation($id: ID!, $i: UserInput!) { updateUser(id: $id, input: $i) { email telegramId note } }";
        let changed = owner
            .ask(update, json!({ "id": user["id"], "i": { "email": null, "note": "second floor" } }))
            .await["updateUser"]
            .clone();
        assert_eq!(changed, json!({ "email": null, "telegramId": "5551", "note": "second floor" }));
        let taken =
            owner.refused(create, json!({ "i": { "displayName": "Other", "telegramId": "5551" } })).await;
        assert_eq!(taken.code, "CONFLICT");
        for (input, field) in [
            (json!({}), "displayName"),
            (json!({ "displayName": " " }), "displayName"),
            (json!({ "displayName": "x", "email": "nowhere" }), "email"),
            (json!({ "displayName": "x", "telegramId": "@name" }), "telegramId"),
            (json!({ "displayName": "x", "policyId": "00000000-0000-0000-0000-000000000000" }), "policyId"),
        ] {
            let refused = owner.refused(create, json!({ "i": input })).await;
            assert_eq!(
                (refused.code.as_str(), refused.field.as_deref()),
                ("VALIDATION", Some(field)),
                "{input}"
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_decides_on_registrations_and_the_person_is_told() {
    on_each(async |cast| {
        let operator = cast.admin("petra", Role::Operator).await;
        let ivan = applicant(&cast, 101, "Ivan").await.to_string();
        let eve = applicant(&cast, 102, "Eve").await.to_string();
        let waiting =
            operator.ask("{ attention { kind subject { ... on User { displayName } } } }", json!({})).await;
        assert_eq!(waiting["attention"].as_array().unwrap().len(), 2, "{waiting:#}");
        let approve =
            "mutation($id: ID!) { approveUser(id: $id) { status decidedBy { username } decidedAt } }";
        let done = operator.ask(approve, json!({ "id": ivan })).await["approveUser"].clone();
        assert_eq!(done["status"], "APPROVED");
        assert_eq!(done["decidedBy"]["username"], "petra");
        operator.ask(approve, json!({ "id": ivan })).await;
        let reject =
            "mutation($id: ID!, $r: String!) { rejectUser(id: $id, reason: $r) { status rejectionReason } }";
        assert_eq!(
            operator.refused(reject, json!({ "id": eve, "r": " " })).await.field.as_deref(),
            Some("reason")
        );
        let done =
            operator.ask(reject, json!({ "id": eve, "r": "Who are you?" })).await["rejectUser"].clone();
        assert_eq!(done, json!({ "status": "REJECTED", "rejectionReason": "Who are you?" }));
        assert_eq!(operator.refused(reject, json!({ "id": ivan, "r": "No" })).await.code, "CONFLICT");
        assert_eq!(told(&cast).await, ["registration_approved", "registration_rejected"]);
        // A mistake can be undone.
        operator.ask(approve, json!({ "id": eve })).await;
        let missing = json!({ "id": "00000000-0000-0000-0000-000000000000" });
        assert_eq!(operator.refused(approve, missing).await.code, "NOT_FOUND");
        assert_eq!(operator.refused(approve, json!({ "id": "nonsense" })).await.code, "NOT_FOUND");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_blocked_may_not_come_back_until_unblocked() {
    on_each(async |cast| {
        let owner = cast.owner().await;
        let id = json!({ "id": applicant(&cast, 101, "Ivan").await.to_string() });
        let status = async |mutation: &str| {
            let query = format!("mutation($id: ID!) {{ user: {mutation}(id: $id) {{ status }} }}");
            owner.ask(&query, id.clone()).await["user"]["status"].clone()
        };
        assert_eq!(status("blockUser").await, "BLOCKED");
        assert_eq!(status("blockUser").await, "BLOCKED");
        let approve = "mutation($id: ID!) { approveUser(id: $id) { id } }";
        assert_eq!(owner.refused(approve, id.clone()).await.code, "CONFLICT");
        assert_eq!(status("unblockUser").await, "APPROVED");
        let deleted = owner.ask("mutation($id: ID!) { deleteUser(id: $id) }", id.clone()).await;
        assert_eq!(deleted["deleteUser"], id["id"]);
        assert_eq!(
            owner.ask("query($id: ID!) { user(id: $id) { id } }", id.clone()).await["user"],
            Value::Null
        );
        assert_eq!(
            owner.refused("mutation($id: ID!) { blockUser(id: $id) { id } }", id).await.code,
            "NOT_FOUND"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_found_sorted_and_paged() {
    on_each(async |cast| {
        let owner = cast.owner().await;
        for name in ["Борис", "анна", "Вера", "Глеб", "Дина"] {
            create(&owner, name).await;
        }
        let page = "query($f: UserFilter, $first: Int, $after: String) {
            users(filter: $f, orderBy: { by: NAME }, first: $first, after: $after) {
                totalCount edges { cursor node { displayName } } pageInfo { hasNextPage endCursor } } }";
        let mut names = Vec::new();
        let mut after = Value::Null;
        loop {
            let users = owner.ask(page, json!({ "first": 2, "after": after })).await["users"].clone();
            assert_eq!(users["totalCount"], 5);
            let edges = users["edges"].as_array().unwrap().clone();
            names.extend(edges.iter().map(|edge| edge["node"]["displayName"].as_str().unwrap().to_owned()));
            after = users["pageInfo"]["endCursor"].clone();
            if users["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        assert_eq!(names, ["анна", "Борис", "Вера", "Глеб", "Дина"]);
        let found = owner.ask(page, json!({ "f": { "search": "ВЕР" } })).await;
        assert_eq!(found["users"]["edges"][0]["node"]["displayName"], "Вера");
        let refused = owner.refused(page, json!({ "after": "nonsense" })).await;
        assert_eq!((refused.code.as_str(), refused.field.as_deref()), ("VALIDATION", Some("after")));
        assert_eq!(owner.refused(page, json!({ "first": 501 })).await.field.as_deref(), Some("first"));
        assert_eq!(owner.refused(page, json!({ "first": -1 })).await.field.as_deref(), Some("first"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_is_in_the_audit_with_who_and_from_where() {
    on_each(async |cast| {
        let owner = cast.owner().await;
        let id = create(&owner, "Анна").await;
        let update = "mutation($id: ID!, $i: UserInput!) { updateUser(id: $id, input: $i) { id } }";
        owner.ask(update, json!({ "id": id, "i": { "displayName": "Анна Орлова" } })).await;
        let audit = "query($f: AuditFilter) { auditEvents(filter: $f) {
            totalCount edges { node { actor action subject detail address hash at } } } }";
        let rows = owner.ask(audit, json!({ "f": { "action": "user." } })).await["auditEvents"].clone();
        assert_eq!(rows["totalCount"], 2);
        let newest = &rows["edges"][0]["node"];
        assert_eq!(newest["action"], "user.update");
        assert_eq!(newest["actor"], "admin:olga");
        assert_eq!(newest["subject"], format!("user:{}", id.as_str().unwrap()));
        assert_eq!(newest["detail"], "name: Анна → Анна Орлова");
        assert_eq!(newest["address"], "127.0.0.1");
        assert_eq!(newest["hash"].as_str().unwrap().len(), 64);
        let at = newest["at"].as_str().unwrap();
        assert!(at.len() == 24 && at.ends_with('Z'), "{at}");
        let later = json!({ "f": { "from": at, "to": at } });
        assert_eq!(owner.ask(audit, later).await["auditEvents"]["totalCount"], 0, "`to` is not part of it");
        let wrong = owner.refused(audit, json!({ "f": { "from": "yesterday" } })).await;
        assert_eq!(wrong.code, "VALIDATION");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_time_codes_do_not_outlive_the_telegram_account_or_the_person() {
    on_each(async |cast| {
        let owner = cast.owner().await;
        let acts = [
            "mutation($id: ID!) { updateUser(id: $id, input: { telegramId: \"777\" }) { id } }",
            "mutation($id: ID!) { unlinkTelegram(userId: $id) { id } }",
            "mutation($id: ID!) { blockUser(id: $id) { id } }",
            "mutation($id: ID!) { deleteUser(id: $id) }",
            "mutation($id: ID!) { removeOneTimeCodes(userId: $id) { id } }",
        ];
        for (n, act) in acts.into_iter().enumerate() {
            let user = applicant(&cast, 500 + i64::try_from(n).unwrap(), "Ivan").await;
            let mut tx = cast.app.store.begin().await.unwrap();
            tx.set_new_offline_code(user, b"sealed", cast.app.clock.now()).await.unwrap();
            tx.enable_offline_code(user, 1).await.unwrap();
            tx.commit().await.unwrap();
            let asked = "query($id: ID!) { user(id: $id) { oneTimeCodes } }";
            let id = json!({ "id": user.to_string() });
            assert_eq!(owner.ask(asked, id.clone()).await["user"]["oneTimeCodes"], true);
            owner.ask(act, id.clone()).await;
            let mut tx = cast.app.store.read().await.unwrap();
            assert_eq!(tx.offline_code(user).await.unwrap(), None, "{act}");
            let rows = tx.audit_chain(0, 500).await.unwrap();
            let subject = format!("user:{user}");
            let off = |row: &sallyport::store::records::AuditRecord| {
                row.event.action == "user.codes-off" && row.event.subject == subject
            };
            assert_eq!(rows.iter().filter(|row| off(row)).count(), 1, "{act}");
        }
    })
    .await;
}
