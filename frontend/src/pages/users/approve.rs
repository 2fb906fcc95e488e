//! Approves a registration in one dialog: which account, which policy, which language. And rejects one.

use leptos::prelude::*;

use super::model::{link_order, no_change};
use crate::api::ops::{
    ApproveUser, LinkAccount, PolicyNames, RejectUser, RouterAccounts, Routers, UpdateUser, approve_user,
    link_account, policy_names, reject_user, router_accounts, routers, update_user,
};
use crate::api::types::{Language, RouterAccount, User};
use crate::api::{Api, ApiError, use_api};
use crate::parts::act::Act;
use crate::parts::confirm::{Ask, Confirm, Reason, error_line};
use crate::parts::dialog::{Dialog, open_for};
use crate::parts::field::SelectField;
use crate::parts::remote::use_remote;
use crate::parts::toast::use_toasts;
use crate::t;

/// Asks why, then rejects.
pub fn reject(api: Api, confirm: Confirm, user: &User) {
    let id = user.id.clone();
    let ask = Ask {
        title: t!("reject-title", name = &user.display_name),
        effects: vec![t!("reject-effect")],
        verb: t!("action-reject"),
        danger: true,
        reason: Reason::Must,
    };
    confirm.ask(ask, move |reason| {
        let variables = reject_user::Variables { id: id.clone(), reason };
        async move { api.call::<RejectUser, _>(variables).await.map(drop) }
    });
}

/// The dialog for the person in `user`; none: closed.
#[component]
pub fn ApproveDialog(
    /// Who is approved.
    user: RwSignal<Option<User>>,
) -> AnyView {
    let open = open_for(user);
    let title = Signal::derive(move || {
        user.with(|user| {
            user.as_ref().map(|user| t!("approve-title", name = &user.display_name)).unwrap_or_default()
        })
    });
    view! {
        <Dialog open=open title=title wide=true>
            {move || user.get().map(|user| view! { <Body user=user open=open /> })}
        </Dialog>
    }
    .into_any()
}

/// What the dialog decides.
struct Choice {
    user: String,
    router: String,
    account: String,
    policy: String,
    language: Option<Language>,
}

/// Settings first, then the account, then the approval: the person is told last, when everything is in place.
async fn approve(api: Api, choice: Choice) -> Result<User, ApiError> {
    let Choice { user, router, account, policy, language } = choice;
    if !policy.is_empty() || language.is_some() {
        let input = update_user::UserInput {
            policy_id: Some(policy).filter(|p| !p.is_empty()),
            language,
            ..no_change()
        };
        api.call::<UpdateUser, _>(update_user::Variables { id: user.clone(), input }).await?;
    }
    if !account.is_empty() {
        let variables =
            link_account::Variables { user_id: user.clone(), router_id: router, username: account };
        match api.call::<LinkAccount, _>(variables).await {
            // A second try after the approval itself failed finds the account linked already.
            Ok(_) | Err(ApiError::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
    }
    api.call::<ApproveUser, _>(approve_user::Variables { id: user }).await
}

#[component]
fn Body(user: User, open: RwSignal<bool>) -> AnyView {
    let (api, toasts, act) = (use_api(), use_toasts(), Act::new());
    let (router, account) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let policy = RwSignal::new(String::new());
    let language = RwSignal::new(user.language.wire().to_owned());
    let before = user.language;
    let (id, name) = (user.id.clone(), user.display_name.clone());
    let yes = move |_| {
        let language = Language::from_wire(&language.get_untracked()).filter(|language| *language != before);
        let choice = Choice {
            user: id.clone(),
            router: router.get_untracked(),
            account: account.get_untracked(),
            policy: policy.get_untracked(),
            language,
        };
        let name = name.clone();
        act.run(approve(api, choice), move |_| {
            toasts.done(t!("approve-done", name = name));
            open.set(false);
        });
    };
    let languages = Language::ALL.iter().map(|l| (l.wire().to_owned(), l.label().text())).collect::<Vec<_>>();
    view! {
        <div class="stack">
            {user.note.clone().map(|note| view! { <p class="soft">{t!("quoted", text = note)}</p> })}
            <AccountFields router=router account=account telegram=user.telegram_id />
            <div class="fields">
                <PolicyField value=policy />
                <SelectField label=t!("field-language") value=language name="language"
                    choices=Signal::derive(move || languages.clone()) />
            </div>
            {move || act.error().map(|error| error_line(&error))}
        </div>
        <footer>
            <button type="button" class="btn" on:click=move |_| open.set(false)>{t!("action-cancel")}</button>
            <button
                type="button"
                class="btn primary"
                data-testid="approve"
                aria-busy=move || act.busy().to_string()
                on:click=yes
            >
                {t!("action-approve")}
            </button>
        </footer>
    }
    .into_any()
}

/// The policies, the default one first.
#[component]
pub fn PolicyField(
    /// The id that is chosen; "": the default policy.
    value: RwSignal<String>,
) -> AnyView {
    let api = use_api();
    let names = use_remote(move || api.call::<PolicyNames, _>(policy_names::Variables));
    let choices = Signal::derive(move || {
        let names = names.data.get().unwrap_or_default();
        let default = names.iter().find(|policy| policy.is_default).map(|policy| policy.name.clone());
        let default = t!("policy-default-choice", name = default.unwrap_or_default());
        let others =
            names.into_iter().filter(|policy| !policy.is_default).map(|policy| (policy.id, policy.name));
        std::iter::once((String::new(), default)).chain(others).collect()
    });
    view! { <SelectField label=t!("fact-policy") value=value name="policy" choices=choices /> }.into_any()
}

/// A router and one of its accounts, read live: who has which, which were never used.
#[component]
pub fn AccountFields(
    /// The router's id.
    router: RwSignal<String>,
    /// The account's name; "": none.
    account: RwSignal<String>,
    /// The person's Telegram number: an account whose comment names it comes first and is chosen.
    telegram: Option<String>,
) -> AnyView {
    let api = use_api();
    let all = use_remote(move || api.call::<Routers, _>(routers::Variables));
    Effect::new(move |_| {
        if let Some(first) = all.data.get().and_then(|all| all.first().map(|first| first.id.clone()))
            && router.get_untracked().is_empty()
        {
            router.set(first);
        }
    });
    let accounts = use_remote(move || {
        let id = router.get();
        async move {
            if id.is_empty() {
                return Ok(Vec::new());
            }
            let variables = router_accounts::Variables { id, search: None };
            Ok(api
                .call::<RouterAccounts, _>(variables)
                .await?
                .map(|router| router.accounts)
                .unwrap_or_default())
        }
    });
    let known = telegram.clone();
    Effect::new(move |_| {
        let suggested = accounts.data.get().and_then(|all| {
            let fits = |a: &RouterAccount| {
                known.is_some() && a.suggested_telegram_id == known && a.linked_to.is_none()
            };
            all.into_iter().find(fits)
        });
        if let Some(suggested) = suggested
            && account.get_untracked().is_empty()
        {
            account.set(suggested.username);
        }
    });
    let routers = Signal::derive(move || {
        all.data
            .get()
            .unwrap_or_default()
            .into_iter()
            .map(|router| (router.id, router.name))
            .collect::<Vec<_>>()
    });
    let choices = Signal::derive(move || {
        let mut accounts = accounts.data.get().unwrap_or_default();
        accounts.sort_by_key(|account| link_order(account, telegram.as_deref()));
        let none = (String::new(), t!("account-none"));
        std::iter::once(none)
            .chain(accounts.into_iter().map(|a| (a.username.clone(), words(&a))))
            .collect::<Vec<_>>()
    });
    let error = Signal::derive(move || accounts.error.get().map(|error| error.text()));
    view! {
        <div class="fields">
            <SelectField label=t!("fact-router") value=router name="router" choices=routers />
            <SelectField label=t!("fact-account") value=account name="account" choices=choices error=error
                hint=t!("account-hint") />
        </div>
    }
    .into_any()
}

fn words(account: &RouterAccount) -> String {
    let owner = match &account.linked_to {
        Some(person) => t!("account-linked", name = &person.display_name),
        None => t!("account-no-owner"),
    };
    let used = if account.last_seen_at.is_none() {
        format!(", {}", t!("account-never-used"))
    } else {
        String::new()
    };
    format!("{} – {owner}{used}", account.username)
}
