//! The VPN accounts of a router, read from it when the tab opens: whose they are, which nobody owns, which were never
//! used; and what may be done to them there.

use leptos::prelude::*;

use super::account_dialogs::{CreateDialog, PasswordDialog};
use super::model::Ownership;
use super::tabs::{grid, or_dash};
use crate::api::ops::{
    AccountsAllowed, DeleteRouterAccount, RouterAccounts, SetRouterAccountEnabled, accounts_allowed,
    delete_router_account, router_accounts, set_router_account_enabled,
};
use crate::api::types::{RouterAccount, RouterMode, WithAccounts};
use crate::api::{ApiError, News, use_api, use_live};
use crate::parts::act::ActButton;
use crate::parts::badge::badge;
use crate::parts::confirm::{Ask, Reason, use_confirm};
use crate::parts::countdown::when;
use crate::parts::icon::icon;
use crate::parts::menu::{Item, more_menu};
use crate::parts::query::use_url;
use crate::parts::remote::{Remote, use_remote};
use crate::parts::states::empty;
use crate::parts::table::{Column, Search};
use crate::parts::toast::use_toasts;
use crate::t;

/// What the rows of the list share.
#[derive(Clone)]
struct List {
    router: String,
    remote: Remote<WithAccounts>,
    /// Accounts may be made, deleted and given passwords here.
    managed: bool,
    /// The account that is given another password.
    password: RwSignal<Option<RouterAccount>>,
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
    let allowed = use_remote(move || api.call::<AccountsAllowed, _>(accounts_allowed::Variables {}));
    reload_when_done(&id, remote);
    let (creating, password) = (RwSignal::new(false), RwSignal::new(None::<RouterAccount>));
    let managed = Memo::new(move |_| {
        let enforced =
            remote.data.with(|data| data.as_ref().is_some_and(|data| data.mode == RouterMode::Enforce));
        let allowed = allowed.data.with(|data| data.is_some_and(|data| data.allow_account_management));
        api.role().administers() && enforced && allowed
    });
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
        let rows = data.accounts.into_iter().map(|account| account_row(&list, account)).collect();
        grid(t!("tab-accounts"), columns, rows)
    });
    let aside = move || {
        if managed.get() {
            return new_button(creating);
        }
        let mode = remote.data.with(|data| data.as_ref().map(|data| data.mode));
        let known = allowed.data.with(Option::is_some);
        match mode {
            Some(RouterMode::Observe) => view! { <p class="soft">{t!("accounts-observed")}</p> }.into_any(),
            Some(RouterMode::Enforce) if known && api.role().administers() => view! {
                <p class="soft">
                    <a href="/settings">{t!("accounts-not-allowed")}</a>
                </p>
            }
            .into_any(),
            _ => ().into_any(),
        }
    };
    let reload = Callback::new(move |()| remote.reload());
    view! {
        <div class="tools"><Search label=t!("accounts-search") placeholder=t!("accounts-search") />{aside}</div>
        <div class="card" data-testid="accounts">{body}</div>
        <CreateDialog open=creating router=id.clone() changed=reload />
        <PasswordDialog account=password router=id />
    }
    .into_any()
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
    let switch = api.role().administers().then(|| switch_button(list, &account));
    let more = list.managed.then(|| manage_menu(list, &account));
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
    let becoming = account.wished.filter(|wished| *wished != account.enabled).map(|wished| {
        let words = if wished { t!("account-being-enabled") } else { t!("account-being-disabled") };
        view! { <span class="under">{words}</span> }
    });
    view! { {now}{becoming} }.into_any()
}

fn switch_button(list: &List, account: &RouterAccount) -> AnyView {
    let api = use_api();
    let turn_on = !account.wished.unwrap_or(account.enabled);
    let verb = if turn_on { t!("action-enable") } else { t!("action-disable") };
    let (router, username, remote) = (list.router.clone(), account.username.clone(), list.remote);
    let turn = move || {
        let variables = set_router_account_enabled::Variables {
            router_id: router.clone(),
            username: username.clone(),
            enabled: turn_on,
        };
        async move {
            api.call::<SetRouterAccountEnabled, _>(variables).await?;
            remote.reload();
            Ok(())
        }
    };
    let name = format!("{verb} {}", account.username);
    view! { <ActButton label=verb class="quiet small" name=name run=turn /> }.into_any()
}

fn manage_menu(list: &List, account: &RouterAccount) -> AnyView {
    let (api, confirm, toasts) = (use_api(), use_confirm(), use_toasts());
    let (chosen, password) = (account.clone(), list.password);
    let renew = Item::new(t!("action-new-password-ask"), move || password.set(Some(chosen.clone())));
    let (router, doomed, remote) = (list.router.clone(), account.clone(), list.remote);
    let delete = Item::danger(t!("action-delete-ask"), move || {
        let (router, doomed) = (router.clone(), doomed.clone());
        confirm.ask(deletion(&doomed), move |_| {
            let variables = delete_router_account::Variables {
                router_id: router.clone(),
                username: doomed.username.clone(),
                source: Some(doomed.source),
            };
            async move {
                let name = api.call::<DeleteRouterAccount, _>(variables).await?;
                toasts.done(t!("delete-account-done", name = &name));
                remote.reload();
                Ok(())
            }
        });
    });
    more_menu(t!("more-for", name = &account.username), true, vec![renew, delete])
}

fn deletion(account: &RouterAccount) -> Ask {
    let owner = account
        .linked_to
        .as_ref()
        .map(|person| t!("delete-account-effect-owner", owner = &person.display_name));
    let effects = [Some(t!("delete-account-effect")), owner, Some(t!("delete-account-effect-gone"))];
    Ask {
        title: t!("delete-account-title", name = &account.username),
        effects: effects.into_iter().flatten().collect(),
        verb: t!("action-delete"),
        danger: true,
        reason: Reason::No,
    }
}
