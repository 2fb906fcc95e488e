//! Time left, by the server's clock: calm above the reminder, then warning, and danger in the last five minutes.

use leptos::prelude::*;

use crate::clock::use_clock;
use crate::t;
use crate::time::{self, Moment};

/// How near the end is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nearness {
    /// Before the reminder.
    Far,
    /// After the reminder.
    Warned,
    /// Less than five minutes.
    Close,
    /// It should be over; the server has not said so yet.
    Over,
}

/// How near the end is with `left` seconds, if the reminder comes `remind` seconds before it.
#[must_use]
pub fn nearness(left: i64, remind: i64) -> Nearness {
    match left {
        ..=0 => Nearness::Over,
        1..300 => Nearness::Close,
        _ if left <= remind => Nearness::Warned,
        _ => Nearness::Far,
    }
}

/// The part of `total` that is left, between 0 and 1.
#[must_use]
pub fn part(left: i64, total: i64) -> f64 {
    if total <= 0 { 0.0 } else { (left.max(0) as f64 / total as f64).min(1.0) }
}

fn words(left: i64) -> String {
    match left {
        ..=0 => t!("time-checking"),
        1..300 => time::length_exact(left),
        _ => time::length(left),
    }
}

/// A bar with words: what is left of `total` seconds until `until`.
#[component]
pub fn TimeLeft(
    /// The end.
    until: Moment,
    /// The whole length in seconds.
    total: i64,
    /// How long before the end it becomes a warning, in seconds.
    remind: i64,
) -> AnyView {
    let clock = use_clock();
    let left = Memo::new(move |_| until.since(clock.now()));
    let class = move || match nearness(left.get(), remind) {
        Nearness::Far => "left",
        Nearness::Warned => "left warn",
        Nearness::Close | Nearness::Over => "left danger",
    };
    view! {
        <time class=class datetime=until.rfc3339() title=time::full(until)>
            <b>{move || words(left.get())}</b>
            <i style=("--p", move || format!("{:.3}", part(left.get(), total)))></i>
        </time>
    }
    .into_any()
}

/// A ring with a stopwatch: how long somebody in the box may still answer.
#[component]
pub fn BoxClock(
    /// When the prompt expires.
    until: Moment,
    /// How long a prompt waits, in seconds.
    total: i64,
) -> AnyView {
    let clock = use_clock();
    let left = Memo::new(move |_| until.since(clock.now()));
    let words = move || if left.get() > 0 { time::stopwatch(left.get()) } else { t!("time-checking") };
    view! {
        <time class="tick" datetime=until.rfc3339() title=time::full(until)>
            <span class="ring" aria-hidden="true" style=("--p", move || format!("{:.3}", part(left.get(), total)))></span>
            {words}
        </time>
    }
    .into_any()
}

/// "1 min 48 s ago", ticking.
#[must_use]
pub fn ago(at: Moment) -> AnyView {
    let clock = use_clock();
    let words = move || t!("time-ago", time = time::length_exact(clock.now().since(at)));
    view! { <time datetime=at.rfc3339() title=time::full(at)>{words}</time> }.into_any()
}

/// "3 h 1 min", ticking, since `at`.
#[must_use]
pub fn lasting(at: Moment) -> AnyView {
    let clock = use_clock();
    (move || time::length(clock.now().since(at))).into_any()
}

/// A moment in few words, with the full date in its title.
#[must_use]
pub fn when(at: Moment) -> AnyView {
    let now = use_clock().read();
    view! { <time datetime=at.rfc3339() title=time::full(at)>{time::short(at, now)}</time> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reminder_and_the_last_five_minutes_change_the_tone() {
        assert_eq!(nearness(9 * 3600, 900), Nearness::Far);
        assert_eq!(nearness(900, 900), Nearness::Warned);
        assert_eq!(nearness(299, 900), Nearness::Close);
        assert_eq!(nearness(0, 900), Nearness::Over);
    }

    #[test]
    fn the_bar_never_leaves_its_bounds() {
        assert_eq!(part(-5, 60), 0.0);
        assert_eq!(part(90, 60), 1.0);
        assert_eq!(part(30, 60), 0.5);
        assert_eq!(part(30, 0), 0.0);
    }
}
