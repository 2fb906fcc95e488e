//! The rules, told as short stories.

mod world;

use sallyport_shared::{
    message::Message,
    policy::{AccessMode, Policy},
    session::{
        Actor, Alert, Answer, CloseReason, ConnectionState, Effect, EndReason, Event, Exposure, OpenFailure,
        Refusal, SessionState, Wish,
    },
    time::Seconds,
};
use world::{OWNER, STRANGER, World};

/// Access was asked for, the account enabled, one tunnel is up and asked about.
fn in_the_box() -> World {
    let mut world = World::new(World::policy());
    world.happen(None, &Event::Ask { by: World::as_owner(), seconds: None }).unwrap();
    world.settle();
    world.router.dial("ivan", 2).expect("the account is enabled");
    world.reconcile();
    assert_eq!(world.last().state, SessionState::Confirming);
    assert!(world.router.inside().is_empty());
    world
}

fn inside() -> World {
    let mut world = in_the_box();
    world.answer(Answer::Confirm).unwrap();
    world.settle();
    assert_eq!(world.last().state, SessionState::Active);
    assert_eq!(world.router.inside().len(), 1);
    world
}

fn told(world: &World) -> Vec<&Message> {
    world
        .told
        .iter()
        .filter_map(|effect| match effect {
            Effect::Tell(message) => Some(message),
            _ => None,
        })
        .collect()
}

#[test]
fn the_person_is_told_only_when_the_account_was_read_back() {
    let mut world = World::new(World::policy());
    world.happen(None, &Event::Ask { by: World::as_owner(), seconds: None }).unwrap();
    assert!(told(&world).is_empty(), "told before the router had done it");
    world.settle();
    assert!(matches!(told(&world)[..], [Message::SessionGranted { .. }]));
}

#[test]
fn a_late_yes_opens_nothing() {
    let mut world = in_the_box();
    world.now = world.now.plus(world.policy.confirm_seconds);
    assert_eq!(world.answer(Answer::Confirm), Err(Refusal::TooLate));
    world.pass(Seconds(0));
    world.settle();
    assert_eq!(world.answer(Answer::Confirm), Err(Refusal::TooLate));
    assert!(world.router.tunnels.is_empty(), "silence cuts");
    assert_eq!(world.last().state, SessionState::Granted, "the session goes on");
}

#[test]
fn a_second_tap_changes_nothing() {
    let mut world = inside();
    let before = world.sessions.clone();
    assert_eq!(world.answer(Answer::Confirm), Err(Refusal::AlreadyAnswered));
    assert_eq!(world.answer(Answer::NotMe), Err(Refusal::AlreadyAnswered));
    assert_eq!(world.sessions, before);
}

#[test]
fn a_stranger_cannot_answer() {
    let mut world = in_the_box();
    let session = world.last().clone();
    let connection = &session.connections[0];
    let nonce = connection.prompt.as_ref().map(|prompt| prompt.nonce.clone());
    let event = Event::Answered {
        connection: connection.id,
        nonce,
        by: Actor::Person(STRANGER),
        answer: Answer::Confirm,
    };
    assert_eq!(world.happen(Some(session.id), &event), Err(Refusal::NotYours));
    world.settle();
    assert!(world.router.inside().is_empty());
}

#[test]
fn the_yes_to_one_tunnel_does_not_open_another() {
    let mut world = in_the_box();
    world.policy.max_tunnels = 2;
    let first = world.last().connections[0].clone();
    world.router.dial("ivan", 3).unwrap();
    world.reconcile();
    let event = Event::Answered {
        connection: first.id,
        nonce: first.prompt.map(|prompt| prompt.nonce),
        by: Actor::Person(OWNER),
        answer: Answer::Confirm,
    };
    world.happen(None, &event).unwrap();
    world.settle();
    let inside: Vec<_> = world.router.inside().into_iter().cloned().collect();
    assert_eq!(inside, [first.tunnel]);
    assert_eq!(world.last().connections[1].state, ConnectionState::Pending);
}

#[test]
fn the_next_holder_of_an_address_starts_in_the_box() {
    let mut world = inside();
    world.router.tunnels.clear();
    let next = world.router.dial("ivan", 2).unwrap();
    world.reconcile();
    world.settle();
    assert!(world.router.inside().is_empty(), "{next:?} inherited an entry");
    assert_eq!(world.last().state, SessionState::Confirming, "and is asked about");
}

#[test]
fn a_tunnel_that_changed_before_opening_stays_closed() {
    let mut world = in_the_box();
    world.answer(Answer::Confirm).unwrap();
    world.router.tunnels.clear();
    world.router.dial("ivan", 2).unwrap();
    world.carry(false);
    assert!(world.router.inside().is_empty());
    assert!(told(&world).iter().any(|message| matches!(message, Message::TunnelGone { .. })));
}

#[test]
fn not_me_cuts_bans_suspends_and_alerts() {
    let mut world = in_the_box();
    let caller = world.router.tunnels[0].caller_id.clone().unwrap();
    world.answer(Answer::NotMe).unwrap();
    let wishes: Vec<_> = world.outbox.iter().map(|(_, wish)| wish.clone()).collect();
    assert!(matches!(wishes[0], Wish::Close { .. }), "permission first: {wishes:?}");
    assert!(wishes.iter().any(|wish| matches!(wish, Wish::Ban { address, .. } if *address == caller)));
    world.settle();
    assert!(world.router.tunnels.is_empty() && !world.router.account_enabled && world.account.suspended);
    assert_eq!(world.last().end_reason, Some(EndReason::Denied));
    assert!(world.told.iter().any(|effect| matches!(effect, Effect::Alert(Alert::Denied { .. }))));
    let again = world.happen(None, &Event::Ask { by: World::as_owner(), seconds: None });
    assert_eq!(again, Err(Refusal::Suspended), "until an administrator acts");
}

/// What waits to be carried out, in its order.
fn order(world: &World) -> Vec<&'static str> {
    let names = world.outbox.iter().map(|(_, wish)| match wish {
        Wish::Close { .. } => "close",
        Wish::Account { .. } => "account",
        Wish::Cut { .. } => "cut",
        Wish::Ban { .. } => "ban",
        Wish::Open { .. } | Wish::CutElsewhere { .. } | Wish::Unban { .. } | Wish::RuleOff { .. } => "other",
    });
    names.collect()
}

#[test]
fn whoever_dials_again_at_once_finds_everything_shut() {
    let mut denied = in_the_box();
    denied.outbox.clear();
    denied.answer(Answer::NotMe).unwrap();
    assert_eq!(order(&denied), ["close", "ban", "account", "cut"], "not me");
    let mut blocked = inside();
    blocked.outbox.clear();
    blocked.happen(None, &Event::UserBlocked).unwrap();
    assert_eq!(order(&blocked), ["close", "account", "cut"], "blocked");
}

#[test]
fn the_end_takes_permission_first_then_the_account_then_the_tunnel() {
    let mut world = inside();
    world.pass(world.policy.session_seconds);
    assert_eq!(order(&world), ["close", "account", "cut"]);
    assert!(!told(&world).iter().any(|m| matches!(m, Message::SessionEnded { .. })), "told too early");
    world.settle();
    assert!(
        told(&world).iter().any(|m| matches!(m, Message::SessionEnded { reason: EndReason::Expired, .. }))
    );
    assert!(world.router.tunnels.is_empty() && !world.router.account_enabled);
}

#[test]
fn the_reminder_comes_once_and_again_after_an_extension() {
    let mut world = inside();
    let reminders = |world: &World| {
        told(world).iter().filter(|message| matches!(message, Message::Reminder { .. })).count()
    };
    let until_reminder = world.policy.session_seconds.0 - world.policy.remind_before_seconds.0;
    world.pass(Seconds(until_reminder));
    world.pass(Seconds(1));
    assert_eq!(reminders(&world), 1);
    let old_end = world.last().expires_at.unwrap();
    world.happen(None, &Event::Extend { by: World::as_owner(), seconds: None }).unwrap();
    assert_eq!(
        world.last().expires_at,
        Some(old_end.plus(world.policy.extension_seconds)),
        "added to the old end"
    );
    world.pass(world.policy.extension_seconds);
    assert_eq!(reminders(&world), 2);
    world.happen(None, &Event::Extend { by: World::as_owner(), seconds: None }).unwrap();
    let third = world.happen(None, &Event::Extend { by: World::as_owner(), seconds: None });
    assert_eq!(third, Err(Refusal::NoMoreExtensions));
}

#[test]
fn one_tunnel_too_many_is_cut_and_the_first_stays() {
    let mut world = inside();
    let first = world.router.tunnels[0].clone();
    world.router.dial("ivan", 3).unwrap();
    world.reconcile();
    world.settle();
    assert_eq!(world.router.tunnels, [first]);
    assert_eq!(world.last().connections[1].close_reason, Some(CloseReason::TooMany));
    assert_eq!(world.last().state, SessionState::Active);
}

#[test]
fn a_dropped_tunnel_closes_at_once_and_the_session_goes_on() {
    let mut world = inside();
    world.router.tunnels.clear();
    world.reconcile();
    assert_eq!(world.last().state, SessionState::Granted);
    world.settle();
    assert!(world.router.allow.is_empty());
    world.router.dial("ivan", 4).expect("the account is still enabled");
    world.reconcile();
    assert_eq!(world.last().state, SessionState::Confirming, "the new tunnel is asked about");
}

/// The newest connection is found not to be held as it should.
fn expose(world: &mut World, how: Exposure) {
    let (session, connection) = (world.last().id, world.last().connections.last().unwrap().id);
    world.happen(Some(session), &Event::Exposed { connection, how }).unwrap();
}

#[test]
fn a_tunnel_that_waits_outside_of_the_box_is_cut_and_no_yes_saves_it() {
    let mut world = in_the_box();
    expose(&mut world, Exposure::NotInBox);
    assert_eq!(order(&world).last(), Some(&"cut"), "{:?}", world.outbox);
    let closed = &world.last().connections[0];
    assert_eq!((closed.state, closed.close_reason), (ConnectionState::Closed, Some(CloseReason::Policy)));
    assert!(world.answer(Answer::Confirm).is_err(), "a yes to what was cut");
    world.settle();
    assert!(world.router.tunnels.is_empty() && world.router.allow.is_empty());
    world.router.dial("ivan", 3).expect("whoever had it may come again");
    world.reconcile();
    assert_eq!(world.last().state, SessionState::Confirming, "and is asked again");
}

#[test]
fn a_tunnel_that_was_let_through_meanwhile_needs_no_box() {
    let mut world = inside();
    let before = world.last().clone();
    expose(&mut world, Exposure::NotInBox);
    assert_eq!(world.last(), &before);
    world.settle();
    assert_eq!(world.router.inside().len(), 1);
}

#[test]
fn a_tunnel_whose_address_another_has_is_shut_before_it_is_cut() {
    for mut world in [in_the_box(), inside()] {
        world.outbox.clear();
        expose(&mut world, Exposure::AddressTaken);
        assert_eq!(order(&world), ["close", "cut"], "{:?}", world.last().connections);
        assert_eq!(world.last().state, SessionState::Granted);
        world.settle();
        assert!(world.router.tunnels.is_empty() && world.router.allow.is_empty());
        world.router.dial("ivan", 2).expect("whoever had it may come again");
        world.reconcile();
        assert_eq!(world.last().state, SessionState::Confirming, "whatever was confirmed before");
    }
}

#[test]
fn nobody_connects_and_the_account_is_switched_off_again() {
    let mut world = World::new(World::policy());
    world.happen(None, &Event::Ask { by: World::as_owner(), seconds: None }).unwrap();
    world.settle();
    assert!(world.router.account_enabled);
    world.pass(world.policy.connect_window_seconds);
    world.settle();
    assert!(!world.router.account_enabled);
    assert_eq!(world.last().end_reason, Some(EndReason::NeverConnected));
}

#[test]
fn in_always_mode_the_first_tunnel_makes_the_session_and_silence_ends_it() {
    let policy = Policy { access_mode: AccessMode::Always, ..World::policy() };
    let mut world = World::new(policy);
    world.router.dial("ivan", 2).unwrap();
    world.reconcile();
    assert_eq!(world.last().state, SessionState::Confirming);
    world.pass(world.policy.confirm_seconds);
    world.settle();
    assert_eq!(world.last().end_reason, Some(EndReason::ConfirmTimeout));
    assert!(world.router.tunnels.is_empty());
    assert!(world.router.account_enabled, "the account stays enabled in this mode");
}

#[test]
fn a_request_waits_for_approval_and_lapses() {
    let mut world = World::new(Policy { needs_approval: true, ..World::policy() });
    world.happen(None, &Event::Ask { by: World::as_owner(), seconds: None }).unwrap();
    assert_eq!(world.last().state, SessionState::Requested);
    world.settle();
    assert!(!world.router.account_enabled);
    world.pass(world.policy.connect_window_seconds);
    assert_eq!(world.last().end_reason, Some(EndReason::Expired));
    assert!(told(&world).iter().any(|message| matches!(message, Message::RequestLapsed { .. })));
}

#[test]
fn the_router_is_away_when_the_person_confirms() {
    let mut world = in_the_box();
    world.router.reachable = false;
    world.answer(Answer::Confirm).unwrap();
    let connection = world.last().connections[0].id;
    let failed = Event::OpenFailed { connection, failure: OpenFailure::Unreachable };
    world.happen(None, &failed).unwrap();
    assert!(told(&world).iter().any(|message| matches!(message, Message::OpenDelayed { .. })));
    world.settle();
    assert_eq!(world.router.inside().len(), 1, "opened when it is back");

    let mut world = in_the_box();
    world.router.reachable = false;
    world.answer(Answer::Confirm).unwrap();
    world.pass(world.policy.confirm_seconds);
    world.settle();
    assert!(world.router.inside().is_empty(), "the prompt's life is over");
    assert!(world.router.tunnels.is_empty());
}

#[test]
fn a_tunnel_from_a_foreign_network_or_hour_is_cut_and_the_session_stays() {
    let mut world = World::new(World::policy());
    world.happen(None, &Event::Ask { by: World::as_owner(), seconds: None }).unwrap();
    world.settle();
    let before = world.last().clone();
    world.policy.allowed_networks = vec!["192.0.2.0/24".to_owned()];
    world.router.dial("ivan", 2).unwrap();
    world.settle();
    assert!(world.router.tunnels.is_empty());
    assert!(told(&world).iter().any(|message| matches!(message, Message::ForeignPlace { .. })));
    world.policy.allowed_networks = Vec::new();
    world.policy.working_hours =
        vec![sallyport_shared::policy::WorkingHours { weekday: 7, from: 0, to: 1_440 }];
    world.router.dial("ivan", 2).unwrap();
    world.settle();
    assert!(world.router.tunnels.is_empty());
    assert!(told(&world).iter().any(|message| matches!(message, Message::OutsideHours { .. })));
    assert_eq!(world.last(), &before);
}
