//! Statistics: how much was used, what was denied, how quick answers are, and who does not answer.

use leptos::prelude::*;

use super::dashboard::{days, median};
use crate::api::ops::{Figures, figures};
use crate::api::types::SessionState;
use crate::api::types::{Count, EndReason, Statistics};
use crate::api::use_api;
use crate::parts::badge::session_tone;
use crate::parts::chart;
use crate::parts::page::{PageHead, card};
use crate::parts::query::use_url;
use crate::parts::remote::use_remote;
use crate::parts::states::empty;
use crate::parts::table::Segments;
use crate::t;

/// The spans that can be chosen, in days; the usual one needs no name in the URL.
const SPANS: [(&str, i64); 3] = [("7", 7), ("", USUAL), ("90", 90)];
const USUAL: i64 = 30;

/// The span of the URL.
fn span(name: Option<&str>) -> i64 {
    SPANS.iter().find(|(known, _)| Some(*known) == name).map_or(USUAL, |(_, days)| *days)
}

/// The page.
#[component]
pub fn StatisticsPage() -> AnyView {
    let (api, url) = (use_api(), use_url());
    let remote = use_remote(move || {
        let days = Some(span(url.get("days").as_deref()));
        api.call::<Figures, _>(figures::Variables { days })
    });
    let choices = Signal::derive(|| {
        let choice = |(name, days): (&'static str, i64)| (name, t!("statistics-days", days = days), None);
        SPANS.map(choice).to_vec()
    });
    view! {
        <PageHead title=Signal::derive(|| t!("nav-statistics")) />
        <div class="tools">
            <Segments name="days" label=t!("statistics-span") choices=choices />
            <span class="muted small end wide-only">{t!("statistics-utc")}</span>
        </div>
        {remote.show(8, |figures| page(&figures))}
    }
    .into_any()
}

fn page(figures: &Statistics) -> AnyView {
    let days = days(figures);
    let sessions: i64 = days.iter().map(|day| day.good).sum();
    let denied: i64 = days.iter().map(|day| day.bad).sum();
    if sessions == 0 && denied == 0 {
        return view! { <div class="card">{empty("chart", t!("statistics-empty"), t!("statistics-empty-about"), None)}</div> }
            .into_any();
    }
    let most = days.iter().map(|day| day.good).max().unwrap_or(0);
    let today = days.last().map_or(0, |day| day.good);
    let label = t!("chart-label", days = days.len(), most = most, today = today);
    let drawn = view! {
        <div class="body">
            {chart::days(&days, label)}
            {chart::as_table(&days, t!("chart-sessions"), t!("chart-denied"))}
        </div>
    };
    view! {
        <section class="card figs4" aria-label=t!("nav-statistics")>
            <p><b>{sessions}</b>{t!("statistics-sessions")}</p>
            <p><b>{denied}</b>{t!("statistics-denied")}</p>
            <p><b>{median(figures.confirm_seconds_median)}</b>{t!("speed-confirm")}</p>
            <p><b>{median(figures.open_seconds_median)}</b>{t!("speed-open")}</p>
        </section>
        <div class="cols even">
            <div class="stack">
                {card(
                    t!("chart-title"),
                    chart::legend(t!("chart-sessions"), t!("chart-denied")),
                    drawn.into_any(),
                )}
                {named(t!("statistics-by-router"), &figures.sessions_by_router, "")}
            </div>
            <div class="stack">
                {reasons(&figures.ended_by_reason)}
                {named(t!("statistics-unconfirmed"), &figures.top_unconfirmed, "warn")}
            </div>
        </div>
    }
    .into_any()
}

/// Why sessions ended; reasons that did not occur are left out.
fn reasons(counts: &[Count]) -> AnyView {
    let mut all: Vec<(EndReason, i64)> = counts
        .iter()
        .filter(|count| count.count > 0)
        .filter_map(|count| Some((EndReason::from_wire(&count.key)?, count.count)))
        .collect();
    all.sort_by_key(|(_, count)| -count);
    let bars = all
        .into_iter()
        .map(|(reason, count)| {
            (reason.label().text(), count, session_tone(SessionState::Ended, Some(reason)))
        })
        .collect();
    shares(t!("statistics-by-reason"), bars)
}

fn named(title: String, counts: &[Count], tone: &'static str) -> AnyView {
    shares(title, counts.iter().map(|count| (count.key.clone(), count.count, tone)).collect())
}

fn shares(title: String, bars: Vec<(String, i64, &'static str)>) -> AnyView {
    let body = if bars.is_empty() {
        view! { <p class="body muted">{t!("statistics-none")}</p> }.into_any()
    } else {
        view! { <div class="body">{chart::shares(bars)}</div> }.into_any()
    };
    card(title, ().into_any(), body)
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn an_unknown_span_is_the_usual_one() {
        assert_eq!((span(None), span(Some("7")), span(Some("x"))), (30, 7, 30));
    }
}
