//! People as a file: as they are filtered and sorted on the page, of all pages.

use futures_util::FutureExt;
use leptos::prelude::*;

use super::model::variables;
use crate::api::ops::Users;
use crate::api::pages::{AT_ONCE, every_page};
use crate::api::types::{User, UserStatus};
use crate::api::use_api;
use crate::parts::csv::{Sheet, export};
use crate::parts::query::use_url;
use crate::t;

/// The button.
#[must_use]
pub fn sheet_button() -> AnyView {
    let (api, url) = (use_api(), use_url());
    export("users", move || {
        let status = url.get_untracked("status").and_then(|text| UserStatus::from_wire(&text.to_uppercase()));
        let (search, sort) = (url.get_untracked("q"), url.get_untracked("sort"));
        let rows = every_page(move |after| {
            let wanted = variables(status, search.clone(), sort.as_deref(), AT_ONCE, after);
            api.call::<Users, _>(wanted).boxed_local()
        });
        async move { Ok(sheet(&rows.await?)) }.boxed_local()
    })
}

fn sheet(rows: &[User]) -> Sheet {
    let head = vec![
        t!("column-name"),
        "Telegram".to_owned(),
        t!("column-telegram-id"),
        t!("column-status"),
        t!("column-policy"),
        t!("column-accounts"),
        t!("field-language"),
        t!("field-note"),
        t!("column-since"),
    ];
    Sheet { head, rows: rows.iter().map(cells).collect() }
}

fn cells(user: &User) -> Vec<String> {
    let account =
        |account: &crate::api::types::AccountName| format!("{} ({})", account.username, account.router.name);
    vec![
        user.display_name.clone(),
        user.telegram_username.clone().unwrap_or_default(),
        user.telegram_id.clone().unwrap_or_default(),
        user.status.label().text(),
        user.policy.name.clone(),
        user.accounts.iter().map(account).collect::<Vec<_>>().join("; "),
        user.language.label().text(),
        user.note.clone().unwrap_or_default(),
        user.created_at.rfc3339(),
    ]
}
