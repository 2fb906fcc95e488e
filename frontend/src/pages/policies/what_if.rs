//! What the policy, as it stands in the editor, would have made of the last days: asked before it is saved.

use leptos::prelude::*;

use super::model::input;
use crate::api::ops::create_policy::WorkingHoursInput;
use crate::api::ops::{WhatIf as WhatIfQuery, what_if};
use crate::api::types::{Policy, WhatIf};
use crate::api::use_api;
use crate::parts::act::Act;
use crate::parts::confirm::error_line;
use crate::parts::page::fact;
use crate::parts::timeline::timeline;
use crate::{same_fields, t, time};

/// Days that are looked back on.
const DAYS: i64 = 7;

/// The card; `edited` is the policy as it stands now.
#[must_use]
pub fn what_if_card(edited: impl Fn() -> Policy + Send + Sync + 'static) -> AnyView {
    let (api, act) = (use_api(), Act::new());
    let found = RwSignal::new(None::<WhatIf>);
    let ask = move |_| {
        let variables = variables(&edited());
        act.run(async move { api.call::<WhatIfQuery, _>(variables).await }, move |answer| {
            found.set(Some(answer));
        });
    };
    view! {
        <section class="card" aria-label=t!("what-if-title")>
            <header><h2>{t!("what-if-title")}</h2></header>
            <div class="body stack tight">
                <p class="soft small">{t!("what-if-about", days = DAYS)}</p>
                <div class="row">
                    <button type="button" class="btn" data-testid="what-if" aria-busy=move || act.busy().to_string()
                        on:click=ask>
                        {t!("what-if-try")}
                    </button>
                </div>
                {move || act.error().map(|error| error_line(&error))}
                <div role="status" data-testid="what-if-answer">{move || found.get().map(|found| answer(&found))}</div>
            </div>
        </section>
    }
    .into_any()
}

fn variables(policy: &Policy) -> what_if::Variables {
    let input = input(policy);
    let hours = |h: WorkingHoursInput| same_fields!(h => what_if::WorkingHoursInput { weekday, from, to });
    let working_hours = input.working_hours.clone().map(|all| all.into_iter().map(hours).collect());
    let policy = same_fields!(input => what_if::PolicyInput {
        name, is_default, access_mode, needs_approval, confirmation, confirm_seconds, session_seconds,
        connect_window_seconds, remind_before_seconds, max_extensions, extension_seconds, cut_at_end,
        disable_account_at_end, disable_account_on_deny, max_tunnels, max_unconfirmed, unconfirmed_window_seconds,
        ban_seconds, prompt_limit, prompt_window_seconds, trusted_reconnect_seconds, outage, allowed_networks,
        allowed_countries, time_zone; working_hours,
    });
    what_if::Variables { policy, days: Some(DAYS) }
}

fn answer(found: &WhatIf) -> AnyView {
    let line = |words: String, count: i64| fact(words, Some(count.to_string()));
    let none = found.connections == 0 && found.sessions == 0;
    let cut_off = found.truncated.then(|| {
        let since = time::full(found.since);
        view! { <p class="note small" data-testid="what-if-cut-off">{t!("what-if-cut-off", since = since)}</p> }
    });
    view! {
        <div class="stack tight">
        {cut_off}
        <dl class="facts">
            {line(t!("what-if-connections"), found.connections)}
            {line(t!("what-if-prompted"), found.prompted)}
            {line(t!("what-if-silent"), found.opened_silently)}
            {line(t!("what-if-refused"), found.refused)}
            {line(t!("what-if-let-in"), found.let_in)}
            {line(t!("what-if-kept-out"), found.kept_out)}
            {line(t!("what-if-sessions"), found.sessions)}
            {line(t!("what-if-to-ask-for"), found.sessions_to_ask_for)}
            {line(t!("what-if-to-approve"), found.sessions_to_approve)}
            {line(t!("what-if-without-asking"), found.sessions_without_asking)}
            {line(t!("what-if-without-approval"), found.sessions_without_approval)}
            {line(t!("what-if-ended"), found.sessions_ended_earlier)}
        </dl>
        {if none {
            view! { <p class="muted small">{t!("what-if-none")}</p> }.into_any()
        } else if found.examples.is_empty() {
            ().into_any()
        } else {
            view! { <h3>{t!("what-if-examples")}</h3> {timeline(&found.examples, Vec::new(), "")} }.into_any()
        }}
        </div>
    }
    .into_any()
}
