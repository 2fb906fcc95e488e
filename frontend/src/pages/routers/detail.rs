//! One router: overview and the tabs of what is on it.

use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_params_map};

use super::accounts::Accounts;
use super::certificate::trust_another;
use super::doctor::Doctor;
use super::list::reading;
use super::model::{address, fingerprint, trouble_words};
use super::observing::Observing;
use super::setup::Setup;
use super::tabs::{Drifts, Rules, Tunnels};
use crate::api::ops::{
    DeleteRouter, RotateHookToken, RouterDetail, delete_router, rotate_hook_token, router_detail,
};
use crate::api::types::{Router, RouterMode, RouterState};
use crate::api::{ApiError, News, use_api, use_live};
use crate::i18n::Key;
use crate::parts::badge::{mode_tag, router_badge};
use crate::parts::confirm::{Ask, Reason, use_confirm};
use crate::parts::countdown::when;
use crate::parts::icon::icon;
use crate::parts::menu::{Item, more_menu};
use crate::parts::page::{Copyable, PageHead, card, fact, fact_view};
use crate::parts::query::use_url;
use crate::parts::remote::{Remote, use_remote};
use crate::parts::states::banner;
use crate::time;
use crate::{key, t};

/// The tabs, by their name in the URL.
const TABS: [(&str, Key); 7] = [
    ("", key!("tab-overview")),
    ("tunnels", key!("tab-tunnels")),
    ("accounts", key!("tab-accounts")),
    ("rules", key!("tab-rules")),
    ("setup", key!("tab-setup")),
    ("drift", key!("tab-drift")),
    ("doctor", key!("tab-doctor")),
];

/// The page of a router.
#[component]
pub fn RouterPage() -> AnyView {
    let (api, params, url) = (use_api(), use_params_map(), use_url());
    let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    let remote = use_remote(move || {
        let variables = router_detail::Variables { id: id.get() };
        async move { api.call::<RouterDetail, _>(variables).await?.ok_or(ApiError::NotFound) }
    });
    use_live().on(move |news| {
        if let News::Router(router) = news
            && router.id == id.get_untracked()
        {
            remote.data.update(|data| {
                let hook_url = data.as_ref().and_then(|before| before.hook_url.clone());
                *data = Some(Router { hook_url, ..(**router).clone() });
            });
        }
    });
    let tab = Memo::new(move |_| url.get("tab").unwrap_or_default());
    let mode = Signal::derive(move || remote.data.with(|data| data.as_ref().map(|router| router.mode)));
    let title = Signal::derive(move || {
        remote.data.with(|data| data.as_ref().map_or_else(|| t!("loading"), |router| router.name.clone()))
    });
    let marks = move || remote.data.get().map(|router| marks(&router));
    let acts =
        move || remote.data.with(|data| data.as_ref().map(|router| head_acts(&router.id, &router.name)));
    // The tab is drawn anew when it is chosen, not when the router's figures move.
    let tab_view = move || {
        let id = id.get();
        match tab.get().as_str() {
            "tunnels" => view! { <Tunnels id=id /> }.into_any(),
            "accounts" => view! { <Accounts id=id /> }.into_any(),
            "rules" => view! { <Rules id=id /> }.into_any(),
            "drift" => view! { <Drifts id=id /> }.into_any(),
            "setup" => view! { <Setup id=id mode=mode /> }.into_any(),
            "doctor" => view! { <Doctor id=id /> }.into_any(),
            _ => overview_tab(id, remote, mode),
        }
    };
    view! {
        <PageHead
            title=title
            crumb=Some(("/routers".to_owned(), t!("nav-routers")))
            marks=Some(marks.into_any())
            acts=Some(acts.into_any())
            live=true
        />
        <nav class="tabs" aria-label=t!("router-tabs")>
            {TABS
                .into_iter()
                .map(|(name, words)| {
                    let href = move || {
                        let id = id.get();
                        if name.is_empty() { format!("/routers/{id}") } else { format!("/routers/{id}?tab={name}") }
                    };
                    view! {
                        <a href=href aria-current=move || (tab.get() == name).then_some("page")>{words.text()}</a>
                    }
                })
                .collect_view()}
        </nav>
        {tab_view}
    }
    .into_any()
}

fn marks(router: &Router) -> AnyView {
    let tags = [router.board.clone(), router.version.as_ref().map(|version| format!("RouterOS {version}"))];
    let tags = tags.into_iter().flatten().map(|tag| view! { <span class="tag">{tag}</span> }).collect_view();
    view! { {router_badge(router.state)}{tags}{mode_tag(router.mode)} }.into_any()
}

fn head_acts(id: &str, name: &str) -> AnyView {
    let (api, confirm, navigate) = (use_api(), use_confirm(), use_navigate());
    if !api.role().administers() {
        return ().into_any();
    }
    let (id, name, edit) = (id.to_owned(), name.to_owned(), format!("/routers/{id}/edit"));
    let more = t!("more-for", name = &name);
    let delete = Item::danger(t!("action-delete-ask"), move || {
        let (id, navigate) = (id.clone(), navigate.clone());
        let ask = Ask {
            title: t!("delete-router-title", name = &name),
            effects: vec![t!("delete-router-effect"), t!("delete-router-effect-links")],
            verb: t!("action-delete"),
            danger: true,
            reason: Reason::No,
        };
        confirm.ask(ask, move |_| {
            let (variables, navigate) = (delete_router::Variables { id: id.clone() }, navigate.clone());
            async move {
                api.call::<DeleteRouter, _>(variables).await?;
                navigate("/routers", leptos_router::NavigateOptions::default());
                Ok(())
            }
        });
    });
    view! {
        <a class="btn" href=edit>{icon("edit")}{t!("action-edit")}</a>
        {more_menu(more, false, vec![delete])}
    }
    .into_any()
}

/// What observing shows is not drawn anew with every figure of the router.
fn overview_tab(id: String, remote: Remote<Router>, mode: Signal<Option<RouterMode>>) -> AnyView {
    let observed = Memo::new(move |_| mode.get() == Some(RouterMode::Observe));
    let in_trouble = Memo::new(move |_| remote.data.get().filter(|router| router.state.in_trouble()));
    let answers = Memo::new(move |_| {
        let state = remote.data.with(|data| data.as_ref().map(|router| router.state));
        matches!(state, Some(RouterState::Online | RouterState::Degraded))
    });
    view! {
        <div class="stack">
            {move || in_trouble.with(|router| router.as_ref().and_then(trouble))}
            {move || observed.get().then(|| view! { <Observing id=id.clone() answers=answers /> })}
            {remote.show(6, move |router| overview(&router, remote))}
        </div>
    }
    .into_any()
}

fn overview(router: &Router, remote: Remote<Router>) -> AnyView {
    let skew = router.clock_skew_seconds.map(|skew| t!("clock-skew-seconds", count = skew));
    let facts = view! {
        <div class="body">
            <dl class="facts">
                {fact_view(t!("fact-address"), view! { <code>{address(router)}</code> }.into_any())}
                {fact(t!("field-tls"), Some(router.tls.label().text()))}
                {router.pinned_sha256.as_ref().map(|sha| {
                    fact_view(t!("test-certificate"), view! { <code class="wraps">{fingerprint(sha)}</code> }.into_any())
                })}
                {fact(t!("test-identity"), router.identity.clone())}
                {fact(t!("fact-uptime"), router.uptime_seconds.map(time::length))}
                {fact(t!("fact-clock-skew"), skew)}
                {fact(t!("field-source"), router.account_source.map(|source| source.label().text()))}
                {fact(t!("column-reading"), Some(reading(router)))}
                {fact_view(t!("column-last-seen"), router.last_seen_at.map_or_else(|| "–".into_any(), when))}
                {fact(t!("fact-commands"), Some(router.pending_commands.to_string()))}
            </dl>
        </div>
    };
    let lists = view! {
        <div class="body">
            <dl class="facts">
                {fact_view(t!("field-sandbox-list"), view! { <code>{router.sandbox_list.clone()}</code> }.into_any())}
                {fact_view(t!("field-allow-list"), view! { <code>{router.allow_list.clone()}</code> }.into_any())}
                {fact_view(t!("field-ban-list"), view! { <code>{router.ban_list.clone()}</code> }.into_any())}
                {fact(t!("field-allow-seconds"), Some(time::length(router.allow_seconds)))}
            </dl>
        </div>
    };
    let hook = router.hook_url.clone().map(|url| hook(&router.id, url, remote));
    view! {
        <div class="stack">
            <div class="cols even">
                {card(t!("tab-overview"), ().into_any(), facts.into_any())}
                <div class="stack">{card(t!("router-lists"), ().into_any(), lists.into_any())} {hook}</div>
            </div>
        </div>
    }
    .into_any()
}

/// What is wrong with it: what that means and what to do, then the reason exactly as the server has it.
fn trouble(router: &Router) -> Option<AnyView> {
    let (title, about) = trouble_words(router.state)?;
    let reason = router.last_error.as_ref().map(|error| format!(" {}", t!("router-reason", text = error)));
    let about = about.text() + &reason.unwrap_or_default();
    Some(banner("danger", "warn", title.text(), about, trust_another(router)))
}

/// Where the router's scripts report, and another token for them.
fn hook(id: &str, url: String, remote: Remote<Router>) -> AnyView {
    let (api, confirm) = (use_api(), use_confirm());
    let id = id.to_owned();
    let rotate = move |_| {
        let id = id.clone();
        let ask = Ask {
            title: t!("hook-rotate-title"),
            effects: vec![t!("hook-rotate-effect"), t!("hook-rotate-effect-setup")],
            verb: t!("hook-rotate"),
            danger: true,
            reason: Reason::No,
        };
        confirm.ask(ask, move |_| {
            let variables = rotate_hook_token::Variables { id: id.clone() };
            async move {
                remote.data.set(Some(api.call::<RotateHookToken, _>(variables).await?));
                Ok(())
            }
        });
    };
    let button = api.role().administers().then(|| {
        view! {
            <div class="row">
                <button type="button" class="btn small" data-testid="rotate-hook" on:click=rotate>
                    {t!("hook-rotate-ask")}
                </button>
            </div>
        }
    });
    let body = view! {
        <div class="body stack">
            <p class="soft">{t!("hook-about")}</p>
            <Copyable text=url />
            {button}
        </div>
    };
    card(t!("hook"), ().into_any(), body.into_any())
}
