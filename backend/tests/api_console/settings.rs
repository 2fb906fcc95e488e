//! Settings and policies.

use crate::cast::{Cast, on_each};
use serde_json::{Value, json};
use sim::telegram::TelegramSim;

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_kept_and_the_token_is_never_shown() {
    on_each(async |cast| {
        let owner = cast.owner().await;
        let update = "mutation($i: SettingsInput!) { updateSettings(input: $i)
            { maxAccountsPerUser allowAccountManagement telegramTokenSet language publicUrl } }";
        let input = json!({
            "maxAccountsPerUser": 3, "telegramToken": "123456:abcDEF", "language": "RU",
            "publicUrl": "https://vpn.example.org/",
        });
        let kept = owner.ask(update, json!({ "i": input })).await["updateSettings"].clone();
        let expected = json!({
            "maxAccountsPerUser": 3, "allowAccountManagement": false, "telegramTokenSet": true,
            "language": "RU", "publicUrl": "https://vpn.example.org",
        });
        assert_eq!(kept, expected);
        let stored = cast.app.store.read().await.unwrap().settings_under("").await.unwrap();
        assert!(!format!("{stored:?}").contains("abcDEF"), "the token is encrypted");
        let audit = "{ auditEvents(filter: { action: \"settings.update\" }) { edges { node { detail } } } }";
        let rows = owner.ask(audit, json!({})).await.to_string();
        assert!(rows.contains("a new bot token") && !rows.contains("abcDEF"), "{rows}");
        let token = sallyport::ops::settings::telegram_token(&cast.app).await.unwrap().unwrap();
        assert_eq!(token.expose(), "123456:abcDEF");
        let gone = owner.ask(update, json!({ "i": { "telegramToken": null } })).await;
        assert_eq!(gone["updateSettings"]["telegramTokenSet"], false);
        assert_eq!(gone["updateSettings"]["maxAccountsPerUser"], 3);
        for (input, field) in [
            (json!({ "maxAccountsPerUser": 0 }), "maxAccountsPerUser"),
            (json!({ "telegramToken": "nonsense" }), "telegramToken"),
            (json!({ "publicUrl": "vpn.example.org" }), "publicUrl"),
        ] {
            assert_eq!(owner.refused(update, json!({ "i": input })).await.field.as_deref(), Some(field));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_needs_an_address_that_telegram_reaches() {
    on_each(async |cast| {
        let owner = cast.owner().await;
        let update =
            "mutation($i: SettingsInput!) { updateSettings(input: $i) { telegramUpdates publicUrl } }";
        let shown = owner.ask("{ settings { telegramUpdates } }", json!({})).await;
        assert_eq!(shown["settings"]["telegramUpdates"], "POLLING");
        let by_webhook = json!({ "i": { "telegramUpdates": "WEBHOOK" } });
        let refused = owner.refused(update, by_webhook.clone()).await;
        assert_eq!(refused.field.as_deref(), Some("telegramUpdates"));
        assert!(refused.message.contains("public URL"), "{}", refused.message);
        for url in ["http://vpn.example.org", "https://vpn.example.org:8080"] {
            let both = json!({ "i": { "telegramUpdates": "WEBHOOK", "publicUrl": url } });
            let refused = owner.refused(update, both).await;
            assert_eq!(refused.field.as_deref(), Some("publicUrl"));
            assert!(refused.message.starts_with("Telegram delivers to"), "{}", refused.message);
        }
        let kept = owner.ask("{ settings { telegramUpdates publicUrl } }", json!({})).await;
        let nothing = json!({ "telegramUpdates": "POLLING", "publicUrl": null });
        assert_eq!(kept["settings"], nothing, "what is refused changes nothing");
        owner.ask(update, json!({ "i": { "publicUrl": "https://vpn.example.org" } })).await;
        assert_eq!(owner.ask(update, by_webhook).await["updateSettings"]["telegramUpdates"], "WEBHOOK");
        // What the webhook stands on is not taken from under it.
        let gone = owner.refused(update, json!({ "i": { "publicUrl": null } })).await;
        assert_eq!(gone.field.as_deref(), Some("publicUrl"));
        let back =
            owner.ask(update, json!({ "i": { "telegramUpdates": "POLLING", "publicUrl": null } })).await;
        assert_eq!(back["updateSettings"], nothing);
        let audit = "{ auditEvents(filter: { action: \"settings.update\" }) { edges { node { detail } } } }";
        let rows = owner.ask(audit, json!({})).await.to_string();
        assert!(rows.contains("updates come by webhook") && rows.contains("by long polling"), "{rows}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_may_say_how_updates_come() {
    let variables =
        [("SALLYPORT_TELEGRAM_WEBHOOK", "true"), ("SALLYPORT_PUBLIC_URL", "https://vpn.example.org")];
    let cast = Cast::on_sqlite(&variables).await;
    let owner = cast.owner().await;
    let shown = owner.ask("{ settings { telegramUpdates } }", json!({})).await;
    assert_eq!(shown["settings"]["telegramUpdates"], "WEBHOOK");
    let update = "mutation($i: SettingsInput!) { updateSettings(input: $i) { telegramUpdates } }";
    let refused = owner.refused(update, json!({ "i": { "telegramUpdates": "POLLING" } })).await;
    assert!(refused.message.contains("SALLYPORT_TELEGRAM_WEBHOOK"), "{}", refused.message);
    let same = owner.ask(update, json!({ "i": { "telegramUpdates": "WEBHOOK" } })).await;
    assert_eq!(same["updateSettings"]["telegramUpdates"], "WEBHOOK");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_tested_with_telegram() {
    let telegram = TelegramSim::start("123456:story", "sallyport_bot").await.unwrap();
    let cast = Cast::on_sqlite(&[("SALLYPORT_TELEGRAM_API_URL", &telegram.url())]).await;
    let owner = cast.owner().await;
    let test = "mutation($t: String) { testTelegramToken(token: $t) { ok username error } }";
    let good = owner.ask(test, json!({ "t": "123456:story" })).await["testTelegramToken"].clone();
    assert_eq!(good, json!({ "ok": true, "username": "sallyport_bot", "error": null }));
    let bad = owner.ask(test, json!({ "t": "123456:other" })).await["testTelegramToken"].clone();
    assert_eq!(bad["ok"], false);
    assert!(bad["error"].as_str().is_some_and(|error| !error.contains("other")), "{bad:#}");
    assert_eq!(owner.refused(test, json!({})).await.field.as_deref(), Some("token"));
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_always_one_default_policy() {
    on_each(async |cast| {
        let owner = cast.owner().await;
        let list =
            "{ policies { id name isDefault userCount sessionSeconds workingHours { weekday from to } } }";
        let first = owner.ask(list, json!({})).await["policies"].clone();
        assert_eq!(first.as_array().unwrap().len(), 1);
        assert_eq!(first[0]["isDefault"], true);
        assert_eq!(first[0]["sessionSeconds"], 43_200);
        let create = "mutation($i: PolicyInput!) { createPolicy(input: $i)
            { id isDefault confirmSeconds workingHours { weekday from to } } }";
        let hours = json!([{ "weekday": 1, "from": "09:00", "to": "24:00" }]);
        let input = json!({ "name": "Office", "confirmSeconds": 5, "workingHours": hours });
        let office = owner.ask(create, json!({ "i": input })).await["createPolicy"].clone();
        assert_eq!(office["workingHours"], hours);
        let update =
            "mutation($id: ID!, $i: PolicyInput!) { updatePolicy(id: $id, input: $i) { isDefault } }";
        let delete = "mutation($id: ID!) { deletePolicy(id: $id) }";
        let old = json!({ "id": first[0]["id"] });
        assert_eq!(owner.refused(delete, old.clone()).await.code, "CONFLICT");
        let stop = json!({ "id": first[0]["id"], "i": { "isDefault": false } });
        assert_eq!(owner.refused(update, stop).await.code, "CONFLICT");
        owner.ask(update, json!({ "id": office["id"], "i": { "isDefault": true } })).await;
        let now = owner.ask(list, json!({})).await["policies"].clone();
        let defaults: Vec<_> = now.as_array().unwrap().iter().filter(|p| p["isDefault"] == true).collect();
        assert_eq!(defaults.len(), 1);
        assert_eq!(defaults[0]["name"], "Office");
        owner.ask(delete, old).await;
        assert_eq!(
            owner.refused(create, json!({ "i": { "name": "office" } })).await.field.as_deref(),
            Some("name")
        );
        assert_eq!(owner.refused(create, json!({ "i": {} })).await.field.as_deref(), Some("name"));
        let zero = json!({ "i": { "name": "x", "sessionSeconds": 0 } });
        assert_eq!(owner.refused(create, zero).await.field.as_deref(), Some("sessionSeconds"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_somebody_has_stays() {
    let cast = Cast::on_sqlite(&[]).await;
    let owner = cast.owner().await;
    let create = "mutation { createPolicy(input: { name: \"Night\" }) { id } }";
    let policy = owner.ask(create, json!({})).await["createPolicy"]["id"].clone();
    let user = "mutation($p: ID!) { createUser(input: { displayName: \"Ivan\", policyId: $p }) { id policy { name } } }";
    let user = owner.ask(user, json!({ "p": policy })).await["createUser"].clone();
    assert_eq!(user["policy"]["name"], "Night");
    let delete = "mutation($id: ID!) { deletePolicy(id: $id) }";
    assert_eq!(owner.refused(delete, json!({ "id": policy })).await.code, "CONFLICT");
    let take =
        "mutation($id: ID!) { updateUser(id: $id, input: { policyId: null }) { policyOverride { id } } }";
    let taken = owner.ask(take, json!({ "id": user["id"] })).await;
    assert_eq!(taken["updateUser"]["policyOverride"], Value::Null);
    owner.ask(delete, json!({ "id": policy })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn preferences_follow_the_administrator() {
    let cast = Cast::on_sqlite(&[]).await;
    let owner = cast.owner().await;
    let set = "mutation($i: PreferencesInput!) { setPreferences(input: $i) { language theme density timeZone singleKeys } }";
    let input =
        json!({ "language": "RU", "theme": "dark", "timeZone": "Asia/Tashkent", "singleKeys": false });
    owner.ask(set, json!({ "i": input })).await;
    let again = cast.anonymous().sign_in("olga", crate::cast::PASSWORD).await.unwrap();
    let me =
        again.ask("{ me { language preferences { theme density timeZone singleKeys } } }", json!({})).await;
    assert_eq!(me["me"]["language"], "RU");
    let kept =
        json!({ "theme": "dark", "density": "normal", "timeZone": "Asia/Tashkent", "singleKeys": false });
    assert_eq!(me["me"]["preferences"], kept);
    for (input, field) in [
        (json!({ "theme": "pink" }), "theme"),
        (json!({ "density": "dense" }), "density"),
        (json!({ "timeZone": "Mars/Base" }), "timeZone"),
    ] {
        assert_eq!(owner.refused(set, json!({ "i": input })).await.field.as_deref(), Some(field));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_has_a_link_once_the_bot_is_known() {
    let cast = Cast::on_sqlite(&[]).await;
    let owner = cast.owner().await;
    let user = crate::people::create(&owner, "Ivan").await;
    let invite = "mutation($id: ID!) { createInvitation(userId: $id) { invitationUrl } }";
    assert_eq!(owner.refused(invite, json!({ "id": user })).await.code, "CONFLICT");
    sallyport::ops::settings::remember_bot(&cast.app, Some("sallyport_bot")).await.unwrap();
    let first = owner.ask(invite, json!({ "id": user })).await["createInvitation"]["invitationUrl"].clone();
    assert!(first.as_str().unwrap().starts_with("https://t.me/sallyport_bot?start="), "{first}");
    let second = owner.ask(invite, json!({ "id": user })).await["createInvitation"]["invitationUrl"].clone();
    assert_ne!(first, second);
    let operator = cast.admin("petra", sallyport::store::records::Role::Operator).await;
    let shown =
        operator.ask("query($id: ID!) { user(id: $id) { invitationUrl } }", json!({ "id": user })).await;
    assert_eq!(shown["user"]["invitationUrl"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_are_shown_written_and_taken_back() {
    on_each(async |cast| {
        let owner = cast.owner().await;
        let list = "{ settings { messages { key language text builtIn placeholders custom preview } } }";
        let all = owner.ask(list, json!({})).await["settings"]["messages"].as_array().unwrap().clone();
        let menu = |all: &[Value]| {
            all.iter().find(|one| one["key"] == "menu" && one["language"] == "EN").cloned().unwrap()
        };
        assert!(all.len() > 100 && menu(&all)["custom"] == false);
        assert_eq!(menu(&all)["placeholders"], json!(["name"]));
        let set = "mutation($t: String) { setMessage(key: \"menu\", language: EN, text: $t)
            { text builtIn custom preview } }";
        let own = owner.ask(set, json!({ "t": "Hi, { $name }" })).await["setMessage"].clone();
        assert_eq!(own["custom"], true);
        assert_eq!(own["preview"], "Hi, Anna Lebedeva");
        let refused = owner.refused(set, json!({ "t": "Hi, { $nobody }" })).await;
        assert_eq!(refused.field.as_deref(), Some("text"));
        let again = owner.ask(list, json!({})).await["settings"]["messages"].as_array().unwrap().clone();
        assert_eq!(menu(&again)["text"], "Hi, { $name }");
        let back = owner.ask(set, json!({ "t": null })).await["setMessage"].clone();
        assert_eq!(back["text"], back["builtIn"]);
        let preview = "{ previewMessage(key: \"menu\", language: RU, text: \"Привет, { $name }\") }";
        assert_eq!(owner.ask(preview, json!({})).await["previewMessage"], "Привет, Анна Лебедева");
    })
    .await;
}
