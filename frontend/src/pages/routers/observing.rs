//! A router that is only observed: what is seen there, what enforcing it would mean, and the one next step.

use leptos::prelude::*;

use super::model::Sight;
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
            let tunnels = tunnels.data.get().map(|data| data.tunnels).unwrap_or_default();
            let sight = Sight::of(&tunnels, &accounts.accounts);
            let unlinked = (sight.unlinked > 0)
                .then(|| view! { " · " <a href=linked_at.clone()>{t!("observing-link")}</a> });
            view! {
                {fact(t!("observing-tunnels"), Some(sight.tunnels.to_string()))}
                {fact(t!("observing-nobodys"), Some(sight.nobodys.to_string()))}
                {fact(t!("observing-accounts"), Some(sight.accounts.to_string()))}
                {fact_view(t!("observing-unlinked"), view! { {sight.unlinked} {unlinked} }.into_any())}
            }
            .into_any()
        };
        view! { <dl class="facts" data-testid="sight">{facts}</dl> }.into_any()
    });
    let next = api.role().administers().then(|| {
        view! {
            <p class="soft">{t!("observing-next")}</p>
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
