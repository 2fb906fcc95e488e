//! Makes a person before they have written to the bot, and changes what is known of one.

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use super::approve::PolicyField;
use super::model::no_change;
use crate::api::ops::{CreateUser, UpdateUser, create_user, update_user};
use crate::api::types::{Language, UserDetail};
use crate::api::use_api;
use crate::parts::act::Act;
use crate::parts::confirm::error_line;
use crate::parts::dialog::Dialog;
use crate::parts::field::{SelectField, TextField};
use crate::t;

/// The complaint of the server about one field.
fn complaint(act: Act, field: &'static str) -> Signal<Option<String>> {
    Signal::derive(move || act.error().filter(|error| error.field() == Some(field)).map(|error| error.text()))
}

/// A complaint about none of the fields of the form.
fn other_error(act: Act) -> AnyView {
    (move || act.error().filter(|error| error.field().is_none()).map(|error| error_line(&error))).into_any()
}

/// The dialog for a new person; on yes their page opens, where the invitation is.
#[component]
pub fn NewUserDialog(
    /// Whether it is open.
    open: RwSignal<bool>,
) -> AnyView {
    view! {
        <Dialog open=open title=Signal::derive(|| t!("action-new-user"))>
            <NewUser open=open />
        </Dialog>
    }
    .into_any()
}

#[component]
fn NewUser(open: RwSignal<bool>) -> AnyView {
    let (api, act) = (use_api(), Act::new());
    let navigate = use_navigate();
    let (name, email) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let policy = RwSignal::new(String::new());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let input = create_user::UserInput {
            display_name: Some(name.get_untracked().trim().to_owned()),
            email: Some(email.get_untracked().trim().to_owned()).filter(|email| !email.is_empty()),
            phone: None,
            note: None,
            language: None,
            policy_id: Some(policy.get_untracked()).filter(|policy| !policy.is_empty()),
            telegram_id: None,
        };
        let navigate = navigate.clone();
        act.run(
            async move { api.call::<CreateUser, _>(create_user::Variables { input }).await },
            move |user| {
                open.set(false);
                navigate(&format!("/users/{}", user.id), leptos_router::NavigateOptions::default());
            },
        );
    };
    view! {
        <form class="stack" novalidate on:submit=submit>
            <TextField label=t!("field-display-name") value=name name="displayName" error=complaint(act, "displayName") />
            <TextField label=t!("field-email") value=email name="email" kind="email" error=complaint(act, "email") />
            <PolicyField value=policy />
            {other_error(act)}
            <div class="row end">
                <button type="button" class="btn" on:click=move |_| open.set(false)>{t!("action-cancel")}</button>
                <button class="btn primary" aria-busy=move || act.busy().to_string() data-testid="create-user">
                    {t!("action-create")}
                </button>
            </div>
        </form>
    }
    .into_any()
}

/// The dialog that changes what is known of a person.
#[component]
pub fn EditUserDialog(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// The person as saved.
    user: UserDetail,
    /// Called after it was saved.
    saved: Callback<()>,
) -> AnyView {
    view! {
        <Dialog open=open title=Signal::derive(|| t!("edit-user-title")) wide=true>
            <EditUser open=open user=user.clone() saved=saved />
        </Dialog>
    }
    .into_any()
}

#[component]
fn EditUser(open: RwSignal<bool>, user: UserDetail, saved: Callback<()>) -> AnyView {
    let (api, act) = (use_api(), Act::new());
    let text = |value: &Option<String>| RwSignal::new(value.clone().unwrap_or_default());
    let name = RwSignal::new(user.user.display_name.clone());
    let (email, phone, note) = (text(&user.email), text(&user.phone), text(&user.user.note));
    let language = RwSignal::new(user.user.language.wire().to_owned());
    let policy =
        RwSignal::new(user.policy_override.as_ref().map(|policy| policy.id.clone()).unwrap_or_default());
    let id = user.user.id;
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let typed = |signal: RwSignal<String>| Some(signal.get_untracked().trim().to_owned());
        let input = update_user::UserInput {
            display_name: typed(name),
            email: typed(email),
            phone: typed(phone),
            note: typed(note),
            language: Language::from_wire(&language.get_untracked()),
            policy_id: typed(policy),
            ..no_change()
        };
        let variables = update_user::Variables { id: id.clone(), input };
        act.run(async move { api.call::<UpdateUser, _>(variables).await }, move |_| {
            open.set(false);
            saved.run(());
        });
    };
    let languages = Language::ALL.iter().map(|l| (l.wire().to_owned(), l.label().text())).collect::<Vec<_>>();
    view! {
        <form class="stack" novalidate on:submit=submit>
            <TextField label=t!("field-display-name") value=name name="displayName" error=complaint(act, "displayName") />
            <div class="fields">
                <TextField label=t!("field-email") value=email name="email" kind="email" error=complaint(act, "email") />
                <TextField label=t!("field-phone") value=phone name="phone" kind="tel" error=complaint(act, "phone") />
                <SelectField label=t!("field-language") value=language name="language"
                    choices=Signal::derive(move || languages.clone()) />
                <PolicyField value=policy />
            </div>
            <TextField label=t!("field-note") value=note name="note" lines=3 error=complaint(act, "note") />
            {other_error(act)}
            <div class="row end">
                <button type="button" class="btn" on:click=move |_| open.set(false)>{t!("action-cancel")}</button>
                <button class="btn primary" aria-busy=move || act.busy().to_string() data-testid="save-user">
                    {t!("action-save")}
                </button>
            </div>
        </form>
    }
    .into_any()
}
