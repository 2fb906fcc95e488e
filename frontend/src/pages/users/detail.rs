//! One person: accounts, sessions, policy, what is known, and why the chosen session is as it is.

use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_params_map};

use super::accounts::Accounts;
use super::approve::{ApproveDialog, reject};
use super::form::EditUserDialog;
use super::model::telegram;
use crate::api::ops::sessions::{SessionFilter, SessionSort};
use crate::api::ops::{
    BlockUser, CreateInvitation, DeleteUser, RemoveOneTimeCodes, Sessions, UnblockUser, UnlinkTelegram,
    UserDetail as UserQuery, block_user, create_invitation, delete_user, remove_one_time_codes, unblock_user,
    unlink_telegram, user_detail,
};
use crate::api::types::{Page, Session, User, UserDetail, UserStatus};
use crate::api::{ApiError, News, use_api};
use crate::pages::sessions::act::some;
use crate::pages::sessions::ended::table;
use crate::pages::sessions::inspector::Inspector;
use crate::pages::sessions::model::{any, variables};
use crate::parts::badge::{avatar, status_badge};
use crate::parts::confirm::{Ask, Reason, use_confirm};
use crate::parts::countdown::when;
use crate::parts::menu::{Item, more_menu};
use crate::parts::page::{Copyable, PageHead, card, fact, fact_view};
use crate::parts::query::use_url;
use crate::parts::remote::{Remote, use_remote};
use crate::parts::states::empty;
use crate::parts::toast::use_toasts;
use crate::t;

/// The page of a person.
#[component]
pub fn UserPage() -> AnyView {
    let (api, params) = (use_api(), use_params_map());
    let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    let user = use_remote(move || {
        let variables = user_detail::Variables { id: id.get() };
        async move { api.call::<UserQuery, _>(variables).await?.ok_or(ApiError::NotFound) }
    });
    let sessions = use_remote(move || {
        let filter = SessionFilter { user_id: Some(id.get()), ..any() };
        api.call::<Sessions, _>(variables(filter, SessionSort::STARTED_AT, true, 20, None))
    });
    let is_theirs = move |news: &News| matches!(news, News::Session(change) if change.session.user.id == id.get_untracked());
    sessions.follow(is_theirs);
    user.follow(move |news| match news {
        News::User(change) => change.user.id == id.get_untracked(),
        // An account is enabled or disabled there, a bound rule switched.
        News::Router(router) => user.data.with_untracked(|user| {
            user.as_ref().is_some_and(|user| user.linked.iter().any(|account| account.router.id == router.id))
        }),
        _ => is_theirs(news),
    });
    let approving = RwSignal::new(None::<User>);
    view! {
        {user.show(8, move |detail| page(detail, user, sessions, approving))}
        <ApproveDialog user=approving />
    }
    .into_any()
}

fn page(
    detail: UserDetail,
    user: Remote<UserDetail>,
    sessions: Remote<Page<Session>>,
    approving: RwSignal<Option<User>>,
) -> AnyView {
    let name = detail.user.display_name.clone();
    let editing = RwSignal::new(false);
    let saved = Callback::new(move |()| user.reload());
    view! {
        <PageHead
            title=Signal::derive(move || name.clone())
            crumb=Some(("/users".to_owned(), t!("nav-users")))
            lead=Some(avatar(&detail.user.display_name, true))
            marks=Some(status_badge(detail.user.status))
            acts=Some(head_acts(&detail, editing, approving))
        />
        <div class="cols wide-narrow">
            <div class="stack">
                <Accounts user=detail.clone() sessions=sessions changed=saved />
                {sessions_card(sessions)}
            </div>
            <div class="stack">
                {policy_card(&detail)}
                {about_card(&detail, editing, saved)}
                <Inspector />
            </div>
        </div>
        <EditUserDialog open=editing user=detail saved=saved />
    }
    .into_any()
}

fn sessions_card(sessions: Remote<Page<Session>>) -> AnyView {
    let url = use_url();
    let body = sessions.show(4, move |page| {
        let rows = page.rows();
        if rows.is_empty() {
            return empty("sessions", t!("user-no-sessions"), t!("user-no-sessions-about"), None);
        }
        table(&rows, url, t!("user-sessions-caption"), false)
    });
    let total = move || sessions.data.with(|page| page.as_ref().map(|page| page.total_count));
    card(t!("nav-sessions"), view! { <span class="count">{total}</span> }.into_any(), body)
}

fn policy_card(detail: &UserDetail) -> AnyView {
    let policy = detail.user.policy.clone();
    let own = detail.policy_override.is_some();
    let about = if own { t!("policy-own") } else { t!("policy-default-used") };
    let body = view! {
        <div class="body">
            <p class="soft">{about}</p>
        </div>
        <footer>
            <a href=format!("/policies/{}", policy.id)>{t!("policy-open", name = &policy.name)}</a>
        </footer>
    };
    card(t!("user-policy", name = &policy.name), ().into_any(), body.into_any())
}

fn about_card(detail: &UserDetail, editing: RwSignal<bool>, changed: Callback<()>) -> AnyView {
    let (api, user) = (use_api(), &detail.user);
    let edit = api.role().administers().then(|| {
        view! {
            <button type="button" class="btn quiet small" on:click=move |_| editing.set(true)>{t!("action-edit")}</button>
        }
    });
    let decided = detail.decided_at.map(|at| {
        let by = detail.decided_by.as_ref().map(|admin| format!(", {}", admin.username)).unwrap_or_default();
        view! { {when(at)}{by} }.into_any()
    });
    let reason = user.rejection_reason.clone().filter(|_| user.status != UserStatus::Approved);
    let body = view! {
        <div class="body stack">
            <dl class="facts">
                {fact("Telegram".to_owned(), telegram(user.telegram_username.as_deref(), user.telegram_id.as_deref()))}
                {user.telegram_blocked_at.map(|at| fact_view(t!("fact-bot-blocked"), view! {
                    {when(at)} <p class="small soft">{t!("bot-blocked-about")}</p>
                }.into_any()))}
                {fact(t!("field-language"), Some(user.language.label().text()))}
                {fact(t!("field-email"), detail.email.clone())}
                {fact(t!("field-phone"), detail.phone.clone())}
                {decided.map(|decided| fact_view(t!("fact-decided"), decided))}
                {reason.map(|reason| fact(t!("fact-rejected-because"), Some(reason)))}
                {fact_view(t!("fact-registered"), when(user.created_at))}
                {fact(t!("field-note"), user.note.clone())}
            </dl>
            {user.telegram_id.is_none().then(|| view! { <Invitation user=detail.clone() changed=changed /> })}
        </div>
    };
    card(t!("user-about"), edit.into_any(), body.into_any())
}

/// The link that ties a Telegram account to this person.
#[component]
fn Invitation(user: UserDetail, changed: Callback<()>) -> AnyView {
    let api = use_api();
    if let Some(link) = user.invitation_url {
        return view! {
            <div class="stack tight">
                <h3>{t!("invitation")}</h3>
                <p class="small soft">{t!("invitation-about")}</p>
                <Copyable text=link />
            </div>
        }
        .into_any();
    }
    let id = user.user.id;
    let invite = move || {
        let variables = create_invitation::Variables { user_id: id.clone() };
        async move {
            api.call::<CreateInvitation, _>(variables).await?;
            changed.run(());
            Ok(())
        }
    };
    view! {
        <div class="row">
            <crate::parts::act::ActButton label=t!("action-invite") class="small" run=invite />
        </div>
    }
    .into_any()
}

fn head_acts(detail: &UserDetail, editing: RwSignal<bool>, approving: RwSignal<Option<User>>) -> AnyView {
    let (api, confirm, toasts, navigate) = (use_api(), use_confirm(), use_toasts(), use_navigate());
    let role = api.role();
    let user = detail.user.clone();
    let mut items = Vec::new();
    if role.administers() {
        items.push(Item::new(t!("action-edit"), move || editing.set(true)));
        if user.telegram_id.is_some() {
            let id = user.id.clone();
            items.push(Item::danger(t!("action-unlink-telegram"), move || {
                let id = id.clone();
                let ask = Ask {
                    title: t!("unlink-telegram-title"),
                    effects: vec![t!("unlink-telegram-effect")],
                    verb: t!("action-unlink-telegram"),
                    danger: true,
                    reason: Reason::No,
                };
                confirm.ask(ask, move |_| {
                    let variables = unlink_telegram::Variables { user_id: id.clone() };
                    async move { api.call::<UnlinkTelegram, _>(variables).await.map(drop) }
                });
            }));
        }
    }
    if role.administers() && detail.one_time_codes {
        let id = user.id.clone();
        items.push(Item::danger(t!("action-remove-codes"), move || {
            let id = id.clone();
            let ask = Ask {
                title: t!("remove-codes-title"),
                effects: vec![t!("remove-codes-effect")],
                verb: t!("action-remove-codes"),
                danger: true,
                reason: Reason::No,
            };
            confirm.ask(ask, move |_| {
                let variables = remove_one_time_codes::Variables { user_id: id.clone() };
                async move { api.call::<RemoveOneTimeCodes, _>(variables).await.map(drop) }
            });
        }));
    }
    if role.administers() && user.status != UserStatus::Blocked {
        let user = user.clone();
        items.push(Item::danger(t!("action-block-ask"), move || {
            let id = user.id.clone();
            let ask = Ask {
                title: t!("block-title", name = &user.display_name),
                effects: vec![
                    t!("block-effect-sessions"),
                    t!("block-effect-accounts"),
                    t!("block-effect-registration"),
                ],
                verb: t!("action-block"),
                danger: true,
                reason: Reason::May,
            };
            confirm.ask(ask, move |reason| {
                let variables = block_user::Variables { id: id.clone(), reason: some(reason) };
                async move { api.call::<BlockUser, _>(variables).await.map(drop) }
            });
        }));
    }
    if role.administers() {
        let user = user.clone();
        items.push(Item::danger(t!("action-delete-ask"), move || {
            let (id, navigate) = (user.id.clone(), navigate.clone());
            let ask = Ask {
                title: t!("delete-user-title", name = &user.display_name),
                effects: vec![t!("block-effect-sessions"), t!("delete-user-effect")],
                verb: t!("action-delete"),
                danger: true,
                reason: Reason::No,
            };
            confirm.ask(ask, move |_| {
                let variables = delete_user::Variables { id: id.clone() };
                let navigate = navigate.clone();
                async move {
                    api.call::<DeleteUser, _>(variables).await?;
                    navigate("/users", leptos_router::NavigateOptions::default());
                    Ok(())
                }
            });
        }));
    }
    let primary = match user.status {
        UserStatus::Pending | UserStatus::Rejected if role.operates() => {
            let (for_approval, for_rejection) = (user.clone(), user.clone());
            let pending = user.status == UserStatus::Pending;
            view! {
                <button type="button" class="btn primary" on:click=move |_| approving.set(Some(for_approval.clone()))>
                    {t!("action-approve-ask")}
                </button>
                {pending
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="btn danger"
                                on:click=move |_| reject(api, confirm, &for_rejection)
                            >
                                {t!("action-reject-ask")}
                            </button>
                        }
                    })}
            }
            .into_any()
        }
        UserStatus::Blocked if role.administers() => {
            let id = user.id.clone();
            let unblock = move || {
                let variables = unblock_user::Variables { id: id.clone() };
                async move {
                    api.call::<UnblockUser, _>(variables).await?;
                    toasts.done(t!("unblock-done"));
                    Ok(())
                }
            };
            view! { <crate::parts::act::ActButton label=t!("action-unblock") class="" run=unblock /> }
                .into_any()
        }
        _ => ().into_any(),
    };
    view! { {primary}{more_menu(t!("more-for", name = &user.display_name), false, items)} }.into_any()
}
