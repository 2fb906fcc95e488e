//! What happens in more than one test: steps of an administrator in the console and of a person in Telegram.

use sim::routeros::Tunnel;
use sim::telegram::{Message, Person};

use crate::page::row;
use crate::stage::{ROUTER_PASSWORD, Stage};

/// Somebody with a phone, and with an account on the router.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Role {
    /// In Telegram.
    pub(crate) id: i64,
    /// As they register.
    pub(crate) name: &'static str,
    /// On the router.
    pub(crate) account: &'static str,
    /// The address that they dial in from.
    pub(crate) caller: &'static str,
}

pub(crate) const ANNA: Role =
    Role { id: 1001, name: "Anna Orlova", account: "anna.orlova", caller: "203.0.113.52" };
pub(crate) const BORIS: Role =
    Role { id: 1002, name: "Boris Smith", account: "boris.smith", caller: "198.51.100.7" };
pub(crate) const VERA: Role = Role { id: 1003, name: "Vera Kim", account: "vera.kim", caller: "192.0.2.30" };

impl Stage<'_> {
    /// Adds the router in the console, to be enforced at once.
    pub(crate) async fn add_router(&self) {
        self.add_router_as("Enforcing").await;
    }

    /// Adds the router in the console, tested first, in this mode, and waits until it is worked with.
    pub(crate) async fn add_router_as(&self, mode: &str) {
        let page = &self.page;
        page.go("/routers", "Routers").await;
        page.press("Add a router").await;
        page.reads("h1", "Add a router").await;
        self.fill_router("hq-gw", self.router.addr().port(), ROUTER_PASSWORD).await;
        // Read rarely: what is seen at once was told by the router, not found at the next look.
        page.fill_seconds("pollSeconds", 60).await;
        page.pick("mode", mode).await;
        page.press("Test").await;
        let outcome = page.text("[data-testid=test-outcome]").await;
        for wanted in ["It can be worked with", "hq-gw", "7.22.3", "read", "write", "api"] {
            assert!(outcome.contains(wanted), "the test tells {wanted:?}: {outcome}");
        }
        page.shot("router-tested").await;
        page.click("[data-testid=save-router]").await;
        page.reads("h1", "hq-gw").await;
        page.reads("header.head", "Online").await;
    }

    /// Somebody meets the bot and registers.
    pub(crate) async fn register(&self, role: Role) -> Person {
        let first_name = role.name.split(' ').next().expect("a first name");
        let username = role.account.replace('.', "_");
        let person = self.telegram.person(role.id, first_name, Some("en"), Some(&username));
        person.send("/start").await;
        told(&person, "To begin, register").await;
        person.send("Register").await;
        told(&person, "What is your name?").await;
        person.send(role.name).await;
        told(&person, "Your registration is with the administrators").await;
        person
    }

    /// Approves somebody on the page of people, with an account out of the router's list.
    pub(crate) async fn approve(&self, role: Role) {
        let page = &self.page;
        page.press(&format!("Approve {}", role.name)).await;
        page.reads("dialog[open] h2", &format!("Approve {}?", role.name)).await;
        page.choose("account", role.account).await;
        page.shot("approve").await;
        page.press("Approve").await;
        page.gone("dialog[open]").await;
        page.reads(row(role.name), "Approved").await;
    }

    /// Binds Anna's rule to her account, on her page, to which the page of people leads.
    pub(crate) async fn bind_rule(&self) {
        let page = &self.page;
        page.press(ANNA.name).await;
        page.reads("h1", ANNA.name).await;
        page.reads("main", "no firewall rule").await;
        page.press("Bind a rule…").await;
        page.choose("rule", "2FA anna.orlova").await;
        page.press("Bind").await;
        page.reads("main", "opens rule").await;
        page.reads("main", "2FA anna.orlova to the file server (off)").await;
    }

    /// Asks the bot for access and dials in.
    pub(crate) async fn dial_in(&self, role: Role, person: &Person) -> Tunnel {
        person.send("Get VPN").await;
        told(person, "You can connect now").await;
        // They are told only after the router was seen to have done it.
        assert!(self.is_enabled(role), "{} is switched on", role.account);
        self.router.connect(role.account, "l2tp", role.caller).expect("the router lets the account in")
    }

    /// Taps *Confirm* on the question that comes.
    pub(crate) async fn confirm(&self, person: &Person) {
        let prompt = told(person, "Is it you who just connected?").await;
        person.press(prompt.message_id, "Confirm").await.expect("the bot answers");
        told(person, "You are in.").await;
    }

    /// Whether somebody's account is enabled on the router.
    pub(crate) fn is_enabled(&self, role: Role) -> bool {
        !self.router.row("ppp/secret", role.account).expect("the account is there").is("disabled")
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
