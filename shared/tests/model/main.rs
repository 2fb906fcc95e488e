//! Every state that a small world can reach keeps the invariants.
//!
//! Up to two people (or one person with two accounts) on one router, whoever has their passwords dialling from home and
//! from elsewhere, taps that Telegram delays, doubles and that come from the wrong person or with a forged word, a
//! router that restarts, loses tunnels and is written to by hand, timers and looks that come late, and a server that is
//! killed between any two steps: after it has decided, after the router has done something and before that is noted.
//! Nothing of that is counted; only what [`Bounds`] names is.
//!
//! Each search is complete: it ends when no state leads to another that is not known. What makes that possible:
//!
//! - **Sides.** A step concerns one account and its person. So each side is numbered and its steps are worked out once
//!   ([`book`]); a world is two numbers and the router.
//! - **Symmetry.** The two sides are made of the same people, so a world and its mirror image are one state.
//! - **Exact states.** A state is packed into 128 bits without loss; there is no hash that could hide one.
//! - **Time** moves in steps of a minute, of which all spans of the policies are multiples; between two due times nothing
//!   can change. Timers fire when they come to it, or later, or after the next steps of time.
//!
//! What is left out by the bounds: more tunnels, more steps of time and more requests than they say. Refusals by hour and
//! place are decided before everything else that is modelled here, and are told as stories.
//!
//! Wherever nothing is left to be done, the router must be as it was decided; and a sample of all states is followed until
//! they come to rest.

mod book;
mod side;
mod verify;
mod world;

use book::{Book, Quickly};
use sallyport_shared::{
    ids::PolicyId,
    policy::{AccessMode, Confirmation, OutageMode, Policy},
    time::Seconds,
};
use side::Flaw;
use std::{
    collections::{HashMap, HashSet, VecDeque},
    time::Instant,
};
use world::{Act, Bounds, Rules, World};

/// One state of so many is followed until it comes to rest.
const SAMPLE: usize = 61;
/// So many things the server may have to do until then.
const PATIENCE: usize = 60;

/// A fault, and the world that has it.
struct Fault {
    world: World,
    act: Option<Act>,
    what: String,
}

/// Walks through all states, breadth first. `note` hears of each new state how one came there.
fn walk(book: &mut Book, mut note: impl FnMut(u128, u128, Act)) -> Result<usize, Fault> {
    let (start, key) = World::new(&book.rules).canonical(&book.rules);
    let mut known: HashSet<u128, Quickly> = HashSet::default();
    known.insert(key);
    let mut queue = VecDeque::from([start]);
    let mut found = Vec::new();
    let mut looked = 0;
    while let Some(world) = queue.pop_front() {
        let here = world.canonical(&book.rules).1;
        let fault = |(act, what)| Fault { world, act: Some(act), what };
        world.successors(book, &mut found).map_err(fault)?;
        let at = |what| Fault { world, act: None, what };
        if World::settling(&found).is_none() && !world.is_observed() {
            world.check_at_rest(book).map_err(at)?;
        }
        for (act, next) in &found {
            let (next, key) = next.canonical(&book.rules);
            if known.insert(key) {
                note(key, here, *act);
                next.check(book).map_err(|what| Fault { world: next, act: None, what })?;
                queue.push_back(next);
            }
        }
        looked += 1;
        if looked % SAMPLE == 0 && !world.is_observed() {
            comes_to_rest(book, world).map_err(at)?;
        }
    }
    Ok(known.len())
}

/// Left to itself, the server has nothing more to do after a while.
fn comes_to_rest(book: &mut Book, mut world: World) -> Result<(), String> {
    let mut found = Vec::new();
    for _ in 0..PATIENCE {
        world.successors(book, &mut found).map_err(|(_, what)| what)?;
        match World::settling(&found) {
            Some((_, next)) => world = *next,
            None => return Ok(()),
        }
    }
    Err("the server does not come to rest".to_owned())
}

/// Looks at every state, and says how many there are. On a fault it goes the same way again, keeping the story.
fn explore(rules: Rules) -> usize {
    let began = Instant::now();
    let mut book = Book::new(rules.clone());
    match walk(&mut book, |_, _, _| {}) {
        Ok(states) => {
            let (sides, steps, spent) = (book.sides(), book.steps(), began.elapsed());
            println!(
                "{states} states, all there are: sound ({sides} sides, {steps} steps of theirs, {spent:.1?})"
            );
            states
        }
        Err(_) => {
            let mut book = Book::new(rules);
            let mut from: HashMap<u128, (u128, Act)> = HashMap::new();
            let fault = walk(&mut book, |key, before, act| {
                from.insert(key, (before, act));
            });
            let Err(Fault { world, act, what }) = fault else { panic!("a fault that does not come again") };
            let mut story: Vec<Act> = act.into_iter().collect();
            let mut at = world.canonical(&book.rules).1;
            while let Some((before, act)) = from.get(&at) {
                story.push(*act);
                at = *before;
            }
            story.reverse();
            let story: Vec<String> = story.iter().map(|act| format!("{act:?}")).collect();
            panic!("{what:.3000}\nafter:\n{}\nin: {}", story.join("\n"), world.describe(&book));
        }
    }
}

/// What the search finds in a world with this flaw.
fn found(flaw: Flaw, rules: Rules) -> String {
    let mut book = Book::new(Rules { flaw: Some(flaw), ..rules });
    walk(&mut book, |_, _, _| {}).err().map_or_else(|| "nothing".to_owned(), |fault| fault.what)
}

/// Short times, so that a few steps reach every end.
fn small() -> Policy {
    Policy {
        confirm_seconds: Seconds(60),
        session_seconds: Seconds(180),
        connect_window_seconds: Seconds(120),
        remind_before_seconds: Seconds(0),
        prompt_limit: 1,
        prompt_window_seconds: Seconds(120),
        max_unconfirmed: 1,
        unconfirmed_window_seconds: Seconds(240),
        ban_seconds: Seconds(60),
        max_extensions: 0,
        extension_seconds: Seconds(60),
        ..Policy::initial(PolicyId(uuid::Uuid::nil()))
    }
}

fn always() -> Policy {
    Policy { access_mode: AccessMode::Always, ..small() }
}

/// A world with nothing in it but people, tunnels, and a router that restarts.
fn plain(policy: Policy, accounts: u8, bounds: Bounds) -> Rules {
    Rules {
        policies: vec![policy],
        bounds,
        accounts,
        one_person: false,
        callers: 2,
        admins: false,
        blocks: false,
        outages: false,
        observes: false,
        meddles: false,
        fixed: false,
        bound: false,
        flaw: None,
    }
}

/// So much happens in the worlds of one account.
const FEW: Bounds = Bounds { dials: 2, passes: 2, requests: 1, turns: 0 };

#[test]
fn one_account_that_is_always_on() {
    let bounds = Bounds { dials: 2, passes: 4, requests: 0, turns: 0 };
    assert!(explore(plain(always(), 1, bounds)) > 100_000);
}

#[test]
fn two_people_with_accounts_that_are_always_on() {
    let bounds = Bounds { dials: 2, passes: 3, requests: 0, turns: 0 };
    assert!(explore(plain(always(), 2, bounds)) > 1_000_000);
}

#[test]
fn two_people_with_accounts_that_are_asked_for() {
    let policy = Policy { session_seconds: Seconds(120), connect_window_seconds: Seconds(60), ..small() };
    let rules = Rules { callers: 1, ..plain(policy, 2, FEW) };
    assert!(explore(rules) > 100_000);
}

#[test]
fn two_accounts_of_one_person() {
    let policy = Policy { prompt_limit: 2, ..always() };
    let rules = Rules { one_person: true, callers: 1, ..plain(policy, 2, Bounds { passes: 1, ..FEW }) };
    assert!(explore(rules) > 50_000);
}

#[test]
fn known_callers_and_two_tunnels_of_one_account() {
    let policy =
        Policy { trusted_reconnect_seconds: Seconds(60), max_tunnels: 2, prompt_limit: 2, ..always() };
    assert!(explore(plain(policy, 1, Bounds { passes: 1, ..FEW })) > 100_000);
}

#[test]
fn access_that_operators_approve() {
    let policy = Policy { needs_approval: true, ..small() };
    let bounds = Bounds { dials: 1, passes: 3, requests: 2, turns: 0 };
    assert!(explore(plain(policy, 1, bounds)) > 1_000);
}

#[test]
fn administrators_who_grant_extend_confirm_deny_and_end() {
    let policy = Policy { session_seconds: Seconds(120), max_extensions: 1, ..small() };
    let rules = Rules { admins: true, callers: 1, ..plain(policy, 1, Bounds { dials: 1, ..FEW }) };
    assert!(explore(rules) > 1_000);
}

#[test]
fn people_who_are_blocked() {
    let rules = Rules { blocks: true, callers: 1, ..plain(always(), 1, FEW) };
    assert!(explore(rules) > 10_000);
}

#[test]
fn telegram_out_of_reach_and_the_policy_opens() {
    let policy = Policy { outage: OutageMode::Open, ..always() };
    let rules = Rules { outages: true, callers: 1, ..plain(policy, 1, Bounds { turns: 2, ..FEW }) };
    assert!(explore(rules) > 10_000);
}

#[test]
fn telegram_out_of_reach_and_codes_are_typed() {
    let policy = Policy { outage: OutageMode::OfflineCode, ..always() };
    let rules = Rules { outages: true, callers: 1, ..plain(policy, 1, Bounds { turns: 2, ..FEW }) };
    assert!(explore(rules) > 10_000);
}

#[test]
fn numbers_to_pick() {
    let policy = Policy { confirmation: Confirmation::TelegramNumber, ..always() };
    assert!(explore(Rules { callers: 1, ..plain(policy, 1, FEW) }) > 10_000);
}

#[test]
fn a_policy_that_changes_under_live_sessions() {
    let lax = Policy { confirmation: Confirmation::None, max_tunnels: 2, ..always() };
    let strict = Policy { session_seconds: Seconds(60), ..always() };
    let rules = Rules { callers: 1, ..plain(lax.clone(), 1, Bounds { turns: 2, ..FEW }) };
    assert!(explore(Rules { policies: vec![lax, strict], ..rules }) > 10_000);
}

#[test]
fn a_router_that_is_only_observed_for_a_time() {
    let rules = Rules { observes: true, callers: 1, ..plain(always(), 1, Bounds { turns: 2, ..FEW }) };
    assert!(explore(rules) > 10_000);
}

#[test]
fn a_router_that_is_only_observed_and_lets_in_without_asking() {
    let policy = Policy { confirmation: Confirmation::None, ..small() };
    let rules = Rules { observes: true, ..plain(policy, 1, Bounds { turns: 2, ..FEW }) };
    assert!(explore(rules) > 10_000);
}

#[test]
fn entries_that_are_made_by_hand() {
    let rules = Rules { meddles: true, ..plain(always(), 1, Bounds { turns: 1, ..FEW }) };
    assert!(explore(rules) > 10_000);
}

#[test]
fn accounts_with_rules_of_their_own() {
    let policy = Policy { max_tunnels: 2, prompt_limit: 2, max_unconfirmed: 2, ..always() };
    let rules = Rules { bound: true, callers: 1, ..plain(policy, 1, FEW) };
    assert!(explore(rules) > 10_000);
}

#[test]
fn bound_rules_that_are_switched_by_hand() {
    let bounds = Bounds { passes: 1, turns: 1, ..FEW };
    let rules = Rules { bound: true, meddles: true, callers: 1, ..plain(always(), 1, bounds) };
    assert!(explore(rules) > 1_000);
}

#[test]
fn two_tunnels_that_get_one_address() {
    let policy = Policy { max_tunnels: 2, prompt_limit: 2, ..always() };
    let rules = Rules { fixed: true, callers: 1, ..plain(policy, 1, Bounds { passes: 1, ..FEW }) };
    assert!(explore(rules) > 1_000);
}

#[test]
fn tunnels_that_may_stay_in_the_box() {
    let policy = Policy {
        cut_at_end: false,
        disable_account_at_end: false,
        disable_account_on_deny: false,
        session_seconds: Seconds(120),
        ..small()
    };
    let rules = plain(policy, 1, Bounds { requests: 2, ..FEW });
    assert!(explore(Rules { callers: 1, ..rules }) > 10_000);
}

/// No invariant holds because nothing could break it.
#[test]
fn each_invariant_is_broken_by_a_flaw_that_it_is_there_to_find() {
    let one = || plain(always(), 1, FEW);
    let asked_for = || plain(small(), 1, Bounds { dials: 1, ..FEW });
    let often = || plain(Policy { max_unconfirmed: 9, ..always() }, 1, FEW);
    let bound = || Rules { bound: true, ..one() };
    let observed = || Rules { observes: true, ..plain(always(), 1, Bounds { turns: 1, ..FEW }) };
    let worn_down = || {
        let policy = Policy { prompt_limit: 9, max_unconfirmed: 1, ..always() };
        plain(policy, 1, Bounds { dials: 3, passes: 1, ..FEW })
    };
    let doubled = || {
        let policy = Policy { max_tunnels: 2, ..always() };
        Rules { fixed: true, ..plain(policy, 1, Bounds { passes: 1, ..FEW }) }
    };
    let expected = [
        (Flaw::OpensWhoeverCame, one(), "invariant 1"),
        (Flaw::OpensForTwo, doubled(), "invariant 1"),
        (Flaw::TakesForeignAnswers, one(), "invariant 2"),
        (Flaw::TakesLateAnswers, one(), "invariant 2"),
        (Flaw::LeavesDoorsOpen, one(), "invariant 3"),
        (Flaw::CutsNothing, one(), "invariant 3"),
        (Flaw::LeavesRulesOn, bound(), "invariant 3"),
        (Flaw::LeavesAccountsOn, asked_for(), "invariant 3"),
        (Flaw::UndoesDecisions, one(), "invariant 4"),
        (Flaw::SwitchesBackAndForth, one(), "invariant 4"),
        (Flaw::CountsNoQuestions, often(), "invariant 5"),
        (Flaw::ForgivesWithABan, worn_down(), "invariant 5"),
        (Flaw::WritesWhileItObserves, observed(), "invariant 6"),
    ];
    let mut wrong = Vec::new();
    for (flaw, rules, invariant) in expected {
        let what = found(flaw, rules);
        println!("{flaw:?}: {what:.120}");
        if !what.starts_with(invariant) {
            wrong.push(format!("{flaw:?}, to be found by {invariant}: {what:.300}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
