//! From which country somebody calls: read from a database in MaxMind's format, said in the question, and kept to by
//! policies, which let nobody in whose country is not known.

mod bot_cast;
mod mmdb;

use bot_cast::{BotCast, Database, tunnel_seen};
use sallyport::{app::App, clock::Clock, config::Config, countries::Countries, ops::attention};
use sallyport_shared::{
    ids::AccountId,
    language::Language,
    policy::{AccessMode, NotAdmitted},
    reason::Reason,
    session::{ConnectionState, Event, Wish},
};
use std::path::{Path, PathBuf};

const MOSCOW: &str = "198.51.100.7";
const BERLIN: &str = "203.0.113.7";
const NOWHERE: &str = "192.0.2.7";

/// A database with networks in Russia, in Germany, and in no country.
fn file(folder: &Path) -> PathBuf {
    let networks = [
        ("198.51.100.0", 24, Some("RU")),
        ("203.0.113.0", 25, Some("DE")),
        ("192.0.2.0", 24, None),
        ("2001:db8:1::", 48, Some("RU")),
        ("2001:db8:2::", 48, Some("DE")),
    ];
    let file = folder.join("countries.mmdb");
    std::fs::write(&file, mmdb::database(&networks)).unwrap();
    file
}

#[test]
fn a_database_tells_countries_by_ipv4_and_ipv6() {
    let folder = tempfile::tempdir().unwrap();
    let countries = Countries::open(Some(&file(folder.path()))).unwrap();
    assert!(countries.are_known());
    let known = [
        (MOSCOW, Some("RU")),
        ("198.51.100.255", Some("RU")),
        ("198.51.101.0", None),
        (BERLIN, Some("DE")),
        ("203.0.113.127", Some("DE")),
        ("203.0.113.128", None),
        (NOWHERE, None),
        ("2001:db8:1::1", Some("RU")),
        ("2001:db8:2:ffff::", Some("DE")),
        ("2001:db8:3::1", None),
        ("::ffff:198.51.100.7", Some("RU")),
        ("0C:11:22:33:44:55", None),
        ("", None),
        ("198.51.100.7:1701", None),
    ];
    for (caller, country) in known {
        assert_eq!(countries.of(caller).as_deref(), country, "{caller}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_be_used_stops_the_start_and_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read(file(folder.path())).unwrap();
    let cut_off = folder.path().join("cut-off.mmdb");
    std::fs::write(&cut_off, &whole[..whole.len() / 2]).unwrap();
    let text = folder.path().join("text.mmdb");
    std::fs::write(&text, "country,network\n").unwrap();
    for wrong in [cut_off, text, folder.path().join("missing.mmdb"), folder.path().to_owned()] {
        let variables = [
            ("SALLYPORT_DATA_DIR".to_owned(), folder.path().display().to_string()),
            ("SALLYPORT_COUNTRY_DATABASE".to_owned(), wrong.display().to_string()),
        ];
        let Err(error) = App::open(Config::load(None, variables).unwrap(), Clock::system()).await else {
            panic!("started with {}", wrong.display());
        };
        let said = error.to_string();
        assert!(said.contains(&wrong.display().to_string()) && said.contains(".mmdb"), "{said}");
        assert!(!said.contains('\n'), "one line: {said}");
    }
}

fn tunnel(id: &str, caller: &str) -> Event {
    tunnel_seen("anna", id, caller, &format!("10.8.0.{}", id.len()))
}

/// Is the tunnel to be cut?
async fn is_cut(cast: &BotCast, id: &str) -> bool {
    let mut tx = cast.app.store.read().await.unwrap();
    let wishes = tx.due_wishes(cast.router, cast.app.clock.now(), 100).await.unwrap();
    wishes
        .iter()
        .any(|record| matches!(&record.wish, Wish::Cut { tunnel, .. } if tunnel.router_session_id == id))
}

async fn only_from_germany(cast: &BotCast) -> (sim::telegram::Person, AccountId) {
    let (anna, _, account) = cast.member(401, "Anna", "anna").await;
    cast.policy(|policy| {
        policy.access_mode = AccessMode::Always;
        policy.allowed_countries = vec!["DE".to_owned()];
    })
    .await;
    (anna, account)
}

async fn the_question_names_the_country_and_other_countries_stay_out(database: Database) {
    let folder = tempfile::tempdir().unwrap();
    let mut cast = BotCast::assemble_without_bot(&database).await;
    cast.app.countries = Countries::open(Some(&file(folder.path()))).unwrap();
    cast.start();
    let (anna, account) = only_from_germany(&cast).await;
    for (id, caller) in [("0x1", MOSCOW), ("0x22", NOWHERE), ("0x333", "198.18.0.1")] {
        cast.happen(account, tunnel(id, caller)).await.unwrap();
        assert!(cast.sessions().await.is_empty() && is_cut(&cast, id).await, "{caller} was let in");
    }
    // Told of once a window, by the first of them.
    anna.wait_message(|message| message.text.contains(MOSCOW)).await.unwrap();
    let turned_away =
        cast.app.store.read().await.unwrap().turned_away_since(bot_cast::NOON, None, 10).await.unwrap();
    let kept: Vec<_> = turned_away.iter().map(|record| (record.country.as_deref(), record.against)).collect();
    let country = NotAdmitted::Country;
    assert_eq!(kept, [(Some("RU"), country), (None, country), (None, country)]);
    cast.happen(account, tunnel("0x4444", BERLIN)).await.unwrap();
    let prompt = anna.wait_message(|message| message.button("Confirm").is_some()).await.unwrap();
    assert!(prompt.text.contains(BERLIN) && prompt.text.contains("(DE)"), "{}", prompt.text);
    let session = cast.sessions().await.pop().unwrap();
    assert_eq!(session.connections[0].country.as_deref(), Some("DE"));
    anna.press(prompt.message_id, "Confirm").await.unwrap();
    let session = cast.sessions().await.pop().unwrap();
    assert_eq!(session.connections[0].state, ConnectionState::Confirmed);
}

async fn without_a_database_such_a_policy_lets_nobody_in_and_says_so(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, account) = only_from_germany(&cast).await;
    cast.happen(account, tunnel("0x1", BERLIN)).await.unwrap();
    anna.wait_message(|message| message.text.contains(BERLIN)).await.unwrap();
    assert!(cast.sessions().await.is_empty() && is_cut(&cast, "0x1").await);
    let items = attention::list(&cast.app).await.unwrap();
    let no_countries = Reason::NoCountries { policies: vec!["Default".to_owned()] };
    let item = items.iter().find(|item| item.detail == no_countries).expect("it is said");
    assert!(item.detail.say(Language::En).contains("SALLYPORT_COUNTRY_DATABASE"));
    assert!(item.detail.say(Language::Ru).contains("SALLYPORT_COUNTRY_DATABASE"));
}

stories! {
    the_question_names_the_country_and_other_countries_stay_out,
    without_a_database_such_a_policy_lets_nobody_in_and_says_so,
}
