//! Grants access by hand: to which account, for how long, why.

use leptos::prelude::*;

use super::act::some;
use crate::api::ops::users::{UserFilter, Variables as UsersVariables};
use crate::api::ops::{GrantSession, Users, grant_session};
use crate::api::types::UserStatus;
use crate::api::use_api;
use crate::parts::act::Act;
use crate::parts::confirm::error_line;
use crate::parts::dialog::Dialog;
use crate::parts::field::{LengthField, SelectField, TextField};
use crate::parts::remote::use_remote;
use crate::parts::toast::use_toasts;
use crate::t;

/// An account to grant to: its id and its words.
pub type Target = (String, String);

/// The dialog. With `account` set it is for that account; else one is chosen in it.
#[component]
pub fn GrantDialog(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// The account, if it is known.
    account: RwSignal<Option<Target>>,
) -> AnyView {
    let title = Signal::derive(move || match account.get() {
        Some((_, words)) => t!("grant-title-for", account = words),
        None => t!("action-grant"),
    });
    view! {
        <Dialog open=open title=title>
            <Body open=open account=account />
        </Dialog>
    }
    .into_any()
}

#[component]
fn Body(open: RwSignal<bool>, account: RwSignal<Option<Target>>) -> AnyView {
    let (api, toasts, act) = (use_api(), use_toasts(), Act::new());
    let known = account.get_untracked();
    let chosen = RwSignal::new(known.as_ref().map(|(id, _)| id.clone()).unwrap_or_default());
    let (seconds, reason) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let missing = RwSignal::new(false);
    let grant = move |_| {
        let id = chosen.get_untracked();
        missing.set(id.is_empty());
        if id.is_empty() {
            return;
        }
        let variables = grant_session::Variables {
            account_id: id,
            seconds: seconds.get_untracked().parse().ok(),
            reason: some(reason.get_untracked().trim().to_owned()),
        };
        act.run(async move { api.call::<GrantSession, _>(variables).await }, move |session| {
            toasts.done(t!("grant-done", name = &session.user.display_name));
            open.set(false);
        });
    };
    view! {
        <div class="stack">
            {known.is_none().then(|| view! { <AccountChoice chosen=chosen missing=missing /> })}
            <LengthField label=t!("grant-length") value=seconds name="seconds" hint=t!("grant-length-hint") />
            <TextField label=t!("field-reason-optional") value=reason name="reason" hint=t!("hint-reason") />
            {move || act.error().map(|error| error_line(&error))}
        </div>
        <footer>
            <button type="button" class="btn" on:click=move |_| open.set(false)>{t!("action-cancel")}</button>
            <button
                type="button"
                class="btn primary"
                data-testid="grant"
                aria-busy=move || act.busy().to_string()
                on:click=grant
            >
                {t!("action-grant")}
            </button>
        </footer>
    }
    .into_any()
}

#[component]
fn AccountChoice(chosen: RwSignal<String>, missing: RwSignal<bool>) -> AnyView {
    let api = use_api();
    let people = use_remote(move || {
        let filter = UserFilter {
            search: None,
            status: Some(vec![UserStatus::Approved]),
            policy_id: None,
            has_accounts: Some(true),
        };
        api.call::<Users, _>(UsersVariables {
            filter: Some(filter),
            order_by: None,
            first: Some(100),
            after: None,
        })
    });
    let choices = Signal::derive(move || {
        let mut choices = vec![(String::new(), t!("grant-choose"))];
        if let Some(page) = people.data.get() {
            for user in page.rows() {
                choices.extend(user.accounts.iter().map(|account| {
                    (
                        account.id.clone(),
                        format!("{}: {} · {}", user.display_name, account.username, account.router.name),
                    )
                }));
            }
        }
        choices
    });
    let error = Signal::derive(move || missing.get().then(|| t!("grant-choose-error")));
    view! { <SelectField label=t!("fact-account") value=chosen name="account" choices=choices error=error /> }
        .into_any()
}
