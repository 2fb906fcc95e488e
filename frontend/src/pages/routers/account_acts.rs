//! What may be done to an account on its router: the same on the router's page and on its owner's.

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use leptos::prelude::*;

use crate::api::ops::{
    AccountsAllowed, DeleteRouterAccount, SetRouterAccountEnabled, accounts_allowed, delete_router_account,
    set_router_account_enabled,
};
use crate::api::types::{AccountSource, RouterAccount};
use crate::api::{ApiError, use_api};
use crate::parts::confirm::{Ask, Reason, use_confirm};
use crate::parts::menu::Item;
use crate::parts::remote::use_remote;
use crate::parts::toast::use_toasts;
use crate::t;

/// An account on a router, as far as something may be done to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnRouter {
    /// The router.
    pub router: String,
    /// The name on the router.
    pub username: String,
    /// Where the router keeps it; none: not known, and then the server finds it.
    pub source: Option<AccountSource>,
    /// Whether it is enabled, or decided to be.
    pub enabled: bool,
    /// Its owner's name.
    pub owner: Option<String>,
}

impl OnRouter {
    /// Of an account as its router shows it.
    #[must_use]
    pub fn of(router: &str, account: &RouterAccount) -> Self {
        Self {
            router: router.to_owned(),
            username: account.username.clone(),
            source: Some(account.source),
            enabled: account.wished.unwrap_or(account.enabled),
            owner: account.linked_to.as_ref().map(|owner| owner.display_name.clone()),
        }
    }
}

/// Whether accounts may be made, deleted and given passwords here; none until it is known, and for those whom it does
/// not concern.
#[must_use]
pub fn may_manage() -> Memo<Option<bool>> {
    let api = use_api();
    let allowed = use_remote(move || api.call::<AccountsAllowed, _>(accounts_allowed::Variables {}));
    Memo::new(move |_| {
        let allowed = allowed.data.with(|data| data.map(|data| data.allow_account_management));
        allowed.filter(|_| api.role().administers())
    })
}

/// What goes on until the server has answered.
type Switching = LocalBoxFuture<'static, Result<(), ApiError>>;

/// The verb that enables or disables it, and what does so.
pub fn switch(
    account: &OnRouter,
    done: Callback<()>,
) -> (String, impl Fn() -> Switching + Clone + Send + Sync + 'static) {
    let (api, turn_on) = (use_api(), !account.enabled);
    let verb = if turn_on { t!("action-enable") } else { t!("action-disable") };
    let (router, username) = (account.router.clone(), account.username.clone());
    let turn = move || -> Switching {
        let variables = set_router_account_enabled::Variables {
            router_id: router.clone(),
            username: username.clone(),
            enabled: turn_on,
        };
        let switched = async move {
            api.call::<SetRouterAccountEnabled, _>(variables).await?;
            done.run(());
            Ok(())
        };
        switched.boxed_local()
    };
    (verb, turn)
}

/// Another password, in a dialog.
#[must_use]
pub fn new_password(account: &OnRouter, dialog: RwSignal<Option<OnRouter>>) -> Item {
    let chosen = account.clone();
    Item::new(t!("action-new-password-ask"), move || dialog.set(Some(chosen.clone())))
}

/// Removes it from the router.
#[must_use]
pub fn deletion(account: &OnRouter, done: Callback<()>) -> Item {
    let (api, confirm, toasts) = (use_api(), use_confirm(), use_toasts());
    let doomed = account.clone();
    Item::danger(t!("action-delete-ask"), move || {
        let doomed = doomed.clone();
        confirm.ask(question(&doomed), move |_| {
            let variables = delete_router_account::Variables {
                router_id: doomed.router.clone(),
                username: doomed.username.clone(),
                source: doomed.source,
            };
            async move {
                let name = api.call::<DeleteRouterAccount, _>(variables).await?;
                toasts.done(t!("delete-account-done", name = &name));
                done.run(());
                Ok(())
            }
        });
    })
}

fn question(account: &OnRouter) -> Ask {
    let owner = account.owner.as_ref().map(|owner| t!("delete-account-effect-owner", owner = owner));
    let effects = [Some(t!("delete-account-effect")), owner, Some(t!("delete-account-effect-gone"))];
    Ask {
        title: t!("delete-account-title", name = &account.username),
        effects: effects.into_iter().flatten().collect(),
        verb: t!("action-delete"),
        danger: true,
        reason: Reason::No,
    }
}
