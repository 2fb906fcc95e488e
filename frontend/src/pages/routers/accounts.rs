//! The VPN accounts of a router, read from it when the tab opens: whose they are, which nobody owns, which were never
//! used; and what may be done to them there.

use leptos::prelude::*;

use super::account_acts::{OnRouter, becoming, deletion, may_manage, new_password, switch};
use super::account_dialogs::{CreateDialog, PasswordDialog};
use super::model::{ACCOUNTS_LISTED, Ownership};
use super::tabs::{cut_short, grid, or_dash};
use crate::api::ops::{RouterAccounts, router_accounts};
use crate::api::types::{RouterAccount, RouterMode, WithAccounts};
use crate::api::{ApiError, News, use_api, use_live};
use crate::parts::act::ActButton;
use crate::parts::badge::badge;
use crate::parts::countdown::when;
use crate::parts::icon::icon;
use crate::parts::menu::more_menu;
use crate::parts::query::use_url;
use crate::parts::remote::{Remote, use_remote};
use crate::parts::states::empty;
use crate::parts::table::{Column, Search};
use crate::t;

/// What the rows of the list share.
#[derive(Clone)]
struct List {
    router: String,
    remote: Remote<WithAccounts>,
    /// Accounts may be made, deleted and given passwords here.
    managed: bool,
    /// The account that is given another password.
    password: RwSignal<Option<OnRouter>>,
}

/// The VPN accounts.
#[component]
pub fn Accounts(
    /// The router.
    id: String,
) -> AnyView {
    let (api, url) = (use_api(), use_url());
    let router = id.clone();
    let remote = use_remote(move || {
        let variables = router_accounts::Variables { id: router.clone(), search: url.get("q") };
        async move { api.call::<RouterAccounts, _>(variables).await?.ok_or(ApiError::NotFound) }
    });
    reload_when_done(&id, remote);
    let (creating, password) = (RwSignal::new(false), RwSignal::new(None::<OnRouter>));
    let mode = Signal::derive(move || remote.data.with(|data| data.as_ref().map(|data| data.mode)));
    let manage = may_manage();
    let managed = Memo::new(move |_| manage.get() == Some(true) && mode.get() == Some(RouterMode::Enforce));
    let router = id.clone();
    let body = remote.show(6, move |data| {
        if data.accounts.is_empty() {
            return empty("key", t!("accounts-empty"), t!("accounts-empty-about"), None);
        }
        let columns = vec![
            Column::new(t!("column-account")),
            Column::new(t!("column-owner")),
            Column::new(t!("column-enabled")),
            Column::new(t!("column-last-seen")).class("fold"),
            Column::new(t!("column-comment")).class("fold"),
            Column::actions(),
        ];
        let list = List { router: router.clone(), remote, managed: managed.get(), password };
        let more = cut_short(data.accounts.len(), ACCOUNTS_LISTED);
        let rows = data.accounts.into_iter().map(|account| account_row(&list, account)).collect();
        view! { {grid(t!("tab-accounts"), columns, rows)} {more} }.into_any()
    });
    let reload = Callback::new(move |()| remote.reload());
    view! {
        <div class="tools"><Search label=t!("accounts-search") placeholder=t!("accounts-search") />{aside(mode, manage, creating)}</div>
        <div class="card" data-testid="accounts">{body}</div>
        <CreateDialog open=creating router=id changed=reload />
        <PasswordDialog account=password />
    }
    .into_any()
}

/// Beside the search: how an account is made, or why none can be.
fn aside(
    mode: Signal<Option<RouterMode>>,
    manage: Memo<Option<bool>>,
    creating: RwSignal<bool>,
) -> impl Fn() -> AnyView {
    move || match (mode.get(), manage.get()) {
        (Some(RouterMode::Observe), _) => view! { <p class="soft">{t!("accounts-observed")}</p> }.into_any(),
        (Some(RouterMode::Enforce), Some(true)) => new_button(creating),
        (Some(RouterMode::Enforce), Some(false)) => view! {
            <p class="soft"><a href="/settings">{t!("accounts-not-allowed")}</a></p>
        }
        .into_any(),
        _ => ().into_any(),
    }
}

fn new_button(creating: RwSignal<bool>) -> AnyView {
    view! {
        <button type="button" class="btn" data-testid="new-account" on:click=move |_| creating.set(true)>
            {icon("plus")}
            {t!("action-new-account-ask")}
        </button>
    }
    .into_any()
}

/// As long as something waits to be done, news of the router may be that it is done.
fn reload_when_done(id: &str, remote: Remote<WithAccounts>) {
    let id = id.to_owned();
    use_live().on(move |news| {
        let waits = || {
            remote.data.with_untracked(|data| {
                data.as_ref().is_some_and(|data| data.accounts.iter().any(|account| account.wished.is_some()))
            })
        };
        if let News::Router(router) = news
            && router.id == id
            && waits()
        {
            remote.reload();
        }
    });
}

fn account_row(list: &List, account: RouterAccount) -> AnyView {
    let api = use_api();
    let ownership = Ownership::of(&account);
    let owner = match &account.linked_to {
        Some(person) => {
            view! { <a class="who" href=format!("/users/{}", person.id)>{person.display_name.clone()}</a> }
                .into_any()
        }
        None => {
            let (tone, mark) = ownership.look();
            badge(tone, mark, ownership.label().text())
        }
    };
    let (place, remote) = (OnRouter::of(&list.router, &account), list.remote);
    let reload = Callback::new(move |()| remote.reload());
    let switch = api
        .role()
        .administers()
        .then(|| place.turns().into_iter().map(|on| switch_button(&place, on, reload)).collect_view());
    let more = list.managed.then(|| {
        let items = vec![new_password(&place, list.password), deletion(&place, reload)];
        more_menu(t!("more-for", name = &place.username), true, items)
    });
    view! {
        <tr role="row">
            <td role="cell">
                <span class="mono">{account.username.clone()}</span>
                <span class="under">{account.source.label().text()}{account.profile.clone().map(|profile| format!(", {profile}"))}</span>
            </td>
            <td role="cell">{owner}</td>
            <td role="cell">{state(&account)}</td>
            <td role="cell" class="fold">{account.last_seen_at.map_or_else(|| t!("account-never-used").into_any(), when)}</td>
            <td role="cell" class="fold">{or_dash(account.comment)}</td>
            <td role="cell" class="act">{switch}{more}</td>
        </tr>
    }
    .into_any()
}

/// How the router has it, and what it is becoming.
fn state(account: &RouterAccount) -> AnyView {
    let now = if account.enabled { t!("account-enabled") } else { t!("account-disabled") };
    let becoming = becoming(Some(account.enabled), account.wished)
        .map(|words| view! { <span class="under">{words}</span> });
    view! { {now}{becoming} }.into_any()
}

fn switch_button(account: &OnRouter, on: bool, done: Callback<()>) -> AnyView {
    let (verb, turn) = switch(account, on, done);
    let name = format!("{verb} {}", account.username);
    view! { <ActButton label=verb class="quiet small" name=name run=turn /> }.into_any()
}
