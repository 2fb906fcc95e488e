//! What an administrator does around the sessions: boxes a bare router and examines it, looks at a changed certificate,
//! manages the accounts on a router, puts the bot's words into their own, and asks what a policy would have done.

use std::net::SocketAddr;

use serde_json::json;
use sim::routeros::{Builder, Packet, RouterSim, Tls};

use crate::acts::{ANNA, BORIS, told};
use crate::page::{called, row};
use crate::stage::{BOX_LIST, ROUTER_PASSWORD, ROUTER_USER, Stage, play, play_with};

/// A router as it comes out of the carton, with two accounts: nothing is boxed.
fn bare() -> Builder {
    let rules: [&[(&str, &str)]; 3] = [
        &[("chain", "input"), ("action", "accept"), ("connection-state", "established,related,untracked")],
        &[
            ("chain", "forward"),
            ("action", "fasttrack-connection"),
            ("connection-state", "established,related"),
        ],
        &[("chain", "forward"), ("action", "accept"), ("connection-state", "established,related,untracked")],
    ];
    let builder = RouterSim::builder()
        .user(ROUTER_USER, ROUTER_PASSWORD, "read,write,api,test,policy,sensitive")
        .row("ppp/profile", &[("name", "vpn"), ("local-address", "10.8.0.1"), ("remote-address", "vpn")])
        .row("ppp/secret", &[("name", ANNA.account), ("password", "pass"), ("profile", "vpn")])
        .row("ppp/secret", &[("name", BORIS.account), ("password", "pass"), ("profile", "vpn")]);
    rules.into_iter().fold(builder, |builder, rule| builder.row("ip/firewall/filter", rule))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bare_router_is_observed_boxed_by_one_click_examined_and_put_back() {
    play_with("set-up", bare(), async |stage| {
        let (page, router) = (&stage.page, stage.router);
        let before = router.rows("ip/firewall/filter").len();
        page.live_in("Europe/Moscow").await;
        stage.sign_in().await;
        first_start(stage).await;
        router.connect(ANNA.account, "l2tp", ANNA.caller).expect("the router lets the account in");
        observed(stage).await;

        page.open("/start").await;
        page.press("Open the plan for hq-gw").await;
        page.reads("main", "This router is only observed.").await;
        page.reads("main", "chain=sallyport-out").await;
        page.shot("plan").await;
        assert_eq!(router.writes(), 0, "a plan writes nothing");
        enforced_in_part(stage).await;
        page.click("[data-testid=apply-setup]").await;
        page.reads(".toasts", "Applied and read back").await;
        page.reads("main", "Everything is in place.").await;
        page.reads("[data-testid=setup-proof]", "The box holds.").await;
        page.clear_notices().await;
        page.shot("applied").await;
        assert_boxed(router);

        examined(stage).await;

        page.press("Set-up").await;
        page.click("[data-testid=undo-setup]").await;
        page.reads("dialog[open]", "Tunnels on this router are not boxed any more.").await;
        page.shot("undo").await;
        page.click("dialog[open] .btn.danger").await;
        page.gone("dialog[open]").await;
        page.see("[data-testid=undo-setup]:disabled").await;
        assert_eq!(router.rows("ip/firewall/filter").len(), before, "as it was before");
        stage.expect_no_complaints().await;
    })
    .await;
}

/// The first start offers the zone in which people live, and names the router as what comes next.
async fn first_start(stage: &Stage<'_>) {
    let page = &stage.page;
    page.open("/start").await;
    page.reads("h1", "First start").await;
    page.reads("li.card.now", "The router").await;
    page.reads("main", "Times are told in UTC.").await;
    page.shot("first-start").await;
    page.press("Use Europe/Moscow").await;
    page.gone(called("Use Europe/Moscow")).await;
    page.go("/policies", "Policies").await;
    page.press("Default").await;
    page.reads("h1", "Default").await;
    let zone = page.see("input[name=timeZone]").await;
    let zone = page.window().property(&zone, "value").await.expect("its value");
    assert_eq!(zone, "Europe/Moscow");
}

/// A new router is only watched: it says what is there, and nothing is written. The doctor says that it boxes nobody,
/// and what would.
async fn observed(stage: &Stage<'_>) {
    let (page, router) = (&stage.page, stage.router);
    stage.add_router_as("Observing, no writes").await;
    page.reads("[data-testid=sight]", "Tunnels now 1").await;
    page.reads("[data-testid=sight]", "nobody’s 1").await;
    page.reads("[data-testid=sight]", "linked to nobody 2").await;
    page.reads("main", "Accounts are in PPP secrets").await;
    linked_without_access(stage).await;
    page.reads("[data-testid=sight]", "Tunnels now 2").await;
    page.reads("[data-testid=sight]", "nobody’s 1").await;
    page.reads("[data-testid=sight]", "linked to nobody 1").await;
    page.reads("main", "Every tunnel that was not let through before observing is cut").await;
    page.clear_notices().await;
    page.shot("observed").await;
    page.press("Doctor").await;
    page.reads("main", "The box does not hold.").await;
    let danger = page.text(".finding details[open]").await;
    assert!(
        danger.contains("There is no guard") && danger.contains("Apply Set-up"),
        "what it is, and what to do: {danger}"
    );
    page.shot("doctor-bare").await;
    assert_eq!((router.writes(), router.tunnels().len()), (0, 2), "nothing is touched");
}

/// Somebody is linked and connected, as always until now, but has not asked for access, as their policy wants it: a tunnel
/// that is somebody's, and that enforcing cuts all the same.
async fn linked_without_access(stage: &Stage<'_>) {
    let page = &stage.page;
    page.go("/users", "Users").await;
    stage.register(BORIS).await;
    stage.approve(BORIS).await;
    stage.router.connect(BORIS.account, "l2tp", BORIS.caller).expect("the router lets the account in");
    page.go("/routers", "Routers").await;
    page.press("hq-gw").await;
    page.reads("h1", "hq-gw").await;
}

/// From the plan the router is enforced. With the most important step left out the box is said to be open.
async fn enforced_in_part(stage: &Stage<'_>) {
    let page = &stage.page;
    page.click("input[aria-label='The box: traffic through the router']").await;
    page.click("[data-testid=apply-setup]").await;
    page.reads("dialog[open] h2", "Enforce this router from now on?").await;
    page.reads("dialog[open]", "Every tunnel that was not let through before observing is cut").await;
    page.reads("dialog[open]", "Tunnels of accounts that nobody is linked to are cut whenever they come up")
        .await;
    page.shot("enforce").await;
    page.click("[data-testid=confirm]").await;
    page.reads("[data-testid=setup-proof]", "The box does not hold.").await;
    let openings = page.text("[data-testid=setup-proof]").await;
    assert!(openings.contains("action=fasttrack-connection") && !openings.contains("“”"), "{openings}");
    page.reads("header.head", "Enforcing").await;
    page.clear_notices().await;
    page.shot("open").await;
    let all_cut = async || Ok(stage.router.tunnels().is_empty().then_some(()));
    page.until("nobody's tunnel is cut, and that of somebody who has not asked for access", all_cut).await;
}

/// The doctor names a rule that lets boxed tunnels out, and what to do; without it all is well again.
async fn examined(stage: &Stage<'_>) {
    let (page, router) = (&stage.page, stage.router);
    page.press("Doctor").await;
    page.reads("main", "The box holds.").await;
    page.shot("doctor-holds").await;
    let hole = [("chain", "forward"), ("action", "accept"), ("src-address-list", BOX_LIST)];
    let id = router.add("ip/firewall/filter", &hole).expect("a rule by hand");
    let first = router.rows("ip/firewall/filter")[0].id.clone();
    router.move_before("ip/firewall/filter", &id, Some(&first)).expect("to the top");
    page.press("Run doctor").await;
    page.reads("main", "The box does not hold.").await;
    page.reads(".finding details[open]", "Rule 0 lets the box out before the guard").await;
    page.reads(".finding details[open]", "/ip firewall filter move").await;
    page.shot("doctor-open").await;
    router.remove("ip/firewall/filter", &id).expect("closed by hand");
    page.press("Run doctor").await;
    page.reads("main", "The box holds.").await;
}

/// A tunnel that comes up now leads nowhere.
fn assert_boxed(router: &RouterSim) {
    let tunnel = router.connect(ANNA.account, "l2tp", ANNA.caller).expect("the router lets the account in");
    assert!(router.address_list(BOX_LIST).contains(&tunnel.address.to_string()));
    let outside = Packet::new(tunnel.address, std::net::Ipv4Addr::new(192, 0, 2, 80));
    assert!(!router.would_pass(&outside).passes, "boxed from the first packet");
}

fn with_tls() -> Builder {
    RouterSim::builder().user(ROUTER_USER, ROUTER_PASSWORD, "read,write,api").tls(Tls::Certificate)
}

#[tokio::test(flavor = "multi_thread")]
async fn another_certificate_is_shown_beside_the_old_one_and_trusted_by_an_explicit_act() {
    play_with("certificate", with_tls(), async |stage| {
        let page = &stage.page;
        let address = stage.router.tls_addr().expect("api-ssl");
        stage.sign_in().await;
        page.go("/routers", "Routers").await;
        page.press("Add a router").await;
        stage.fill_router("hq-gw", address.port(), ROUTER_PASSWORD).await;
        page.pick("tls", "Pinned certificate").await;
        page.press("Test").await;
        page.click("[data-testid=trust]").await;
        page.reads("[data-testid=test-outcome]", "Trusted").await;
        page.press("Test").await;
        page.reads("[data-testid=test-outcome]", "It can be worked with").await;
        page.click("[data-testid=save-router]").await;
        page.reads("header.head", "Online").await;

        let other = swap(stage.router, address).await;
        page.reads("header.head", "Offline").await;
        page.reads(".banner", "The router does not answer. Nothing can be changed on it").await;
        page.press("Look at its certificate").await;
        page.reads("dialog[open] h2", "Trust another certificate of hq-gw?").await;
        let shown = page.text("dialog[open]").await;
        assert!(shown.contains("Trusted until now") && shown.contains("Shown now"), "{shown}");
        page.shot("changed").await;
        assert_eq!(other.commands(), 0, "a stranger is told nothing");
        page.press("Trust the new certificate").await;
        page.gone("dialog[open]").await;
        page.reads("header.head", "Online").await;
        stage.expect_no_complaints().await;
    })
    .await;
}

/// Another key at the same place.
async fn swap(router: &RouterSim, address: SocketAddr) -> RouterSim {
    router.refuse().await;
    let other = with_tls().listen_tls(address).start().await.expect("the place is free");
    router.break_connections();
    other
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_made_given_another_password_and_deleted_on_the_router() {
    play("accounts", async |stage| {
        let page = &stage.page;
        stage.sign_in().await;
        stage.add_router().await;
        page.press("Accounts").await;
        page.see(row("vera.kim")).await;
        page.reads("main", "The settings can allow it here.").await;
        page.press("Accounts are made and deleted on the router. The settings can allow it here.").await;
        page.click("input[name=allowAccountManagement]").await;
        page.click("[data-testid=save-settings]").await;
        page.reads(".toasts", "Settings saved").await;
        page.clear_notices().await;
        page.go("/routers", "Routers").await;
        page.press("hq-gw").await;
        page.press("Accounts").await;

        page.press("New account…").await;
        page.fill("username", "vera.kim").await;
        page.reads("dialog[open]", "vpn (starts in the box)").await;
        page.press("New account").await;
        page.reads("dialog[open] .error-line", "has an account vera.kim already").await;
        page.fill("username", "Глеб").await;
        page.shot("new-account").await;
        page.press("New account").await;
        let first = shown_once(stage, "Глеб is made").await;
        page.shot("password-once").await;
        page.press("Close").await;
        page.see(row("Глеб")).await;
        let made = stage.router.row("ppp/secret", "Глеб").expect("it is on the router");
        assert!(made.is("disabled") && made.text("profile").as_deref() == Some("vpn"));
        assert_eq!(made.text("password").as_deref(), Some(first.as_str()));

        page.press("More for Глеб").await;
        page.press("New password…").await;
        page.press("Set password").await;
        let second = shown_once(stage, "The password of Глеб is changed").await;
        page.press("Close").await;
        assert_ne!(first, second);
        let now = stage.router.row("ppp/secret", "Глеб").expect("it is still there");
        assert_eq!(now.text("password").as_deref(), Some(second.as_str()));

        page.press("More for Глеб").await;
        page.press("Delete…").await;
        page.reads("dialog[open] h2", "Delete the account Глеб on the router?").await;
        page.shot("delete-account").await;
        page.click("[data-testid=confirm]").await;
        page.reads(".toasts", "Глеб is deleted").await;
        page.gone(row("Глеб")).await;
        assert!(stage.router.row("ppp/secret", "Глеб").is_none());
        on_the_owners_page(stage).await;
        stage.expect_no_complaints().await;
    })
    .await;
}

/// The same on the page of the account's owner.
async fn on_the_owners_page(stage: &Stage<'_>) {
    let page = &stage.page;
    page.go("/users", "Users").await;
    stage.register(ANNA).await;
    stage.approve(ANNA).await;
    page.clear_notices().await;
    page.press(ANNA.name).await;
    page.reads("h1", ANNA.name).await;
    page.press("More for anna.orlova").await;
    page.shot("owners-menu").await;
    page.press("New password…").await;
    page.press("Set password").await;
    let password = shown_once(stage, "The password of anna.orlova is changed").await;
    page.press("Close").await;
    let account = stage.router.row("ppp/secret", ANNA.account).expect("it is on the router");
    assert_eq!(account.text("password").as_deref(), Some(password.as_str()));

    page.press("More for anna.orlova").await;
    page.press("Enable").await;
    // Her policy grants access for a time, so nobody switches her account on for good.
    page.reads("body", "grant one instead").await;
    page.clear_notices().await;
    page.press("More for anna.orlova").await;
    page.press("Unlink…").await;
    page.click("[data-testid=confirm]").await;
    page.reads("main", "No account is linked").await;
    page.go("/audit", "Audit").await;
    page.reads("table", "account.unlink").await;
}

/// The password that a dialog shows when these words stand in it.
async fn shown_once(stage: &Stage<'_>, words: &str) -> String {
    stage.page.reads("[data-testid=password-once]", words).await;
    let password = stage.page.text("[data-testid=password-once] code").await;
    assert_eq!(password.chars().count(), 20, "{password}");
    password
}

#[tokio::test(flavor = "multi_thread")]
async fn own_words_are_checked_kept_and_told_and_a_policy_is_tried_before_it_holds() {
    play("words", async |stage| {
        let page = &stage.page;
        stage.sign_in().await;
        stage.add_router().await;
        page.go("/users", "Users").await;
        let anna = stage.register(ANNA).await;
        stage.approve(ANNA).await;

        page.open("/settings/messages?key=session-granted").await;
        write_over(stage, "Open until { $nobody }").await;
        page.see("[data-testid=save-message]:disabled").await;
        page.shot("wrong-blank").await;
        write_over(stage, "The way is <b>free</b>.").await;
        page.reads("[data-testid=preview]", "The way is free.").await;
        page.click("[data-testid=save-message]").await;
        page.reads(".toasts", "The text is saved").await;
        page.clear_notices().await;
        page.shot("own-words").await;
        anna.send("Get VPN").await;
        told(&anna, "The way is free.").await;
        page.press("Back to default").await;
        page.reads(".toasts", "The text is saved").await;

        stage.router.connect(ANNA.account, "l2tp", ANNA.caller).expect("the router lets the account in");
        stage.confirm(&anna).await;
        page.go("/policies", "Policies").await;
        page.press("Default").await;
        page.reads("h1", "Default").await;
        page.pick("confirmation", "None").await;
        page.click("[data-testid=what-if]").await;
        page.reads("[data-testid=what-if-answer]", "let in unasked").await;
        let answer = page.text("[data-testid=what-if-answer]").await;
        assert_eq!(count(&answer, "let in unasked"), 1, "{answer}");
        assert_eq!(count(&answer, "asked in Telegram"), 0, "{answer}");
        page.shot("what-if").await;
        page.open("/sessions").await;
        page.see(row(ANNA.name)).await;
        stage.expect_no_complaints().await;
    })
    .await;
}

/// The number beside these words in a list of facts.
fn count(answer: &str, words: &str) -> i64 {
    let after = answer.split(words).nth(1).unwrap_or_else(|| panic!("{words} in {answer}"));
    after.split_whitespace().next().and_then(|number| number.parse().ok()).expect("a number")
}

/// Types over the text of the message.
async fn write_over(stage: &Stage<'_>, words: &str) {
    let script = "const field = document.querySelector('textarea[name=text]'); field.value = arguments[0]; \
                  field.dispatchEvent(new Event('input', {bubbles: true}));";
    stage.page.see("textarea[name=text]").await;
    stage.page.window().run(script, json!([words])).await.expect("typed");
}
