//! The dashboard: the two doors with one dot a person, what needs somebody, the routers, the last days.

use leptos::prelude::*;

use super::routers::list::{reading, use_routers};
use super::start::unfinished;
use crate::api::ops::{Overview as OverviewQuery, SettleAttention, overview, settle_attention};
use crate::api::types::{
    Attention, AttentionKind, ConnectionState, Overview, Router, SessionState, Statistics, Subject, count_of,
};
use crate::api::{News, use_api, use_live};
use crate::clock::use_clock;
use crate::parts::badge::router_badge;
use crate::parts::chart::{self, Day};
use crate::parts::confirm::{Ask, Reason, use_confirm};
use crate::parts::icon::icon;
use crate::parts::page::{PageHead, card};
use crate::parts::remote::{Remote, use_remote};
use crate::parts::states::empty;
use crate::t;
use crate::time;

/// Dots that are drawn at most; more people are still counted in the figure.
const DOTS: i64 = 60;

/// Days of the chart.
const DAYS: i64 = 30;

/// The page.
#[component]
pub fn Dashboard() -> AnyView {
    let api = use_api();
    let remote = use_remote(move || api.ask::<OverviewQuery>(overview::Variables { days: Some(DAYS) }));
    use_live().on(move |news| {
        if !matches!(news, News::Audit(_)) && !remote.loading.get_untracked() {
            remote.reload();
        }
    });
    view! {
        <PageHead title=Signal::derive(|| t!("nav-dashboard")) live=true />
        {unfinished()}
        {remote.show(6, move |data| page(&data, remote))}
    }
    .into_any()
}

fn page(data: &Overview, remote: Remote<Overview>) -> AnyView {
    let statistics = &data.statistics;
    view! {
        {gate(statistics)}
        <div class="cols dash">
            <div class="stack">{needs_you(&data.attention, remote)} {chart_card(statistics)}</div>
            <div class="stack"><RouterList /> {speed(statistics)}</div>
        </div>
    }
    .into_any()
}

fn gate(statistics: &Statistics) -> AnyView {
    let of = |state: SessionState| count_of(&statistics.sessions_by_state, state.wire());
    let (asks, allowed) = (of(SessionState::Requested), of(SessionState::Granted));
    let (boxed, inside) = (of(SessionState::Confirming), of(SessionState::Active));
    let dots = |count: i64, class: &'static str| {
        (0..count.min(DOTS)).map(move |_| view! { <i class=class></i> }).collect_view()
    };
    view! {
        <section class="gate" aria-label=t!("gate-label") data-testid="gate">
            <a class="zone" href="/sessions">
                <h2>{t!("gate-outside")}</h2>
                <p class="figs">
                    <span><b>{allowed}</b>" "{t!("gate-allowed")}</span>
                    <span><b>{asks}</b>" "{t!("gate-asks")}</span>
                </p>
                <span class="dots" aria-hidden="true">{dots(allowed, "d-info")}{dots(asks, "hollow d-ask")}</span>
            </a>
            <div class="door" aria-hidden="true"><i>{icon("key")}</i><span>{t!("gate-password")}</span></div>
            <a class="zone box" href="/sessions">
                <h2>{t!("session-confirming")}</h2>
                <p class="figs"><span><b>{boxed}</b>" "{t!("gate-boxed")}</span></p>
                <span class="dots" aria-hidden="true">{dots(boxed, "d-warn")}</span>
            </a>
            <div class="door" aria-hidden="true"><i>{icon("plane")}</i><span>"Telegram"</span></div>
            <a class="zone" href="/sessions">
                <h2>{t!("session-active")}</h2>
                <p class="figs"><span><b>{inside}</b>" "{t!("gate-connected")}</span></p>
                <span class="dots" aria-hidden="true">{dots(inside, "")}</span>
            </a>
        </section>
    }
    .into_any()
}

fn needs_you(attention: &[Attention], remote: Remote<Overview>) -> AnyView {
    let body = if attention.is_empty() {
        empty("check", t!("attention-none"), t!("attention-none-about"), None)
    } else {
        let items = attention.iter().map(|item| attention_item(item, remote)).collect_view();
        view! { <ul class="todo" data-testid="attention">{items}</ul> }.into_any()
    };
    let count = view! { <span class="count">{attention.len()}</span> }.into_any();
    card(t!("attention-title"), count, body)
}

/// The mark and the tone of what waits.
fn attention_look(kind: AttentionKind) -> (&'static str, &'static str) {
    match kind {
        AttentionKind::Registration => ("ask", "user"),
        AttentionKind::SessionApproval => ("ask", "clock"),
        AttentionKind::Confirmation => ("warn", "lock"),
        AttentionKind::Denial | AttentionKind::Ban => ("danger", "ban"),
        AttentionKind::RouterTrouble | AttentionKind::CommandFailing => ("danger", "s-offline"),
        AttentionKind::BoxOpen => ("danger", "warn"),
        AttentionKind::Drift => ("warn", "refresh"),
    }
}

/// Where to answer it, and its name.
fn subject_place(subject: &Subject) -> (String, String) {
    match subject {
        Subject::User(user) => (format!("/users/{}", user.id), user.display_name.clone()),
        Subject::Session(session) => {
            (format!("/sessions?s={}", session.id), session.user.display_name.clone())
        }
        Subject::Router(router) => (format!("/routers/{}", router.id), router.name.clone()),
        Subject::Ban(ban) => ("/bans".to_owned(), ban.address.clone()),
    }
}

/// What nothing ends by itself: somebody says that they have seen to it.
fn seen_to(attention: &Attention, name: &str, remote: Remote<Overview>) -> Option<AnyView> {
    let (api, confirm) = (use_api(), use_confirm());
    let id = attention.id.clone().filter(|_| api.role().operates())?;
    let (detail, label) = (attention.detail.clone(), format!("{} {name}", t!("action-seen-to")));
    let settle = move |_| {
        let id = id.clone();
        let ask = Ask {
            title: t!("seen-to-title"),
            effects: vec![detail.clone(), t!("seen-to-effect")],
            verb: t!("action-seen-to"),
            danger: false,
            reason: Reason::No,
        };
        confirm.ask(ask, move |_| {
            let variables = settle_attention::Variables { id: id.clone() };
            async move {
                api.call::<SettleAttention, _>(variables).await?;
                remote.reload();
                Ok(())
            }
        });
    };
    let button = view! {
        <button type="button" class="btn quiet small" aria-label=label on:click=settle>{t!("action-seen-to")}</button>
    };
    Some(button.into_any())
}

fn attention_item(attention: &Attention, remote: Remote<Overview>) -> AnyView {
    let (tone, mark) = attention_look(attention.kind);
    let (href, name) = subject_place(&attention.subject);
    let clock = use_clock();
    let lapses = attention
        .lapses_at
        .map(|until| move || t!("lapses-in", time = time::length_exact(until.since(clock.now()))));
    let waits = matches!(&attention.subject, Subject::Session(session)
        if session.connections.iter().any(|connection| connection.state == ConnectionState::Pending));
    let verb = if waits { t!("action-answer") } else { t!("action-open") };
    view! {
        <li>
            <span class=format!("contents {tone}")>{icon(mark)}</span>
            <p>
                <strong>{name.clone()}</strong>
                ": "
                {attention.kind.label().text()}
                <br />
                {attention.detail.clone()}
                {lapses.map(|lapses| view! { ". " {lapses} })}
            </p>
            <span class="row">
                <a class="btn small" href=href aria-label=format!("{verb} {name}")>
                    {verb.clone()}
                </a>
                {seen_to(attention, &name, remote)}
            </span>
        </li>
    }
    .into_any()
}

#[component]
fn RouterList() -> AnyView {
    let remote = use_routers();
    let body = remote.show(3, |rows| {
        if rows.is_empty() {
            let next = view! { <a class="btn primary" href="/routers/new">{t!("action-add-router")}</a> };
            return empty("router", t!("routers-empty"), t!("routers-empty-about"), Some(next.into_any()));
        }
        view! { <ul class="routers">{rows.iter().map(router_item).collect_view()}</ul> }.into_any()
    });
    let all = view! { <a href="/routers">{t!("action-all")}</a> };
    card(t!("nav-routers"), all.into_any(), body)
}

fn router_item(router: &Router) -> AnyView {
    let seen = router.last_seen_at.filter(|_| router.state.in_trouble());
    let now = use_clock().read();
    let line = match (seen, router.pending_commands) {
        (Some(at), 0) => t!("router-last-seen", time = time::short(at, now)),
        (Some(at), waiting) => {
            format!(
                "{}, {}",
                t!("router-last-seen", time = time::short(at, now)),
                t!("router-commands-wait", count = waiting)
            )
        }
        (None, _) => format!("{}, {}", router.mode.label().text(), reading(router)),
    };
    view! {
        <li>
            <a href=format!("/routers/{}", router.id)>{router.name.clone()}</a>
            {router_badge(router.state)}
            <p>{line}</p>
        </li>
    }
    .into_any()
}

/// A median in the unit that suits it; unknown is a dash.
#[must_use]
pub fn median(seconds: Option<f64>) -> String {
    match seconds {
        None => "–".to_owned(),
        Some(seconds) if seconds < 1.0 => t!("unit-count-ms", count = (seconds * 1000.0).round() as i64),
        Some(seconds) => time::length_exact(seconds.round() as i64),
    }
}

fn speed(statistics: &Statistics) -> AnyView {
    view! {
        <section class="card pair" aria-label=t!("speed-label")>
            <p><b>{median(statistics.confirm_seconds_median)}</b>{t!("speed-confirm")}</p>
            <p><b>{median(statistics.open_seconds_median)}</b>{t!("speed-open")}</p>
        </section>
    }
    .into_any()
}

fn chart_card(statistics: &Statistics) -> AnyView {
    let days = days(statistics);
    let most = days.iter().map(|day| day.good).max().unwrap_or(0);
    let today = days.last().map_or(0, |day| day.good);
    let label = t!("chart-label", days = days.len(), most = most, today = today);
    let body = view! { <div class="body">{chart::days(&days, label)}</div> };
    card(t!("chart-title"), chart::legend(t!("chart-sessions"), t!("chart-denied")), body.into_any())
}

/// The days in their order, each with its denials.
#[must_use]
pub fn days(statistics: &Statistics) -> Vec<Day> {
    let denied = |day: &str| statistics.denied_per_day.iter().find(|d| d.day == day).map_or(0, |d| d.count);
    let mut days: Vec<_> = statistics.sessions_per_day.iter().collect();
    days.sort_by(|a, b| a.day.cmp(&b.day));
    days.into_iter().map(|day| Day { day: day.day.clone(), good: day.count, bad: denied(&day.day) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::types::DayCount;

    fn day(day: &str, count: i64) -> DayCount {
        DayCount { day: day.into(), count }
    }

    #[test]
    fn each_day_has_its_denials_whatever_the_order() {
        let statistics = Statistics {
            sessions_by_state: vec![],
            users_by_status: vec![],
            live_sessions: 0,
            live_connections: 0,
            pending_confirmations: 0,
            pending_registrations: 0,
            sessions_per_day: vec![day("2026-11-22", 5), day("2026-11-21", 3)],
            denied_per_day: vec![day("2026-11-22", 1)],
            ended_by_reason: vec![],
            sessions_by_router: vec![],
            top_unconfirmed: vec![],
            confirm_seconds_median: None,
            open_seconds_median: None,
        };
        let drawn: Vec<_> = days(&statistics).iter().map(|day| (day.good, day.bad)).collect();
        assert_eq!(drawn, [(3, 0), (5, 1)]);
    }

    #[test]
    fn an_unknown_median_is_a_dash() {
        assert_eq!(median(None), "–");
        assert_eq!(median(Some(0.014)), "14\u{a0}ms");
    }
}
