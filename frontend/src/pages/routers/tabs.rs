//! What is on a router, read from it when the tab opens: tunnels, 2FA rules, drift. Its accounts are in `accounts`.

use leptos::prelude::*;

use super::model::{TUNNELS_LISTED, rule_words, unknown_first};
use crate::api::ops::{
    DisconnectTunnel, RouterDrift, RouterRules, RouterTunnels, disconnect_tunnel, router_drift, router_rules,
    router_tunnels,
};
use crate::api::types::{Drift, FirewallRule, Tunnel};
use crate::api::{ApiError, News, use_api};
use crate::parts::badge::{badge, connection_badge};
use crate::parts::confirm::{Ask, Reason, use_confirm};
use crate::parts::countdown::when;
use crate::parts::remote::use_remote;
use crate::parts::states::empty;
use crate::parts::table::{Column, TableHead};
use crate::t;
use crate::time;

/// A table with a caption for those who hear it.
pub(super) fn grid(caption: String, columns: Vec<Column>, rows: Vec<AnyView>) -> AnyView {
    view! {
        <table class="grid folds" role="table">
            <caption class="sr">{caption}</caption>
            <TableHead columns=columns />
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
    .into_any()
}

/// Below a list that is as long as the server's lists get: that there may be more.
pub(super) fn cut_short(shown: usize, longest: usize) -> Option<AnyView> {
    let words = || t!("list-cut-short", count = longest);
    (shown >= longest).then(|| view! { <p class="body soft">{words()}</p> }.into_any())
}

/// The text, or a dash for none.
pub(super) fn or_dash(text: Option<String>) -> String {
    text.filter(|text| !text.is_empty()).unwrap_or_else(|| "–".to_owned())
}

/// News of this router: its settings, state, rules, drift.
fn about_router(id: &str) -> impl Fn(&News) -> bool + 'static {
    let id = id.to_owned();
    move |news| matches!(news, News::Router(router) if router.id == id)
}

/// News of this router, or of a session on it.
pub(super) fn about_tunnels(id: &str) -> impl Fn(&News) -> bool + 'static {
    let id = id.to_owned();
    move |news| match news {
        News::Router(router) => router.id == id,
        News::Session(change) => change.session.account.router.id == id,
        _ => false,
    }
}

/// The tunnels that are up, unknown ones first.
#[component]
pub fn Tunnels(
    /// The router.
    id: String,
) -> AnyView {
    let api = use_api();
    let (router, about) = (id.clone(), about_tunnels(&id));
    let remote = use_remote(move || {
        let variables = router_tunnels::Variables { id: id.clone() };
        async move { api.call::<RouterTunnels, _>(variables).await?.ok_or(ApiError::NotFound) }
    });
    remote.follow(about);
    let body = remote.show(5, move |data| {
        if data.tunnels.is_empty() {
            return empty("sessions", t!("tunnels-empty"), t!("tunnels-empty-about"), None);
        }
        let columns = vec![
            Column::new(t!("column-account")),
            Column::new(t!("column-from")),
            Column::new(t!("fact-inside")).class("fold"),
            Column::new(t!("column-duration")).class("num fold"),
            Column::new(t!("column-state")),
            Column::actions(),
        ];
        let reload = Callback::new(move |()| remote.reload());
        let more = cut_short(data.tunnels.len(), TUNNELS_LISTED);
        let rows = unknown_first(data.tunnels)
            .into_iter()
            .map(|tunnel| tunnel_row(&router, tunnel, reload))
            .collect();
        view! { {grid(t!("tab-tunnels"), columns, rows)} {more} }.into_any()
    });
    view! { <div class="card" data-testid="tunnels">{body}</div> }.into_any()
}

fn tunnel_row(router: &str, tunnel: Tunnel, reload: Callback<()>) -> AnyView {
    let (api, confirm) = (use_api(), use_confirm());
    let state = match &tunnel.connection {
        Some(connection) => connection_badge(connection.state),
        None => badge("warn", "s-degraded", t!("tunnel-unknown")),
    };
    let (router, session, name) =
        (router.to_owned(), tunnel.router_session_id.clone(), tunnel.username.clone());
    let label = t!("cut-named", name = &name);
    let cut = move |_| {
        let ask = Ask {
            title: t!("cut-tunnel-title", name = &name),
            effects: vec![t!("cut-tunnel-effect")],
            verb: t!("action-cut"),
            danger: true,
            reason: Reason::No,
        };
        let variables =
            disconnect_tunnel::Variables { router_id: router.clone(), router_session_id: session.clone() };
        confirm.ask(ask, move |_| {
            let variables = variables.clone();
            async move {
                api.call::<DisconnectTunnel, _>(variables).await?;
                reload.run(());
                Ok(())
            }
        });
    };
    let button = api.role().operates().then(|| {
        view! {
            <button type="button" class="btn quiet small danger" aria-label=label on:click=cut>
                {t!("action-cut-ask")}
            </button>
        }
    });
    view! {
        <tr role="row">
            <td role="cell"><span class="mono">{tunnel.username}</span><span class="under">{tunnel.service.to_uppercase()}</span></td>
            <td role="cell">{or_dash(tunnel.caller_id)}</td>
            <td role="cell" class="fold">{or_dash(tunnel.address)}</td>
            <td role="cell" class="num fold">{time::length(tunnel.uptime_seconds)}</td>
            <td role="cell">{state}</td>
            <td role="cell" class="act">{button}</td>
        </tr>
    }
    .into_any()
}

/// The firewall rules whose comment contains `2FA`.
#[component]
pub fn Rules(
    /// The router.
    id: String,
) -> AnyView {
    let api = use_api();
    let about = about_tunnels(&id);
    let remote = use_remote(move || {
        let variables = router_rules::Variables { id: id.clone() };
        async move { api.call::<RouterRules, _>(variables).await?.ok_or(ApiError::NotFound) }
    });
    remote.follow(about);
    let body = remote.show(4, |data| {
        if data.firewall_rules.is_empty() {
            return empty("policy", t!("rules-empty"), t!("rules-empty-about"), None);
        }
        let columns = vec![
            Column::new(t!("column-comment")),
            Column::new(t!("column-chain")),
            Column::new(t!("column-enabled")),
            Column::new(t!("column-bound")),
        ];
        grid(t!("tab-rules"), columns, data.firewall_rules.into_iter().map(rule_row).collect())
    });
    view! { <div class="card" data-testid="rules">{body}</div> }.into_any()
}

fn rule_row(rule: FirewallRule) -> AnyView {
    let bound = match &rule.bound_to {
        Some(account) => view! {
            <a class="who" href=format!("/users/{}", account.user.id)>{account.user.display_name.clone()}</a>
            <span class="under mono">{account.username.clone()}</span>
        }
        .into_any(),
        None => view! { <span class="muted">{t!("rule-unbound")}</span> }.into_any(),
    };
    view! {
        <tr role="row">
            <td role="cell"><span class="mono">{rule_words(&rule)}</span><span class="under mono">{rule.rule_id.clone()}</span></td>
            <td role="cell">{format!("{} {}", rule.chain, rule.action)}<span class="under">{t!("rule-position", count = rule.position)}</span></td>
            <td role="cell">{if rule.enabled { t!("rule-on") } else { t!("rule-off") }}</td>
            <td role="cell">{bound}</td>
        </tr>
    }
    .into_any()
}

/// What was found to be different from what was wanted.
#[component]
pub fn Drifts(
    /// The router.
    id: String,
) -> AnyView {
    let api = use_api();
    let about = about_router(&id);
    let remote = use_remote(move || {
        let variables = router_drift::Variables { id: id.clone() };
        async move { api.call::<RouterDrift, _>(variables).await?.ok_or(ApiError::NotFound) }
    });
    remote.follow(about);
    let body = remote.show(4, |data| {
        if data.drift.is_empty() {
            return empty("check", t!("drift-empty"), t!("drift-empty-about"), None);
        }
        let columns = vec![
            Column::new(t!("column-when")),
            Column::new(t!("column-found")),
            Column::new(t!("column-repaired")),
        ];
        grid(t!("tab-drift"), columns, data.drift.into_iter().map(drift_row).collect())
    });
    view! { <div class="card" data-testid="drift">{body}</div> }.into_any()
}

fn drift_row(drift: Drift) -> AnyView {
    let state = if drift.repaired {
        badge("ok", "s-ok", t!("drift-repaired"))
    } else {
        badge("warn", "s-degraded", t!("drift-open"))
    };
    view! {
        <tr role="row">
            <td role="cell" class="nowrap">{when(drift.at)}</td>
            <td role="cell">{drift.description}</td>
            <td role="cell">{state}</td>
        </tr>
    }
    .into_any()
}
