//! What happens in more than one test: steps of an administrator in the console and of a person in Telegram.

use sim::routeros::Tunnel;
use sim::telegram::{Message, Person};

use crate::page::row;
use crate::stage::{ROUTER_PASSWORD, Stage};

/// The person's name and account.
pub(crate) const NAME: &str = "Anna Orlova";
pub(crate) const ACCOUNT: &str = "anna.orlova";

/// The address that the person dials in from.
pub(crate) const CALLER: &str = "203.0.113.52";

impl Stage<'_> {
    /// Adds the router in the console, tested first, and waits until it is worked with.
    pub(crate) async fn add_router(&self) {
        let page = &self.page;
        page.go("/routers", "Routers").await;
        page.press("Add a router").await;
        page.reads("h1", "Add a router").await;
        self.fill_router("hq-gw", self.router.addr().port(), ROUTER_PASSWORD).await;
        // Read rarely: what is seen at once was told by the router, not found at the next look.
        page.fill_seconds("pollSeconds", 60).await;
        page.press("Test").await;
        let outcome = page.text("[data-testid=test-outcome]").await;
        for wanted in ["It can be worked with", "MikroTik", "7.22.3", "read", "write", "api"] {
            assert!(outcome.contains(wanted), "the test tells {wanted:?}: {outcome}");
        }
        page.shot("router-tested").await;
        page.click("[data-testid=save-router]").await;
        page.reads("h1", "hq-gw").await;
        page.reads("header.head", "Online").await;
    }

    /// A person meets the bot and registers.
    pub(crate) async fn register(&self) -> Person {
        let anna = self.telegram.person(1001, "Anna", Some("en"), Some("anna_orlova"));
        anna.send("/start").await;
        told(&anna, "To begin, register").await;
        anna.send("Register").await;
        told(&anna, "What is your name?").await;
        anna.send(NAME).await;
        told(&anna, "Your registration is with the administrators").await;
        anna
    }

    /// Approves the person in the console, with an account out of the router's list.
    pub(crate) async fn approve(&self) {
        let page = &self.page;
        page.press(&format!("Approve {NAME}")).await;
        page.reads("dialog[open] h2", &format!("Approve {NAME}?")).await;
        page.choose("account", ACCOUNT).await;
        page.shot("approve").await;
        page.press("Approve").await;
        page.gone("dialog[open]").await;
        page.reads(row(NAME), "Approved").await;
    }

    /// The person asks the bot for access and is let dial in.
    pub(crate) async fn get_vpn(&self, anna: &Person) -> Tunnel {
        anna.send("Get VPN").await;
        told(anna, "You can connect now").await;
        // The person is told only after the router was seen to have done it.
        assert!(self.account_enabled(), "the account is enabled on the router");
        self.router.connect(ACCOUNT, "l2tp", CALLER).expect("the router lets the account in")
    }

    /// Whether the person's account is enabled on the router.
    pub(crate) fn account_enabled(&self) -> bool {
        !self.router.row("ppp/secret", ACCOUNT).expect("the account is there").is("disabled")
    }

    /// Whether the rule that may be bound is on.
    pub(crate) fn rule_is_on(&self) -> bool {
        self.router.rows("ip/firewall/filter").iter().any(|rule| {
            rule.text("comment").is_some_and(|comment| comment.contains("2FA")) && !rule.is("disabled")
        })
    }
}

/// Waits until the bot has said `words`.
pub(crate) async fn told(person: &Person, words: &str) -> Message {
    let heard = person.wait_message(|message| message.text.contains(words)).await;
    heard.unwrap_or_else(|error| panic!("the bot did not say {words:?}: {error}"))
}
