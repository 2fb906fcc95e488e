//! The editor of a policy: groups of fields, the plain words beside them, one explicit save.

use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_params_map};

use super::groups::{Fields, groups};
use super::model::{changes, complaints, draft, fresh, input, policy, sentence};
use super::what_if::what_if_card;
use crate::api::ops::create_policy::WorkingHoursInput;
use crate::api::ops::{
    CreatePolicy, DeletePolicy, PolicyDetail, UpdatePolicy, create_policy, delete_policy, policy_detail,
    update_policy,
};
use crate::api::types::Policy;
use crate::api::{Api, ApiError, use_api};
use crate::parts::act::Act;
use crate::parts::confirm::{Ask, Reason, error_line, use_confirm};
use crate::parts::icon::icon;
use crate::parts::menu::{Item, more_menu};
use crate::parts::page::PageHead;
use crate::parts::remote::use_remote;
use crate::parts::toast::use_toasts;
use crate::prefs::use_prefs;
use crate::{same_fields, t};

/// The page for a new policy.
#[component]
pub fn NewPolicy() -> AnyView {
    editor(fresh())
}

/// The page of a policy.
#[component]
pub fn PolicyPage() -> AnyView {
    let (api, params) = (use_api(), use_params_map());
    let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    let remote = use_remote(move || {
        let variables = policy_detail::Variables { id: id.get() };
        async move { api.call::<PolicyDetail, _>(variables).await?.ok_or(ApiError::NotFound) }
    });
    remote.show(8, editor)
}

async fn save(api: Api, policy: Policy) -> Result<Policy, ApiError> {
    let input = input(&policy);
    if policy.id.is_empty() {
        return api.call::<CreatePolicy, _>(create_policy::Variables { input }).await;
    }
    let hours =
        |h: WorkingHoursInput| same_fields!(h => update_policy::WorkingHoursInput { weekday, from, to });
    let working_hours = input.working_hours.clone().map(|all| all.into_iter().map(hours).collect());
    let input = same_fields!(input => update_policy::PolicyInput {
        name, is_default, access_mode, needs_approval, confirmation, confirm_seconds, session_seconds,
        connect_window_seconds, remind_before_seconds, max_extensions, extension_seconds, cut_at_end,
        disable_account_at_end, disable_account_on_deny, max_tunnels, max_unconfirmed, unconfirmed_window_seconds,
        ban_seconds, prompt_limit, prompt_window_seconds, trusted_reconnect_seconds, outage, allowed_networks,
        allowed_countries, time_zone; working_hours,
    });
    api.call::<UpdatePolicy, _>(update_policy::Variables { id: policy.id, input }).await
}

fn editor(base: Policy) -> AnyView {
    let (api, toasts, navigate, prefs) = (use_api(), use_toasts(), use_navigate(), use_prefs());
    let new = base.id.is_empty();
    let may = api.role().administers();
    let fields = Fields::new(draft(&base));
    let act = Act::new();
    let saved = RwSignal::new(base.clone());
    let now = Memo::new(move |_| fields.draft());
    let changed = Memo::new(move |_| saved.with(|saved| changes(&draft(saved), &now.get())));
    let words =
        move || saved.with(|saved| sentence(&policy(&now.get(), saved), prefs.language.get_untracked()));
    Effect::new(move |_| {
        if let Some(error) = act.error() {
            fields.refused(&error);
        }
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let found = complaints(&now.get_untracked());
        fields.complain(found.iter().map(|(name, key)| (*name, key.text())));
        if !found.is_empty() {
            return;
        }
        let edited = saved.with_untracked(|saved| policy(&now.get_untracked(), saved));
        let navigate = navigate.clone();
        act.run(save(api, edited), move |answer| {
            toasts.done(t!("policy-saved", name = &answer.name));
            let address = format!("/policies/{}", answer.id);
            saved.set(answer);
            if new {
                navigate(&address, leptos_router::NavigateOptions { replace: true, ..Default::default() });
            }
        });
    };
    let discard = move |_| saved.with_untracked(|saved| fields.fill(&draft(saved)));
    let title = Signal::derive(move || {
        saved.with(|saved| if saved.id.is_empty() { t!("action-new-policy") } else { saved.name.clone() })
    });
    let marks = base.is_default.then(|| view! { <span class="tag">{t!("policy-default")}</span> }.into_any());
    view! {
        <PageHead
            title=title
            crumb=Some(("/policies".to_owned(), t!("nav-policies")))
            marks=marks
            acts=Some(head_acts(&base))
        />
        <form class="cols wide-narrow pol" novalidate on:submit=submit>
            <div class="stack">
                <fieldset class="stack" disabled=!may>{groups(fields, changed)}</fieldset>
            </div>
            <aside class="stack sticky" aria-label=t!("policy-does")>
                <section class="card">
                    <header><h2>{t!("policy-plain-words")}</h2></header>
                    <div class="body plain" aria-live="polite" data-testid="sentence"><p>{words}</p></div>
                    <footer>
                        {icon("users")}
                        <span>{t!("policy-reach", people = base.user_count, live = base.live_session_count)}</span>
                    </footer>
                </section>
                {(!new)
                    .then(|| what_if_card(move || saved.with_untracked(|saved| policy(&now.get_untracked(), saved))))}
            </aside>
            {move || {
                (may && (new || !changed.with(Vec::is_empty)))
                    .then(|| {
                        view! {
                            <div class="savebar" role="region" aria-label=t!("save-region")>
                                <span>
                                    <b class="strong">{move || t!("changes-unsaved", count = changed.with(Vec::len))}</b>
                                    {move || {
                                        act.error().filter(|error| error.field().is_none()).map(|e| error_line(&e))
                                    }}
                                </span>
                                <span class="row">
                                    <button type="button" class="btn quiet" on:click=discard>
                                        {t!("action-discard")}
                                    </button>
                                    <button
                                        class="btn primary"
                                        data-testid="save-policy"
                                        aria-busy=move || act.busy().to_string()
                                    >
                                        {t!("action-save-policy")}
                                    </button>
                                </span>
                            </div>
                        }
                    })
            }}
        </form>
    }
    .into_any()
}

/// Deleting; the default policy and one in use cannot be deleted, which the dialog says instead.
fn head_acts(policy: &Policy) -> AnyView {
    let (api, confirm, navigate) = (use_api(), use_confirm(), use_navigate());
    if policy.id.is_empty() || policy.is_default || policy.user_count > 0 || !api.role().administers() {
        return ().into_any();
    }
    let (id, name) = (policy.id.clone(), policy.name.clone());
    let more = t!("more-for", name = &name);
    let delete = Item::danger(t!("action-delete-ask"), move || {
        let (id, navigate) = (id.clone(), navigate.clone());
        let ask = Ask {
            title: t!("delete-policy-title", name = &name),
            effects: vec![t!("delete-policy-effect")],
            verb: t!("action-delete"),
            danger: true,
            reason: Reason::No,
        };
        confirm.ask(ask, move |_| {
            let (variables, navigate) = (delete_policy::Variables { id: id.clone() }, navigate.clone());
            async move {
                api.call::<DeletePolicy, _>(variables).await?;
                navigate("/policies", leptos_router::NavigateOptions::default());
                Ok(())
            }
        });
    });
    more_menu(more, false, vec![delete])
}
