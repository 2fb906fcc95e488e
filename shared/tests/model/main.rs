//! Every state that a small world can reach keeps the invariants.
//!
//! Two people with an account each on one router, whoever has their passwords dialling from home and from elsewhere,
//! taps that Telegram delays, doubles and that come from the wrong person, a router that restarts, and a server that
//! is killed after the router has done something and before it is noted. The search is exhaustive within the bounds
//! of [`Bounds`]: breadth first, so that the first fault found comes with a shortest story.

mod world;

use sallyport_shared::{
    ids::PolicyId,
    policy::{AccessMode, Policy},
    time::Seconds,
};
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use world::{Act, Bounds, World};

/// How many states are looked into at most; a world that has more is too large for a test.
const MOST: usize = 150_000;

/// Walks through every state within the bounds; gives how many there are.
fn explore(policy: Policy, bounds: Bounds) -> usize {
    let hasher = RandomState::new();
    let start = World::new(policy, bounds);
    // A state is known by 64 bits of its hash; of some 10^5 states two collide with a chance of 10^-9.
    let mut from: HashMap<u64, (u64, Option<Act>)> = HashMap::new();
    let key = |world: &World| hasher.hash_one(world);
    from.insert(key(&start), (0, None));
    let mut queue = VecDeque::from([start]);
    let mut steps = 0_usize;
    while let Some(world) = queue.pop_front() {
        let here = key(&world);
        for act in world.acts() {
            let mut next = world.clone();
            let fault = next.play(&act).err().or_else(|| next.check().err());
            steps += 1;
            if let Some(fault) = fault {
                panic!("{fault}\nafter: {:#?}\nstate: {next:#?}", story(&from, here, &act));
            }
            let there = key(&next);
            if let std::collections::hash_map::Entry::Vacant(place) = from.entry(there) {
                place.insert((here, Some(act)));
                queue.push_back(next);
            }
        }
        assert!(from.len() <= MOST, "the world is too large");
    }
    println!("{} states, {steps} steps, all of them sound", from.len());
    from.len()
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
fn accounts_that_are_always_on() {
    let policy = Policy { access_mode: AccessMode::Always, ..small() };
    let states = explore(policy, Bounds { dials: 2, passes: 3, crashes: 1, reboots: 1, people: 2 });
    assert!(states > 10_000, "the search has hardly begun: {states}");
}

#[test]
fn accounts_that_are_asked_for() {
    let states = explore(small(), Bounds { dials: 2, passes: 3, crashes: 1, reboots: 1, people: 2 });
    assert!(states > 10_000, "the search has hardly begun: {states}");
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
    let states = explore(policy, Bounds { dials: 4, passes: 2, crashes: 1, reboots: 0, people: 1 });
    assert!(states > 1_000, "the search has hardly begun: {states}");
}
