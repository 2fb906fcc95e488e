//! Enforcing an observed router is told even if nothing is set up on it, or nothing can be.

use serde_json::json;

use crate::stage::{Stage, play};

const APPLY: &str = "[data-testid=apply-setup]";

#[tokio::test(flavor = "multi_thread")]
async fn that_a_router_is_enforced_is_told_also_if_nothing_is_set_up_on_it() {
    play("enforcing", async |stage| {
        let page = &stage.page;
        stage.sign_in().await;
        stage.add_router_as("Observing, no writes").await;
        page.press("Set-up").await;
        page.reads(APPLY, "Enforce and apply").await;
        leave_all_out(stage).await;
        page.reads(APPLY, "Enforce…").await;
        enforce(stage).await;
        page.reads(".toasts", "Enforced. Nothing was set up.").await;
        page.reads("header.head", "Enforcing").await;
        page.clear_notices().await;

        page.press("Edit").await;
        page.pick("mode", "Observing, no writes").await;
        page.click("[data-testid=save-router]").await;
        page.reads("header.head", "Observing, no writes").await;
        page.clear_notices().await;
        page.press("Set-up").await;
        page.reads(APPLY, "Enforce and apply").await;
        stage.router.refuse().await;
        stage.router.break_connections();
        enforce(stage).await;
        page.reads(".toasts", "Enforced; the set-up was not applied: The router did not answer").await;
        page.reads("header.head", "Enforcing").await;
        page.shot("not-applied").await;
        page.press("Overview").await;
        page.reads(".banner", "The router does not answer. Nothing can be changed on it").await;
        page.shot("offline").await;
        stage.expect_no_complaints().await;
    })
    .await;
}

/// Unticks every step.
async fn leave_all_out(stage: &Stage<'_>) {
    let script = "document.querySelectorAll('.step input:checked:enabled').forEach(step => step.click())";
    stage.page.window().run(script, json!([])).await.expect("steps can be left out");
}

async fn enforce(stage: &Stage<'_>) {
    stage.page.click(APPLY).await;
    stage.page.reads("dialog[open] h2", "Enforce this router from now on?").await;
    stage.page.click("[data-testid=confirm]").await;
    stage.page.gone("dialog[open]").await;
}
