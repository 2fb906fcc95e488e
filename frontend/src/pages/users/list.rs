//! The list of people: counts are filters, who waits is on top.

use leptos::prelude::*;

use super::approve::{ApproveDialog, reject};
use super::form::NewUserDialog;
use super::model::{patch, pending_first, status_filters, telegram, variables};
use super::sheet::sheet_button;
use crate::api::ops::{BlockUser, UserCounts, Users, block_user, user_counts};
use crate::api::types::{User, UserStatus};
use crate::api::{News, use_api, use_live};
use crate::clock::use_clock;
use crate::parts::badge::status_badge;
use crate::parts::confirm::use_confirm;
use crate::parts::countdown::{ago, when};
use crate::parts::icon::icon;
use crate::parts::page::PageHead;
use crate::parts::pager::{Pager, Place};
use crate::parts::query::use_url;
use crate::parts::remote::use_remote;
use crate::parts::select::{BulkBar, Selection};
use crate::parts::states::{empty, nothing_found};
use crate::parts::table::{Column, Search, Segments, TableHead};
use crate::t;

/// The page.
#[component]
pub fn UsersPage() -> AnyView {
    let (api, url) = (use_api(), use_url());
    let remote = use_remote(move || {
        let status = url.get("status").and_then(|status| UserStatus::from_wire(&status.to_uppercase()));
        api.call::<Users, _>(variables(
            status,
            url.get("q"),
            url.get("sort").as_deref(),
            20,
            url.get("after"),
        ))
    });
    let counts = use_remote(move || api.call::<UserCounts, _>(user_counts::Variables));
    use_live().on(move |news| {
        if let News::User(change) = news {
            counts.reload();
            let again = remote.data.try_update(|page| {
                page.as_mut().is_none_or(|page| {
                    let mut rows = page.rows();
                    let again = patch(&mut rows, change);
                    for (edge, row) in page.edges.iter_mut().zip(rows) {
                        edge.node = row;
                    }
                    again
                })
            });
            if again == Some(true) {
                remote.reload();
            }
        }
    });
    let segments = Signal::derive(move || {
        let counts = counts.data.get().map(|counts| counts.users_by_status);
        let filters = status_filters(counts.as_deref()).into_iter();
        filters.map(|(status, count)| (filter_name(status), filter_words(status), count)).collect()
    });
    let approving = RwSignal::new(None::<User>);
    let creating = RwSignal::new(false);
    Effect::new(move |_| {
        if url.get("new").is_some() {
            creating.set(true);
            url.replace(&[("new", None)]);
        }
    });
    let selection = Selection::new();
    let acts = move || {
        api.role().administers().then(|| {
            view! {
                <button type="button" class="btn primary" on:click=move |_| creating.set(true)>
                    {icon("plus")}
                    {t!("action-new-user")}
                </button>
            }
        })
    };
    view! {
        <PageHead title=Signal::derive(|| t!("nav-users")) live=true acts=Some(acts.into_any()) />
        <div class="tools">
            <Search label=t!("users-search") placeholder=t!("users-search-hint") />
            <Segments name="status" label=t!("users-which") choices=segments />
            <span class="end">{sheet_button()}</span>
        </div>
        <div class="card">
            {move || (!selection.is_empty()).then(|| bulk(selection))}
            {remote.show(8, move |page| {
                let rows = pending_first(page.rows());
                if rows.is_empty() {
                    return if url.get_untracked("q").is_some() || url.get_untracked("status").is_some() {
                        nothing_found(move || url.push(&[("q", None), ("status", None)]))
                    } else {
                        empty("users", t!("users-empty"), t!("users-empty-about"), None)
                    };
                }
                let next = page.page_info.end_cursor.clone().filter(|_| page.page_info.has_next_page);
                let place = Place { shown: rows.len(), total: page.total_count, next };
                view! {
                    {table(rows, approving, selection)}
                    <Pager place=place />
                }
                    .into_any()
            })}
        </div>
        <ApproveDialog user=approving />
        <NewUserDialog open=creating />
    }
    .into_any()
}

fn filter_name(status: Option<UserStatus>) -> &'static str {
    match status {
        None => "",
        Some(UserStatus::Pending) => "pending",
        Some(UserStatus::Approved) => "approved",
        Some(UserStatus::Rejected) => "rejected",
        Some(UserStatus::Blocked) => "blocked",
    }
}

fn filter_words(status: Option<UserStatus>) -> String {
    status.map_or_else(|| t!("users-all"), |status| status.label().text())
}

fn bulk(selection: Selection) -> AnyView {
    let api = use_api();
    let each = move |id: String| {
        let variables = block_user::Variables { id, reason: None };
        async move { api.call::<BlockUser, _>(variables).await.map(drop) }
    };
    view! { <BulkBar selection=selection verb=t!("action-block") each=each /> }.into_any()
}

fn table(rows: Vec<User>, approving: RwSignal<Option<User>>, selection: Selection) -> AnyView {
    let columns = vec![
        Column { hidden: true, ..Column::new(t!("column-select")) },
        Column::new(t!("column-name")).sort("name"),
        Column::new(t!("column-status")).sort("status"),
        Column::new(t!("column-policy")).class("fold"),
        Column::new(t!("column-accounts")).class("fold"),
        Column::new(t!("column-since")).class("fold").sort("created"),
        Column::actions(),
    ];
    let rows = rows.into_iter().map(|user| row(user, approving, selection)).collect_view();
    view! {
        <table class="grid folds utab" role="table" data-testid="users">
            <caption class="sr">{t!("nav-users")}</caption>
            <TableHead columns=columns />
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
    .into_any()
}

fn row(user: User, approving: RwSignal<Option<User>>, selection: Selection) -> AnyView {
    let (api, confirm) = (use_api(), use_confirm());
    let pending = user.status == UserStatus::Pending;
    let accounts =
        user.accounts.iter().map(|account| account.username.as_str()).collect::<Vec<_>>().join(", ");
    let accounts = if accounts.is_empty() { "–".to_owned() } else { accounts };
    let under = telegram(user.telegram_username.as_deref(), user.telegram_id.as_deref());
    let blocked = user.telegram_blocked_at.map(|_| t!("bot-blocked"));
    let under = [under, blocked, user.note.clone().filter(|_| pending).map(|note| t!("quoted", text = note))];
    let under = under.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let id = user.id.clone();
    let chosen = id.clone();
    let since = if use_clock().read().since(user.created_at) < 86_400 {
        ago(user.created_at)
    } else {
        when(user.created_at)
    };
    let buttons = (pending && api.role().operates()).then(|| {
        let (for_approval, for_rejection) = (user.clone(), user.clone());
        let name = &user.display_name;
        view! {
            <span class="row">
                <button
                    type="button"
                    class="btn small"
                    aria-label=t!("approve-named", name = name)
                    on:click=move |_| approving.set(Some(for_approval.clone()))
                >
                    {t!("action-approve-ask")}
                </button>
                <button
                    type="button"
                    class="btn quiet small danger"
                    aria-label=t!("reject-named", name = name)
                    on:click=move |_| reject(api, confirm, &for_rejection)
                >
                    {t!("action-reject-ask")}
                </button>
            </span>
        }
    });
    view! {
        <tr role="row" aria-selected=move || selection.has(&chosen).then_some("true")>
            <td role="cell">{api.role().administers().then(|| selection.tick(id, user.display_name.clone()))}</td>
            <td role="cell">
                <a class="who" href=format!("/users/{}", user.id)>{user.display_name.clone()}</a>
                <span class="under">{under}</span>
            </td>
            <td role="cell">{status_badge(user.status)}</td>
            <td role="cell" class="fold">{if pending { "–".to_owned() } else { user.policy.name }}</td>
            <td role="cell" class="fold mono">{accounts}</td>
            <td role="cell" class="fold">{since}</td>
            <td role="cell" class="act">{buttons}</td>
        </tr>
    }
    .into_any()
}
