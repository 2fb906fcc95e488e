//! The audit: who did what to what, and when. Append-only; each row carries its link of the chain.

use futures_util::FutureExt;
use leptos::prelude::*;

use crate::api::ops::AuditEvents;
use crate::api::ops::audit_events::{AuditFilter, Variables};
use crate::api::pages::{AT_ONCE, every_page};
use crate::api::types::AuditEvent;
use crate::api::{News, use_api, use_live};
use crate::clock::use_clock;
use crate::i18n::Key;
use crate::parts::csv::{Sheet, export};
use crate::parts::page::PageHead;
use crate::parts::pager::{Pager, Place};
use crate::parts::query::{Url, use_url};
use crate::parts::remote::use_remote;
use crate::parts::states::{empty, nothing_found};
use crate::parts::table::{Column, Search, TableHead};
use crate::parts::timeline::words;
use crate::time::{self, Moment};
use crate::{key, t};

/// Letters of an id.
const UUID: usize = 36;

/// Rows of a page.
const SHOWN: i64 = 50;

/// What can be looked for, by how the names of the actions begin.
const KINDS: [(&str, Key); 9] = [
    ("session.", key!("nav-sessions")),
    ("user.", key!("nav-users")),
    ("account.", key!("column-accounts")),
    ("router.", key!("nav-routers")),
    ("tunnel.", key!("tab-tunnels")),
    ("policy.", key!("nav-policies")),
    ("sign-in.", key!("audit-sign-ins")),
    ("admin.", key!("nav-admins")),
    ("settings.", key!("nav-settings")),
];

/// The names in the URL that filter.
const FILTERS: [&str; 5] = ["q", "action", "who", "since", "till"];

/// The filter that stands in the URL; `get` reads a name of it, `midnight` knows when the day after so many days began.
fn filter(
    get: impl Fn(&str) -> Option<String>,
    midnight: impl Fn(&str, u32) -> Option<Moment>,
) -> AuditFilter {
    let midnight = |day: String, later| midnight(&day, later).map(Moment::rfc3339);
    AuditFilter {
        actor: get("who"),
        action: get("action"),
        subject: None,
        from: get("since").and_then(|day| midnight(day, 0)),
        to: get("till").and_then(|day| midnight(day, 1)),
        search: get("q"),
    }
}

/// The page.
#[component]
pub fn AuditPage() -> AnyView {
    let (api, url) = (use_api(), use_url());
    let remote = use_remote(move || {
        let filter = Some(filter(|name| url.get(name), time::midnight));
        api.call::<AuditEvents, _>(Variables { filter, first: Some(SHOWN), after: url.get("after") })
    });
    use_live().on(move |news| {
        let first_page = url.get_untracked("after").is_none();
        if matches!(news, News::Audit(_)) && first_page && !remote.loading.get_untracked() {
            remote.reload();
        }
    });
    let sheet_button = export("audit", move || {
        let filter = filter(|name| url.get_untracked(name), time::midnight);
        let rows = every_page(move |after| {
            let wanted = Variables { filter: Some(filter.clone()), first: Some(AT_ONCE), after };
            api.call::<AuditEvents, _>(wanted).boxed_local()
        });
        async move { Ok(sheet(&rows.await?)) }.boxed_local()
    });
    let body = remote.show(10, move |page| {
        let rows = page.rows();
        if rows.is_empty() {
            return if FILTERS.iter().any(|name| url.get_untracked(name).is_some()) {
                nothing_found(move || clear(url))
            } else {
                empty("audit", t!("audit-empty"), t!("audit-empty-about"), None)
            };
        }
        let next = page.page_info.end_cursor.clone().filter(|_| page.page_info.has_next_page);
        let place = Place { shown: rows.len(), total: page.total_count, next };
        let columns = vec![
            Column::new(t!("column-when")),
            Column::new(t!("column-who")),
            Column::new(t!("column-what")),
            Column::new(t!("column-detail")),
        ];
        view! {
            <table class="grid folds" role="table" data-testid="audit">
                <caption class="sr">{t!("audit-caption")}</caption>
                <TableHead columns=columns />
                <tbody role="rowgroup">{rows.into_iter().map(move |event| row(event, url)).collect_view()}</tbody>
            </table>
            <Pager place=place />
        }
        .into_any()
    });
    view! {
        <PageHead title=Signal::derive(|| t!("nav-audit")) live=true acts=Some(sheet_button) />
        <div class="tools">
            <Search label=t!("audit-search") placeholder=t!("audit-search") />
            {kinds(url)}
            {day(url, "since", t!("audit-since"))}
            {day(url, "till", t!("audit-till"))}
            {who(url)}
        </div>
        <div class="card">{body}</div>
    }
    .into_any()
}

fn clear(url: Url) {
    url.push(&FILTERS.map(|name| (name, None)));
}

/// A change of the filter begins again at the first page.
fn choose(url: Url, name: &'static str, value: &str) {
    url.push(&[(name, Some(value)), ("after", None), ("from", None)]);
}

fn kinds(url: Url) -> AnyView {
    let options = KINDS
        .map(|(action, words)| {
            let chosen = move || url.get("action").as_deref() == Some(action);
            view! { <option value=action selected=chosen>{words.text()}</option> }
        })
        .collect_view();
    view! {
        <select
            class="chip"
            class:set=move || url.get("action").is_some()
            name="action"
            aria-label=t!("audit-kind")
            on:change=move |event| choose(url, "action", &event_target_value(&event))
        >
            <option value="">{t!("audit-every-kind")}</option>
            {options}
        </select>
    }
    .into_any()
}

fn day(url: Url, name: &'static str, words: String) -> AnyView {
    view! {
        <label class="chip day" class:set=move || url.get(name).is_some()>
            {words}
            <input
                type="date"
                name=name
                prop:value=move || url.get(name).unwrap_or_default()
                on:change=move |event| choose(url, name, &event_target_value(&event))
            />
        </label>
    }
    .into_any()
}

/// Whose deeds are shown, while it is somebody's; chosen by a click on a name.
fn who(url: Url) -> AnyView {
    (move || {
        url.get("who").map(|name| {
            let everybody = t!("audit-not-only", name = &name);
            view! {
                <button
                    type="button"
                    class="chip set"
                    aria-label=everybody
                    on:click=move |_| choose(url, "who", "")
                >
                    {name}
                    {crate::parts::icon::small_icon("x")}
                </button>
            }
        })
    })
    .into_any()
}

fn row(event: AuditEvent, url: Url) -> AnyView {
    let now = use_clock().read();
    let at = if time::same_day(event.at, now) { time::seconds(event.at) } else { time::short(event.at, now) };
    let actor = event.actor.clone();
    view! {
        <tr role="row">
            <td role="cell" class="nowrap">
                <time datetime=event.at.rfc3339() title=time::full(event.at)>{at}</time>
            </td>
            <td role="cell">
                <button type="button" class="who" title=t!("audit-only-them") on:click=move |_| choose(url, "who", &actor)>
                    {event.actor}
                </button>
                {event.address.map(|address| view! { <span class="under">{address}</span> })}
            </td>
            <td role="cell"><b class="strong" title=event.action.clone()>{said(&event.action)}</b><span class="under">{subject(&event.subject)}</span></td>
            <td role="cell" class="full"><span class="wraps" title=event.hash>{event.detail}</span></td>
        </tr>
    }
    .into_any()
}

/// What happened: of a session in the words of its own page, anything else by its name.
fn said(action: &str) -> String {
    action.strip_prefix("session.").map_or_else(|| action.to_owned(), words)
}

/// What it was done to: `session:01a2…` as a link to its page, by the end of its id; anything else as it is.
fn subject(subject: &str) -> AnyView {
    let parts = subject.split_once(':').filter(|(_, id)| id.len() == UUID);
    let Some((kind, id, end)) = parts.and_then(|(kind, id)| Some((kind, id, id.get(UUID - 6..)?))) else {
        return subject.to_owned().into_any();
    };
    let words = format!("{kind} …{end}");
    let address = match kind {
        "session" => format!("/sessions?s={id}"),
        "user" | "router" => format!("/{kind}s/{id}"),
        "policy" => format!("/policies/{id}"),
        _ => return view! { <span title=subject.to_owned()>{words}</span> }.into_any(),
    };
    view! { <a href=address title=subject.to_owned()>{words}</a> }.into_any()
}

fn sheet(rows: &[AuditEvent]) -> Sheet {
    let head = vec![
        t!("column-when"),
        t!("column-who"),
        t!("column-from"),
        t!("column-what"),
        t!("column-subject"),
        t!("column-detail"),
        t!("column-hash"),
    ];
    let cells = |event: &AuditEvent| {
        vec![
            event.at.rfc3339(),
            event.actor.clone(),
            event.address.clone().unwrap_or_default(),
            event.action.clone(),
            event.subject.clone(),
            event.detail.clone().unwrap_or_default(),
            event.hash.clone(),
        ]
    };
    Sheet { head, rows: rows.iter().map(cells).collect() }
}

#[cfg(test)]
mod tests {
    use super::filter;
    use crate::time::Moment;

    fn utc(day: &str, later: u32) -> Option<Moment> {
        Moment::parse(&format!("{day}T00:00:00Z")).map(|at| at.plus(86_400 * i64::from(later)))
    }

    #[test]
    fn the_last_day_is_whole() {
        let url = |name: &str| match name {
            "since" => Some("2026-11-20".to_owned()),
            "till" => Some("2026-11-22".to_owned()),
            "action" => Some("router.".to_owned()),
            _ => None,
        };
        let filter = filter(url, utc);
        assert_eq!(filter.from.as_deref(), Some("2026-11-20T00:00:00Z"));
        assert_eq!(filter.to.as_deref(), Some("2026-11-23T00:00:00Z"));
        assert_eq!((filter.action.as_deref(), filter.actor), (Some("router."), None));
    }

    #[test]
    fn a_day_that_is_none_filters_nothing() {
        assert_eq!(filter(|_| Some("soon".to_owned()), utc).from, None);
    }
}
