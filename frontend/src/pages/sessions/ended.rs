//! Ended sessions: a table with dates, page by page.

use leptos::prelude::*;

use super::bytes;
use super::model::{any, lasted, traffic, variables};
use crate::api::ops::Sessions;
use crate::api::ops::sessions::{SessionFilter, SessionSort};
use crate::api::types::{Session, SessionState};
use crate::api::use_api;
use crate::parts::badge::session_badge;
use crate::parts::countdown::when;
use crate::parts::pager::{Pager, Place};
use crate::parts::query::{Url, use_url};
use crate::parts::remote::use_remote;
use crate::parts::states::{empty, nothing_found};
use crate::parts::table::{Column, TableHead};
use crate::t;
use crate::time;

/// The table of ended sessions.
#[component]
pub fn EndedSessions() -> AnyView {
    let (api, url) = (use_api(), use_url());
    let remote = use_remote(move || {
        let filter = SessionFilter {
            state: Some(vec![SessionState::Ended]),
            router_id: url.get("router"),
            search: url.get("q"),
            ..any()
        };
        api.call::<Sessions, _>(variables(filter, SessionSort::STARTED_AT, true, 20, url.get("after")))
    });
    remote.show(8, move |page| {
        let rows = page.rows();
        if rows.is_empty() {
            return if url.get_untracked("q").is_some() || url.get_untracked("router").is_some() {
                nothing_found(move || url.push(&[("q", None), ("router", None)]))
            } else {
                empty("sessions", t!("sessions-none-ended"), t!("sessions-none-ended-about"), None)
            };
        }
        let next = page.page_info.end_cursor.clone().filter(|_| page.page_info.has_next_page);
        let place = Place { shown: rows.len(), total: page.total_count, next };
        view! {
            {table(&rows, url, t!("sessions-ended-caption"), true)}
            <Pager place=place />
        }
        .into_any()
    })
}

/// Sessions with their dates, newest first; the name opens one.
#[must_use]
pub fn table(rows: &[Session], url: Url, caption: String, with_person: bool) -> AnyView {
    let mut columns = vec![Column::new(t!("column-when")), Column::new(t!("column-account"))];
    if with_person {
        columns[1] = Column::new(t!("column-person"));
    }
    columns.extend([
        Column::new(t!("column-duration")).class("num fold"),
        Column::new(t!("column-traffic")).class("num fold"),
        Column::new(t!("column-end")),
        Column::actions(),
    ]);
    let rows = rows.iter().map(|session| row(session, url, with_person)).collect_view();
    view! {
        <table class="grid folds usess" role="table">
            <caption class="sr">{caption}</caption>
            <TableHead columns=columns />
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row(session: &Session, url: Url, with_person: bool) -> AnyView {
    let id = session.id.clone();
    let chosen = id.clone();
    let name = session.user.display_name.clone();
    let sum =
        traffic(session).map_or_else(|| "–".to_owned(), |(bytes_in, bytes_out)| bytes(bytes_in + bytes_out));
    let now = crate::clock::use_clock().read();
    let account = format!("{} · {}", session.account.username, session.account.router.name);
    let (first, under) = if with_person {
        (name.clone(), account)
    } else {
        (session.account.username.clone(), session.account.router.name.clone())
    };
    view! {
        <tr role="row" aria-selected=move || (url.get("s").as_deref() == Some(chosen.as_str())).then_some("true")>
            <td role="cell" class="nowrap">
                {when(session.requested_at)}
                {session.ended_at.map(|end| view! { <span class="under">{t!("until", time = time::short(end, now))}</span> })}
            </td>
            <td role="cell">
                <span class=if with_person { "who" } else { "mono" }>{first}</span>
                <span class="under">{under}</span>
            </td>
            <td role="cell" class="num fold nowrap">
                {lasted(session, now).map_or_else(|| "–".to_owned(), time::length)}
            </td>
            <td role="cell" class="num fold nowrap">{sum}</td>
            <td role="cell" class="st">{session_badge(session.state, session.end_reason)}</td>
            <td role="cell" class="act">
                <button
                    type="button"
                    class="btn quiet small"
                    aria-label=format!("{} {name}", t!("action-why"))
                    on:click=move |_| url.push(&[("s", Some(&id))])
                >
                    {t!("action-why")}
                </button>
            </td>
        </tr>
    }
    .into_any()
}
