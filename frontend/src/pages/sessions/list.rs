//! The live list: groups by where people stand, rows patched by id as the feed tells.

use std::time::Duration;

use futures_util::FutureExt;
use leptos::prelude::*;

use super::act::row_buttons;
use super::ended::EndedSessions;
use super::grant::GrantDialog;
use super::inspector::Inspector;
use super::model::{
    Arrangement, GROUPS, SHOWN_AT_FIRST, any, arrange, deadline, group_words, lasted, live_tunnel, matches,
    patch, steady, variables,
};
use super::sheet::sheet_button;
use crate::api::ops::sessions::{SessionFilter, SessionSort};
use crate::api::ops::{Routers, Sessions, routers};
use crate::api::pages::{AT_ONCE, every_page};
use crate::api::types::{Session, SessionState};
use crate::api::{Api, ApiError, News, use_api, use_live};
use crate::clock::{Clock, use_clock};
use crate::parts::badge::{session_badge, session_glyph, session_tone};
use crate::parts::countdown::{BoxClock, TimeLeft, ago};
use crate::parts::icon::{doors, icon};
use crate::parts::page::PageHead;
use crate::parts::query::{Url, use_url};
use crate::parts::remote::{Remote, use_remote};
use crate::parts::states::{empty, nothing_found};
use crate::parts::table::{Column, Search, Segments, TableHead};
use crate::t;
use crate::time::{self, Moment};

/// All live sessions.
fn all_live(api: Api) -> impl Future<Output = Result<Vec<Session>, ApiError>> {
    let filter = SessionFilter { live: Some(true), ..any() };
    every_page(move |after| {
        let wanted = variables(filter.clone(), SessionSort::NEEDS_ATTENTION, false, AT_ONCE, after);
        api.call::<Sessions, _>(wanted).boxed_local()
    })
}

/// The page.
#[component]
pub fn SessionsPage() -> AnyView {
    let (api, url) = (use_api(), use_url());
    let live = use_remote(move || all_live(api));
    let hold = Hold::new(use_clock());
    use_live().on(move |news| {
        if let News::Session(change) = news {
            live.data.update(|rows| {
                if let Some(rows) = rows {
                    patch(rows, change, hold.is_on_untracked());
                }
            });
        }
    });
    // Ended ones stayed for the hand on the table; they go with it.
    Effect::new(move |_| {
        let over = |rows: &Option<Vec<Session>>| rows.iter().flatten().any(|row| !row.state.is_live());
        if !hold.is_on() && live.data.with_untracked(over) {
            live.data.update(|rows| rows.iter_mut().for_each(|rows| rows.retain(|row| row.state.is_live())));
        }
    });
    let granting = RwSignal::new(false);
    Effect::new(move |_| {
        if url.get("grant").is_some() {
            granting.set(true);
            url.replace(&[("grant", None)]);
        }
    });
    let acts = move || {
        api.role().operates().then(|| {
            view! {
                <button type="button" class="btn primary" on:click=move |_| granting.set(true)>
                    {icon("plus")}
                    {t!("action-grant")}
                </button>
            }
        })
    };
    let ended = Memo::new(move |_| url.get("state").as_deref() == Some("ended"));
    let total = move || live.data.with(|rows| rows.as_ref().map(|rows| rows.len() as i64));
    let segments = Signal::derive(move || {
        vec![("", t!("sessions-live"), total()), ("ended", t!("sessions-ended"), None)]
    });
    view! {
        <PageHead title=Signal::derive(|| t!("nav-sessions")) live=true acts=Some(acts.into_any()) />
        <div class="tools">
            <Search label=t!("sessions-search") placeholder=t!("sessions-search-hint") />
            <Segments name="state" label=t!("sessions-which") choices=segments />
            <RouterChip />
            <span class="end">{sheet_button(live)}</span>
        </div>
        <div class="split">
            <div class="card">
                {move || {
                    if ended.get() {
                        view! { <EndedSessions /> }.into_any()
                    } else {
                        live_table(live, url, hold)
                    }
                }}
            </div>
            <Inspector />
        </div>
        <GrantDialog open=granting account=RwSignal::new(None) />
    }
    .into_any()
}

/// The router as a filter.
#[component]
fn RouterChip() -> AnyView {
    let (api, url) = (use_api(), use_url());
    let names = use_remote(move || api.call::<Routers, _>(routers::Variables));
    move_choices(names, url)
}

fn move_choices(names: Remote<Vec<crate::api::types::Router>>, url: Url) -> AnyView {
    view! {
        <select
            class="chip"
            class:set=move || url.get("router").is_some()
            aria-label=t!("filter-router")
            on:change=move |event| {
                let chosen = event_target_value(&event);
                url.push(&[("router", Some(&chosen)), ("after", None), ("from", None)]);
            }
        >
            <option value="">{t!("filter-all-routers")}</option>
            {move || {
                let chosen = url.get("router").unwrap_or_default();
                names
                    .data
                    .get()
                    .unwrap_or_default()
                    .into_iter()
                    .map(|router| {
                        view! { <option value=router.id.clone() selected=router.id == chosen>{router.name}</option> }
                    })
                    .collect_view()
            }}
        </select>
    }
    .into_any()
}

fn live_table(live: Remote<Vec<Session>>, url: Url, hold: Hold) -> AnyView {
    // The table stays while rows change; only what comes before it (bones, error, empty) replaces it.
    let stage = Memo::new(move |_| {
        let found = |rows: &Vec<Session>| {
            let (search, router) = (url.get("q").unwrap_or_default(), url.get("router"));
            rows.iter().any(|row| matches(row, &search, router.as_deref()))
        };
        live.data.with(|rows| match rows {
            None => Stage::Waiting,
            Some(rows) if rows.is_empty() => Stage::Empty,
            Some(rows) if !found(rows) => Stage::NothingFound,
            Some(_) => Stage::Rows,
        })
    });
    (move || match stage.get() {
        Stage::Waiting => live.show(6, |_| ().into_any()),
        Stage::Empty => empty("sessions", t!("sessions-empty"), t!("sessions-empty-about"), None),
        Stage::NothingFound => nothing_found(move || url.push(&[("q", None), ("router", None)])),
        Stage::Rows => table(live, url, hold),
    })
    .into_any()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Waiting,
    Empty,
    NothingFound,
    Rows,
}

/// How long a hand that does not move keeps the rows in their places: long enough to aim, and not so long that a mouse
/// which was left on the table keeps the truth away.
const HELD_MS: i64 = 4_000;

/// Whether somebody's hand is on the table: the mouse, or the keyboard.
#[derive(Clone, Copy)]
struct Hold {
    on: RwSignal<bool>,
    touched: StoredValue<Moment>,
    clock: Clock,
}

impl Hold {
    fn new(clock: Clock) -> Self {
        Self { on: RwSignal::new(false), touched: StoredValue::new(clock.read()), clock }
    }

    fn is_on(self) -> bool {
        self.on.get()
    }

    fn is_on_untracked(self) -> bool {
        self.on.get_untracked()
    }

    /// The hand has moved.
    fn touch(self) {
        self.touched.set_value(self.clock.read());
        if !self.on.get_untracked() {
            self.on.set(true);
            self.wait(HELD_MS);
        }
    }

    fn release(self) {
        // Told only if it changes, and only as long as the page is there.
        if self.on.try_get_untracked() == Some(true) {
            self.on.set(false);
        }
    }

    /// Looks again in so many milliseconds whether the hand has moved since.
    fn wait(self, ms: i64) {
        let look = move || {
            let Some(touched) = self.touched.try_get_value() else { return };
            match HELD_MS - (self.clock.read().0 - touched.0) {
                left @ 1.. => self.wait(left),
                _ => self.release(),
            }
        };
        set_timeout(look, Duration::from_millis(u64::try_from(ms).unwrap_or_default()));
    }
}

/// What stands where; while the table is held, nothing moves.
fn arrangement(live: Remote<Vec<Session>>, url: Url, hold: Hold) -> Memo<Arrangement> {
    Memo::new(move |shown: Option<&Arrangement>| {
        let (search, router) = (url.get("q").unwrap_or_default(), url.get("router"));
        let held = hold.is_on();
        live.data.with(|rows| {
            let rows = rows.as_deref().unwrap_or_default();
            let wanted = arrange(rows, &search, router.as_deref());
            let Some(shown) = shown.filter(|_| held) else { return wanted };
            let there = rows.iter().filter(|row| matches(row, &search, router.as_deref()));
            steady(shown, &wanted, &there.map(|row| row.id.as_str()).collect())
        })
    })
}

fn table(live: Remote<Vec<Session>>, url: Url, hold: Hold) -> AnyView {
    let columns = vec![
        Column::new(t!("column-person")),
        Column::new(t!("column-from")),
        Column::new(t!("column-duration")).class("num"),
        Column::new(t!("column-left")),
        Column::actions(),
    ];
    let arrangement = arrangement(live, url, hold);
    let group = |(at, state): (usize, SessionState)| {
        let ids = Memo::new(move |_| arrangement.with(|groups| groups[at].clone()));
        view! { <Group live=live state=state ids=ids url=url /> }
    };
    let groups = GROUPS.into_iter().enumerate().map(group).collect_view();
    on_cleanup(move || hold.release());
    view! {
        <table
            class="grid folds sess"
            role="table"
            data-testid="live-sessions"
            on:pointermove=move |event| {
                if event.pointer_type() == "mouse" {
                    hold.touch();
                }
            }
            on:pointerleave=move |_| hold.release()
            on:keydown=move |_| hold.touch()
            on:focusin=move |_| hold.touch()
        >
            <caption class="sr">{t!("sessions-caption")}</caption>
            <TableHead columns=columns />
            {groups}
        </table>
    }
    .into_any()
}

#[component]
fn Group(live: Remote<Vec<Session>>, state: SessionState, ids: Memo<Vec<String>>, url: Url) -> AnyView {
    let all = RwSignal::new(false);
    // What was there when the table was drawn does not flash; what comes later does, once.
    let drawn = StoredValue::new(false);
    Effect::new(move |_| drawn.set_value(true));
    let shown = move || {
        let limit = if all.get() { usize::MAX } else { SHOWN_AT_FIRST };
        ids.get().into_iter().take(limit).collect::<Vec<_>>()
    };
    let hidden =
        move || ids.with(Vec::len).saturating_sub(if all.get() { usize::MAX } else { SHOWN_AT_FIRST });
    let (title, about) = group_words(state);
    view! {
        <tbody role="rowgroup" hidden=move || ids.with(Vec::is_empty)>
            <tr role="row" class="group">
                <th role="rowheader" scope="rowgroup" colspan="5">
                    <span class="row">
                        <span class=format!("contents {}", session_tone(state, None))>{doors(session_glyph(state))}</span>
                        {title.text()}
                        " "
                        <span class="count">{move || ids.with(Vec::len)}</span>
                        <span class="note wide-only">{about.text()}</span>
                    </span>
                </th>
            </tr>
            <For each=shown key=Clone::clone let:id>
                <Row live=live id=id flash=drawn.get_value() url=url />
            </For>
            <tr role="row" hidden=move || hidden() == 0>
                <td role="cell" colspan="5" class="full">
                    <button type="button" class="btn quiet small" on:click=move |_| all.set(true)>
                        {move || t!("show-more", count = hidden())}
                    </button>
                </td>
            </tr>
        </tbody>
    }
    .into_any()
}

#[component]
fn Row(live: Remote<Vec<Session>>, id: String, flash: bool, url: Url) -> AnyView {
    let wanted = id.clone();
    let session = Memo::new(move |_| {
        live.data
            .with(|rows| rows.as_ref().and_then(|rows| rows.iter().find(|row| row.id == wanted).cloned()))
    });
    let chosen = id.clone();
    let selected = move || (url.get("s").as_deref() == Some(chosen.as_str())).then_some("true");
    let open = Callback::new(move |()| url.push(&[("s", Some(&id))]));
    view! {
        <tr role="row" class:flash=flash aria-selected=selected>
            {move || session.get().map(|session| cells(&session, open))}
        </tr>
    }
    .into_any()
}

fn cells(session: &Session, open: Callback<()>) -> AnyView {
    let later = matches!(session.state, SessionState::Active | SessionState::Granted);
    view! {
        <td role="cell">
            <button type="button" class="who" on:click=move |_| open.run(())>{session.user.display_name.clone()}</button>
            <span class="under">
                <span class="mono">{session.account.username.clone()}</span>
                " · "
                <span class="nowrap">{session.account.router.name.clone()}</span>
            </span>
        </td>
        <td role="cell">{from(session)}</td>
        <td role="cell" class="num fold nowrap">{duration(session)}</td>
        <td role="cell" class="lc">{left(session)}</td>
        <td role="cell" class=if later { "act later" } else { "act" }>{row_buttons(session)}</td>
    }
    .into_any()
}

fn from(session: &Session) -> AnyView {
    if session.state == SessionState::Requested {
        let policy = &session.user.policy;
        let wanted = format!("{}, {}", time::length(policy.session_seconds), policy.name);
        return view! { {wanted}<span class="under">{ago(session.requested_at)}</span> }.into_any();
    }
    match (live_tunnel(session), deadline(session)) {
        (Some(tunnel), _) => view! {
            <span class="nowrap">{tunnel.caller_id.clone().unwrap_or_else(|| "–".to_owned())}</span>
            <span class="under">{tunnel.country.clone().unwrap_or_else(|| tunnel.service.to_uppercase())}</span>
        }
        .into_any(),
        (None, Some((until, _))) => {
            let until = time::short(until, use_clock().read());
            view! { {t!("until", time = until)}<span class="under">{t!("then-lapses")}</span> }.into_any()
        }
        (None, None) => "–".into_any(),
    }
}

fn duration(session: &Session) -> AnyView {
    let clock = use_clock();
    let session = session.clone();
    (move || lasted(&session, clock.now()).map_or_else(|| "–".to_owned(), time::length)).into_any()
}

/// What is left of the state a session is in.
#[must_use]
pub fn left(session: &Session) -> AnyView {
    if session.state == SessionState::Ended {
        return session_badge(session.state, session.end_reason);
    }
    let Some((until, total)) = deadline(session) else { return "–".into_any() };
    match session.state {
        SessionState::Confirming => view! { <BoxClock until=until total=total /> }.into_any(),
        SessionState::Active => {
            let remind = session.user.policy.remind_before_seconds;
            view! { <TimeLeft until=until total=total remind=remind /> }.into_any()
        }
        _ => view! { <TimeLeft until=until total=total remind=0 /> }.into_any(),
    }
}
