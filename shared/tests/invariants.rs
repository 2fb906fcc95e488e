//! The invariants, over random sequences of events with crashes between any two steps.

mod world;

use proptest::prelude::*;
use sallyport_shared::{
    ids::AdminId,
    person::UserStatus,
    policy::{AccessMode, Confirmation, OutageMode, Policy, WorkingHours},
    session::{Actor, Answer, ConnectionState, Event, Exposure, Grounds, SessionState, Wish},
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
    /// The router is found not to hold one of the tunnels as it should.
    Expose(usize, Exposure),
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
        1 => (0_usize..3, prop::sample::select(vec![Exposure::NotInBox, Exposure::AddressTaken]))
            .prop_map(|(n, how)| Act::Expose(n, how)),
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
        Act::Expose(n, how) => expose(world, *n, *how),
    }
}

/// One of the live tunnels is in no box, or shares its address: it is cut, unless it was let through and needs no box.
fn expose(world: &mut World, n: usize, how: Exposure) {
    let live = world.live().and_then(|session| {
        let connection = session.live_connections().nth(n)?;
        Some((session.id, connection.id, connection.state))
    });
    let Some((session, id, state)) = live else { return };
    let _ = world.happen(Some(session), &Event::Exposed { connection: id, how });
    let stays = how == Exposure::NotInBox && state != ConnectionState::Pending;
    let known = world.sessions.iter().find(|known| known.id == session);
    let now = known.and_then(|known| known.connections.iter().find(|known| known.id == id));
    assert_eq!(now.is_some_and(|now| now.is_live()), stays, "{how:?} of one that was {state:?}: {now:?}");
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

/// One thing that happens where all the rules are in force.
#[derive(Clone, Debug)]
enum Anything {
    Plain(Act),
    /// The owner's usual place calls, or another one that calls again and again.
    DialFrom(u8, u8),
    Pick(u8),
    /// Telegram is out of reach, or back.
    Telegram(bool),
    Code,
    /// Another day, on which nobody may come, or one on which everybody may.
    Weekday(u8),
    Grant(Option<u32>),
    ExtendByAdmin(u32),
    EndByAdmin,
    AdminSays(Answer),
    LiftBans,
    Block,
    Approve,
    Refuse,
    /// What the database of countries says of callers from now on.
    Country(Option<&'static str>),
    /// The policy is changed in what reaches those who are inside: tunnels, time and networks.
    Policy {
        max_tunnels: u32,
        session_seconds: u32,
        only_home: bool,
    },
    /// The router was only watched until now.
    Enforced,
}

/// The network of the first two places from which somebody calls.
const HOME: &str = "198.51.100.0/31";

fn networks(only_home: bool) -> Vec<String> {
    if only_home { vec![HOME.to_owned()] } else { Vec::new() }
}

fn anything() -> impl Strategy<Value = Anything> {
    prop_oneof![
        30 => act().prop_map(Anything::Plain),
        8 => (0_u8..3, 1_u8..4).prop_map(|(caller, address)| Anything::DialFrom(caller, address)),
        4 => (0_u8..4).prop_map(Anything::Pick),
        2 => any::<bool>().prop_map(Anything::Telegram),
        1 => Just(Anything::Code),
        1 => (1_u8..4).prop_map(Anything::Weekday),
        2 => prop::option::of(1_u32..7_200).prop_map(Anything::Grant),
        1 => (1_u32..7_200).prop_map(Anything::ExtendByAdmin),
        1 => Just(Anything::EndByAdmin),
        2 => prop_oneof![Just(Answer::Confirm), Just(Answer::NotMe)].prop_map(Anything::AdminSays),
        1 => Just(Anything::LiftBans),
        3 => Just(Anything::Approve),
        1 => Just(Anything::Refuse),
        1 => prop_oneof![Just(None), Just(Some("DE")), Just(Some("FR"))].prop_map(Anything::Country),
        1 => (1_u32..4, 600_u32..90_000, any::<bool>()).prop_map(|(max_tunnels, session_seconds, only_home)| {
            Anything::Policy { max_tunnels, session_seconds, only_home }
        }),
        1 => Just(Anything::Enforced),
        // Seldom: nothing happens to a blocked person.
        1 => (0_u8..30).prop_map(|number| if number == 0 { Anything::Block } else { Anything::EndByAdmin }),
    ]
}

/// Every rule that can be set, by small numbers, so that they are met.
fn every_rule() -> impl Strategy<Value = Policy> {
    let confirmation = prop_oneof![
        3 => Just(Confirmation::Telegram),
        2 => Just(Confirmation::TelegramNumber),
        1 => Just(Confirmation::None),
    ];
    let outage =
        prop_oneof![Just(OutageMode::WaitClosed), Just(OutageMode::OfflineCode), Just(OutageMode::Open)];
    let counts = (1_u32..5, 1_u32..4, prop_oneof![Just(0_u32), 60_u32..4_000]);
    // Where nearly everybody is kept out there is nothing to be seen.
    let seldom = || prop::sample::select(vec![false, false, false, true]);
    let places = (any::<bool>(), seldom(), seldom(), seldom());
    (policy(), confirmation, outage, counts, places).prop_map(
        |(policy, confirmation, outage, counts, (hours, needs_approval, only_home, germany))| {
            let (max_unconfirmed, prompt_limit, trusted) = counts;
            let span = |weekday| WorkingHours { weekday, from: 540, to: 1_080 };
            Policy {
                confirmation,
                outage,
                max_unconfirmed,
                prompt_limit,
                trusted_reconnect_seconds: Seconds(trusted),
                working_hours: if hours { vec![span(1), span(2)] } else { Vec::new() },
                needs_approval,
                allowed_networks: networks(only_home),
                allowed_countries: if germany { vec!["DE".to_owned()] } else { Vec::new() },
                ..policy
            }
        },
    )
}

fn admin() -> Actor {
    Actor::Admin { id: AdminId(uuid::Uuid::nil()), name: "marina".to_owned(), reason: None }
}

fn play_anything(world: &mut World, act: &Anything) {
    match act {
        Anything::Plain(act) => play(world, act),
        Anything::DialFrom(caller, address) => {
            world.router.dial_from(&format!("198.51.100.{caller}"), "ivan", *address);
        }
        Anything::Pick(place) => {
            let _ = world.answer(Answer::Pick(*place));
        }
        Anything::Telegram(out) => world.telegram_out = *out,
        Anything::Code | Anything::AdminSays(_) => {
            let waiting = world.live().and_then(|session| {
                let connection = session.connections.iter().find(|c| c.state == ConnectionState::Pending)?;
                Some((session.id, connection.id))
            });
            let Some((session, connection)) = waiting else { return };
            let event = match act {
                Anything::AdminSays(answer) => {
                    Event::Answered { connection, nonce: None, by: admin(), answer: *answer }
                }
                _ => Event::CodeEntered { connection },
            };
            let _ = world.happen(Some(session), &event);
        }
        Anything::Weekday(weekday) => world.weekday = *weekday,
        Anything::Grant(seconds) => {
            if world.happen(None, &Event::Ask { by: admin(), seconds: seconds.map(Seconds) }).is_ok() {
                world.approved.extend(world.live().map(|session| session.id));
            }
        }
        Anything::ExtendByAdmin(seconds) => {
            let _ = world.happen(None, &Event::Extend { by: admin(), seconds: Some(Seconds(*seconds)) });
        }
        Anything::EndByAdmin => {
            let _ = world.happen(None, &Event::End { by: admin() });
        }
        Anything::LiftBans => {
            world.forgiven_at = Some(world.now);
            for address in world.router.banned.clone() {
                world.outbox.push_back((None, Wish::Unban { address }));
            }
        }
        Anything::Block => {
            let _ = world.happen(None, &Event::UserBlocked);
            world.person.status = UserStatus::Blocked;
        }
        Anything::Approve => {
            if world.happen(None, &Event::Approve { by: admin() }).is_ok() {
                world.approved.extend(world.live().map(|session| session.id));
            }
        }
        Anything::Refuse => {
            let _ = world.happen(None, &Event::Refuse { by: admin() });
        }
        Anything::Country(country) => world.country = *country,
        Anything::Policy { max_tunnels, session_seconds, only_home } => {
            world.policy.max_tunnels = *max_tunnels;
            world.policy.session_seconds = Seconds(*session_seconds);
            world.policy.allowed_networks = networks(*only_home);
            // What the store does in the same transaction.
            let _ = world.happen(None, &Event::Tick);
        }
        Anything::Enforced => {
            let _ = world.happen(None, &Event::Enforced);
        }
    }
}

/// Invariant 5, and that each yes has a ground that the policy knows.
fn check_rules(world: &World) -> Result<(), TestCaseError> {
    let policy = &world.policy;
    let all = || world.sessions.iter().flat_map(|session| &session.connections);
    let mut asked: Vec<_> = all().filter_map(|c| c.prompt.as_ref()).map(|prompt| prompt.asked_at).collect();
    asked.sort_unstable();
    for window in asked.windows(policy.prompt_limit as usize + 1) {
        let span = window[window.len() - 1].since(window[0]);
        prop_assert!(span >= policy.prompt_window_seconds, "too many questions in {span}");
    }
    for connection in all().filter(|connection| connection.confirmed_at.is_some()) {
        let known = match connection.grounds {
            Some(Grounds::Person) => connection.prompt.is_some(),
            Some(Grounds::Admin) => true,
            Some(Grounds::Policy) => policy.confirmation == Confirmation::None,
            Some(Grounds::Trusted) => policy.trusted_reconnect_seconds.0 > 0,
            Some(Grounds::Outage) => policy.outage == OutageMode::Open,
            Some(Grounds::Code) => policy.outage == OutageMode::OfflineCode,
            None => false,
        };
        prop_assert!(known, "confirmed on grounds that the policy does not know: {:?}", connection);
    }
    for session in world.sessions.iter().filter(|session| session.granted_at.is_some()) {
        let approved = !policy.needs_approval || world.approved.contains(&session.id);
        prop_assert!(approved, "granted, and no administrator has said so");
        for connection in session.live_connections().filter(|_| !policy.allowed_networks.is_empty()) {
            let caller = connection.tunnel.caller_id.as_deref();
            prop_assert!(matches!(caller, Some("198.51.100.0" | "198.51.100.1")), "{:?} is not home", caller);
        }
    }
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

    #[test]
    fn with_every_rule_in_force_the_invariants_hold_over_long_stories(
        policy in every_rule(),
        acts in prop::collection::vec(anything(), 40..220),
    ) {
        let mut world = World::new(policy);
        let mut looked = true;
        for act in &acts {
            let before = world.clone();
            play_anything(&mut world, act);
            looked = match act {
                Anything::Plain(Act::Look) => world.router.reachable,
                Anything::Plain(Act::Dial(_) | Act::HandMadeEntry(_)) | Anything::DialFrom(..) => false,
                _ => looked,
            };
            if looked {
                prop_assert!(world.check_doors().is_ok(), "{:?} after {:?}", world.check_doors(), act);
            }
            // One look may find several tunnels that need no question.
            if !matches!(act, Anything::Plain(Act::Look)) {
                check_answers(&before, &world)?;
            }
            check_rules(&world)?;
            let live: Vec<_> = world.sessions.iter().filter(|session| session.state.is_live()).collect();
            prop_assert!(live.len() <= 1, "two live sessions of one account");
            prop_assert!(
                live.is_empty() || world.person.status == UserStatus::Approved,
                "a blocked person has a session"
            );
            for session in &world.sessions {
                let open = session.live_connections().count();
                prop_assert!(open <= world.policy.max_tunnels as usize, "too many tunnels");
                prop_assert!(session.state.is_live() || open == 0, "an ended session has a live connection");
            }
        }
        world.settle();
        prop_assert!(world.check_at_rest().is_ok(), "{:?}", world.check_at_rest());
        for session in world.sessions.iter().filter(|session| !session.state.is_live()) {
            prop_assert!(session.end_told, "the end of {:?} was never told", session.end_reason);
        }
        let rested = world.clone();
        world.settle();
        prop_assert_eq!(&rested.sessions, &world.sessions, "replaying changed something");
    }
}
