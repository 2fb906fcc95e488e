//! Everybody and everything: a router and a Telegram that are not there, the real server, and the browser.

use std::env;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::{Path, PathBuf};

use futures_util::FutureExt;
use sim::routeros::{Builder, RouterSim};
use sim::telegram::TelegramSim;

use crate::chromium::{Chromium, Programs};
use crate::page::{PATIENCE, Page, Size};
use crate::server::{OWNER, PASSWORD, Server};

/// The bot's token.
const TOKEN: &str = "123456789:simulated-telegram-token";

/// The API user of the server on the router.
pub(crate) const ROUTER_USER: &str = "sallyport";
pub(crate) const ROUTER_PASSWORD: &str = "only for the router";

/// The lists on the router, by the console's defaults.
pub(crate) const BOX_LIST: &str = "2fa-sandboxed";
pub(crate) const ALLOW_LIST: &str = "2fa-allowed";

/// All that a test sees.
#[derive(Debug)]
pub(crate) struct Stage<'a> {
    /// The router.
    pub(crate) router: &'a RouterSim,
    /// Telegram.
    pub(crate) telegram: &'a TelegramSim,
    /// The browser.
    pub(crate) page: Page<'a>,
}

/// Sets the stage, plays, and clears it away whatever happened; pictures go to a folder called `name`. Without a
/// browser nothing is played.
pub(crate) async fn play(name: &str, act: impl AsyncFnOnce(&Stage<'_>)) {
    play_with(name, prepared(), act).await;
}

/// The same with a router that is furnished otherwise.
pub(crate) async fn play_with(name: &str, furniture: Builder, act: impl AsyncFnOnce(&Stage<'_>)) {
    let Some(programs) = Programs::find() else { return };
    let router = furniture.start().await.expect("the simulated router starts");
    router.set("system/identity", "", &[("name", "hq-gw")]).expect("the router takes a name");
    let telegram = TelegramSim::start(TOKEN, "sallyport_bot").await.expect("the simulated Telegram starts");
    telegram.set_patience(PATIENCE);
    let server = Server::start(&telegram.url(), telegram.token()).await;
    let chromium = Chromium::start(&programs).await;
    let page = Page::new(&chromium.window, server.address.clone(), shots().join(name));
    let stage = Stage { router: &router, telegram: &telegram, page };
    stage.page.resize(Size::Desktop).await;
    let outcome = AssertUnwindSafe(act(&stage)).catch_unwind().await;
    if outcome.is_err() {
        eprintln!("the server's log:\n{}", server.log());
    }
    chromium.quit().await;
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
}

impl Stage<'_> {
    /// Signs the owner in.
    pub(crate) async fn sign_in(&self) {
        self.page.open("/").await;
        self.page.fill("username", OWNER).await;
        self.page.fill("password", PASSWORD).await;
        self.page.press("Continue").await;
        self.page.reads("h1", "Dashboard").await;
        self.page.reads("[data-testid=live-mark]", "Live").await;
    }

    /// Fills the form of a new router.
    pub(crate) async fn fill_router(&self, name: &str, port: u16, password: &str) {
        let page = &self.page;
        page.fill("name", name).await;
        page.fill("host", "127.0.0.1").await;
        page.fill("port", &port.to_string()).await;
        page.pick("tls", "Not encrypted").await;
        page.fill("username", ROUTER_USER).await;
        page.fill("password", password).await;
    }

    /// What the browser complained about must be nothing.
    pub(crate) async fn expect_no_complaints(&self) {
        let complaints = self.page.complaints().await;
        assert!(complaints.is_empty(), "the browser complained: {complaints:#?}");
    }
}

/// A router as an administrator prepared it: accounts that are switched off, whose tunnels start in the box, and a
/// rule to be bound.
fn prepared() -> Builder {
    let account = |name, comment| {
        [("name", name), ("password", "pass"), ("profile", "vpn"), ("disabled", "yes"), ("comment", comment)]
    };
    let profile = [
        ("name", "vpn"),
        ("local-address", "10.8.0.1"),
        ("remote-address", "vpn"),
        ("address-list", BOX_LIST),
    ];
    let rule = [
        ("chain", "forward"),
        ("action", "accept"),
        ("src-address", "10.8.0.0/16"),
        ("dst-address", "10.20.0.0/16"),
        ("comment", "2FA anna.orlova to the file server"),
        ("disabled", "yes"),
    ];
    RouterSim::builder()
        .user(ROUTER_USER, ROUTER_PASSWORD, "read,write,api,test,policy")
        .row("ppp/profile", &profile)
        .row("ppp/secret", &account("anna.orlova", "Accounting"))
        .row("ppp/secret", &account("boris.smith", "Warehouse"))
        .row("ppp/secret", &account("vera.kim", ""))
        .row(
            "ip/firewall/filter",
            &[("chain", "forward"), ("src-address-list", ALLOW_LIST), ("action", "accept")],
        )
        .row(
            "ip/firewall/filter",
            &[("chain", "forward"), ("src-address-list", BOX_LIST), ("action", "drop")],
        )
        .row("ip/firewall/filter", &rule)
}

/// Where pictures go.
fn shots() -> PathBuf {
    env::var_os("SALLYPORT_SHOTS").map(PathBuf::from).unwrap_or_else(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        folder.parent().unwrap_or(folder).join("e2e-shots")
    })
}
