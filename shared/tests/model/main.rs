//! Every state that a small world can reach keeps the invariants.
//!
//! Two people with an account each on one router, whoever has their passwords dialling from home and from elsewhere,
//! taps that Telegram delays, doubles and that come from the wrong person, a router that restarts, and a server that
//! is killed after the router has done something and before it is noted. The search is breadth first, so that the first
//! fault found comes with a shortest story. It is exhaustive within [`Bounds`], or, where these allow more states than
//! a test can look into, up to the number of acts that it prints.

mod world;

use sallyport_shared::{
    ids::PolicyId,
    policy::{AccessMode, Policy},
    time::Seconds,
};
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use world::{Act, Bounds, World};

/// What a search has found.
struct Searched {
    /// Different states, all of them sound.
    states: usize,
    /// Every story of up to so many acts was played.
    acts: usize,
    /// No story leads anywhere else.
    complete: bool,
}

/// Walks through the states within the bounds, until `most` of them are known.
fn explore(policy: Policy, bounds: Bounds, most: usize) -> Searched {
    let hasher = RandomState::new();
    let start = World::new(policy, bounds);
    // A state is known by 64 bits of its hash; of some 10^6 states two collide with a chance of 10^-7.
    let mut from: HashMap<u64, (u64, Option<Act>)> = HashMap::new();
    let key = |world: &World| hasher.hash_one(world);
    from.insert(key(&start), (0, None));
    let mut queue = VecDeque::from([(start, 0)]);
    let mut searched = Searched { states: 1, acts: 0, complete: false };
    while let Some((world, acts)) = queue.pop_front() {
        searched.acts = acts;
        if from.len() >= most {
            break;
        }
        let here = key(&world);
        for act in world.acts() {
            let mut next = world.clone();
            let fault = next.play(&act).err().or_else(|| next.check().err());
            if let Some(fault) = fault {
                panic!("{fault}\nafter: {:#?}\nstate: {next:#?}", story(&from, here, &act));
            }
            let there = key(&next);
            if let std::collections::hash_map::Entry::Vacant(place) = from.entry(there) {
                place.insert((here, Some(act)));
                queue.push_back((next, acts + 1));
            }
        }
        searched.complete = queue.is_empty();
    }
    searched.states = from.len();
    let scope = if searched.complete { "all there are" } else { "not all there are" };
    println!("{} states ({scope}), every story of {} acts: sound", searched.states, searched.acts);
    searched
}

/// How one gets there.
fn story(from: &HashMap<u64, (u64, Option<Act>)>, mut at: u64, last: &Act) -> Vec<Act> {
    let mut acts = vec![last.clone()];
    while let Some((before, Some(act))) = from.get(&at) {
        acts.push(act.clone());
        at = *before;
    }
    acts.reverse();
    acts
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
        ..Policy::initial(PolicyId(uuid::Uuid::nil()))
    }
}

#[test]
fn every_state_of_one_account_that_is_always_on() {
    let policy = Policy { access_mode: AccessMode::Always, ..small() };
    let bounds = Bounds { dials: 2, passes: 3, crashes: 1, reboots: 1, people: 1 };
    let searched = explore(policy, bounds, 2_000_000);
    assert!(searched.complete && searched.states > 100_000, "{} states", searched.states);
}

#[test]
fn two_people_with_accounts_that_are_always_on() {
    let policy = Policy { access_mode: AccessMode::Always, ..small() };
    let bounds = Bounds { dials: 2, passes: 3, crashes: 1, reboots: 1, people: 2 };
    let searched = explore(policy, bounds, 250_000);
    assert!(searched.acts >= 5, "the search has hardly begun: {} acts", searched.acts);
}

#[test]
fn two_people_with_accounts_that_are_asked_for() {
    let bounds = Bounds { dials: 2, passes: 3, crashes: 1, reboots: 1, people: 2 };
    let searched = explore(small(), bounds, 250_000);
    assert!(searched.acts >= 5, "the search has hardly begun: {} acts", searched.acts);
}

#[test]
fn known_callers_and_two_tunnels_of_one_account() {
    let policy = Policy {
        access_mode: AccessMode::Always,
        trusted_reconnect_seconds: Seconds(120),
        max_tunnels: 2,
        prompt_limit: 2,
        ..small()
    };
    let bounds = Bounds { dials: 4, passes: 2, crashes: 1, reboots: 0, people: 1 };
    let searched = explore(policy, bounds, 250_000);
    assert!(searched.acts >= 5, "the search has hardly begun: {} acts", searched.acts);
}
