//! What time it is where a policy's hours are meant, and when they begin or end. What the wall clock says counts: what it
//! skips when it goes forward does not take place, and what it shows again when it goes back takes place again.

use jiff::tz::{TimeZone, TimeZoneTransition};
use sallyport_shared::{
    policy::{LocalTime, Moment, Policy},
    time::Timestamp,
};

/// What time it is where a policy's hours are meant. A zone that is not known any more is taken for UTC.
pub(crate) fn moment(policy: &Policy, now: Timestamp) -> Moment {
    let zone = TimeZone::get(&policy.time_zone).unwrap_or(TimeZone::UTC);
    let at = jiff::Timestamp::from_microsecond(now.micros()).unwrap_or_default();
    let time = local_time(&zone, at);
    let began = at.to_zoned(zone.clone()).start_of_day();
    let turn = turn(policy, &zone, at).map(micros);
    let runs = policy.is_open_at(time);
    Moment {
        time,
        day_began: began.map_or(now, |began| micros(began.timestamp())),
        hours_end: turn.filter(|_| runs),
        hours_begin: turn.filter(|_| !runs),
    }
}

fn micros(at: jiff::Timestamp) -> Timestamp {
    Timestamp::from_micros(at.as_microsecond())
}

/// What calendar and clock show there.
fn local_time(zone: &TimeZone, at: jiff::Timestamp) -> LocalTime {
    let there = zone.to_datetime(at);
    let minute = i32::from(there.hour()) * 60 + i32::from(there.minute());
    LocalTime {
        weekday: u8::try_from(there.weekday().to_monday_one_offset()).unwrap_or(1),
        minute: u16::try_from(minute).unwrap_or(0),
    }
}

/// The first moment after `now` at which the policy's hours run if they do not run now, or do not if they do. None: it
/// never comes.
///
/// Between two jumps of the clock there the week passes evenly; and a jump may itself lead into the hours or out of them.
fn turn(policy: &Policy, zone: &TimeZone, now: jiff::Timestamp) -> Option<jiff::Timestamp> {
    let runs = |at| policy.is_open_at(local_time(zone, at));
    let is_other = |at: &jiff::Timestamp| runs(*at) != runs(now);
    let mut from = now;
    let mut jumps = zone.following(now);
    loop {
        let jump = jumps.next().as_ref().map(TimeZoneTransition::timestamp);
        let minutes = policy.turns_in(local_time(zone, from))?;
        let at =
            whole_minute(zone, from).checked_add(jiff::SignedDuration::from_mins(minutes.into())).ok()?;
        match jump.filter(|jump| *jump <= at) {
            None => return Some(at),
            Some(jump) if is_other(&jump) => return Some(jump),
            Some(jump) => from = jump,
        }
    }
}

/// When the minute began that the clock there shows.
fn whole_minute(zone: &TimeZone, at: jiff::Timestamp) -> jiff::Timestamp {
    let there = zone.to_datetime(at);
    let into = jiff::SignedDuration::new(there.second().into(), there.subsec_nanosecond());
    at.checked_sub(into).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sallyport_shared::{
        ids::PolicyId,
        policy::{NotAdmitted, WorkingHours},
    };

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

    #[test]
    fn hours_run_again_in_the_hour_that_is_shown_twice() {
        // On 25 October Berlin goes from 03:00 back to 02:00, at 01:00 UTC. 01:30-02:45 ends at 02:45 and runs again at
        // the second 02:00, where nothing begins by the wall clock.
        let (jump, again) = (at("2026-10-25T01:00:00Z"), at("2026-10-25T01:45:00Z"));
        let night = office(&[7], 90, 165);
        for (now, begins, ends) in [
            ("2026-10-24T23:00:00Z", Some(at("2026-10-24T23:30:00Z")), None),
            ("2026-10-24T23:30:00Z", None, Some(at("2026-10-25T00:45:00Z"))),
            ("2026-10-25T00:45:00Z", Some(jump), None),
            ("2026-10-25T00:59:59Z", Some(jump), None),
            ("2026-10-25T01:00:00Z", None, Some(again)),
            ("2026-10-25T01:45:00Z", Some(at("2026-11-01T00:30:00Z")), None),
        ] {
            let moment = moment(&night, at(now));
            assert_eq!((moment.hours_begin, moment.hours_end), (begins, ends), "{now}");
            assert_eq!(admits(&night, now).is_ok(), ends.is_some(), "{now}");
        }
    }

    #[test]
    fn the_clock_leads_out_of_the_hours_and_over_their_end() {
        // In autumn back to 02:00: hours from 02:15 on do not run until it is 02:15 again.
        let late = office(&[7], 135, 240);
        let jump = at("2026-10-25T01:00:00Z");
        assert_eq!(moment(&late, at("2026-10-25T00:20:00Z")).hours_end, Some(jump));
        assert_eq!(begin(&late, "2026-10-25T01:00:00Z"), Some(at("2026-10-25T01:15:00Z")));
        assert_eq!(moment(&late, at("2026-10-25T01:15:00Z")).hours_end, Some(at("2026-10-25T03:00:00Z")));
        // In spring from 02:00 to 03:00: what ends in between goes over into what begins at 03:00 or before.
        let pieces = |hours: &[(u16, u16)]| Policy {
            working_hours: hours
                .iter()
                .map(|(from, to)| WorkingHours { weekday: 7, from: *from, to: *to })
                .collect(),
            ..office(&[], 0, 0)
        };
        let end = |hours: &[(u16, u16)]| moment(&pieces(hours), at("2026-03-29T00:30:00Z")).hours_end;
        assert_eq!(end(&[(60, 150), (180, 240)]), Some(at("2026-03-29T02:00:00Z")));
        assert_eq!(end(&[(60, 150), (170, 240)]), Some(at("2026-03-29T02:00:00Z")));
        assert_eq!(end(&[(60, 150), (181, 240)]), Some(at("2026-03-29T01:00:00Z")));
        assert_eq!(
            begin(&pieces(&[(60, 150), (181, 240)]), "2026-03-29T01:00:00Z"),
            Some(at("2026-03-29T01:01:00Z"))
        );
    }

    #[test]
    fn a_day_that_a_place_leaves_out_has_no_hours() {
        // Samoa went from the end of Thursday, 29 December 2011, to Saturday, at 10:00 UTC on the 30th.
        let friday = Policy { time_zone: "Pacific/Apia".to_owned(), ..office(&[5], 540, 600) };
        assert_eq!(begin(&friday, "2011-12-29T00:00:00Z"), Some(at("2012-01-05T19:00:00Z")));
    }

    /// Zones whose clocks jump in ways of their own: by half an hour, by a day, at midnight, a minute after it, every
    /// month of fasting, or never.
    const ZONES: [&str; 10] = [
        "Europe/Berlin",
        "America/New_York",
        "America/St_Johns",
        "America/Sao_Paulo",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
        "Asia/Amman",
        "Asia/Kathmandu",
        "Pacific/Apia",
        "UTC",
    ];

    /// So many minutes are walked through: any change within two weeks is met.
    const WALK: i64 = 14 * 1_440;

    fn week() -> impl Strategy<Value = Vec<WorkingHours>> {
        // Mostly whole quarters of the first hours, where clocks jump.
        let minute = prop_oneof![3 => (0..=16_u16).prop_map(|quarter| quarter * 15), 1 => 0..=1_440_u16];
        let span = (1..=7_u8, minute.clone(), minute)
            .prop_map(|(weekday, one, other)| WorkingHours {
                weekday,
                from: one.min(other),
                to: one.max(other),
            })
            .prop_filter("hours last", |span| span.from < span.to);
        prop::collection::vec(span, 1..12)
    }

    /// A zone and a moment, mostly in the days around one in which its clock jumps.
    fn somewhere() -> impl Strategy<Value = (&'static str, jiff::Timestamp)> {
        // 1990 to 2040, at any second.
        let any = 631_152_000..2_208_988_800_i64;
        (prop::sample::select(&ZONES[..]), any, prop::option::weighted(0.8, -5 * 86_400..86_400_i64))
            .prop_map(|(name, second, beside)| {
                let at = jiff::Timestamp::from_second(second).unwrap();
                let zone = TimeZone::get(name).unwrap();
                let jump = zone.following(at).next().map(|jump| jump.timestamp());
                let beside = beside
                    .zip(jump)
                    .map(|(beside, jump)| jiff::Timestamp::from_second(jump.as_second() + beside));
                (name, beside.map_or(at, Result::unwrap))
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

        /// However its week and its clock are, what is said to come is what whoever looks at the clock each minute sees.
        #[test]
        fn hours_turn_when_a_walk_minute_by_minute_says_so(working_hours in week(), (zone, now) in somewhere()) {
            let policy = Policy { working_hours, time_zone: zone.to_owned(), ..office(&[], 0, 0) };
            let zone = TimeZone::get(zone).unwrap();
            let runs = |at: jiff::Timestamp| policy.is_open_at(local_time(&zone, at));
            let minute = now.as_second().div_euclid(60);
            let walked = (1..=WALK)
                .map(|step| jiff::Timestamp::from_second((minute + step) * 60).unwrap())
                .find(|at| runs(*at) != runs(now))
                .map(micros);
            let found = moment(&policy, micros(now));
            let (turn, other) =
                if runs(now) { (found.hours_end, found.hours_begin) } else { (found.hours_begin, found.hours_end) };
            prop_assert_eq!(other, None);
            let horizon = micros(now).plus(sallyport_shared::time::Seconds(14 * 86_400 - 60));
            prop_assert_eq!(turn.filter(|turn| *turn < horizon), walked.filter(|turn| *turn < horizon));
        }
    }
}
