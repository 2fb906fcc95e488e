//! Access ends with the policy's hours where they end before the session: that is the end that is shown.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::acts::ANNA;
use crate::page::row;
use crate::stage::{Stage, play};

#[tokio::test(flavor = "multi_thread")]
async fn access_that_ends_with_the_hours_is_shown_so_beside_the_sessions_own_end() {
    play("hours", async |stage| {
        let (page, zone) = (&stage.page, noon());
        page.live_in(&zone).await;
        stage.sign_in().await;
        stage.add_router().await;
        keep_hours(stage, &zone).await;
        page.go("/users", "Users").await;
        let anna = stage.register(ANNA).await;
        stage.approve(ANNA).await;
        stage.dial_in(ANNA, &anna).await;
        stage.confirm(&anna).await;

        page.go("/sessions", "Sessions").await;
        page.see(row(ANNA.name)).await;
        let left = page.text(row(ANNA.name)).await;
        assert!(
            !left.contains(" d "),
            "the hours of today are left, not the two days of the session: {left}"
        );
        page.press(ANNA.name).await;
        let inspector = "[data-testid=inspector]";
        page.reads(inspector, "23:00, when the policy’s hours end").await;
        let told = page.text(inspector).await;
        for wanted in
            ["Access until", "Session until", "Ends at 23:00", "Access ends", "More time changes nothing now"]
        {
            assert!(told.contains(wanted), "{wanted:?} in {told}");
        }
        page.clear_notices().await;
        page.shot("both-ends").await;
        page.press(&format!("Extend {}", ANNA.name)).await;
        page.reads("dialog[open]", "More time changes nothing now").await;
        stage.expect_no_complaints().await;
    })
    .await;
}

/// Sessions of two days, and hours until eleven in the evening, in a zone in which it is about noon: whenever this runs,
/// the hours run and end today.
async fn keep_hours(stage: &Stage<'_>, zone: &str) {
    let page = &stage.page;
    page.go("/policies", "Policies").await;
    page.press("Default").await;
    page.reads("h1", "Default").await;
    page.fill_seconds("sessionSeconds", 2 * 24 * 3600).await;
    let hours: Vec<String> = (1..=7).map(|day| format!("{day} 01:00-23:00")).collect();
    page.fill("workingHours", &hours.join("\n")).await;
    page.fill("timeZone", zone).await;
    page.press("Save policy").await;
    page.gone("[data-testid=save-policy]").await;
}

/// A zone in which it is between noon and one o'clock.
fn noon() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970").as_secs();
    let hour = i64::try_from(now / 3600 % 24).expect("an hour of the day");
    // These zones count the other way round: in Etc/GMT+1 it is an hour earlier.
    format!("Etc/GMT{:+}", hour - 12)
}
