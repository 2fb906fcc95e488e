//! The whole way of one person: from the registration to the end of the session, on both sides of the screen.

use std::time::{Duration, Instant};

use sim::telegram::Person;

use crate::acts::{ANNA, BORIS, Role, VERA, told};
use crate::page::{Size, called, row};
use crate::server::OWNER;
use crate::stage::{ALLOW_LIST, BOX_LIST, Stage, play};
use crate::webdriver::By;

#[tokio::test(flavor = "multi_thread")]
async fn a_person_registers_dials_in_confirms_extends_and_leaves() {
    play("story", async |stage| {
        let page = &stage.page;
        page.open("/").await;
        page.reads("h1", "Sign in").await;
        page.shot("sign-in").await;
        stage.sign_in().await;
        page.shot("dashboard-empty").await;
        stage.add_router().await;
        page.clear_notices().await;
        page.shot("router").await;
        set_policy(stage, 8 * 3600, 15 * 60, 2 * 3600).await;
        let (anna, boris) = registration(stage).await;
        stage.bind_rule().await;
        page.shot("person").await;
        stage.dial_in(BORIS, &boris).await;
        stage.confirm(&boris).await;
        from_the_box_to_the_inside(stage, &anna).await;
        finish(stage, &anna).await;
        // Short enough to be waited for.
        set_policy(stage, 20, 17, 5).await;
        reminder_and_end(stage, &anna, Duration::from_secs(20 + 5)).await;
        page.go("/audit", "Audit").await;
        page.reads("table", OWNER).await;
        page.shot("audit").await;
        stage.expect_no_complaints().await;
    })
    .await;
}

/// Sets the default policy: how long a session lasts, when the reminder comes, what an extension adds.
async fn set_policy(stage: &Stage<'_>, lasts: u32, remind: u32, adds: u32) {
    let page = &stage.page;
    page.go("/policies", "Policies").await;
    page.press("Default").await;
    page.reads("h1", "Default").await;
    page.pick("confirmation", "Tap").await;
    page.fill_seconds("confirmSeconds", 300).await;
    page.fill_seconds("sessionSeconds", lasts).await;
    page.fill_seconds("remindBeforeSeconds", remind).await;
    page.fill_seconds("extensionSeconds", adds).await;
    page.shot("policy").await;
    page.press("Save policy").await;
    page.gone("[data-testid=save-policy]").await;
}

/// People register while the page of people is open: they appear there without a reload, and two are approved.
async fn registration(stage: &Stage<'_>) -> (Person, Person) {
    let page = &stage.page;
    page.go("/users", "Users").await;
    page.mark().await;
    let anna = stage.register(ANNA).await;
    page.reads(row(ANNA.name), "Pending").await;
    stage.approve(ANNA).await;
    told(&anna, "you are registered").await;
    let boris = stage.register(BORIS).await;
    stage.approve(BORIS).await;
    told(&boris, "you are registered").await;
    stage.register(VERA).await;
    page.reads(row(VERA.name), "Pending").await;
    page.clear_notices().await;
    page.shot("users").await;
    assert!(page.is_marked().await, "nothing was loaded anew");
    (anna, boris)
}

/// Asked for, dialled in, in the box, confirmed, inside; the page of sessions shows each step by itself.
async fn from_the_box_to_the_inside(stage: &Stage<'_>, anna: &Person) {
    let (page, router) = (&stage.page, stage.router);
    page.go("/sessions", "Sessions").await;
    page.see(in_group("Inside", BORIS)).await;
    page.mark().await;
    let boris: Vec<String> = router.address_list(ALLOW_LIST);
    let tunnel = stage.dial_in(ANNA, anna).await;
    let dialled = Instant::now();
    page.see(in_group("In the box", ANNA)).await;
    println!("from the tunnel to the page: {} ms", dialled.elapsed().as_millis());
    let address = tunnel.address.to_string();
    assert!(router.address_list(BOX_LIST).contains(&address), "boxed by the router itself");
    assert_eq!(router.address_list(ALLOW_LIST), boris, "nobody is let through before the answer");
    assert!(!stage.rule_is_on());
    page.reads(in_group("In the box", ANNA), ANNA.caller).await;
    page.press(ANNA.name).await;
    page.reads("[data-testid=inspector]", "In the box").await;
    page.clear_notices().await;
    page.shot("sessions-in-the-box").await;

    told(anna, "Is it you who just connected?").await;
    let console = page.window().open_tab().await.expect("a tab for Telegram");
    page.resize(Size::Desktop).await;
    page.visit(&format!("{}/#person={}&chat={}", stage.telegram.url(), anna.id(), anna.id())).await;
    page.reads("#messages", "Until you answer, the connection leads nowhere").await;
    page.shot("telegram-prompt").await;
    page.press("Confirm").await;
    page.reads("#messages", "You are in.").await;
    page.shot("telegram-confirmed").await;
    page.window().close_tab(&console).await.expect("back to the console");

    page.see(in_group("Inside", ANNA)).await;
    page.gone(in_group("In the box", ANNA)).await;
    assert!(router.address_list(ALLOW_LIST).contains(&address), "let through");
    assert!(stage.rule_is_on(), "the bound rule is on");
    page.reads("[data-testid=inspector]", "Inside").await;
    page.clear_notices().await;
    page.shot("sessions-inside").await;
    assert!(page.is_marked().await, "nothing was loaded anew");
}

/// The person finishes: everything is closed before they are told, and the page knows.
async fn finish(stage: &Stage<'_>, anna: &Person) {
    let page = &stage.page;
    page.mark().await;
    anna.send("My sessions").await;
    let line =
        anna.wait_message(|message| message.button("Finish").is_some()).await.expect("a line with Finish");
    anna.press(line.message_id, "Finish").await.expect("the bot answers");
    told(anna, "Finished. Access with the account anna.orlova is closed.").await;
    expect_closed(stage, 1);
    page.gone(in_group("Inside", ANNA)).await;
    page.reads("[data-testid=inspector]", "Finished in the bot").await;
    page.shot("sessions-finished").await;
    assert!(page.is_marked().await, "nothing was loaded anew");
}

/// A second session: the reminder comes, the person extends, then time is up, after so long in all.
async fn reminder_and_end(stage: &Stage<'_>, anna: &Person, lasts: Duration) {
    let page = &stage.page;
    page.go("/sessions", "Sessions").await;
    page.mark().await;
    let asked = stage.router.now();
    stage.dial_in(ANNA, anna).await;
    stage.confirm(anna).await;
    page.see(in_group("Inside", ANNA)).await;
    page.press(ANNA.name).await;
    let end = By::XPath("//aside[@data-testid='inspector']//h3[contains(., 'Ends at')]".to_owned());
    let reminder = told(anna, "Do you need more time?").await;
    anna.press(reminder.message_id, "Extend").await.expect("the bot answers");
    told(anna, "Extended: access with the account anna.orlova until").await;
    page.reads("[data-testid=inspector]", "xtended").await;
    page.see(end).await;
    page.shot("sessions-extended").await;
    told(anna, "Time is up: access with the account anna.orlova is closed.").await;
    let lasted = Duration::from_micros(stage.router.now() - asked);
    assert!(lasted >= lasts, "the extension counted: {lasted:?}");
    // The shorter sessions of the policy held for Boris, who was inside, as well.
    expect_closed(stage, 0);
    page.gone(in_group("Inside", ANNA)).await;
    assert!(page.is_marked().await, "nothing was loaded anew");
    page.click(called("Ended")).await;
    page.reads("table", "Time was up").await;
    page.reads("table", "Finished in the bot").await;
    page.shot("sessions-ended").await;
}

/// Every door on the router is closed to Anna, and so many others are still inside.
fn expect_closed(stage: &Stage<'_>, others: usize) {
    let tunnels = stage.router.tunnels();
    assert!(tunnels.iter().all(|tunnel| tunnel.name != ANNA.account), "the tunnel is cut");
    let inside: Vec<String> = tunnels.iter().map(|tunnel| tunnel.address.to_string()).collect();
    assert_eq!(inside.len(), others);
    assert_eq!(stage.router.address_list(ALLOW_LIST), inside, "nobody else is let through");
    assert!(!stage.rule_is_on(), "the bound rule is off");
    assert!(!stage.is_enabled(ANNA), "the account is switched off");
}

/// Somebody's row in a group of the live sessions.
fn in_group(title: &str, role: Role) -> By {
    By::XPath(format!("//tbody[tr/th[contains(., '{title}')]]/tr[td[contains(., '{}')]]", role.name))
}
