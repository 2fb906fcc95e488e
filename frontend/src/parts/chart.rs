//! Charts as plain SVG: bars a day with what went wrong below the axis, and bars that compare a few figures. Each says
//! its finding to those who do not see it, and the days can be read as a table.

use leptos::prelude::*;

use crate::t;

/// The width of the drawing, in its own units.
const WIDTH: f64 = 632.0;
/// Where the bars begin, on what they stand, and how high the highest is.
const LEFT: f64 = 26.0;
const BASE: f64 = 104.0;
const HEIGHT: f64 = 96.0;
/// As many denials are drawn at most; more are in the table.
const MOST_BAD: i64 = 4;

/// One day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// `2026-11-22`, in UTC.
    pub day: String,
    /// What is drawn upwards.
    pub good: i64,
    /// What is drawn downwards.
    pub bad: i64,
}

/// Bars a day, the last one being today.
#[must_use]
pub fn days(days: &[Day], label: String) -> AnyView {
    let most = days.iter().map(|day| day.good).max().unwrap_or(0);
    let step = WIDTH / days.len().max(1) as f64;
    let shapes = days
        .iter()
        .enumerate()
        .map(|(at, day)| {
            let x = LEFT + step * at as f64 + step * 0.14;
            let height = if most == 0 { 0.0 } else { HEIGHT * day.good as f64 / most as f64 };
            let bad = (day.bad.min(MOST_BAD) * 5) as f64;
            let now = if at + 1 == days.len() { "now" } else { "" };
            view! {
                <rect class=now x=x y=BASE - height width=step * 0.72 height=height rx="2">
                    <title>{format!("{}: {} / {}", day.day, day.good, day.bad)}</title>
                </rect>
                {(day.bad > 0)
                    .then(|| view! { <rect class="bad" x=x y="108" width=step * 0.72 height=bad rx="1.5"></rect> })}
            }
        })
        .collect_view();
    let first = days.first().map(|day| short(&day.day)).unwrap_or_default();
    let last = days.last().map(|day| short(&day.day)).unwrap_or_default();
    view! {
        <svg class="chart" viewBox="0 0 660 146" role="img" aria-label=label>
            <path class="axis" d="M26 104.5H658"></path>
            <path class="axis" d="M26 8.5H658"></path>
            <text x="18" y="108" text-anchor="end">"0"</text>
            <text x="18" y="12" text-anchor="end">{most}</text>
            <g class="bars">{shapes}</g>
            <text x="26" y="143">{first}</text>
            <text x="658" y="143" text-anchor="end">{last}</text>
        </svg>
    }
    .into_any()
}

/// The days as a table, the newest first, behind a summary.
#[must_use]
pub fn as_table(days: &[Day], good: String, bad: String) -> AnyView {
    let rows = days
        .iter()
        .rev()
        .map(|day| {
            view! {
                <tr>
                    <th scope="row">{short(&day.day)}</th>
                    <td class="num">{day.good}</td>
                    <td class="num">{day.bad}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <details class="as-table">
            <summary>{t!("chart-as-table")}</summary>
            <div>
                <table class="figures">
                    <thead>
                        <tr>
                            <th scope="col">{t!("chart-day")}</th>
                            <th scope="col" class="num">{good}</th>
                            <th scope="col" class="num">{bad}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </details>
    }
    .into_any()
}

/// What the colours mean.
#[must_use]
pub fn legend(good: String, bad: String) -> AnyView {
    view! {
        <span class="legend">
            <span><i></i>{good}</span>
            <span><i class="bad"></i>{bad}</span>
        </span>
    }
    .into_any()
}

/// A few figures beside each other: words, figure, tone. Nothing is drawn for nothing.
#[must_use]
pub fn shares(figures: Vec<(String, i64, &'static str)>) -> AnyView {
    let most = figures.iter().map(|(_, count, _)| *count).max().unwrap_or(0).max(1);
    let rows = figures
        .into_iter()
        .map(|(words, count, tone)| {
            let part = format!("{:.3}", count as f64 / most as f64);
            view! {
                <li class=tone>
                    <span>{words}</span>
                    <b>{count}</b>
                    <i aria-hidden="true" style=("--p", part)></i>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="shares">{rows}</ul> }.into_any()
}

/// "22.11." without the year: the chart spans 90 days at most.
fn short(day: &str) -> String {
    let mut parts = day.split('-').skip(1);
    match (parts.next(), parts.next()) {
        (Some(month), Some(day)) => format!("{day}.{month}"),
        _ => day.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn a_day_is_shown_without_its_year() {
        assert_eq!(short("2026-11-22"), "22.11");
        assert_eq!(short("?"), "?");
    }
}
