//! Pages that show what is on a router, and bans: they follow what happens without a reload.

use crate::acts::{ANNA, BORIS, VERA, told};
use crate::page::row;
use crate::stage::{Stage, play};
use crate::webdriver::By;

#[tokio::test(flavor = "multi_thread")]
async fn tunnels_rules_drift_and_bans_are_seen_as_they_happen() {
    play("follow", async |stage| {
        let (page, router) = (&stage.page, stage.router);
        stage.sign_in().await;
        stage.add_router().await;
        page.go("/users", "Users").await;
        let anna = stage.register(ANNA).await;
        stage.approve(ANNA).await;
        let boris = stage.register(BORIS).await;
        stage.approve(BORIS).await;
        stage.bind_rule().await;

        tab(stage, "Tunnels", "No tunnel is up").await;
        stage.dial_in(ANNA, &anna).await;
        page.reads(row(ANNA.account), "Must confirm").await;

        tab(stage, "Rules", "2FA anna.orlova").await;
        let state = By::XPath("//tr[td[contains(., '2FA anna.orlova')]]/td[3]".to_owned());
        page.reads(state.clone(), "off").await;
        stage.confirm(&anna).await;
        page.reads(state, "on").await;

        tab(stage, "Drift", "Nothing drifted").await;
        router.set("ppp/secret", VERA.account, &[("disabled", "no")]).expect("switched on by hand");
        router.connect(VERA.account, "l2tp", VERA.caller).expect("the router lets the account in");
        page.reads("[data-testid=drift]", VERA.account).await;
        page.shot("drift").await;
        assert!(page.is_marked().await, "nothing was loaded anew");

        page.go("/bans", "Bans").await;
        page.reads("main", "Nobody is banned").await;
        stage.dial_in(BORIS, &boris).await;
        let prompt = told(&boris, "Is it you who just connected?").await;
        boris.press(prompt.message_id, "Not me").await.expect("the bot answers");
        page.see(row(BORIS.caller)).await;
        page.shot("bans").await;
        assert!(page.is_marked().await, "nothing was loaded anew");
        stage.expect_no_complaints().await;
    })
    .await;
}

/// Goes to a tab of the router, in which these words are read at first, and marks the page.
async fn tab(stage: &Stage<'_>, name: &str, words: &str) {
    let page = &stage.page;
    page.go("/routers", "Routers").await;
    page.press("hq-gw").await;
    page.reads("h1", "hq-gw").await;
    page.press(name).await;
    page.reads("main", words).await;
    page.mark().await;
}
