//! The linked accounts of a person: state, the rule it opens, grant, extend, end, bind, unlink.

use leptos::prelude::*;

use super::approve::AccountFields;
use super::model::bindable;
use crate::api::ops::{
    BindFirewallRule, LinkAccount, RouterRules, UnbindFirewallRule, UnlinkAccount, bind_firewall_rule,
    link_account, router_rules, unbind_firewall_rule, unlink_account,
};
use crate::api::types::{Account, Page, RouterMode, Session, UserDetail, UserStatus};
use crate::api::use_api;
use crate::pages::routers::account_acts::{OnRouter, becoming, deletion, may_manage, new_password, switch};
use crate::pages::routers::account_dialogs::PasswordDialog;
use crate::pages::routers::model::rule_words;
use crate::pages::sessions::act::row_buttons;
use crate::pages::sessions::grant::{GrantDialog, Target};
use crate::pages::sessions::list::left;
use crate::pages::sessions::model::live_tunnel;
use crate::parts::act::{Act, at_once};
use crate::parts::badge::{no_access_badge, session_badge};
use crate::parts::confirm::{Ask, Reason, error_line, use_confirm};
use crate::parts::dialog::{Dialog, open_for};
use crate::parts::field::SelectField;
use crate::parts::icon::icon;
use crate::parts::menu::{Item, more_menu};
use crate::parts::page::card;
use crate::parts::remote::{Remote, use_remote};
use crate::parts::states::empty;
use crate::parts::toast::use_toasts;
use crate::t;

/// The card of linked accounts.
#[component]
pub fn Accounts(
    /// Whose.
    user: UserDetail,
    /// Their sessions, for the live one of each account.
    sessions: Remote<Page<Session>>,
    /// Called after something was changed.
    changed: Callback<()>,
) -> AnyView {
    let api = use_api();
    let (adding, granting) = (RwSignal::new(false), RwSignal::new(false));
    let target = RwSignal::new(None::<Target>);
    let binding = RwSignal::new(None::<Account>);
    let hands = Hands {
        owner: user.user.display_name.clone(),
        binding,
        password: RwSignal::new(None),
        manage: may_manage(),
        changed,
    };
    let count = user.linked.len();
    let active = user.user.status == UserStatus::Approved;
    let items = user
        .linked
        .iter()
        .map(|account| {
            let grant = active.then_some((granting, target));
            view! { <LinkedAccount account=account.clone() sessions=sessions grant=grant hands=hands.clone() /> }
        })
        .collect_view();
    let aside = api.role().administers().then(|| {
        view! {
            <button type="button" class="btn quiet small" on:click=move |_| adding.set(true)>
                {icon("plus")}
                {t!("action-link-account")}
            </button>
        }
    });
    let body = if count == 0 {
        empty("key", t!("user-no-accounts"), t!("user-no-accounts-about"), None)
    } else {
        view! { <ul class="accts">{items}</ul> }.into_any()
    };
    view! {
        {card(t!("user-accounts", count = count), aside.into_any(), body)}
        <LinkDialog open=adding user=user changed=changed />
        <GrantDialog open=granting account=target />
        <BindDialog account=binding changed=changed />
        <PasswordDialog account=hands.password />
    }
    .into_any()
}

/// What the menus of the accounts share.
#[derive(Clone)]
struct Hands {
    /// Whose they are.
    owner: String,
    /// The account that is bound to a rule.
    binding: RwSignal<Option<Account>>,
    /// The account that is given another password.
    password: RwSignal<Option<OnRouter>>,
    /// Whether the settings allow that.
    manage: Memo<Option<bool>>,
    /// Called after something was changed.
    changed: Callback<()>,
}

type Grant = Option<(RwSignal<bool>, RwSignal<Option<Target>>)>;

#[component]
fn LinkedAccount(account: Account, sessions: Remote<Page<Session>>, grant: Grant, hands: Hands) -> AnyView {
    let api = use_api();
    let id = account.id.clone();
    let live = Memo::new(move |_| {
        sessions.data.with(|page| {
            let rows = page.as_ref()?.edges.iter().map(|edge| &edge.node);
            rows.into_iter().find(|row| row.account.id == id && row.state.is_live()).cloned()
        })
    });
    let source = account.source.map_or_else(|| t!("source-unknown"), |source| source.label().text());
    let words = format!("{} · {}", account.username, account.router.name);
    let account_id = account.id.clone();
    let buttons = move || match live.get() {
        Some(session) => row_buttons(&session),
        None if api.role().operates() => grant
            .map(|(open, target)| {
                let chosen = (account_id.clone(), words.clone());
                view! {
                    <button
                        type="button"
                        class="btn small"
                        on:click=move |_| {
                            target.set(Some(chosen.clone()));
                            open.set(true);
                        }
                    >
                        {t!("action-grant-ask")}
                    </button>
                }
            })
            .into_any(),
        None => ().into_any(),
    };
    let status = move || match live.get() {
        Some(session) => {
            let from = live_tunnel(&session).and_then(|tunnel| tunnel.caller_id.clone());
            view! { {session_badge(session.state, None)}{from.map(|from| view! { <span>{from}</span> })} }
                .into_any()
        }
        None => no_access_badge(),
    };
    view! {
        <li>
            <div class="id">
                <b class="mono">{account.username.clone()}</b>
                <span>
                    {source} " · " <a href=format!("/routers/{}", account.router.id)>{account.router.name.clone()}</a>
                </span>
            </div>
            <div class="st">{status}</div>
            <div class="tl">{move || live.get().map(|session| left(&session))}</div>
            <div class="row">{buttons} {account_menu(&account, &hands)}</div>
            {below(&account, hands.binding)}
        </li>
    }
    .into_any()
}

/// Whether the router has it enabled, and which rule it opens.
fn below(account: &Account, binding: RwSignal<Option<Account>>) -> AnyView {
    let (tone, mark, words) = match account.enabled {
        Some(true) => ("contents ok", "s-ok", t!("account-enabled")),
        Some(false) => ("contents", "s-off", t!("account-disabled")),
        None => ("contents", "s-wait", t!("account-unknown")),
    };
    let becoming = becoming(account.enabled, account.wished).map(|words| format!(", {words}"));
    let rule = match &account.firewall_rule {
        Some(rule) => {
            let state = if rule.enabled { t!("rule-on") } else { t!("rule-off") };
            view! { {icon("link")} {t!("opens-rule")} " " <span class="mono">{rule_words(rule)}</span> {format!(" ({state})")} }
                .into_any()
        }
        None => {
            let chosen = account.clone();
            view! {
                {t!("no-rule")}
                <button type="button" class="btn quiet small" on:click=move |_| binding.set(Some(chosen.clone()))>
                    {t!("action-bind-ask")}
                </button>
            }
            .into_any()
        }
    };
    view! { <p class="sub"><span class=tone>{icon(mark)}</span>{words}{becoming}<span class="dot">"·"</span>{rule}</p> }
        .into_any()
}

/// What may be done to it; what concerns the router is the same as on the router's page.
fn account_menu(account: &Account, hands: &Hands) -> AnyView {
    if !use_api().role().administers() {
        return ().into_any();
    }
    let (account, hands) = (account.clone(), hands.clone());
    (move || {
        let managed = hands.manage.get() == Some(true) && account.router.mode == RouterMode::Enforce;
        let place = OnRouter::of_person(&account, hands.owner.clone());
        let mut items = rule_items(&account, &hands);
        items.extend(place.turns().into_iter().map(|on| switch_item(&place, on, hands.changed)));
        items.extend(managed.then(|| new_password(&place, hands.password)));
        items.push(unlink_item(&account, hands.changed));
        items.extend(managed.then(|| deletion(&place, hands.changed)));
        more_menu(t!("more-for", name = &account.username), true, items)
    })
    .into_any()
}

fn switch_item(place: &OnRouter, on: bool, changed: Callback<()>) -> Item {
    let (verb, turn) = switch(place, on, changed);
    let toasts = use_toasts();
    Item::new(verb, move || at_once(toasts, turn()))
}

fn rule_items(account: &Account, hands: &Hands) -> Vec<Item> {
    let (api, toasts, changed) = (use_api(), use_toasts(), hands.changed);
    let (chosen, binding) = (account.clone(), hands.binding);
    let mut items = vec![Item::new(t!("action-bind-ask"), move || binding.set(Some(chosen.clone())))];
    if account.firewall_rule.is_some() {
        let id = account.id.clone();
        items.push(Item::new(t!("action-unbind"), move || {
            let variables = unbind_firewall_rule::Variables { account_id: id.clone() };
            at_once(toasts, async move {
                api.call::<UnbindFirewallRule, _>(variables).await?;
                changed.run(());
                Ok(())
            });
        }));
    }
    items
}

fn unlink_item(account: &Account, changed: Callback<()>) -> Item {
    let (api, confirm) = (use_api(), use_confirm());
    let (id, name) = (account.id.clone(), account.username.clone());
    Item::danger(t!("action-unlink-ask"), move || {
        let id = id.clone();
        let ask = Ask {
            title: t!("unlink-title", account = &name),
            effects: vec![t!("unlink-effect")],
            verb: t!("action-unlink"),
            danger: true,
            reason: Reason::No,
        };
        confirm.ask(ask, move |_| {
            let variables = unlink_account::Variables { id: id.clone() };
            async move {
                api.call::<UnlinkAccount, _>(variables).await?;
                changed.run(());
                Ok(())
            }
        });
    })
}

#[component]
fn LinkDialog(open: RwSignal<bool>, user: UserDetail, changed: Callback<()>) -> AnyView {
    let name = user.user.display_name.clone();
    view! {
        <Dialog open=open title=Signal::derive(move || t!("link-title", name = &name)) wide=true>
            <Link open=open id=user.user.id.clone() telegram=user.user.telegram_id.clone() changed=changed />
        </Dialog>
    }
    .into_any()
}

#[component]
fn Link(open: RwSignal<bool>, id: String, telegram: Option<String>, changed: Callback<()>) -> AnyView {
    let (api, act) = (use_api(), Act::new());
    let (router, account) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let link = move |_| {
        let variables = link_account::Variables {
            user_id: id.clone(),
            router_id: router.get_untracked(),
            username: account.get_untracked(),
        };
        act.run(async move { api.call::<LinkAccount, _>(variables).await }, move |_| {
            open.set(false);
            changed.run(());
        });
    };
    view! {
        <div class="stack">
            <AccountFields router=router account=account telegram=telegram />
            {move || act.error().map(|error| error_line(&error))}
        </div>
        <footer>
            <button type="button" class="btn" on:click=move |_| open.set(false)>{t!("action-cancel")}</button>
            <button
                type="button"
                class="btn primary"
                data-testid="link"
                disabled=move || account.with(String::is_empty)
                aria-busy=move || act.busy().to_string()
                on:click=link
            >
                {t!("action-link")}
            </button>
        </footer>
    }
    .into_any()
}

/// Binds a rule of the account's router to it.
#[component]
pub fn BindDialog(
    /// The account; none: closed.
    account: RwSignal<Option<Account>>,
    /// Called after it was bound.
    changed: Callback<()>,
) -> AnyView {
    let open = open_for(account);
    let title = Signal::derive(move || {
        account.with(|account| {
            account.as_ref().map(|a| t!("bind-title", account = &a.username)).unwrap_or_default()
        })
    });
    view! {
        <Dialog open=open title=title wide=true>
            {move || account.get().map(|account| view! { <Bind account=account open=open changed=changed /> })}
        </Dialog>
    }
    .into_any()
}

#[component]
fn Bind(account: Account, open: RwSignal<bool>, changed: Callback<()>) -> AnyView {
    let (api, act) = (use_api(), Act::new());
    let router = account.router.id.clone();
    let rules = use_remote(move || {
        let variables = router_rules::Variables { id: router.clone() };
        async move {
            Ok(api.call::<RouterRules, _>(variables).await?.map(|r| r.firewall_rules).unwrap_or_default())
        }
    });
    let chosen = RwSignal::new(String::new());
    let choices = Signal::derive(move || {
        let none = (String::new(), t!("bind-choose"));
        let rules = rules.data.get().unwrap_or_default();
        let rules = bindable(&rules)
            .into_iter()
            .map(|r| (r.rule_id, format!("{} – {} {}", r.comment, r.chain, r.action)));
        std::iter::once(none).chain(rules).collect::<Vec<_>>()
    });
    let error = Signal::derive(move || rules.error.get().map(|error| error.text()));
    let id = account.id;
    let bind = move |_| {
        let rule_id = chosen.get_untracked();
        let Some(rule) =
            rules.data.get_untracked().and_then(|all| all.into_iter().find(|r| r.rule_id == rule_id))
        else {
            return;
        };
        let variables =
            bind_firewall_rule::Variables { account_id: id.clone(), rule_id, comment: rule.comment };
        act.run(async move { api.call::<BindFirewallRule, _>(variables).await }, move |_| {
            open.set(false);
            changed.run(());
        });
    };
    view! {
        <div class="stack">
            <p class="soft">{t!("bind-about")}</p>
            <SelectField label=t!("fact-rule") value=chosen name="rule" choices=choices error=error hint=t!("bind-hint") />
            {move || act.error().map(|error| error_line(&error))}
        </div>
        <footer>
            <button type="button" class="btn" on:click=move |_| open.set(false)>{t!("action-cancel")}</button>
            <button
                type="button"
                class="btn primary"
                data-testid="bind"
                disabled=move || chosen.with(String::is_empty)
                aria-busy=move || act.busy().to_string()
                on:click=bind
            >
                {t!("action-bind")}
            </button>
        </footer>
    }
    .into_any()
}
