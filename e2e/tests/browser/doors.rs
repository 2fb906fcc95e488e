//! What goes wrong at the door: a wrong password, a router that does not answer, one that does not know the password.

use serde_json::json;
use tokio::net::TcpSocket;

use crate::server::{OWNER, PASSWORD};
use crate::stage::{Stage, play};

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_a_router_out_of_reach_are_told_with_a_remedy() {
    play("doors", async |stage| {
        let page = &stage.page;
        page.open("/sessions").await;
        page.fill("username", OWNER).await;
        page.fill("password", "guessed").await;
        page.press("Continue").await;
        page.reads("form", "Username or password is wrong").await;
        page.shot("wrong-password").await;
        stage.sign_in().await;
        second_factor(stage).await;

        page.go("/routers", "Routers").await;
        page.reads("main", "No router yet").await;
        page.press("Add a router").await;
        page.press("Test").await;
        page.reads("form", "Give it a name").await;
        let (_kept, closed) = closed_port();
        stage.fill_router("branch", closed, "secret").await;
        expect_remedy(stage, "Enable the service in /ip service and check the port").await;
        page.shot("router-out-of-reach").await;
        stage.fill_router("branch", stage.router.addr().port(), "not this one").await;
        expect_remedy(stage, "password").await;
        page.shot("router-wrong-password").await;
        assert_eq!(stage.router.writes(), 0, "a test writes nothing");
        stage.expect_no_complaints().await;
    })
    .await;
}

/// The second factor is shown as a picture for the phone, and as text for those who have no camera.
async fn second_factor(stage: &Stage<'_>) {
    let page = &stage.page;
    page.open("/account").await;
    page.fill("totp-password", PASSWORD).await;
    page.click("[data-testid=begin-totp]").await;
    page.see("img.qr").await;
    let width = "return document.querySelector('img.qr').naturalWidth";
    page.until("the picture is drawn", async || {
        let width = page.window().run(width, json!([])).await?;
        Ok(width.as_u64().is_some_and(|width| width > 100).then_some(()))
    })
    .await;
    page.reads("main", "Or type the key into the app:").await;
    page.shot("second-factor").await;
}

async fn expect_remedy(stage: &Stage<'_>, words: &str) {
    let page = &stage.page;
    page.press("Test").await;
    page.reads("[data-testid=test-outcome]", words).await;
    page.reads("[data-testid=test-outcome]", "Failed").await;
}

/// A port on which nobody listens, and that nobody else gets as long as this is kept.
fn closed_port() -> (TcpSocket, u16) {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let port = socket.local_addr().expect("its number").port();
    (socket, port)
}
