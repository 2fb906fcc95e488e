//! Working hours that end before the session does: what is promised, when it is reminded of, and what more time can do.

mod world;

use sallyport_shared::{
    language::Language,
    message::Message,
    policy::{AccessMode, Policy, WorkingHours},
    session::{
        Actor, Answer, CloseReason, ConnectionState, Effect, EndReason, Event, Refusal, SessionState, Until,
        due_at,
    },
    time::{Seconds, Timestamp},
};
use world::World;

const HOUR: u32 = 3_600;
const HOME: &str = "198.51.100.7";

/// From nine to eighteen on all days.
fn office() -> Policy {
    let hours = (1..=7).map(|weekday| WorkingHours { weekday, from: 540, to: 1_080 }).collect();
    Policy { working_hours: hours, ..World::policy() }
}

/// Somebody is inside, and their hours end in so many seconds.
fn inside(policy: Policy, hours_end_in: u32) -> World {
    let mut world = World::new(policy);
    world.hours_end = Some(world.now.plus(Seconds(hours_end_in)));
    world.happen(None, &Event::Ask { by: World::as_owner(), seconds: None }).unwrap();
    world.settle();
    comes(&mut world);
    world
}

fn as_admin() -> Actor {
    let id = sallyport_shared::ids::AdminId(uuid::Uuid::nil());
    Actor::Admin { id, name: "marina".to_owned(), reason: None }
}

fn comes(world: &mut World) {
    world.router.dial_from(HOME, "ivan", 2).expect("the router lets them dial");
    world.reconcile();
    world.answer(Answer::Confirm).unwrap();
    world.settle();
}

fn told(world: &World) -> Vec<&Message> {
    let told = world.told.iter().filter_map(|effect| match effect {
        Effect::Tell(message) => Some(message),
        _ => None,
    });
    told.collect()
}

fn last_reminder(world: &World) -> Option<(Option<Timestamp>, bool, bool)> {
    told(world).iter().rev().find_map(|message| match message {
        Message::Reminder { until, may_extend, by_hours, .. } => Some((*until, *may_extend, *by_hours)),
        _ => None,
    })
}

/// An administrator grants access two hours after the hours have ended, and the account is read back as enabled. Tells
/// when the hours begin again.
fn granted_in_the_evening(span: u32) -> (World, Timestamp) {
    let mut world = World::new(office());
    world.hours_end = Some(world.now.minus(Seconds(2 * HOUR)));
    let morning = world.now.plus(Seconds(13 * HOUR));
    world.happen(None, &Event::Ask { by: as_admin(), seconds: Some(Seconds(span)) }).unwrap();
    world.settle();
    (world, morning)
}

fn pass_until(world: &mut World, then: Timestamp) {
    world.pass(then.since(world.now));
}

/// The ends that were told to be earlier than was said.
fn ends_earlier(world: &World) -> Vec<Option<Timestamp>> {
    let told = told(world).into_iter().filter_map(|message| match message {
        Message::EndsEarlier { until, .. } => Some(*until),
        _ => None,
    });
    told.collect()
}

/// What reminders were changed to.
fn rewritten(world: &World) -> Vec<Message> {
    let texts = world.told.iter().filter_map(|effect| match effect {
        Effect::CloseReminder(text) => Some(text.clone()),
        _ => None,
    });
    texts.collect()
}

fn reminders(world: &World) -> usize {
    told(world).iter().filter(|message| matches!(message, Message::Reminder { .. })).count()
}

#[test]
fn the_time_to_connect_begins_with_the_hours() {
    let (mut world, morning) = granted_in_the_evening(24 * HOUR);
    let by = morning.plus(world.policy.connect_window_seconds);
    let said = |message: &Message| match message {
        Message::SessionGranted { outside_hours: true, opens_at, connect_by, .. } => {
            (*opens_at, *connect_by) == (Some(morning), Some(by))
        }
        _ => false,
    };
    assert!(matches!(told(&world)[..], [message] if said(message)), "{:?}", told(&world));
    world.pass(Seconds(15 * 60));
    assert_eq!(world.last().state, SessionState::Granted, "nobody could have come");
    assert_eq!(due_at(world.last()), Some(morning), "and nothing is due before the hours are");
    pass_until(&mut world, morning);
    let evening = Until { at: morning.plus(Seconds(9 * HOUR)), by_hours: true };
    assert_eq!(
        world.last().until(world.last().review_at),
        Some(evening),
        "lists show it before anybody dials"
    );
    assert_eq!(due_at(world.last()), Some(by));
    world.pass(Seconds(5 * 60));
    comes(&mut world);
    assert_eq!(world.last().state, SessionState::Active);
    assert_eq!(ends_earlier(&world), [], "that the hours of the day end is no news");
}

#[test]
fn who_does_not_come_when_the_hours_begin_never_came() {
    let (mut world, morning) = granted_in_the_evening(24 * HOUR);
    pass_until(&mut world, morning);
    world.pass(Seconds(15 * 60 - 1));
    assert!(world.last().state.is_live());
    world.pass(Seconds(1));
    assert_eq!(world.last().end_reason, Some(EndReason::NeverConnected));
}

#[test]
fn access_that_is_over_before_the_hours_begin_ends_with_its_time() {
    let (mut world, morning) = granted_in_the_evening(12 * HOUR);
    let said = told(&world).pop().unwrap().clone();
    for (language, words) in [
        (Language::En, "will be over before your working hours begin"),
        (Language::Ru, "закончится раньше, чем начнутся ваши рабочие часы"),
    ] {
        let text = said.html(language, &|at| at.to_string());
        assert!(text.contains(words) && text.contains(&morning.to_string()), "{text}");
    }
    // With more time it lasts until they begin after all, and the time to connect is that of the hours.
    let mut extended = world.clone();
    extended.happen(None, &Event::Extend { by: as_admin(), seconds: Some(Seconds(4 * HOUR)) }).unwrap();
    pass_until(&mut extended, morning);
    extended.pass(Seconds(60));
    comes(&mut extended);
    assert_eq!(extended.last().state, SessionState::Active);

    world.pass(Seconds(12 * HOUR));
    assert_eq!(world.last().end_reason, Some(EndReason::Expired), "nobody failed to come");
}

#[test]
fn who_has_no_time_left_to_connect_today_has_it_when_the_hours_begin() {
    let mut world = World::new(office());
    let evening = world.now.plus(Seconds(5 * 60));
    world.hours_end = Some(evening);
    world.happen(None, &Event::Ask { by: as_admin(), seconds: Some(Seconds(24 * HOUR)) }).unwrap();
    world.settle();
    pass_until(&mut world, evening);
    world.pass(Seconds(10 * 60));
    assert!(world.last().state.is_live(), "they had five minutes");
    let morning = evening.plus(Seconds(15 * HOUR));
    assert_eq!(world.last().connect_by, Some(morning.plus(Seconds(15 * 60))));
    // Hours that are changed to begin at once are the time to connect, too.
    world.hours_end = Some(world.now.plus(Seconds(HOUR)));
    world.happen(None, &Event::Tick).unwrap();
    assert_eq!(world.last().connect_by, Some(world.now.plus(Seconds(15 * 60))));
}

#[test]
fn a_time_to_connect_that_has_passed_does_not_come_back_with_the_hours() {
    let mut world = World::new(office());
    world.hours_end = Some(world.now.plus(Seconds(HOUR)));
    world.happen(None, &Event::Ask { by: as_admin(), seconds: Some(Seconds(24 * HOUR)) }).unwrap();
    world.settle();
    // Nobody looked in time.
    world.pass(Seconds(2 * HOUR));
    assert_eq!(world.last().end_reason, Some(EndReason::NeverConnected));
}

#[test]
fn hours_that_a_policy_did_not_have_before_are_told_of() {
    let mut world = World::new(World::policy());
    world.happen(None, &Event::Ask { by: World::as_owner(), seconds: None }).unwrap();
    world.settle();
    comes(&mut world);
    world.policy = office();
    world.hours_end = Some(world.now.plus(Seconds(6 * HOUR)));
    world.happen(None, &Event::Tick).unwrap();
    assert_eq!(ends_earlier(&world), [world.hours_end]);
    world.happen(None, &Event::Tick).unwrap();
    assert_eq!(ends_earlier(&world).len(), 1);
    world.pass(Seconds(6 * HOUR - 15 * 60));
    assert_eq!(last_reminder(&world), Some((world.hours_end, false, true)));
}

#[test]
fn hours_that_are_new_when_a_second_tunnel_comes_are_told_of_as_well() {
    let mut world = World::new(Policy { max_tunnels: 2, ..World::policy() });
    world.happen(None, &Event::Ask { by: World::as_owner(), seconds: None }).unwrap();
    world.settle();
    comes(&mut world);
    world.policy = Policy { max_tunnels: 2, ..office() };
    world.hours_end = Some(world.now.plus(Seconds(6 * HOUR)));
    world.router.dial_from(HOME, "ivan", 3).unwrap();
    world.reconcile();
    assert_eq!(ends_earlier(&world), [world.hours_end]);
}

#[test]
fn more_time_beyond_the_hours_leaves_their_reminder_as_it_is() {
    let mut world = inside(office(), 7 * HOUR);
    world.pass(Seconds(7 * HOUR - 15 * 60));
    assert_eq!(reminders(&world), 1);
    world.happen(None, &Event::Extend { by: as_admin(), seconds: None }).unwrap();
    assert_eq!(rewritten(&world), [], "it ends as was said");
    world.pass(Seconds(5 * 60));
    world.happen(None, &Event::Tick).unwrap();
    assert_eq!(reminders(&world), 1, "each end is reminded of once");
}

#[test]
fn a_reminder_of_hours_that_were_made_longer_says_so() {
    let mut world = inside(office(), 7 * HOUR);
    world.pass(Seconds(7 * HOUR - 15 * 60));
    let later = world.now.plus(Seconds(2 * HOUR));
    world.hours_end = Some(later);
    world.happen(None, &Event::Tick).unwrap();
    let account = world.account.username.clone();
    assert_eq!(rewritten(&world), [Message::ReminderOver { account, until: Some(later) }]);
    world.pass(Seconds(2 * HOUR - 15 * 60));
    assert_eq!(last_reminder(&world), Some((Some(later), false, true)), "the new end has its own");
}

#[test]
fn a_reminder_whose_end_comes_sooner_says_so() {
    // Of the hours, and of the session itself.
    let shorter = Policy { session_seconds: Seconds(HOUR), remind_before_seconds: Seconds(600), ..office() };
    for (policy, hours, sooner) in [(office(), 7 * HOUR, Some(600)), (World::policy(), 24 * HOUR, None)] {
        let mut world = inside(policy, hours);
        let end = world.last().until(world.hours_end).unwrap().at;
        pass_until(&mut world, end.minus(Seconds(15 * 60)));
        assert_eq!((reminders(&world), rewritten(&world)), (1, vec![]));
        match sooner {
            Some(seconds) => world.hours_end = Some(world.now.plus(Seconds(seconds))),
            None => world.policy = Policy { working_hours: Vec::new(), ..shorter.clone() },
        }
        world.happen(None, &Event::Tick).unwrap();
        let until = Some(world.now.plus(Seconds(600)));
        let account = world.account.username.clone();
        assert_eq!(rewritten(&world), [Message::EndsEarlier { account, until }]);
        assert_eq!(ends_earlier(&world), [until], "and it is said");
        world.pass(Seconds(300));
        assert_eq!(last_reminder(&world).map(|(at, ..)| at), Some(until), "the new end has its own");
        assert_eq!(reminders(&world), 2);
    }
}

#[test]
fn a_reminder_of_hours_that_have_ended_says_when_they_begin() {
    let policy = Policy { session_seconds: Seconds(24 * HOUR), ..office() };
    let mut world = inside(policy, 7 * HOUR);
    let evening = world.hours_end.unwrap();
    world.pass(Seconds(7 * HOUR - 15 * 60));
    pass_until(&mut world, evening);
    world.settle();
    let account = world.account.username.clone();
    let morning = evening.plus(Seconds(15 * HOUR));
    assert_eq!(rewritten(&world), [Message::HoursOver { account, at: evening, again: Some(morning) }]);
    pass_until(&mut world, morning);
    comes(&mut world);
    // The session itself ends on the second day, before the hours do.
    let end = world.last().expires_at.unwrap();
    pass_until(&mut world, end.minus(Seconds(15 * 60)));
    assert_eq!(reminders(&world), 2);
    world.pass(Seconds(15 * 60));
    assert!(matches!(rewritten(&world)[..], [_, Message::ReminderOver { until: None, .. }]));
}

#[test]
fn a_reminder_of_hours_promises_no_more_than_the_session_has() {
    let mut world = inside(office(), 7 * HOUR);
    let evening = world.hours_end.unwrap();
    world.pass(Seconds(7 * HOUR - 15 * 60));
    // Looked at late, and the session is over before they begin again.
    world.pass(Seconds(HOUR));
    let account = world.account.username.clone();
    assert_eq!(rewritten(&world), [Message::HoursOver { account, at: evening, again: None }]);
}

#[test]
fn what_is_promised_is_the_end_of_the_hours_when_that_is_first() {
    let world = inside(office(), 7 * HOUR);
    let end = world.hours_end;
    assert!(world.last().expires_at > end, "the session itself lasts longer");
    let promised: Vec<_> = told(&world)
        .into_iter()
        .filter_map(|message| match message {
            Message::SessionGranted { until, outside_hours: false, .. } | Message::Opened { until, .. } => {
                Some(*until)
            }
            _ => None,
        })
        .collect();
    assert_eq!(promised, [end, end]);
    assert_eq!(world.last().until(world.last().review_at).map(|until| until.at), end, "as lists show it");
}

#[test]
fn the_end_of_the_hours_is_reminded_of_and_more_time_is_not_offered() {
    let mut world = inside(office(), 7 * HOUR);
    let end = world.hours_end.unwrap();
    world.pass(Seconds(7 * HOUR - 15 * 60 - 60));
    assert_eq!(last_reminder(&world), None);
    world.pass(Seconds(61));
    assert_eq!(last_reminder(&world), Some((Some(end), false, true)));
    let more = world.happen(None, &Event::Extend { by: World::as_owner(), seconds: None });
    assert_eq!(more, Err(Refusal::HoursEndFirst), "a promise until 20:00 would be false");
    world.pass(Seconds(15 * 60));
    world.settle();
    let session = world.last();
    assert_eq!(session.connections[0].close_reason, Some(CloseReason::Policy));
    assert_eq!(session.state, SessionState::Granted, "the session goes on");
    assert_eq!(told(&world).iter().filter(|m| matches!(m, Message::Reminder { .. })).count(), 1);
    assert!(due_at(session).is_some_and(|due| due > world.now), "and is not due again at once");
}

#[test]
fn the_next_days_hours_are_reminded_of_too() {
    let policy = Policy { session_seconds: Seconds(48 * HOUR), ..office() };
    let mut world = inside(policy, 7 * HOUR);
    world.pass(Seconds(7 * HOUR + 1));
    world.settle();
    world.pass(Seconds(15 * HOUR));
    let next = world.hours_end.unwrap().plus(Seconds(24 * HOUR));
    comes(&mut world);
    assert_eq!(ends_earlier(&world), [], "that the hours of the next day end is no news");
    world.pass(Seconds(9 * HOUR - 15 * 60));
    assert_eq!(last_reminder(&world), Some((Some(next), false, true)));
    // Whoever comes back after the reminder is not reminded of the same end again.
    world.router.tunnels.clear();
    world.reconcile();
    world.settle();
    comes(&mut world);
    world.pass(Seconds(60));
    assert_eq!(told(&world).iter().filter(|m| matches!(m, Message::Reminder { .. })).count(), 1);
}

#[test]
fn more_time_is_promised_up_to_the_end_of_the_hours() {
    let policy = Policy { session_seconds: Seconds(HOUR), ..office() };
    let mut world = inside(policy, HOUR + 1_800);
    let (session, hours) = (world.last().expires_at.unwrap(), world.hours_end);
    world.pass(Seconds(HOUR - 15 * 60 + 1));
    assert_eq!(last_reminder(&world), Some((Some(session), true, false)));
    world.happen(None, &Event::Extend { by: World::as_owner(), seconds: None }).unwrap();
    let said = told(&world).into_iter().rev().find_map(|message| match message {
        Message::Extended { until, by_hours, .. } => Some((*until, *by_hours)),
        _ => None,
    });
    assert_eq!(said, Some((hours, true)));
    world.pass(Seconds(30 * 60));
    assert_eq!(last_reminder(&world), Some((hours, false, true)), "the new end has a reminder of its own");
}

#[test]
fn hours_that_were_made_shorter_are_told_of() {
    let mut world = inside(office(), 7 * HOUR);
    let sooner = world.now.plus(Seconds(2 * HOUR));
    world.hours_end = Some(sooner);
    world.happen(None, &Event::Tick).unwrap();
    let said = told(&world)
        .into_iter()
        .filter(|m| matches!(m, Message::EndsEarlier { until, .. } if *until == Some(sooner)));
    assert_eq!(said.count(), 1);
    world.pass(Seconds(2 * HOUR - 15 * 60 + 1));
    assert_eq!(last_reminder(&world), Some((Some(sooner), false, true)));
}

#[test]
fn who_gets_access_outside_their_hours_is_told_so() {
    let mut world = World::new(office());
    world.hours_end = Some(world.now);
    let admin = as_admin();
    world.happen(None, &Event::Ask { by: admin, seconds: Some(Seconds(48 * HOUR)) }).unwrap();
    world.settle();
    assert!(matches!(told(&world)[..], [Message::SessionGranted { outside_hours: true, .. }]));
}

#[test]
fn where_a_tunnel_is_enough_nothing_begins_by_asking() {
    let mut world = World::new(Policy { access_mode: AccessMode::Always, ..World::policy() });
    world.happen(None, &Event::Ask { by: World::as_owner(), seconds: None }).unwrap();
    assert!(world.sessions.is_empty(), "no session that ends unused");
    assert!(matches!(told(&world)[..], [Message::JustConnect { .. }]));
}

#[test]
fn a_request_that_waits_is_not_called_access() {
    let mut world = World::new(Policy { needs_approval: true, ..World::policy() });
    let ask = Event::Ask { by: World::as_owner(), seconds: None };
    world.happen(None, &ask).unwrap();
    let lapses = world.now.plus(world.policy.connect_window_seconds);
    assert!(
        matches!(told(&world)[..], [Message::SessionRequested { decide_by, .. }] if *decide_by == Some(lapses))
    );
    assert_eq!(world.happen(None, &ask), Err(Refusal::AlreadyRequested));
}

#[test]
fn what_a_reminder_said_is_taken_back_with_more_time_and_at_the_end() {
    let mut world = World::new(World::policy());
    world.happen(None, &Event::Ask { by: World::as_owner(), seconds: None }).unwrap();
    world.settle();
    comes(&mut world);
    let over = |world: &World| -> Vec<Option<Timestamp>> {
        let said = world.told.iter().filter_map(|effect| match effect {
            Effect::CloseReminder(Message::ReminderOver { until, .. }) => Some(*until),
            _ => None,
        });
        said.collect()
    };
    let (session, before) = (world.policy.session_seconds.0, world.policy.remind_before_seconds.0);
    world.pass(Seconds(session - before));
    world.happen(None, &Event::Extend { by: World::as_owner(), seconds: None }).unwrap();
    assert_eq!(over(&world), [world.last().expires_at]);
    world.happen(None, &Event::End { by: World::as_owner() }).unwrap();
    assert_eq!(over(&world).len(), 1, "nothing stood that was still to be taken back");
    assert_eq!(world.last().end_reason, Some(EndReason::FinishedByUser));
    assert_eq!(world.last().connections[0].state, ConnectionState::Closed);
}

#[test]
fn a_denial_by_an_administrator_is_no_answer_of_the_persons() {
    let mut world = World::new(World::policy());
    world.happen(None, &Event::Ask { by: World::as_owner(), seconds: None }).unwrap();
    world.settle();
    world.router.dial_from(HOME, "ivan", 2).unwrap();
    world.reconcile();
    let connection = world.last().connections[0].id;
    let denied = Event::Answered { connection, nonce: None, by: as_admin(), answer: Answer::NotMe };
    world.happen(None, &denied).unwrap();
    let is_news = |m: &Message| matches!(m, Message::DeniedByAdmin { .. });
    let is_closed = |m: &Message| matches!(m, Message::SessionEnded { reason: EndReason::Denied, .. });
    assert_eq!(told(&world).into_iter().filter(|m| is_news(m)).count(), 1);
    assert!(!told(&world).into_iter().any(is_closed), "before the router was read back");
    world.settle();
    let said: Vec<&Message> = told(&world).into_iter().filter(|m| is_news(m) || is_closed(m)).collect();
    assert!(matches!(said[..], [first, then] if is_news(first) && is_closed(then)), "{said:?}");
}

#[test]
fn the_end_of_the_hours_is_said_in_both_languages() {
    let (account, until) = ("anna".to_owned(), Some(Timestamp::from_micros(0)));
    let session = sallyport_shared::ids::SessionId(uuid::Uuid::nil());
    let reminder = Message::Reminder { session, account, until, may_extend: false, by_hours: true };
    let said = |language| reminder.html(language, &|_| "18:00".to_owned());
    assert!(said(Language::Ru).contains("рабочими часами") && said(Language::Ru).contains("18:00"));
    assert!(said(Language::En).contains("working hours") && !said(Language::En).contains("more time?"));
}
