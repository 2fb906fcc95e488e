//! The invariants, over random sequences of events with crashes between any two steps.

mod world;

use proptest::prelude::*;
use sallyport_shared::{
    policy::{AccessMode, Confirmation, Policy},
    session::{Actor, Answer, ConnectionState, Event, SessionState},
    time::Seconds,
};
use world::{OWNER, STRANGER, World};

/// One thing that happens.
#[derive(Clone, Debug)]
enum Act {
    Ask,
    Dial(u8),
    HangUp(usize),
    Look,
    Carry,
    /// The wish reaches the router, the result is lost.
    CarryAndCrash,
    Confirm,
    NotMe,
    ForeignAnswer,
    ForgedAnswer,
    /// The answer of a question that was answered or has expired.
    OldAnswer(usize),
    Pass(u32),
    Extend,
    Finish,
    Reboot,
    Unplug,
    Plug,
    HandMadeEntry(u8),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => Just(Act::Ask),
        6 => (1_u8..4).prop_map(Act::Dial),
        2 => (0_usize..4).prop_map(Act::HangUp),
        8 => Just(Act::Look),
        10 => Just(Act::Carry),
        2 => Just(Act::CarryAndCrash),
        5 => Just(Act::Confirm),
        1 => Just(Act::NotMe),
        1 => Just(Act::ForeignAnswer),
        1 => Just(Act::ForgedAnswer),
        2 => (0_usize..6).prop_map(Act::OldAnswer),
        4 => prop_oneof![1_u32..30, 30_u32..200, 1_000_u32..50_000].prop_map(Act::Pass),
        1 => Just(Act::Extend),
        1 => Just(Act::Finish),
        1 => Just(Act::Reboot),
        1 => Just(Act::Unplug),
        2 => Just(Act::Plug),
        1 => (1_u8..4).prop_map(Act::HandMadeEntry),
    ]
}

fn policy() -> impl Strategy<Value = Policy> {
    (any::<bool>(), any::<bool>(), any::<bool>(), 1_u32..3, any::<bool>()).prop_map(
        |(always, cut_at_end, disable, max_tunnels, on_deny)| Policy {
            access_mode: if always { AccessMode::Always } else { AccessMode::OnRequest },
            cut_at_end,
            disable_account_at_end: disable,
            disable_account_on_deny: on_deny,
            max_tunnels,
            ..World::policy()
        },
    )
}

fn play(world: &mut World, act: &Act) {
    match act {
        Act::Ask => {
            let _ = world.happen(None, &Event::Ask { by: World::as_owner(), seconds: None });
        }
        Act::Dial(address) => {
            world.router.dial("ivan", *address);
        }
        Act::HangUp(n) => {
            if *n < world.router.tunnels.len() {
                world.router.tunnels.remove(*n);
            }
        }
        Act::Look => world.reconcile(),
        Act::Carry => world.carry(false),
        Act::CarryAndCrash => world.carry(true),
        Act::Confirm => {
            let _ = world.answer(Answer::Confirm);
        }
        Act::NotMe => {
            let _ = world.answer(Answer::NotMe);
        }
        Act::ForeignAnswer => answer_as(world, Actor::Person(STRANGER), true),
        Act::ForgedAnswer => answer_as(world, Actor::Person(OWNER), false),
        Act::OldAnswer(n) => {
            let old = world
                .sessions
                .iter()
                .flat_map(|s| s.connections.iter().map(move |c| (s.id, c)))
                .filter_map(|(s, c)| Some((s, c.id, c.prompt.clone()?.nonce)))
                .nth(*n);
            if let Some((session, connection, nonce)) = old {
                let event = Event::Answered {
                    connection,
                    nonce: Some(nonce),
                    by: World::as_owner(),
                    answer: Answer::Confirm,
                };
                let _ = world.happen(Some(session), &event);
            }
        }
        Act::Pass(seconds) => world.pass(Seconds(*seconds)),
        Act::Extend => {
            let _ = world.happen(None, &Event::Extend { by: World::as_owner(), seconds: None });
        }
        Act::Finish => {
            let _ = world.happen(None, &Event::End { by: World::as_owner() });
        }
        Act::Reboot => world.router.reboot(),
        Act::Unplug => world.router.reachable = false,
        Act::Plug => world.router.reachable = true,
        Act::HandMadeEntry(address) => {
            world.router.allow.entry(format!("10.8.0.{address}")).or_insert_with(|| "by hand".to_owned());
        }
    }
}

/// An answer by somebody else with the right nonce, or by the owner with a wrong one: must be refused.
fn answer_as(world: &mut World, by: Actor, right_nonce: bool) {
    let pending = world.live().and_then(|session| {
        let connection = session.connections.iter().find(|c| c.state == ConnectionState::Pending)?;
        Some((session.clone(), connection.id, connection.prompt.clone()?.nonce))
    });
    let Some((session, connection, nonce)) = pending else { return };
    let nonce = right_nonce.then_some(nonce);
    let event = Event::Answered { connection, nonce, by, answer: Answer::Confirm };
    assert!(world.happen(Some(session.id), &event).is_err(), "a foreign or forged answer was accepted");
    assert_eq!(world.live(), Some(&session), "a refusal changed something");
}

/// Invariant 2: an answer moves only the connection that it names, and only once.
fn check_answers(before: &World, after: &World) -> Result<(), TestCaseError> {
    let confirmed = |world: &World| {
        world
            .sessions
            .iter()
            .flat_map(|s| s.connections.iter())
            .filter(|c| c.confirmed_at.is_some())
            .map(|c| c.id)
            .collect::<Vec<_>>()
    };
    let new = confirmed(after).len() - confirmed(before).len();
    prop_assert!(new <= 1, "one act confirmed {} connections", new);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    #[test]
    fn nobody_is_inside_who_was_not_confirmed(policy in policy(), acts in prop::collection::vec(act(), 1..80)) {
        let mut world = World::new(policy);
        let mut looked = true;
        for act in &acts {
            let before = world.clone();
            play(&mut world, act);
            // A hand-made entry, or one whose address has just been given out again, opens until the next look:
            // that is the router's doing, and the look mends it.
            looked = match act {
                Act::Look => world.router.reachable,
                Act::Dial(_) | Act::HandMadeEntry(_) => false,
                _ => looked,
            };
            if looked {
                prop_assert!(world.check_doors().is_ok(), "{:?} after {:?}", world.check_doors(), act);
            }
            check_answers(&before, &world)?;
            let live = world.sessions.iter().filter(|session| session.state.is_live()).count();
            prop_assert!(live <= 1, "two live sessions of one account");
            for session in &world.sessions {
                let open = session.live_connections().count();
                prop_assert!(open <= world.policy.max_tunnels as usize, "too many tunnels");
                if !session.state.is_live() {
                    prop_assert_eq!(open, 0, "an ended session has a live connection");
                }
            }
        }
        // Invariants 3 and 4: whatever was lost on the way, at rest the router is as it was decided.
        world.settle();
        prop_assert!(world.check_at_rest().is_ok(), "{:?}", world.check_at_rest());
        let enabled = world.live().is_some_and(|session| session.state != SessionState::Requested);
        if world.policy.account_follows_session() {
            prop_assert_eq!(world.router.account_enabled, enabled && !world.account.suspended);
        }
        // Everything that has ended was said to have ended, and nothing is decided twice.
        for session in world.sessions.iter().filter(|session| !session.state.is_live()) {
            prop_assert!(session.end_told, "the end of {:?} was never told", session.end_reason);
        }
        let rested = world.clone();
        world.settle();
        prop_assert_eq!(&rested.sessions, &world.sessions, "replaying changed something");
    }

    #[test]
    fn with_confirmation_off_only_live_sessions_are_inside(acts in prop::collection::vec(act(), 1..60)) {
        let mut world = World::new(Policy { confirmation: Confirmation::None, ..World::policy() });
        for act in &acts {
            play(&mut world, act);
        }
        world.settle();
        prop_assert!(world.check_at_rest().is_ok(), "{:?}", world.check_at_rest());
    }

    #[test]
    fn every_session_ends_in_time(policy in policy(), acts in prop::collection::vec(act(), 1..60)) {
        let mut world = World::new(policy);
        for act in &acts {
            play(&mut world, act);
        }
        let longest = world.policy.session_seconds.0 + world.policy.max_extensions * world.policy.extension_seconds.0;
        world.router.tunnels.clear();
        world.settle();
        world.pass(Seconds(longest + 1));
        world.settle();
        prop_assert!(world.live().is_none(), "{:?} outlived its time", world.live());
        prop_assert!(world.router.inside().is_empty());
    }
}
