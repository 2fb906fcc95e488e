//! From tunnel to prompt, and from tap to allow entry.

use super::{
    cast::{Cast, add_router},
    percentiles,
};
use futures_util::{StreamExt, stream};
use sallyport::store::records::RouterMode;
use sallyport_shared::{policy::AccessMode, time::Seconds};
use sim::{routeros::RouterSim, telegram::Person};
use std::time::{Duration, Instant};

/// Prompts that are pending all the while.
const PENDING: usize = 1_000;
/// How often each is measured.
const SAMPLES: usize = 200;
/// Between two of them. Telegram takes thirty messages a second from a bot, and the server keeps to that: people who
/// follow one another faster wait for Telegram's pace, not for the server.
const GAP: Duration = Duration::from_millis(150);
/// After the thousand have been asked, until what was written of it is on the disk.
const SETTLED: Duration = Duration::from_secs(3);

pub(crate) async fn measure() {
    let cast = Cast::assemble().await;
    cast.telegram.set_patience(Duration::from_secs(120));
    cast.policy(|policy| {
        policy.access_mode = AccessMode::Always;
        policy.confirm_seconds = Seconds(3_600);
        policy.cut_at_end = false;
    })
    .await;
    let router = RouterSim::builder().user("sallyport", "secret", "read,write,api").start().await;
    let router = router.expect("the router starts");
    // A box, or nobody could wait.
    router.set("ppp/profile", "default", &[("address-list", "2fa-sandboxed")]).expect("a profile");
    let people = furnish(&cast, &router).await;
    let pending = people.iter().take(PENDING).map(|(person, name)| {
        router.connect(name, "l2tp", "203.0.113.9").expect("the account is enabled");
        asked(person)
    });
    stream::iter(pending).buffer_unordered(PENDING).collect::<Vec<_>>().await;

    tokio::time::sleep(SETTLED).await;
    let mut to_prompt = Vec::with_capacity(SAMPLES);
    for (person, name) in people.iter().skip(PENDING) {
        let begun = Instant::now();
        router.connect(name, "l2tp", "203.0.113.10").expect("the account is enabled");
        asked(person).await;
        to_prompt.push(begun.elapsed());
        tokio::time::sleep(GAP).await;
    }
    percentiles("Tunnel up → prompt in Telegram", to_prompt, "1,000 pending, push, target p99 50 ms");

    let mut to_entry = Vec::with_capacity(SAMPLES);
    for (person, name) in people.iter().skip(PENDING) {
        let prompt = person.messages().into_iter().rev().find(|m| !m.buttons().is_empty()).expect("a prompt");
        let address =
            router.tunnels().into_iter().find(|t| t.name == *name).expect("a tunnel").address.to_string();
        let begun = Instant::now();
        let press = person.tap(prompt.message_id, "Confirm").expect("the button is there");
        router
            .wait_for(|entry| {
                entry.command == "/ip/firewall/address-list/add"
                    && entry.attribute("address") == Some(&address)
            })
            .await
            .expect("an allow entry");
        to_entry.push(begun.elapsed());
        let _ = press.answer().await;
        person.wait_message(|message| message.text.contains("You are in")).await.expect("they are told");
        tokio::time::sleep(GAP).await;
    }
    percentiles("Tap → allow entry on the router", to_entry, "1,000 pending, target p99 20 ms");
}

async fn asked(person: &Person) {
    person.wait_message(|message| !message.buttons().is_empty()).await.expect("a prompt");
}

/// People with an account each, on a router of their own.
async fn furnish(cast: &Cast, router: &RouterSim) -> Vec<(Person, String)> {
    let id = add_router(&cast.app, router.addr(), RouterMode::Enforce).await;
    let mut people = Vec::with_capacity(PENDING + SAMPLES);
    for number in 0..PENDING + SAMPLES {
        let name = format!("person{number:04}");
        router.add("ppp/secret", &[("name", name.as_str())]).expect("a secret");
        let telegram = 10_000 + i64::try_from(number).expect("small");
        let person = cast.person_on(id, telegram, &name, &name).await.0;
        person.send("/start").await;
        person.wait_message(|_| true).await.expect("an answer");
        people.push((person, name));
    }
    people
}
