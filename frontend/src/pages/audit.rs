//! The audit: who did what to what, and when. Append-only; each row carries its link of the chain.

use leptos::prelude::*;

use crate::api::ops::AuditEvents;
use crate::api::ops::audit_events::{AuditFilter, Variables};
use crate::api::types::AuditEvent;
use crate::api::{News, use_api, use_live};
use crate::clock::use_clock;
use crate::parts::page::PageHead;
use crate::parts::pager::{Pager, Place};
use crate::parts::query::use_url;
use crate::parts::remote::use_remote;
use crate::parts::states::{empty, nothing_found};
use crate::parts::table::{Column, Search, TableHead};
use crate::t;
use crate::time;

/// The page.
#[component]
pub fn AuditPage() -> AnyView {
    let (api, url) = (use_api(), use_url());
    let remote = use_remote(move || {
        let filter = AuditFilter {
            actor: None,
            action: None,
            subject: None,
            from: None,
            to: None,
            search: url.get("q"),
        };
        let variables = Variables { filter: Some(filter), first: Some(50), after: url.get("after") };
        api.call::<AuditEvents, _>(variables)
    });
    use_live().on(move |news| {
        let first_page = url.get_untracked("after").is_none();
        if matches!(news, News::Audit(_)) && first_page && !remote.loading.get_untracked() {
            remote.reload();
        }
    });
    let body = remote.show(10, move |page| {
        let rows = page.rows();
        if rows.is_empty() {
            return if url.get_untracked("q").is_some() {
                nothing_found(move || url.push(&[("q", None)]))
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
                <tbody role="rowgroup">{rows.into_iter().map(row).collect_view()}</tbody>
            </table>
            <Pager place=place />
        }
        .into_any()
    });
    view! {
        <PageHead title=Signal::derive(|| t!("nav-audit")) live=true />
        <div class="tools">
            <Search label=t!("audit-search") placeholder=t!("audit-search") />
        </div>
        <div class="card">{body}</div>
    }
    .into_any()
}

fn row(event: AuditEvent) -> AnyView {
    let now = use_clock().read();
    let at = if time::same_day(event.at, now) { time::seconds(event.at) } else { time::short(event.at, now) };
    view! {
        <tr role="row">
            <td role="cell" class="nowrap">
                <time datetime=event.at.rfc3339() title=time::full(event.at)>{at}</time>
            </td>
            <td role="cell">{event.actor}{event.address.map(|address| view! { <span class="under">{address}</span> })}</td>
            <td role="cell"><span class="who">{event.action}</span><span class="under">{event.subject}</span></td>
            <td role="cell" class="full"><span class="wraps" title=event.hash>{event.detail}</span></td>
        </tr>
    }
    .into_any()
}
