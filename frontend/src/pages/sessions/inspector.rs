//! One session beside the list: facts, extend, end, and why it is as it is. On a narrow screen it lies over the list.

use leptos::prelude::*;

use super::act::{some, use_hands};
use super::bytes;
use super::model::{later_end, live_tunnel, traffic, tunnel, until};
use crate::api::ops::{ExtendSession, SessionDetail, extend_session, session_detail};
use crate::api::types::{Session, SessionState};
use crate::api::{News, use_api, use_live};
use crate::clock::use_clock;
use crate::parts::act::Act;
use crate::parts::badge::{session_badge, session_tone};
use crate::parts::confirm::error_line;
use crate::parts::countdown::when;
use crate::parts::icon::icon;
use crate::parts::page::{fact, fact_view};
use crate::parts::query::use_url;
use crate::parts::remote::use_remote;
use crate::parts::timeline::{Planned, timeline};
use crate::parts::toast::use_toasts;
use crate::t;
use crate::time::{self, Moment};

/// The session that the URL's `s` names; nothing if it names none.
#[component]
pub fn Inspector() -> AnyView {
    let url = use_url();
    let chosen = Memo::new(move |_| url.get("s"));
    (move || chosen.get().map(|id| view! { <Panel id=id /> })).into_any()
}

#[component]
fn Panel(id: String) -> AnyView {
    let (api, url) = (use_api(), use_url());
    let wanted = id.clone();
    let remote = use_remote(move || {
        let variables = session_detail::Variables { id: wanted.clone() };
        async move { api.call::<SessionDetail, _>(variables).await?.ok_or(crate::api::ApiError::NotFound) }
    });
    use_live().on(move |news| {
        if let News::Session(change) = news
            && change.session.id == id
        {
            remote.reload();
        }
    });
    let close = move |_| url.push(&[("s", None)]);
    let on_escape = window_event_listener(leptos::ev::keydown, move |event| {
        let in_dialog = document().query_selector("dialog[open]").ok().flatten().is_some();
        if event.key() == "Escape" && !in_dialog {
            url.push(&[("s", None)]);
        }
    });
    on_cleanup(move || on_escape.remove());
    let name =
        move || remote.data.with(|data| data.as_ref().map(|session| session.user.display_name.clone()));
    view! {
        <aside class="card panel" aria-labelledby="inspected" data-testid="inspector">
            <header>
                <h2 id="inspected">{move || name().unwrap_or_else(|| t!("loading"))}</h2>
                {move || remote.data.get().map(|session| session_badge(session.state, session.end_reason))}
                <span class="aside">
                    <button type="button" class="btn quiet icon small" aria-label=t!("action-close") on:click=close>
                        {icon("x")}
                    </button>
                </span>
            </header>
            {remote.show(6, |session| body(&session))}
        </aside>
    }
    .into_any()
}

fn body(session: &Session) -> AnyView {
    let api = use_api();
    let why = if live_tunnel(session).is_some_and(|tunnel| tunnel.open) { t!("why-open") } else { t!("why") };
    let tone = session_tone(session.state, session.end_reason);
    view! {
        <div class="body stack">
            {facts(session)}
            {(session.state.is_live() && api.role().operates()).then(|| view! { <Extend session=session.clone() /> })}
            <section class="stack tight">
                <h3>{why}</h3>
                {timeline(&session.decisions, planned(session), tone)}
            </section>
        </div>
    }
    .into_any()
}

fn facts(session: &Session) -> AnyView {
    let tunnel = tunnel(session);
    let router = session.account.router.clone();
    let person = format!("/users/{}", session.user.id);
    let from = tunnel.map(|tunnel| {
        [tunnel.caller_id.clone(), tunnel.country.clone()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(", ")
    });
    let inside = tunnel.and_then(|tunnel| tunnel.address.clone().map(|address| (address, tunnel)));
    let inside = inside.map(|(address, tunnel)| format!("{address}, {}", tunnel.service.to_uppercase()));
    let sum = traffic(session).map(|(i, o)| t!("traffic-in-out", received = bytes(i), sent = bytes(o)));
    view! {
        <dl class="facts">
            {fact_view(
                t!("fact-person"),
                view! { <a href=person>{session.user.display_name.clone()}</a> }.into_any(),
            )}
            {fact_view(
                t!("fact-account"),
                view! {
                    <span class="mono">{session.account.username.clone()}</span>
                    " · "
                    <a href=format!("/routers/{}", router.id)>{router.name}</a>
                }
                    .into_any(),
            )}
            {fact(t!("fact-from"), from)}
            {fact(t!("fact-inside"), inside)}
            {fact(t!("fact-traffic"), sum)}
            {fact_view(
                t!("fact-policy"),
                view! { <a href=format!("/policies/{}", session.user.policy.id)>{session.user.policy.name.clone()}</a> }
                    .into_any(),
            )}
            {session.ended_at.map(|at| fact_view(t!("fact-ended"), when(at)))}
            {both_ends(session)}
        </dl>
    }
    .into_any()
}

/// Where access ends before the session, both ends.
fn both_ends(session: &Session) -> Option<AnyView> {
    let (access, end) = until(session).zip(later_end(session)).filter(|_| session.state.is_live())?;
    let by_hours = view! { {when(access)} ", " {t!("ends-by-hours")} };
    let both = view! {
        {fact_view(t!("fact-access-until"), by_hours.into_any())}
        {fact_view(t!("fact-session-until"), when(end))}
    };
    Some(both.into_any())
}

/// What will happen by itself.
fn planned(session: &Session) -> Vec<Planned> {
    let (Some(end), true) = (until(session), session.state.is_live()) else { return Vec::new() };
    let later = later_end(session);
    let remind = session.user.policy.remind_before_seconds;
    let now = use_clock().read();
    let mut plans = Vec::new();
    if session.state == SessionState::Active && remind > 0 && end.plus(-remind) > now {
        plans.push(Planned {
            at: end.plus(-remind),
            what: t!("plan-reminder"),
            why: t!("plan-reminder-why", length = time::length(remind)),
        });
    }
    let plan_end = |at| Planned { at, what: t!("plan-end"), why: t!("plan-end-why") };
    match later {
        Some(later) => {
            plans.push(Planned { at: end, what: t!("plan-closed"), why: t!("ends-by-hours") });
            plans.push(plan_end(later));
        }
        None => plans.push(plan_end(end)),
    }
    plans
}

#[component]
fn Extend(session: Session) -> AnyView {
    let (Some(end), Some(access)) = (session.expires_at, until(&session)) else { return ().into_any() };
    let (api, toasts, hands, clock) = (use_api(), use_toasts(), use_hands(), use_clock());
    let seconds = RwSignal::new(session.user.policy.extension_seconds.max(60));
    let (reason, act) = (RwSignal::new(String::new()), Act::new());
    let (id, name) = (session.id.clone(), session.user.display_name.clone());
    let extend = move |_| {
        let variables = extend_session::Variables {
            id: id.clone(),
            seconds: seconds.get_untracked(),
            reason: some(reason.get_untracked().trim().to_owned()),
        };
        let name = name.clone();
        act.run(async move { api.call::<ExtendSession, _>(variables).await }, move |_| {
            toasts.done(t!("extend-done", name = name));
        });
    };
    let heading = move || {
        let now = clock.now();
        t!("ends-at", time = time::short(access, now), left = time::length(access.since(now)))
    };
    let of_no_use = later_end(&session).map(|_| view! { <p class="small soft">{t!("extend-hours")}</p> });
    view! {
        <div class="stack tight">
            <h3>{heading}</h3>
            {of_no_use}
            {steps(seconds, seconds.get_untracked())}
            <label class="field">
                <span class="sr">{t!("reason-kept")}</span>
                <input class="input" name="reason" placeholder=t!("reason-kept") bind:value=reason />
            </label>
            {move || act.error().map(|error| error_line(&error))}
            <div class="row">
                <button type="button" class="btn" aria-busy=move || act.busy().to_string() on:click=extend>
                    {move || t!("extend-to", time = new_end(end, seconds.get(), clock.read()))}
                </button>
                <button type="button" class="btn danger quiet" on:click=move |_| hands.end(&session)>
                    {t!("action-end-session-ask")}
                </button>
            </div>
        </div>
    }
    .into_any()
}

fn new_end(end: Moment, seconds: i64, now: Moment) -> String {
    time::short(end.plus(seconds), now)
}

/// By how much: one, two, four hours, and what the policy adds.
fn steps(seconds: RwSignal<i64>, at_first: i64) -> AnyView {
    let mut choices = vec![3600, 7200, 14_400];
    if !choices.contains(&at_first) {
        choices.push(at_first);
        choices.sort_unstable();
    }
    let buttons = choices
        .into_iter()
        .map(|choice| {
            view! {
                <button
                    type="button"
                    aria-pressed=move || (seconds.get() == choice).to_string()
                    on:click=move |_| seconds.set(choice)
                >
                    {format!("+{}", time::length(choice))}
                </button>
            }
        })
        .collect_view();
    view! { <div class="seg start" role="group" aria-label=t!("extend-by")>{buttons}</div> }.into_any()
}
