//! The list of policies, each in its own words.

use leptos::prelude::*;

use super::model::sentence;
use crate::api::ops::{Policies, policies};
use crate::api::types::Policy;
use crate::api::use_api;
use crate::parts::icon::icon;
use crate::parts::page::PageHead;
use crate::parts::remote::use_remote;
use crate::parts::states::empty;
use crate::prefs::use_prefs;
use crate::t;

/// The page.
#[component]
pub fn PoliciesPage() -> AnyView {
    let api = use_api();
    let remote = use_remote(move || api.call::<Policies, _>(policies::Variables));
    let add = move || {
        api.role().administers().then(|| {
            view! { <a class="btn primary" href="/policies/new">{icon("plus")}{t!("action-new-policy")}</a> }
        })
    };
    view! {
        <PageHead title=Signal::derive(|| t!("nav-policies")) acts=Some(add.into_any()) />
        {remote.show(4, |rows| {
            if rows.is_empty() {
                return empty("policy", t!("policies-empty"), t!("policies-empty-about"), None);
            }
            view! { <div class="stack" data-testid="policies">{rows.iter().map(item).collect_view()}</div> }.into_any()
        })}
    }
    .into_any()
}

fn item(policy: &Policy) -> AnyView {
    let language = use_prefs().language.get_untracked();
    view! {
        <section class="card">
            <header>
                <h2>
                    <a href=format!("/policies/{}", policy.id)>{policy.name.clone()}</a>
                </h2>
                {policy.is_default.then(|| view! { <span class="tag">{t!("policy-default")}</span> })}
                <span class="aside">
                    {t!("count-people", n = policy.user_count)} " · "
                    {t!("count-live", n = policy.live_session_count)}
                </span>
            </header>
            <div class="body"><p class="soft">{sentence(policy, language)}</p></div>
        </section>
    }
    .into_any()
}
