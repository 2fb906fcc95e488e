//! Signing in and out, and what becomes of stolen tokens.

use crate::cast::{Cast, PASSWORD, on_each, set_cookie, value_of};
use sallyport::{ops::sign_in, store::records::Role};
use sallyport_shared::time::Seconds;
use serde_json::json;

const LOGIN: &str =
    "mutation($n: String!, $p: String!, $c: String) { login(username: $n, password: $p, totp: $c)
    { accessToken expiresAt admin { username role } } }";

#[tokio::test(flavor = "multi_thread")]
async fn a_password_opens_and_says_who_it_is() {
    on_each(async |cast| {
        let owner = cast.owner().await;
        let me =
            owner.ask("{ me { username role enabled totpEnabled preferences { theme } } }", json!({})).await;
        assert_eq!(me["me"]["username"], "olga");
        assert_eq!(me["me"]["role"], "OWNER");
        assert_eq!(me["me"]["preferences"]["theme"], "system");
        let (headers, body) = cast.anonymous().send(LOGIN, json!({ "n": "OLGA", "p": PASSWORD })).await;
        assert_eq!(body["data"]["login"]["admin"]["username"], "olga", "{body:#}");
        let cookie = set_cookie(&headers).unwrap();
        for part in ["sallyport_refresh=", "HttpOnly", "SameSite=Strict", "Path=/graphql"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert!(!cookie.contains("Secure"), "over plain http a browser would drop it: {cookie}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_https_the_cookie_is_kept_to_it() {
    let cast = Cast::on_sqlite(&[("SALLYPORT_PUBLIC_URL", "https://vpn.example.org")]).await;
    cast.owner().await;
    let (headers, _) = cast.anonymous().send(LOGIN, json!({ "n": "olga", "p": PASSWORD })).await;
    assert!(set_cookie(&headers).unwrap().ends_with("; Secure"));
    assert!(headers.contains_key("strict-transport-security"));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_trusted_proxy_says_where_somebody_comes_from_and_how() {
    for (trusted, address, secure) in
        [("127.0.0.0/8", "198.51.100.7", true), ("192.0.2.0/24", "127.0.0.1", false)]
    {
        let cast = Cast::on_sqlite(&[("SALLYPORT_TRUSTED_PROXIES", trusted)]).await;
        cast.owner().await;
        let body = json!({ "query": LOGIN, "variables": { "n": "olga", "p": PASSWORD } });
        let request = cast.http.post(cast.url("/graphql")).json(&body);
        let request = request.header("x-forwarded-for", "198.51.100.7").header("x-forwarded-proto", "https");
        let answer = request.send().await.unwrap();
        assert_eq!(set_cookie(answer.headers()).unwrap().contains("Secure"), secure);
        let rows = cast.app.store.read().await.unwrap().audit_chain(0, 100).await.unwrap();
        let opened = rows.iter().rfind(|row| row.event.action == "sign-in.opened").unwrap();
        assert_eq!(opened.event.address.as_deref(), Some(address));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_wrong_is_not_said() {
    let cast = Cast::on_sqlite(&[]).await;
    cast.owner().await;
    let wrong = cast.anonymous().sign_in("olga", "wrong").await.err().unwrap();
    let unknown = cast.anonymous().sign_in("nobody", PASSWORD).await.err().unwrap();
    assert_eq!(wrong.code, "UNAUTHENTICATED");
    assert_eq!(wrong, unknown);
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_slowed_down_even_for_the_right_password() {
    let cast = Cast::on_sqlite(&[]).await;
    cast.owner().await;
    for _ in 0..10 {
        assert_eq!(cast.anonymous().sign_in("olga", "guess").await.err().unwrap().code, "UNAUTHENTICATED");
    }
    assert_eq!(cast.anonymous().sign_in("olga", PASSWORD).await.err().unwrap().code, "RATE_LIMITED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_is_good_once_and_its_second_use_ends_the_sign_in() {
    on_each(async |cast| {
        let first = cast.owner().await;
        let second = first.refresh().await.unwrap();
        assert_ne!(first.cookie, second.cookie);
        // The same moment again: another tab. It gets access, and the newer token stays.
        let tab = first.refresh().await.unwrap();
        assert_eq!(tab.cookie, first.cookie);
        let third = second.refresh().await.unwrap();
        third.ask("{ me { id } }", json!({})).await;
        // Two exchanges later the first one comes again: of two copies one was stolen, and nobody knows which.
        assert_eq!(first.refresh().await.err().unwrap().code, "UNAUTHENTICATED");
        assert_eq!(third.refused("{ me { id } }", json!({})).await.code, "UNAUTHENTICATED");
        assert_eq!(third.refresh().await.err().unwrap().code, "UNAUTHENTICATED");
        let rows = cast.app.store.read().await.unwrap().audit_chain(0, 100).await.unwrap();
        assert!(rows.iter().any(|row| row.event.action == "sign-in.reused"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_lives_ninety_days_at_most_however_much_it_is_used() {
    on_each(async |cast| {
        let console = cast.owner().await;
        let cookie = console.cookie.clone().unwrap();
        let (id, _) = cookie.split_once('.').expect("a token names its sign-in");
        let mut tx = cast.app.store.begin().await.unwrap();
        let mut old = tx.sign_in(id.parse().unwrap()).await.unwrap().unwrap();
        let now = cast.app.clock.now();
        old.id = uuid::Uuid::from_u128(1);
        old.created_at = now.minus(Seconds(89 * 86_400));
        let token = format!("{}.secret", old.id);
        old.token_hash = cast.app.vault.fingerprint(&token);
        tx.insert_sign_in(&old).await.unwrap();
        tx.commit().await.unwrap();
        console.with_cookie(&token).refresh().await.unwrap();
        let kept = cast.app.store.read().await.unwrap().sign_in(old.id).await.unwrap().unwrap();
        assert_eq!(kept.expires_at, old.created_at.plus(Seconds(90 * 86_400)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_tries_tokens_that_nobody_knows_is_told_to_wait() {
    let cast = Cast::on_sqlite(&[]).await;
    let owner = cast.owner().await;
    let mut last = String::new();
    for n in 0..61 {
        let forged = cast.anonymous().with_cookie(&format!("forged{n}"));
        last = forged.refresh().await.err().unwrap().code;
    }
    assert_eq!(last, "RATE_LIMITED");
    owner.refresh().await.expect("a token that is known is heard, whoever else is behind the address");
}

#[tokio::test(flavor = "multi_thread")]
async fn others_who_guess_do_not_lock_the_owner_out() {
    let cast = Cast::on_sqlite(&[("SALLYPORT_TRUSTED_PROXIES", "127.0.0.0/8")]).await;
    cast.owner().await;
    let try_from = async |from: &str, password: &str| {
        let body = json!({ "query": LOGIN, "variables": { "n": "olga", "p": password } });
        let request = cast.http.post(cast.url("/graphql")).json(&body).header("x-forwarded-for", from);
        let answer: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
        crate::cast::refusal(&answer).map(|refused| refused.code)
    };
    assert_eq!(try_from("192.0.2.1", PASSWORD).await, None);
    for n in 0..10 {
        assert_eq!(try_from("198.51.100.7", "guess").await.as_deref(), Some("UNAUTHENTICATED"), "{n}");
    }
    assert_eq!(try_from("198.51.100.7", PASSWORD).await.as_deref(), Some("RATE_LIMITED"));
    assert_eq!(try_from("203.0.113.4", PASSWORD).await, None, "somewhere else");
    // From so many places that everybody has to wait who was not here before.
    let mut slowed = false;
    for n in 0..60 {
        slowed |= try_from(&format!("10.1.{n}.1"), "guess").await.as_deref() == Some("RATE_LIMITED");
    }
    assert!(slowed);
    assert_eq!(try_from("192.0.2.1", PASSWORD).await, None, "they signed in from there before");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_knows_the_password_cannot_try_all_codes() {
    let cast = Cast::on_sqlite(&[]).await;
    let owner = cast.owner().await;
    let begin = "mutation($p: String!) { beginTotp(password: $p) { secret recoveryCodes } }";
    let setup = owner.ask(begin, json!({ "p": PASSWORD })).await["beginTotp"].clone();
    let code = totp(setup["secret"].as_str().unwrap(), cast.app.clock.now().seconds());
    owner.ask("mutation($c: String!) { enableTotp(code: $c) { id } }", json!({ "c": code })).await;
    let mut codes = Vec::new();
    for _ in 0..12 {
        // What is wanted is asked for in between, as a browser does: that must not make anything forgotten.
        let wanted = cast.anonymous().refused(LOGIN, json!({ "n": "olga", "p": PASSWORD })).await;
        codes.push(wanted.code);
        let tried = json!({ "n": "olga", "p": PASSWORD, "c": "no code" });
        codes.push(cast.anonymous().refused(LOGIN, tried).await.code);
    }
    assert!(codes.iter().filter(|code| *code == "UNAUTHENTICATED").count() <= 10, "{codes:?}");
    let recovery = json!({ "n": "olga", "p": PASSWORD, "c": setup["recoveryCodes"][0] });
    assert_eq!(cast.anonymous().refused(LOGIN, recovery).await.code, "RATE_LIMITED");
    let rows = cast.app.store.read().await.unwrap().audit_chain(0, 200).await.unwrap();
    assert_eq!(rows.iter().filter(|row| row.event.action == "sign-in.codes-guessed").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn logging_out_ends_access_at_once() {
    let cast = Cast::on_sqlite(&[]).await;
    let owner = cast.owner().await;
    let (headers, _) = owner.send("mutation { logout }", json!({})).await;
    let cookie = set_cookie(&headers).unwrap();
    assert!(cookie.contains("Max-Age=0") && value_of(&cookie).is_empty(), "{cookie}");
    assert_eq!(owner.refused("{ me { id } }", json!({})).await.code, "UNAUTHENTICATED");
    assert_eq!(owner.refresh().await.err().unwrap().code, "UNAUTHENTICATED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_can_be_revoked_from_another_browser() {
    let cast = Cast::on_sqlite(&[]).await;
    let here = cast.owner().await;
    let there = cast.anonymous().sign_in("olga", PASSWORD).await.unwrap();
    let all = here.ask("{ signIns { id current address } }", json!({})).await;
    let all = all["signIns"].as_array().unwrap();
    assert_eq!(all.len(), 2);
    let other = all.iter().find(|sign_in| sign_in["current"] == false).unwrap();
    assert_eq!(other["address"], "127.0.0.1");
    here.ask("mutation($id: ID!) { revokeSignIn(id: $id) }", json!({ "id": other["id"] })).await;
    assert_eq!(there.refused("{ me { id } }", json!({})).await.code, "UNAUTHENTICATED");
    here.ask("{ me { id } }", json!({})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_all_other_sign_ins() {
    let cast = Cast::on_sqlite(&[]).await;
    let here = cast.owner().await;
    let there = cast.anonymous().sign_in("olga", PASSWORD).await.unwrap();
    let change = "mutation($c: String!, $n: String!) { changePassword(current: $c, new: $n) { username } }";
    let wrong = here.refused(change, json!({ "c": "wrong", "n": "another horse" })).await;
    assert_eq!((wrong.code.as_str(), wrong.field.as_deref()), ("VALIDATION", Some("current")));
    let short = here.refused(change, json!({ "c": PASSWORD, "n": "short" })).await;
    assert_eq!((short.code.as_str(), short.field.as_deref()), ("VALIDATION", Some("new")));
    here.ask(change, json!({ "c": PASSWORD, "n": "another horse" })).await;
    here.ask("{ me { id } }", json!({})).await;
    assert_eq!(there.refused("{ me { id } }", json!({})).await.code, "UNAUTHENTICATED");
    cast.anonymous().sign_in("olga", "another horse").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_owner_is_made_by_the_code_of_the_log_once() {
    on_each(async |cast| {
        let code = sign_in::prepare_first_owner(&cast.app).await.unwrap().expect("a code");
        let stranger = cast.anonymous();
        assert_eq!(stranger.ask("{ setupNeeded }", json!({})).await["setupNeeded"], true);
        let setup = "mutation($c: String!, $n: String!, $p: String!) {
            completeSetup(code: $c, username: $n, password: $p) { accessToken } }";
        let wrong = stranger.refused(setup, json!({ "c": "nope", "n": "olga", "p": PASSWORD })).await;
        assert_eq!((wrong.code.as_str(), wrong.field.as_deref()), ("VALIDATION", Some("code")));
        let variables = json!({ "c": code, "n": "olga", "p": PASSWORD });
        let owner = stranger.enter(setup, variables.clone(), "completeSetup").await.unwrap();
        assert_eq!(owner.ask("{ me { role } }", json!({})).await["me"]["role"], "OWNER");
        assert_eq!(stranger.ask("{ setupNeeded }", json!({})).await["setupNeeded"], false);
        assert_eq!(stranger.refused(setup, variables).await.code, "CONFLICT");
        assert!(sign_in::prepare_first_owner(&cast.app).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_configured_owner_is_made_if_there_is_none() {
    let variables = [("SALLYPORT_ADMIN_USERNAME", "root"), ("SALLYPORT_ADMIN_PASSWORD", "given in a file")];
    let cast = Cast::on_sqlite(&variables).await;
    assert!(sign_in::prepare_first_owner(&cast.app).await.unwrap().is_none());
    let root = cast.anonymous().sign_in("root", "given in a file").await.unwrap();
    assert_eq!(root.ask("{ me { role } }", json!({})).await["me"]["role"], "OWNER");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_time_codes_are_wanted_once_they_are_set_up() {
    let cast = Cast::on_sqlite(&[]).await;
    let owner = cast.owner().await;
    let begin = "mutation($p: String!) { beginTotp(password: $p) { secret uri picture recoveryCodes } }";
    assert_eq!(owner.refused(begin, json!({ "p": "wrong" })).await.field.as_deref(), Some("password"));
    let setup = owner.ask(begin, json!({ "p": PASSWORD })).await["beginTotp"].clone();
    assert!(setup["uri"].as_str().unwrap().starts_with("otpauth://totp/Sallyport:olga?secret="));
    assert!(setup["picture"].as_str().unwrap().starts_with("data:image/png;base64,iVBOR"));
    let enable = "mutation($c: String!) { enableTotp(code: $c) { totpEnabled } }";
    assert_eq!(owner.refused(enable, json!({ "c": "000000x" })).await.field.as_deref(), Some("code"));
    let code = totp(setup["secret"].as_str().unwrap(), cast.app.clock.now().seconds());
    owner.ask(enable, json!({ "c": code })).await;
    let wanted = cast.anonymous().sign_in("olga", PASSWORD).await.err().unwrap();
    assert_eq!((wanted.code.as_str(), wanted.field.as_deref()), ("VALIDATION", Some("totp")));
    let again = cast.anonymous().refused(LOGIN, json!({ "n": "olga", "p": PASSWORD, "c": code })).await;
    assert_eq!(again.code, "UNAUTHENTICATED", "a code works once");
    let recovery = setup["recoveryCodes"][0].as_str().unwrap();
    let variables = json!({ "n": "olga", "p": PASSWORD, "c": recovery });
    cast.anonymous().ask(LOGIN, variables.clone()).await;
    assert_eq!(cast.anonymous().refused(LOGIN, variables).await.code, "UNAUTHENTICATED");
    owner
        .ask("mutation($p: String!) { disableTotp(password: $p) { totpEnabled } }", json!({ "p": PASSWORD }))
        .await;
    cast.anonymous().sign_in("olga", PASSWORD).await.unwrap();
}

/// The code that an authenticator app would show (RFC 6238).
fn totp(secret: &str, seconds: i64) -> String {
    use hmac::Mac;
    let bits: String = secret
        .bytes()
        .map(|letter| b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|known| *known == letter).unwrap())
        .map(|value| format!("{value:05b}"))
        .collect();
    let seed: Vec<u8> =
        (0..bits.len() / 8).map(|n| u8::from_str_radix(&bits[n * 8..n * 8 + 8], 2).unwrap()).collect();
    let mut mac = hmac::Hmac::<sha1::Sha1>::new_from_slice(&seed).unwrap();
    mac.update(&(seconds / 30).to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest[19] & 15);
    let word = u32::from_be_bytes(digest[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", word % 1_000_000)
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_always_an_owner_left() {
    on_each(async |cast| {
        let owner = cast.owner().await;
        let id = owner.ask("{ me { id } }", json!({})).await["me"]["id"].clone();
        let update = "mutation($id: ID!, $r: Role, $e: Boolean) { updateAdmin(id: $id, role: $r, enabled: $e) { role } }";
        assert_eq!(owner.refused(update, json!({ "id": id, "r": "ADMIN" })).await.code, "CONFLICT");
        assert_eq!(owner.refused(update, json!({ "id": id, "e": false })).await.code, "CONFLICT");
        assert_eq!(owner.refused("mutation($id: ID!) { deleteAdmin(id: $id) }", json!({ "id": id })).await.code, "CONFLICT");
        let second = cast.admin("peter", Role::Owner).await;
        owner.ask(update, json!({ "id": id, "r": "VIEWER" })).await;
        assert_eq!(owner.refused("{ me { id } }", json!({})).await.code, "UNAUTHENTICATED", "signed out");
        second.ask("{ admins { username role } }", json!({})).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_taken_once_without_regard_to_case() {
    on_each(async |cast| {
        let owner = cast.owner().await;
        let create = "mutation($n: String!) { createAdmin(username: $n, password: \"long enough\", role: VIEWER) { id } }";
        owner.ask(create, json!({ "n": "Ivan" })).await;
        assert_eq!(owner.refused(create, json!({ "n": "ivan" })).await.code, "CONFLICT");
        assert_eq!(owner.refused(create, json!({ "n": "two words" })).await.field.as_deref(), Some("username"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cookies_of_foreign_pages_open_nothing() {
    let cast = Cast::on_sqlite(&[]).await;
    let owner = cast.owner().await;
    let cookie = format!("sallyport_refresh={}", owner.cookie.as_deref().unwrap());
    let send = async |origin: &str| {
        let body = json!({ "query": "mutation { refresh { accessToken } }" });
        let request = cast.http.post(cast.url("/graphql")).json(&body).header("cookie", &cookie);
        let answer = request.header("origin", origin).send().await.unwrap();
        answer.json::<serde_json::Value>().await.unwrap()
    };
    let foreign = send("https://evil.example").await;
    assert_eq!(foreign["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{foreign}");
    let own = send(&cast.url("")).await;
    assert!(own["data"]["refresh"]["accessToken"].is_string(), "{own}");
}
