//! Administrators: who may sign in to the console, and what they may do.

use leptos::prelude::*;

use crate::api::ops::{
    Admins, CreateAdmin, DeleteAdmin, UnlinkAdminTelegram, UpdateAdmin, admins, create_admin, delete_admin,
    unlink_admin_telegram, update_admin,
};
use crate::api::types::{Admin, Role};
use crate::api::use_api;
use crate::parts::act::Act;
use crate::parts::badge::badge;
use crate::parts::confirm::{Ask, Reason, error_line, use_confirm};
use crate::parts::countdown::when;
use crate::parts::dialog::Dialog;
use crate::parts::field::{SelectField, TextField};
use crate::parts::icon::icon;
use crate::parts::menu::{Item, more_menu};
use crate::parts::page::PageHead;
use crate::parts::remote::{Remote, use_remote};
use crate::parts::table::{Column, TableHead};
use crate::parts::toast::use_toasts;
use crate::t;

/// The roles with what each may do.
fn roles() -> Vec<(String, String)> {
    Role::ALL
        .iter()
        .map(|role| {
            let about = match role {
                Role::Owner => t!("role-owner-about"),
                Role::Admin => t!("role-admin-about"),
                Role::Operator => t!("role-operator-about"),
                Role::Viewer => t!("role-viewer-about"),
            };
            (role.wire().to_owned(), format!("{} – {about}", role.label().text()))
        })
        .collect()
}

/// The page.
#[component]
pub fn AdminsPage() -> AnyView {
    let api = use_api();
    let remote = use_remote(move || api.call::<Admins, _>(admins::Variables));
    let creating = RwSignal::new(false);
    let add = view! {
        <button type="button" class="btn primary" on:click=move |_| creating.set(true)>
            {icon("plus")}
            {t!("action-new-admin")}
        </button>
    };
    let body = remote.show(3, move |rows| {
        let columns = vec![
            Column::new(t!("field-username")),
            Column::new(t!("column-role")),
            Column::new(t!("column-second-factor")).class("fold"),
            Column::new(t!("column-last-sign-in")).class("fold"),
            Column::actions(),
        ];
        view! {
            <table class="grid folds" role="table" data-testid="admins">
                <caption class="sr">{t!("nav-admins")}</caption>
                <TableHead columns=columns />
                <tbody role="rowgroup">{rows.into_iter().map(|admin| row(admin, remote)).collect_view()}</tbody>
            </table>
        }
        .into_any()
    });
    view! {
        <PageHead title=Signal::derive(|| t!("nav-admins")) acts=Some(add.into_any()) />
        <div class="card">{body}</div>
        <Dialog open=creating title=Signal::derive(|| t!("action-new-admin"))>
            <NewAdmin open=creating remote=remote />
        </Dialog>
    }
    .into_any()
}

fn row(admin: Admin, remote: Remote<Vec<Admin>>) -> AnyView {
    let (api, confirm, toasts) = (use_api(), use_confirm(), use_toasts());
    let own = api.admin_untracked().is_some_and(|me| me.id == admin.id);
    let change = move |id: String, role: Option<Role>, enabled: Option<bool>| {
        let act = Act::new();
        let variables = update_admin::Variables { id, role, enabled, new_password: None };
        let done = async move {
            if let Err(error) = api.call::<UpdateAdmin, _>(variables).await {
                toasts.error(&error);
            }
            Ok(())
        };
        act.run(done, move |()| remote.reload());
    };
    let mut items = Vec::new();
    if !own {
        for role in Role::ALL.iter().copied().filter(|role| *role != admin.role) {
            let id = admin.id.clone();
            let words = t!("make-role", role = role.label().text());
            items.push(Item::new(words, move || change(id.clone(), Some(role), None)));
        }
        let (id, turn_on) = (admin.id.clone(), !admin.enabled);
        let verb = if turn_on { t!("action-enable") } else { t!("action-disable") };
        items.push(Item::new(verb, move || change(id.clone(), None, Some(turn_on))));
        if admin.telegram_id.is_some() {
            let (id, name) = (admin.id.clone(), admin.username.clone());
            items.push(Item::danger(t!("action-unlink-telegram"), move || {
                let id = id.clone();
                let ask = Ask {
                    title: t!("unlink-admin-telegram-title", name = &name),
                    effects: vec![t!("unlink-admin-telegram-effect")],
                    verb: t!("action-unlink-telegram"),
                    danger: true,
                    reason: Reason::No,
                };
                confirm.ask(ask, move |_| {
                    let variables = unlink_admin_telegram::Variables { id: id.clone() };
                    async move {
                        api.call::<UnlinkAdminTelegram, _>(variables).await?;
                        remote.reload();
                        Ok(())
                    }
                });
            }));
        }
        let (id, name) = (admin.id.clone(), admin.username.clone());
        items.push(Item::danger(t!("action-delete-ask"), move || {
            let id = id.clone();
            let ask = Ask {
                title: t!("delete-admin-title", name = &name),
                effects: vec![t!("delete-admin-effect")],
                verb: t!("action-delete"),
                danger: true,
                reason: Reason::No,
            };
            confirm.ask(ask, move |_| {
                let variables = delete_admin::Variables { id: id.clone() };
                async move {
                    api.call::<DeleteAdmin, _>(variables).await?;
                    remote.reload();
                    Ok(())
                }
            });
        }));
    }
    let factor = if admin.totp_enabled {
        badge("ok", "s-ok", t!("totp-on"))
    } else {
        badge("", "s-off", t!("totp-off"))
    };
    view! {
        <tr role="row">
            <td role="cell">
                <span class="who">{admin.username.clone()}</span>
                {(!admin.enabled).then(|| view! { <span class="under">{t!("admin-disabled")}</span> })}
                {own.then(|| view! { <span class="under">{t!("admin-you")}</span> })}
            </td>
            <td role="cell">{admin.role.label().text()}</td>
            <td role="cell" class="fold">{factor}</td>
            <td role="cell" class="fold">{admin.last_login_at.map_or_else(|| "–".into_any(), when)}</td>
            <td role="cell" class="act">{more_menu(t!("more-for", name = &admin.username), true, items)}</td>
        </tr>
    }
    .into_any()
}

#[component]
fn NewAdmin(open: RwSignal<bool>, remote: Remote<Vec<Admin>>) -> AnyView {
    let (api, act) = (use_api(), Act::new());
    let (username, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let role = RwSignal::new(Role::Operator.wire().to_owned());
    let error = move |field: &'static str| {
        Signal::derive(move || act.error().filter(|e| e.field() == Some(field)).map(|e| e.text()))
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let variables = create_admin::Variables {
            username: username.get_untracked().trim().to_owned(),
            password: password.get_untracked(),
            role: Role::from_wire(&role.get_untracked()).unwrap_or(Role::Viewer),
        };
        act.run(async move { api.call::<CreateAdmin, _>(variables).await }, move |_| {
            open.set(false);
            remote.reload();
        });
    };
    view! {
        <form class="stack" novalidate on:submit=submit>
            <TextField label=t!("field-username") value=username name="username" error=error("username") />
            <TextField label=t!("field-password") value=password name="password" kind="password"
                autocomplete="new-password" hint=t!("hint-first-password") error=error("password") />
            <SelectField label=t!("column-role") value=role name="role" choices=Signal::derive(roles) />
            {move || act.error().filter(|e| e.field().is_none()).map(|error| error_line(&error))}
            <div class="row end">
                <button type="button" class="btn" on:click=move |_| open.set(false)>{t!("action-cancel")}</button>
                <button class="btn primary" aria-busy=move || act.busy().to_string()>{t!("action-create")}</button>
            </div>
        </form>
    }
    .into_any()
}
