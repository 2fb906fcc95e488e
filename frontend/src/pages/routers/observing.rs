//! A router that is only observed: what is seen there, what enforcing it would mean, and the one next step.

use leptos::prelude::*;

use super::model::{AccountsSeen, TunnelsSeen};
use super::tabs::about_tunnels;
use crate::api::ops::{RouterAccounts, RouterTunnels, router_accounts, router_tunnels};
use crate::api::{ApiError, use_api};
use crate::parts::icon::icon;
use crate::parts::page::{card, fact, fact_view};
use crate::parts::remote::use_remote;
use crate::t;

/// What observing shows.
#[component]
pub fn Observing(
    /// The router.
    id: String,
    /// Whether it can be looked at now.
    answers: Memo<bool>,
) -> AnyView {
    let (api, about) = (use_api(), about_tunnels(&id));
    let router = id.clone();
    // Tunnels are in the server's memory; accounts are read from the router, so not with every piece of news.
    let tunnels = use_remote(move || {
        let variables = router_tunnels::Variables { id: router.clone() };
        async move { api.call::<RouterTunnels, _>(variables).await?.ok_or(ApiError::NotFound) }
    });
    tunnels.follow(about);
    let router = id.clone();
    let accounts = use_remote(move || {
        let variables = router_accounts::Variables { id: router.clone(), search: None };
        async move { api.call::<RouterAccounts, _>(variables).await?.ok_or(ApiError::NotFound) }
    });
    let linked_at = format!("/routers/{id}?tab=accounts");
    let seen = accounts.show(4, move |accounts| {
        let linked_at = linked_at.clone();
        let facts = move || {
            // Not read yet, or not to be read, is unknown and not none.
            let known = answers.get() && tunnels.error.with(Option::is_none);
            let up = known.then(|| {
                tunnels.data.with(|data| {
                    data.as_ref().map(|data| TunnelsSeen::of(&data.tunnels, &accounts.accounts))
                })
            });
            let (up, seen) = (up.flatten(), AccountsSeen::of(&accounts.accounts));
            let unlinked = (!seen.unlinked.is_zero())
                .then(|| view! { " · " <a href=linked_at.clone()>{t!("observing-link")}</a> });
            view! {
                {fact(t!("observing-tunnels"), up.map(|up| up.all.to_string()))}
                {fact(t!("observing-nobodys"), up.map(|up| up.nobodys.to_string()))}
                {fact(t!("observing-accounts"), Some(seen.all.to_string()))}
                {fact_view(t!("observing-unlinked"), view! { {seen.unlinked.to_string()} {unlinked} }.into_any())}
            }
            .into_any()
        };
        view! { <dl class="facts" data-testid="sight">{facts}</dl> }.into_any()
    });
    let next = api.role().administers().then(|| {
        view! {
            <p class="soft">{t!("observing-next")} " " {t!("setup-enforce-effect-cut")}</p>
            <div class="row">
                <a class="btn primary" href=format!("/routers/{id}?tab=setup")>{t!("observing-open-setup")}{icon("right")}</a>
            </div>
        }
    });
    let body = view! {
        <div class="body stack">
            <p class="soft">{t!("observing-about")}</p>
            {seen}
            {next}
        </div>
    };
    card(t!("observing-title"), ().into_any(), body.into_any())
}
