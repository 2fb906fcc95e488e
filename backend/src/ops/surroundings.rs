//! What the rules must see besides the scene itself: the hour, the caller's country, what happened lately, and
//! whether Telegram can be reached.

use super::{OpResult, outage};
use crate::{
    app::App,
    store::{Tx, records::AccountScene},
};
use jiff::{Zoned, civil::DateTime, tz::TimeZone};
use sallyport_shared::{
    policy::{LocalTime, Moment, Policy, WorkingHours},
    router::ban_target,
    session::{Event, Fresh, Recent, Scene, Session},
    time::Timestamp,
};

/// The surroundings of one event.
pub(super) struct Surroundings {
    local: Moment,
    country: Option<String>,
    banned: bool,
    recent: Recent,
    telegram_out: bool,
    telegram_silent: bool,
}

impl Surroundings {
    /// Looks around, as far as the event needs it.
    pub(super) async fn of(
        app: &App,
        tx: &mut Tx,
        scene: &AccountScene,
        session: Option<&Session>,
        event: &Event,
        now: Timestamp,
    ) -> OpResult<Self> {
        let caller = match event {
            Event::TunnelSeen { tunnel } => tunnel.caller_id.as_deref(),
            _ => None,
        };
        let matters = caller.is_some() || matches!(event, Event::CodeEntered { .. });
        let looks_back = match event {
            Event::TunnelSeen { .. } | Event::Ask { .. } => true,
            Event::Tick => session.is_some_and(|session| session.live_connections().any(|c| c.is_unasked())),
            _ => false,
        };
        let recent = if looks_back {
            tx.recent(scene.person.id, scene.account.router, now.minus(Recent::reach(&scene.policy))).await?
        } else {
            Recent::default()
        };
        let banned = match caller.and_then(ban_target) {
            Some(target) => tx.is_banned(scene.account.router, &target, now).await?,
            None => false,
        };
        Ok(Self {
            local: moment(&scene.policy, now),
            country: caller.and_then(|caller| app.countries.of(caller)),
            banned,
            recent,
            telegram_out: matters && outage::holds(tx, now).await?,
            telegram_silent: matters && outage::is_silent(tx, now).await?,
        })
    }

    /// The scene as the rules see it.
    pub(super) fn view<'a>(
        &'a self,
        scene: &'a AccountScene,
        session: Option<&'a Session>,
        fresh: Fresh,
    ) -> Scene<'a> {
        Scene {
            person: &scene.person,
            account: &scene.account,
            policy: &scene.policy,
            session,
            local: self.local,
            country: self.country.as_deref(),
            banned: self.banned,
            recent: &self.recent,
            telegram_out: self.telegram_out,
            telegram_silent: self.telegram_silent,
            fresh,
        }
    }
}

/// What time it is where a policy's hours are meant. A zone that is not known any more is taken for UTC.
pub(crate) fn moment(policy: &Policy, now: Timestamp) -> Moment {
    let zone = TimeZone::get(&policy.time_zone).unwrap_or(TimeZone::UTC);
    let there = jiff::Timestamp::from_microsecond(now.micros()).unwrap_or_default().to_zoned(zone);
    Moment {
        time: local_time(&there),
        day_began: there.start_of_day().map_or(now, |began| micros(began.timestamp())),
        hours_end: hours_end(&policy.working_hours, &there).map(micros),
        hours_begin: hours_begin(policy, &there).map(micros),
    }
}

fn micros(at: jiff::Timestamp) -> Timestamp {
    Timestamp::from_micros(at.as_microsecond())
}

fn local_time(there: &Zoned) -> LocalTime {
    let minute = i32::from(there.hour()) * 60 + i32::from(there.minute());
    LocalTime { weekday: weekday(there.datetime()), minute: u16::try_from(minute).unwrap_or(0) }
}

fn weekday(date: DateTime) -> u8 {
    u8::try_from(date.weekday().to_monday_one_offset()).unwrap_or(1)
}

/// When the hours that run now end, those that follow without a gap included. None: none run, or they never end.
fn hours_end(hours: &[WorkingHours], there: &Zoned) -> Option<jiff::Timestamp> {
    let midnight = midnight(there);
    let minute = local_time(there).minute;
    let until = |weekday: u8, minute: u16| {
        let runs = |span: &&WorkingHours| span.weekday == weekday && (span.from..span.to).contains(&minute);
        hours.iter().filter(runs).map(|span| span.to).max()
    };
    let (mut day, mut end) = (midnight, until(weekday(midnight), minute)?);
    // A week of hours without a gap has no end.
    for _ in 0..=7 {
        while let Some(later) = until(weekday(day), end) {
            end = later;
        }
        if end < 1_440 {
            return instant(minutes_into(day, end)?, there);
        }
        day = day.checked_add(jiff::Span::new().days(1)).ok()?;
        match until(weekday(day), 0) {
            Some(next) => end = next,
            None => return instant(day, there),
        }
    }
    None
}

/// When the hours begin next, as they do not run now. None: they run, there are none, or they lie wholly in what the
/// clocks jump over.
fn hours_begin(policy: &Policy, there: &Zoned) -> Option<jiff::Timestamp> {
    if policy.is_open_at(local_time(there)) {
        return None;
    }
    let begins = |day: DateTime, span: &WorkingHours| {
        let at = instant(minutes_into(day, span.from)?, there)?;
        let runs = policy.is_open_at(local_time(&at.to_zoned(there.time_zone().clone())));
        (at > there.timestamp() && runs).then_some(at)
    };
    let mut day = midnight(there);
    // In a week it is the same weekday again, and in two on one whose hours the clocks do not jump over.
    for _ in 0..=14 {
        let today = policy.working_hours.iter().filter(|span| span.weekday == weekday(day));
        if let Some(first) = today.filter_map(|span| begins(day, span)).min() {
            return Some(first);
        }
        day = day.checked_add(jiff::Span::new().days(1)).ok()?;
    }
    None
}

/// The beginning of the day there, as the calendar has it.
fn midnight(there: &Zoned) -> DateTime {
    there.datetime().date().to_datetime(jiff::civil::Time::midnight())
}

fn minutes_into(day: DateTime, minutes: u16) -> Option<DateTime> {
    day.checked_add(jiff::Span::new().minutes(i64::from(minutes))).ok()
}

/// When the clocks there show `local`. When they jump over it: the moment of the jump.
fn instant(local: DateTime, there: &Zoned) -> Option<jiff::Timestamp> {
    let zone = there.time_zone();
    let ambiguous = zone.to_ambiguous_timestamp(local);
    match ambiguous.offset() {
        jiff::tz::AmbiguousOffset::Gap { after, .. } => {
            let before_jump = after.to_timestamp(local).ok()?;
            zone.following(before_jump).next().map(|jump| jump.timestamp())
        }
        // When the clocks show it twice, the first time that is still to come.
        jiff::tz::AmbiguousOffset::Fold { before, after } => {
            let (first, second) = (before.to_timestamp(local).ok()?, after.to_timestamp(local).ok()?);
            Some(if first > there.timestamp() { first } else { second })
        }
        jiff::tz::AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(local).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sallyport_shared::{ids::PolicyId, policy::NotAdmitted};

    fn at(text: &str) -> Timestamp {
        micros(text.parse::<jiff::Timestamp>().unwrap())
    }

    fn office(weekdays: &[u8], from: u16, to: u16) -> Policy {
        let hours = weekdays.iter().map(|weekday| WorkingHours { weekday: *weekday, from, to }).collect();
        Policy {
            working_hours: hours,
            time_zone: "Europe/Berlin".to_owned(),
            ..Policy::initial(PolicyId(uuid::Uuid::nil()))
        }
    }

    fn admits(policy: &Policy, now: &str) -> Result<(), NotAdmitted> {
        policy.admits(Some("203.0.113.7"), None, moment(policy, at(now)).time)
    }

    #[test]
    fn the_hours_stay_those_of_the_wall_clock_when_it_is_changed() {
        let policy = office(&[1, 2, 3, 4, 5, 6, 7], 540, 1_080);
        // Winter: UTC+1; summer: UTC+2.
        assert!(
            admits(&policy, "2026-03-28T08:00:00Z").is_ok()
                && admits(&policy, "2026-03-28T07:59:59Z").is_err()
        );
        assert!(
            admits(&policy, "2026-03-29T07:00:00Z").is_ok()
                && admits(&policy, "2026-03-29T06:59:59Z").is_err()
        );
        assert!(
            admits(&policy, "2026-10-25T16:59:59Z").is_ok()
                && admits(&policy, "2026-10-25T17:00:00Z").is_err()
        );
        assert_eq!(moment(&policy, at("2026-03-29T10:00:00Z")).hours_end, Some(at("2026-03-29T16:00:00Z")));
        assert_eq!(moment(&policy, at("2026-10-25T10:00:00Z")).hours_end, Some(at("2026-10-25T17:00:00Z")));
        assert_eq!(moment(&policy, at("2026-10-25T06:00:00Z")).hours_end, None, "none run");
    }

    #[test]
    fn hours_that_end_within_a_changed_hour_end_all_the_same() {
        // On 29 March 2026 Berlin goes from 02:00 to 03:00, at 01:00 UTC.
        let spring = office(&[7], 0, 150);
        let jump = at("2026-03-29T01:00:00Z");
        assert_eq!(moment(&spring, at("2026-03-29T00:30:00Z")).hours_end, Some(jump));
        assert!(admits(&spring, "2026-03-29T00:59:59Z").is_ok());
        assert_eq!(admits(&spring, "2026-03-29T01:00:00Z"), Err(NotAdmitted::Hours));
        // On 25 October it goes from 03:00 back to 02:00, at 01:00 UTC, and shows 02:30 twice.
        let autumn = office(&[7], 0, 150);
        assert_eq!(moment(&autumn, at("2026-10-25T00:10:00Z")).hours_end, Some(at("2026-10-25T00:30:00Z")));
        assert_eq!(moment(&autumn, at("2026-10-25T01:10:00Z")).hours_end, Some(at("2026-10-25T01:30:00Z")));
    }

    fn begin(policy: &Policy, now: &str) -> Option<Timestamp> {
        moment(policy, at(now)).hours_begin
    }

    #[test]
    fn hours_that_do_not_run_begin_on_the_wall_clock_of_the_next_day_that_has_any() {
        let policy = office(&[1, 2, 3, 4, 5], 540, 1_080);
        for (now, begins) in [
            ("2026-11-24T19:00:00Z", "2026-11-25T08:00:00Z"),
            ("2026-11-24T07:59:59Z", "2026-11-24T08:00:00Z"),
            // Over the weekends on which the clocks go forward and back.
            ("2026-03-27T17:00:00Z", "2026-03-30T07:00:00Z"),
            ("2026-10-23T16:00:00Z", "2026-10-26T08:00:00Z"),
        ] {
            assert_eq!(begin(&policy, now), Some(at(begins)), "{now}");
            assert!(admits(&policy, begins).is_ok(), "{begins}");
        }
        assert_eq!(begin(&policy, "2026-11-24T08:00:00Z"), None, "they run");
        assert_eq!(begin(&office(&[], 0, 0), "2026-11-24T08:00:00Z"), None, "there are none");
        let once = office(&[2], 540, 1_080);
        assert_eq!(begin(&once, "2026-11-24T17:00:00Z"), Some(at("2026-12-01T08:00:00Z")));
    }

    #[test]
    fn hours_that_begin_within_a_changed_hour_begin_when_they_run() {
        // In spring from 02:00 to 03:00, at 01:00 UTC: hours that begin in between begin then, if they still run, and
        // else a week later.
        assert_eq!(begin(&office(&[7], 150, 300), "2026-03-29T00:30:00Z"), Some(at("2026-03-29T01:00:00Z")));
        assert_eq!(begin(&office(&[7], 125, 170), "2026-03-29T00:30:00Z"), Some(at("2026-04-05T00:05:00Z")));
        // In autumn from 03:00 back to 02:00, at 01:00 UTC: 02:30 comes twice.
        let autumn = office(&[7], 150, 170);
        assert_eq!(begin(&autumn, "2026-10-25T00:10:00Z"), Some(at("2026-10-25T00:30:00Z")));
        assert_eq!(begin(&autumn, "2026-10-25T00:50:00Z"), Some(at("2026-10-25T01:30:00Z")));
        assert_eq!(begin(&autumn, "2026-10-25T01:50:00Z"), Some(at("2026-11-01T01:30:00Z")));
    }

    #[test]
    fn spans_that_follow_each_other_end_with_the_last_and_a_whole_week_never() {
        let night = Policy {
            working_hours: vec![
                WorkingHours { weekday: 1, from: 1_320, to: 1_440 },
                WorkingHours { weekday: 2, from: 0, to: 360 },
            ],
            time_zone: "UTC".to_owned(),
            ..office(&[], 0, 0)
        };
        let end = moment(&night, at("2026-11-23T23:00:00Z")).hours_end;
        assert_eq!(end, Some(at("2026-11-24T06:00:00Z")));
        let always = office(&[1, 2, 3, 4, 5, 6, 7], 0, 1_440);
        assert_eq!(moment(&always, at("2026-11-23T23:00:00Z")).hours_end, None);
    }

    #[test]
    fn a_day_begins_at_its_midnight_in_the_zone() {
        let moment = moment(&office(&[], 0, 0), at("2026-03-29T10:00:00Z"));
        assert_eq!(moment.day_began, at("2026-03-28T23:00:00Z"));
    }
}
