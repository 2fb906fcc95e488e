//! Nobody is worn down, nobody is asked twice without need, and a changed rule reaches those who are inside.

mod world;

use sallyport_shared::{
    message::Message,
    policy::{AccessMode, OutageMode, Policy, WorkingHours},
    session::{
        Actor, Alert, Answer, CloseReason, ConnectionState, Effect, EndReason, Event, Grounds, Refusal,
        SessionState, Wish, due_at,
    },
    time::Seconds,
};
use world::World;

const HOME: &str = "198.51.100.7";

/// A policy under which the account stays enabled, so that anybody with the password can go on dialling.
fn always() -> Policy {
    Policy { access_mode: AccessMode::Always, ..World::policy() }
}

fn questions(world: &World) -> usize {
    world.told.iter().filter(|effect| matches!(effect, Effect::Ask { .. })).count()
}

fn told(world: &World, wanted: impl Fn(&Message) -> bool) -> usize {
    world.told.iter().filter(|effect| matches!(effect, Effect::Tell(message) if wanted(message))).count()
}

/// A tunnel comes up, is seen, and goes away unconfirmed after a second.
fn try_once(world: &mut World, caller: &str) {
    world.router.dial_from(caller, "ivan", 2);
    world.reconcile();
    world.settle();
    world.router.tunnels.clear();
    world.reconcile();
    world.settle();
    world.pass(Seconds(1));
}

fn confirm_from(world: &mut World, caller: &str) {
    world.router.dial_from(caller, "ivan", 2).expect("the router lets them dial");
    world.reconcile();
    world.answer(Answer::Confirm).unwrap();
    world.settle();
    assert_eq!(world.router.inside().len(), 1);
}

fn redial(world: &mut World, caller: &str) {
    world.router.tunnels.clear();
    world.reconcile();
    world.settle();
    world.router.dial_from(caller, "ivan", 3).expect("the router lets them dial");
    world.reconcile();
    world.settle();
}

#[test]
fn three_questions_in_five_minutes_and_no_more_then_again() {
    let mut world = World::new(always());
    for _ in 0..6 {
        try_once(&mut world, HOME);
    }
    assert_eq!(questions(&world), 3);
    assert_eq!(told(&world, |m| matches!(m, Message::PromptsPaused { .. })), 1, "once for all that wait");
    world.pass(Seconds(300));
    try_once(&mut world, HOME);
    assert_eq!(questions(&world), 4, "the window has moved on");
}

#[test]
fn a_tunnel_without_a_question_stays_boxed_and_is_cut_like_the_others() {
    let mut world = World::new(Policy { prompt_limit: 1, ..always() });
    try_once(&mut world, HOME);
    world.router.dial_from(HOME, "ivan", 2).unwrap();
    world.reconcile();
    let waiting = world.last().connections.last().unwrap().clone();
    assert!(waiting.is_unasked() && waiting.state == ConnectionState::Pending);
    world.settle();
    assert!(world.router.inside().is_empty());
    world.pass(world.policy.confirm_seconds);
    world.settle();
    assert!(world.router.tunnels.is_empty(), "the box is no place to stay");
}

#[test]
fn a_question_that_was_put_off_is_put_when_a_place_frees() {
    let policy = Policy { prompt_limit: 1, prompt_window_seconds: Seconds(30), ..always() };
    let mut world = World::new(policy);
    try_once(&mut world, HOME);
    world.router.dial_from(HOME, "ivan", 2).unwrap();
    world.reconcile();
    assert_eq!(questions(&world), 1);
    world.pass(Seconds(28));
    assert_eq!(questions(&world), 1);
    world.pass(Seconds(1));
    assert_eq!(questions(&world), 2);
    let prompt = world.last().connections.last().unwrap().prompt.clone().unwrap();
    assert_eq!(Some(prompt.expires_at), world.last().connections.last().unwrap().waits_until);
    world.answer(Answer::Confirm).unwrap();
    world.settle();
    assert_eq!(world.router.inside().len(), 1);
}

#[test]
fn the_eleventh_unconfirmed_connect_is_kept_out_and_nobody_is_asked_again() {
    let mut world = World::new(always());
    for _ in 0..10 {
        try_once(&mut world, HOME);
    }
    assert!(world.router.banned.is_empty());
    let before = questions(&world);
    world.router.dial_from(HOME, "ivan", 2).unwrap();
    world.reconcile();
    assert_eq!(world.last().end_reason, Some(EndReason::Banned));
    assert_eq!(world.last().connections.last().unwrap().close_reason, Some(CloseReason::Banned));
    let wished: Vec<_> = world.outbox.iter().map(|(_, wish)| wish.clone()).collect();
    assert!(
        matches!(wished.as_slice(), [Wish::Ban { .. }, .., Wish::Cut { .. }]),
        "kept out before anything is cut: {wished:?}"
    );
    world.settle();
    assert!(world.router.banned.contains(HOME) && world.router.tunnels.is_empty());
    assert_eq!(questions(&world), before, "no further question");
    assert!(world.told.iter().any(|effect| matches!(effect, Effect::Alert(Alert::Banned { .. }))));
    assert_eq!(told(&world, |m| matches!(m, Message::SessionEnded { reason: EndReason::Banned, .. })), 1);
}

#[test]
fn a_ban_resets_no_counter() {
    let mut world = World::new(Policy { ban_seconds: Seconds(60), ..always() });
    for _ in 0..11 {
        try_once(&mut world, HOME);
    }
    let asked = questions(&world);
    // The ban has lapsed by itself, the window has not passed.
    world.router.banned.clear();
    world.pass(Seconds(60));
    try_once(&mut world, HOME);
    assert!(world.router.banned.contains(HOME), "kept out again at once");
    // And so is whoever has the password elsewhere.
    try_once(&mut world, "192.0.2.1");
    assert!(world.router.banned.contains("192.0.2.1"));
    assert_eq!(questions(&world), asked);
    assert_eq!(told(&world, |m| matches!(m, Message::SessionEnded { reason: EndReason::Banned, .. })), 1);
    let alerts = world.told.iter().filter(|effect| matches!(effect, Effect::Alert(Alert::Banned { .. })));
    assert_eq!(alerts.count(), 1, "nobody is worn down by the news of it either");
    // When the window has passed the person is asked again.
    world.pass(world.policy.unconfirmed_window_seconds);
    world.router.banned.clear();
    try_once(&mut world, HOME);
    assert_eq!(questions(&world), asked + 1);
}

#[test]
fn who_is_kept_out_cannot_ask_for_access_until_an_administrator_lifts_it() {
    let mut world = World::new(Policy { max_unconfirmed: 1, ..World::policy() });
    let ask = Event::Ask { by: World::as_owner(), seconds: None };
    for _ in 0..2 {
        if world.live().is_none() {
            world.happen(None, &ask).unwrap();
            world.settle();
        }
        try_once(&mut world, HOME);
    }
    assert_eq!(world.last().end_reason, Some(EndReason::Banned));
    assert!(!world.router.account_enabled, "and the account is off, as after every session of this policy");
    assert_eq!(world.happen(None, &ask), Err(Refusal::Banned));
    world.forgiven_at = Some(world.now);
    world.happen(None, &ask).unwrap();
    world.settle();
    world.router.banned.clear();
    world.router.dial_from(HOME, "ivan", 2).unwrap();
    world.reconcile();
    assert_eq!(world.last().state, SessionState::Confirming);
}

#[test]
fn a_caller_without_a_network_address_cannot_be_listed_but_is_cut() {
    let mut world = World::new(Policy { max_unconfirmed: 1, ..always() });
    for _ in 0..2 {
        try_once(&mut world, "AA:BB:CC:DD:EE:FF");
    }
    assert_eq!(world.last().end_reason, Some(EndReason::Banned));
    assert!(world.router.banned.is_empty());
    assert!(world.router.tunnels.is_empty());
}

#[test]
fn what_was_cut_unasked_is_no_unconfirmed_connect() {
    let mut world = World::new(Policy { max_unconfirmed: 2, ..always() });
    confirm_from(&mut world, HOME);
    for _ in 0..5 {
        world.router.dial_from("192.0.2.1", "ivan", 3).unwrap();
        world.settle();
        world.pass(Seconds(1));
    }
    assert_eq!(world.router.inside().len(), 1, "the second device of the owner does not throw them out");
    assert!(world.router.banned.is_empty());
}

#[test]
fn a_known_caller_comes_back_without_being_asked() {
    let mut world = World::new(Policy { trusted_reconnect_seconds: Seconds(3_600), ..World::policy() });
    world.happen(None, &Event::Ask { by: World::as_owner(), seconds: None }).unwrap();
    world.settle();
    confirm_from(&mut world, HOME);
    world.pass(Seconds(3_599));
    redial(&mut world, HOME);
    assert_eq!(questions(&world), 1);
    assert_eq!(world.router.inside().len(), 1);
    assert_eq!(world.last().connections.last().unwrap().grounds, Some(Grounds::Trusted));
    // Trust is not handed on: it runs from when somebody last said yes.
    world.pass(Seconds(1));
    redial(&mut world, HOME);
    assert_eq!(questions(&world), 2);
    assert!(world.router.inside().is_empty());
}

#[test]
fn another_address_country_or_day_is_asked_about() {
    let trusting = Policy { trusted_reconnect_seconds: Seconds(3_600), ..always() };
    let inside = || {
        let mut world = World::new(trusting.clone());
        world.country = Some("DE");
        confirm_from(&mut world, HOME);
        world
    };
    let mut world = inside();
    redial(&mut world, "198.51.100.8");
    assert_eq!(questions(&world), 2, "another address");
    let mut world = inside();
    world.country = Some("FR");
    redial(&mut world, HOME);
    assert_eq!(questions(&world), 2, "another country");
    let mut world = inside();
    world.pass(Seconds(60));
    world.day_began = Some(world.now);
    redial(&mut world, HOME);
    assert_eq!(questions(&world), 2, "another day");
    let mut world = inside();
    world.policy.trusted_reconnect_seconds = Seconds(0);
    redial(&mut world, HOME);
    assert_eq!(questions(&world), 2, "off by default");
}

#[test]
fn nobody_is_trusted_after_a_denial_or_a_ban_or_an_administrators_end() {
    let trusting = Policy {
        trusted_reconnect_seconds: Seconds(3_600),
        disable_account_on_deny: false,
        max_tunnels: 2,
        ..always()
    };
    let mut world = World::new(trusting.clone());
    confirm_from(&mut world, HOME);
    world.pass(Seconds(1));
    world.router.dial_from("192.0.2.1", "ivan", 9).unwrap();
    world.reconcile();
    world.answer(Answer::NotMe).unwrap();
    world.settle();
    world.router.dial_from(HOME, "ivan", 4).unwrap();
    world.reconcile();
    assert_eq!(questions(&world), 3, "somebody has the password");

    let mut world = World::new(trusting);
    confirm_from(&mut world, HOME);
    world.pass(Seconds(1));
    let by = Actor::Admin {
        id: sallyport_shared::ids::AdminId(uuid::Uuid::nil()),
        name: "marina".to_owned(),
        reason: None,
    };
    world.happen(None, &Event::End { by }).unwrap();
    world.settle();
    world.router.dial_from(HOME, "ivan", 4).unwrap();
    world.reconcile();
    assert_eq!(questions(&world), 2);
}

#[test]
fn in_an_outage_each_policy_does_what_it_says_and_never_opens_by_accident() {
    for outage in [OutageMode::WaitClosed, OutageMode::OfflineCode, OutageMode::Open] {
        for out in [false, true] {
            let mut world = World::new(Policy { outage, ..always() });
            world.telegram_out = out;
            world.router.dial_from(HOME, "ivan", 2).unwrap();
            world.reconcile();
            world.settle();
            let opens = out && outage == OutageMode::Open;
            assert_eq!(world.router.inside().len(), usize::from(opens), "{outage:?}, outage: {out}");
            if opens {
                assert_eq!(world.last().connections[0].grounds, Some(Grounds::Outage));
                world.telegram_out = false;
                redial(&mut world, HOME);
                assert!(world.router.inside().is_empty(), "it reverts by itself, and vouches for nobody");
            }
        }
    }
}

#[test]
fn hours_and_places_bind_in_an_outage_and_for_known_callers_too() {
    let sundays = vec![WorkingHours { weekday: 7, from: 0, to: 1_440 }];
    for (networks, hours) in [(vec!["192.0.2.0/24".to_owned()], Vec::new()), (Vec::new(), sundays)] {
        let policy =
            Policy { outage: OutageMode::Open, trusted_reconnect_seconds: Seconds(3_600), ..always() };
        let mut world = World::new(policy);
        confirm_from(&mut world, HOME);
        (world.policy.allowed_networks, world.policy.working_hours) = (networks, hours);
        world.telegram_out = true;
        redial(&mut world, HOME);
        assert!(world.router.tunnels.is_empty() && world.router.inside().is_empty());
    }
}

#[test]
fn a_country_that_is_not_known_is_not_allowed() {
    let mut world = World::new(Policy { allowed_countries: vec!["DE".to_owned()], ..always() });
    world.router.dial_from(HOME, "ivan", 2).unwrap();
    world.settle();
    assert!(world.router.tunnels.is_empty(), "no database: closed");
    world.country = Some("DE");
    world.router.dial_from(HOME, "ivan", 2).unwrap();
    world.reconcile();
    assert_eq!(world.last().state, SessionState::Confirming);
    assert_eq!(world.last().connections[0].country.as_deref(), Some("DE"));
}

/// Inside since an hour under the initial policy.
fn inside() -> World {
    let mut world = World::new(World::policy());
    world.happen(None, &Event::Ask { by: World::as_owner(), seconds: None }).unwrap();
    world.settle();
    confirm_from(&mut world, HOME);
    world.now = world.now.plus(Seconds(3_600));
    world
}

fn look_again(world: &mut World) {
    let session = world.last().id;
    world.happen(Some(session), &Event::Tick).unwrap();
}

#[test]
fn a_shorter_time_ends_earlier_with_notice_and_a_longer_one_lengthens_nothing() {
    let mut world = inside();
    let promised = world.last().expires_at;
    world.policy.session_seconds = Seconds(24 * 3_600);
    look_again(&mut world);
    assert_eq!(world.last().expires_at, promised);
    world.policy.session_seconds = Seconds(2 * 3_600);
    look_again(&mut world);
    assert_eq!(world.last().expires_at, world.last().granted_at.map(|at| at.plus(Seconds(2 * 3_600))));
    assert_eq!(told(&world, |m| matches!(m, Message::EndsEarlier { .. })), 1);
    world.policy.session_seconds = Seconds(60);
    look_again(&mut world);
    assert_eq!(world.last().expires_at, Some(world.now.plus(world.policy.remind_before_seconds)));
    look_again(&mut world);
    assert_eq!(told(&world, |m| matches!(m, Message::EndsEarlier { .. })), 2, "nothing new, nothing said");
    assert_eq!(world.router.inside().len(), 1, "inside until then");
    world.pass(world.policy.remind_before_seconds);
    world.settle();
    assert_eq!(world.last().end_reason, Some(EndReason::Expired));
    assert!(world.router.tunnels.is_empty());
}

#[test]
fn an_administrators_own_span_is_not_shortened() {
    let mut world = World::new(World::policy());
    let by = Actor::Admin {
        id: sallyport_shared::ids::AdminId(uuid::Uuid::nil()),
        name: "marina".to_owned(),
        reason: None,
    };
    world.happen(None, &Event::Ask { by, seconds: Some(Seconds(20 * 3_600)) }).unwrap();
    let promised = world.last().expires_at;
    world.policy.session_seconds = Seconds(60);
    look_again(&mut world);
    assert_eq!(world.last().expires_at, promised);
}

#[test]
fn who_may_not_come_any_more_is_cut_though_they_are_inside() {
    let mut world = inside();
    world.policy.allowed_networks = vec!["192.0.2.0/24".to_owned()];
    look_again(&mut world);
    world.settle();
    assert!(world.router.tunnels.is_empty() && world.router.inside().is_empty());
    assert_eq!(world.last().connections[0].close_reason, Some(CloseReason::Policy));
    assert_eq!(told(&world, |m| matches!(m, Message::ForeignPlace { .. })), 1);
    assert!(world.last().state.is_live(), "the session goes on");

    let mut world = inside();
    world.policy.working_hours = vec![WorkingHours { weekday: 1, from: 0, to: 720 }];
    look_again(&mut world);
    world.settle();
    assert!(world.router.tunnels.is_empty(), "the hours are over");
}

#[test]
fn of_too_many_tunnels_those_that_wait_and_then_the_newest_are_cut() {
    let mut world = World::new(Policy { max_tunnels: 3, ..always() });
    for address in [2, 3, 4] {
        world.router.dial_from(HOME, "ivan", address).unwrap();
        world.reconcile();
        if address != 3 {
            world.answer(Answer::Confirm).unwrap();
        }
        world.settle();
        world.pass(Seconds(1));
    }
    assert_eq!(world.router.inside().len(), 2);
    world.policy.max_tunnels = 1;
    look_again(&mut world);
    world.settle();
    let left: Vec<_> = world.router.tunnels.iter().filter_map(|tunnel| tunnel.address.clone()).collect();
    assert_eq!(left, ["10.8.0.2"]);
}

#[test]
fn laxer_confirmation_opens_nothing_that_waits() {
    let mut world = World::new(always());
    world.router.dial_from(HOME, "ivan", 2).unwrap();
    world.reconcile();
    world.policy.confirmation = sallyport_shared::policy::Confirmation::None;
    look_again(&mut world);
    world.settle();
    assert!(world.router.inside().is_empty());
    assert!(!world.outbox.iter().any(|(_, wish)| matches!(wish, Wish::Open { .. })));
}

#[test]
fn who_was_unlinked_while_a_question_waited_is_not_asked_for_ever() {
    let mut world = World::new(Policy { prompt_limit: 1, prompt_window_seconds: Seconds(30), ..always() });
    try_once(&mut world, HOME);
    world.router.dial_from(HOME, "ivan", 2).unwrap();
    world.reconcile();
    world.person.telegram = None;
    world.pass(Seconds(30));
    let waiting = world.last().connections.last().unwrap().clone();
    assert!(waiting.is_unasked() && waiting.ask_at.is_none(), "there is nobody to ask");
    assert!(due_at(world.last()).is_some_and(|due| due > world.now), "and it is not due again at once");
    assert_eq!(questions(&world), 1);
    world.pass(world.policy.confirm_seconds);
    world.settle();
    assert!(world.router.tunnels.is_empty(), "it is cut like any other");
}
