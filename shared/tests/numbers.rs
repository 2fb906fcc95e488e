//! Number matching and one-time codes: what opens, what does not, and that one answer is all there is.

mod world;

use sallyport_shared::{
    message::Message,
    policy::{AccessMode, Confirmation, OutageMode, Policy},
    session::{
        Answer, CloseReason, ConnectionState, Effect, EndReason, Event, Grounds, Numbers, Outcome, Refusal,
        SessionState,
    },
    time::Seconds,
};
use world::World;

const HOME: &str = "198.51.100.7";

/// A tunnel waits under this policy, with what its owner was asked.
fn waiting(policy: Policy) -> World {
    let mut world = World::new(policy);
    if world.policy.access_mode == AccessMode::OnRequest {
        world.happen(None, &Event::Ask { by: World::as_owner(), seconds: None }).unwrap();
        world.settle();
    }
    world.router.dial_from(HOME, "ivan", 2).expect("the router lets them dial");
    world.reconcile();
    world
}

fn numbers() -> Policy {
    Policy { confirmation: Confirmation::TelegramNumber, ..World::policy() }
}

fn offered(world: &World) -> Numbers {
    let prompt = world.last().connections.last().unwrap().prompt.clone().unwrap();
    prompt.numbers.expect("the policy wants numbers")
}

fn place(world: &World, right: bool) -> u8 {
    (0..3).find(|place| offered(world).is_right(*place) == right).unwrap()
}

#[test]
fn the_right_number_opens_and_is_asked_for_once() {
    let mut world = waiting(numbers());
    let right = place(&world, true);
    world.answer(Answer::Pick(right)).unwrap();
    world.settle();
    assert_eq!(world.router.inside().len(), 1);
    let connection = world.last().connections[0].clone();
    assert_eq!(connection.grounds, Some(Grounds::Person));
    for answer in [Answer::Pick(right), Answer::Pick(place(&world, false)), Answer::NotMe] {
        assert_eq!(world.answer(answer), Err(Refusal::AlreadyAnswered));
    }
    assert_eq!(world.router.inside().len(), 1, "an afterthought changes nothing");
}

#[test]
fn a_wrong_number_cuts_without_locking_the_person_out() {
    let mut world = waiting(numbers());
    let (right, wrong) = (place(&world, true), place(&world, false));
    world.answer(Answer::Pick(wrong)).unwrap();
    assert_eq!(world.answer(Answer::Pick(right)), Err(Refusal::AlreadyAnswered), "there is no second guess");
    world.settle();
    assert!(world.router.tunnels.is_empty() && world.router.allow.is_empty());
    assert!(world.router.banned.is_empty() && !world.account.suspended);
    let session = world.last();
    assert_eq!(session.state, SessionState::Granted, "they may connect again");
    let closed = &session.connections[0];
    assert_eq!(
        (closed.state, closed.close_reason),
        (ConnectionState::Closed, Some(CloseReason::ConfirmTimeout))
    );
    assert!(closed.confirmed_at.is_none(), "it counts as unconfirmed");
    let told = |wanted: &dyn Fn(&Effect) -> bool| world.told.iter().filter(|effect| wanted(effect)).count();
    assert_eq!(told(&|effect| matches!(effect, Effect::Tell(Message::WrongNumber { .. }))), 1);
    let over = |effect: &Effect| matches!(effect, Effect::CloseAsk { outcome: Outcome::WrongNumber, .. });
    assert_eq!(told(&over), 1);
    assert_eq!(told(&|effect| matches!(effect, Effect::Tell(Message::ConfirmTimedOut { .. }))), 0);
}

#[test]
fn a_wrong_number_ends_a_session_that_its_tunnel_began() {
    let mut world = waiting(Policy { access_mode: AccessMode::Always, ..numbers() });
    world.answer(Answer::Pick(place(&world, false))).unwrap();
    world.settle();
    assert_eq!(world.last().end_reason, Some(EndReason::ConfirmTimeout));
    assert!(world.router.account_enabled, "the account stays in use");
    let told = world.told.iter().filter(|effect| matches!(effect, Effect::Tell(_))).count();
    assert_eq!(told, 1, "said once: {:?}", world.told);
}

#[test]
fn not_me_and_silence_are_as_without_numbers() {
    let mut world = waiting(numbers());
    world.answer(Answer::NotMe).unwrap();
    world.settle();
    assert_eq!(world.last().end_reason, Some(EndReason::Denied));
    assert!(world.router.banned.contains(HOME) && world.account.suspended);
    let mut world = waiting(numbers());
    let right = place(&world, true);
    world.pass(Seconds(60));
    assert_eq!(world.answer(Answer::Pick(right)), Err(Refusal::TooLate));
    world.settle();
    assert!(world.router.inside().is_empty());
}

#[test]
fn a_bare_yes_opens_nothing_where_a_number_is_wanted_and_a_number_nothing_where_it_is_not() {
    let mut world = waiting(numbers());
    for answer in [Answer::Confirm, Answer::Pick(3), Answer::Pick(u8::MAX)] {
        assert_eq!(world.answer(answer), Err(Refusal::UnknownPrompt));
    }
    world.settle();
    assert!(world.router.inside().is_empty());
    assert_eq!(world.last().state, SessionState::Confirming, "the question stands");
    let mut world = waiting(World::policy());
    for place in 0..3 {
        assert_eq!(world.answer(Answer::Pick(place)), Err(Refusal::UnknownPrompt));
    }
    world.settle();
    assert!(world.router.inside().is_empty());
}

#[test]
fn a_code_opens_its_own_tunnel_only_in_an_outage_and_only_if_the_policy_says_so() {
    for (outage, out, opens) in [
        (OutageMode::OfflineCode, true, true),
        (OutageMode::OfflineCode, false, false),
        (OutageMode::WaitClosed, true, false),
    ] {
        let mut world = waiting(Policy { outage, ..World::policy() });
        world.telegram_out = out;
        let session = world.last().id;
        let connection = world.last().connections[0].id;
        let entered = world.happen(Some(session), &Event::CodeEntered { connection });
        assert_eq!(entered.is_ok(), opens, "{outage:?} {out}");
        world.settle();
        assert_eq!(world.router.inside().len(), usize::from(opens));
        if opens {
            assert_eq!(world.last().connections[0].grounds, Some(Grounds::Code));
            let again = world.happen(Some(session), &Event::CodeEntered { connection });
            assert_eq!(again, Err(Refusal::AlreadyAnswered));
        }
    }
}

#[test]
fn a_code_comes_too_late_for_what_is_over() {
    let mut world = waiting(Policy { outage: OutageMode::OfflineCode, ..World::policy() });
    world.telegram_out = true;
    let (session, connection) = (world.last().id, world.last().connections[0].id);
    world.pass(Seconds(60));
    assert!(world.happen(Some(session), &Event::CodeEntered { connection }).is_err());
    world.settle();
    assert!(world.router.inside().is_empty());
}
