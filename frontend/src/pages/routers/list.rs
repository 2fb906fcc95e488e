//! The list of routers, kept true by the feed.

use leptos::prelude::*;

use super::model::address;
use crate::api::ops::{Routers, routers};
use crate::api::types::{Router, RouterState};
use crate::api::{News, use_api, use_live};
use crate::parts::badge::{mode_tag, router_badge};
use crate::parts::countdown::when;
use crate::parts::icon::icon;
use crate::parts::page::PageHead;
use crate::parts::remote::{Remote, use_remote};
use crate::parts::states::empty;
use crate::parts::table::{Column, TableHead};
use crate::t;

/// All routers, patched by the feed.
#[must_use]
pub fn use_routers() -> Remote<Vec<Router>> {
    let api = use_api();
    let remote = use_remote(move || api.call::<Routers, _>(routers::Variables));
    use_live().on(move |news| {
        if let News::Router(router) = news {
            remote.data.update(|rows| {
                if let Some(row) = rows.iter_mut().flatten().find(|row| row.id == router.id) {
                    *row = (**router).clone();
                }
            });
        }
    });
    remote
}

/// The page.
#[component]
pub fn RoutersPage() -> AnyView {
    let api = use_api();
    let remote = use_routers();
    let add = move || {
        api.role().administers().then(|| {
            view! { <a class="btn primary" href="/routers/new">{icon("plus")}{t!("action-add-router")}</a> }
        })
    };
    view! {
        <PageHead title=Signal::derive(|| t!("nav-routers")) live=true acts=Some(add.into_any()) />
        <div class="card">
            {remote.show(4, move |rows| {
                if rows.is_empty() {
                    let next = view! { <a class="btn primary" href="/routers/new">{t!("action-add-router")}</a> };
                    return empty("router", t!("routers-empty"), t!("routers-empty-about"), Some(next.into_any()));
                }
                table(&rows)
            })}
        </div>
    }
    .into_any()
}

fn table(rows: &[Router]) -> AnyView {
    let columns = vec![
        Column::new(t!("column-name")),
        Column::new(t!("column-state")),
        Column::new(t!("column-mode")).class("fold"),
        Column::new(t!("column-reading")).class("fold"),
        Column::new(t!("column-version")).class("fold"),
        Column::new(t!("column-last-seen")),
    ];
    let rows = rows.iter().map(row).collect_view();
    view! {
        <table class="grid folds" role="table" data-testid="routers">
            <caption class="sr">{t!("nav-routers")}</caption>
            <TableHead columns=columns />
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row(router: &Router) -> AnyView {
    let error = match router.state {
        RouterState::Offline => Some(t!("router-offline-title")),
        RouterState::Degraded => router.last_error.clone(),
        _ => None,
    };
    let waiting =
        (router.pending_commands > 0).then(|| t!("router-commands-wait", count = router.pending_commands));
    view! {
        <tr role="row">
            <td role="cell">
                <a class="who" href=format!("/routers/{}", router.id)>{router.name.clone()}</a>
                <span class="under mono">{address(router)}</span>
            </td>
            <td role="cell">
                {router_badge(router.state)}
                {error.or(waiting).map(|text| view! { <span class="under">{text}</span> })}
            </td>
            <td role="cell" class="fold">{mode_tag(router.mode)}</td>
            <td role="cell" class="fold">{reading(router)}</td>
            <td role="cell" class="fold">{router.version.clone().unwrap_or_else(|| "–".to_owned())}</td>
            <td role="cell" data-l=t!("column-last-seen")>
                {router.last_seen_at.map_or_else(|| "–".into_any(), when)}
            </td>
        </tr>
    }
    .into_any()
}

/// How news come from a router.
#[must_use]
pub fn reading(router: &Router) -> String {
    if router.push { t!("router-push") } else { t!("router-poll", count = router.poll_seconds) }
}
