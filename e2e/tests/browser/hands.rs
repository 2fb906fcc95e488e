//! The console under somebody's hands: the keyboard, the palette, filters in the address, files, and rows that stay.

use serde_json::json;

use crate::acts::{ANNA, BORIS, VERA};
use crate::page::row;
use crate::stage::{Stage, play};
use crate::webdriver::By;

#[tokio::test(flavor = "multi_thread")]
async fn keys_palette_filters_and_files_work_and_rows_stay_under_the_hand() {
    play("hands", async |stage| {
        let page = &stage.page;
        stage.sign_in().await;
        stage.add_router().await;
        page.go("/users", "Users").await;
        let anna = stage.register(ANNA).await;
        stage.approve(ANNA).await;
        let boris = stage.register(BORIS).await;
        stage.approve(BORIS).await;
        stage.register(VERA).await;
        page.see(row(VERA.name)).await;
        page.clear_notices().await;

        palette(stage).await;
        keys(stage).await;
        files(stage).await;
        filters(stage).await;

        page.go("/sessions", "Sessions").await;
        stage.dial_in(ANNA, &anna).await;
        page.see(row(ANNA.name)).await;
        hold(stage, true).await;
        stage.dial_in(BORIS, &boris).await;
        page.see(row(BORIS.name)).await;
        stage.confirm(&anna).await;
        // Let in, but still where the hand is: between those who wait in the box.
        page.reads(row(ANNA.name), "Extend").await;
        assert_eq!(names(stage).await, [ANNA.name, BORIS.name], "nothing moves under the hand");
        page.shot("held").await;
        hold(stage, false).await;
        page.see(By::XPath(format!(
            "//tbody[tr/th[contains(., 'Inside')]]/tr[td[contains(., '{}')]]",
            ANNA.name
        )))
        .await;
        assert_eq!(
            names(stage).await,
            [BORIS.name, ANNA.name],
            "left alone, everybody goes where they belong"
        );
        stage.expect_no_complaints().await;
    })
    .await;
}

/// Ctrl K, a few letters, Enter.
async fn palette(stage: &Stage<'_>) {
    let page = &stage.page;
    press_key(stage, "KeyK", true).await;
    page.fill("find", "anna.or").await;
    page.reads("[data-testid=palette] [role=option]", ANNA.name).await;
    page.shot("palette").await;
    enter(stage, "[data-testid=palette] input").await;
    page.reads("h1", ANNA.name).await;
    press_key(stage, "KeyK", true).await;
    page.fill("find", "statist").await;
    enter(stage, "[data-testid=palette] input").await;
    page.reads("h1", "Statistics").await;
}

/// `g u` goes to the people, `j` walks through them.
async fn keys(stage: &Stage<'_>) {
    let page = &stage.page;
    press_key(stage, "KeyG", false).await;
    press_key(stage, "KeyU", false).await;
    page.reads("h1", "Users").await;
    page.see(row(BORIS.name)).await;
    press_key(stage, "KeyJ", false).await;
    press_key(stage, "KeyJ", false).await;
    press_key(stage, "KeyX", false).await;
    page.see("tr:nth-child(2)[aria-selected=true]").await;
    press_key(stage, "KeyX", false).await;
}

/// The file is made in the page; what would be downloaded is caught on its way.
async fn files(stage: &Stage<'_>) {
    let page = &stage.page;
    let catch = "const make = URL.createObjectURL; URL.createObjectURL = blob => { \
                 blob.text().then(text => { window.savedFile = text; }); return make.call(URL, blob); };";
    page.window().run(catch, json!([])).await.expect("files can be caught");
    page.click("[data-testid=export]").await;
    let text = page
        .until("the file is made", async || {
            let text = page.window().run("return window.savedFile ?? null", json!([])).await?;
            Ok(text.as_str().map(str::to_owned))
        })
        .await;
    for wanted in ["\"Anna Orlova\"", "anna.orlova (hq-gw)", "\"Approved\"", "\"Pending\""] {
        assert!(text.contains(wanted), "the file holds {wanted}: {text}");
    }
    assert_eq!(text.trim_end().lines().count(), 4, "a head and three people: {text}");
}

/// The audit's filter stands in the address and outlives a reload.
async fn filters(stage: &Stage<'_>) {
    let page = &stage.page;
    page.go("/audit", "Audit").await;
    page.reads("table", "router.create").await;
    page.click(By::Css("select[name=action] option[value='router.']".to_owned())).await;
    page.gone(row("user.")).await;
    page.reads("table", "router.create").await;
    page.open("/audit?action=user.&since=2001-01-01").await;
    page.reads("h1", "Audit").await;
    page.see(row("user.")).await;
    assert!(page.window().shown(&row("router.create")).await.expect("rows").is_empty());
    page.open("/audit?till=2001-01-01").await;
    page.press("Clear").await;
    page.reads("table", "router.create").await;
}

/// The names in the table of live sessions, from top to bottom.
async fn names(stage: &Stage<'_>) -> Vec<String> {
    let script = "return [...document.querySelectorAll('[data-testid=live-sessions] button.who')] \
                  .map(name => name.textContent)";
    let names = stage.page.window().run(script, json!([])).await.expect("names");
    names.as_array().into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

/// The mouse comes to the table of live sessions and keeps moving, or leaves it.
async fn hold(stage: &Stage<'_>, on: bool) {
    let script = "const table = document.querySelector('[data-testid=live-sessions]'); \
                  const send = name => table.dispatchEvent(new PointerEvent(name, {pointerType: 'mouse'})); \
                  clearInterval(window.hand); \
                  if (arguments[0]) { send('pointermove'); window.hand = setInterval(() => send('pointermove'), 200); } \
                  else send('pointerleave');";
    stage.page.window().run(script, json!([on])).await.expect("the mouse moves");
}

/// Presses a key by its place on the keyboard, wherever the focus is.
async fn press_key(stage: &Stage<'_>, code: &str, ctrl: bool) {
    let script = "(document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent('keydown', \
                  {code: arguments[0], ctrlKey: arguments[1], bubbles: true, cancelable: true}))";
    stage.page.window().run(script, json!([code, ctrl])).await.expect("the key is pressed");
}

async fn enter(stage: &Stage<'_>, selector: &str) {
    let script = "document.querySelector(arguments[0]).dispatchEvent(new KeyboardEvent('keydown', \
                  {key: 'Enter', bubbles: true, cancelable: true}))";
    stage.page.window().run(script, json!([selector])).await.expect("Enter is pressed");
}
