//! What may be done to an account on its router: the same on the router's page and on its owner's.

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use leptos::prelude::*;

use crate::api::ops::{
    AccountsAllowed, DeleteRouterAccount, SetRouterAccountEnabled, accounts_allowed, delete_router_account,
    set_router_account_enabled,
};
use crate::api::types::{Account, AccountSource, RouterAccount};
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
    /// Whether it is enabled, or decided to be; none: not known.
    pub enabled: Option<bool>,
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
            enabled: Some(account.wished.unwrap_or(account.enabled)),
            owner: account.linked_to.as_ref().map(|owner| owner.display_name.clone()),
        }
    }

    /// Of a person's account, as its router was last seen, or as it is decided to be there.
    #[must_use]
    pub fn of_person(account: &Account, owner: String) -> Self {
        Self {
            router: account.router.id.clone(),
            username: account.username.clone(),
            source: account.source,
            enabled: account.wished.or(account.enabled),
            owner: Some(owner),
        }
    }

    /// How it can be switched: to what it is not; where that is not known, either way.
    #[must_use]
    pub fn turns(&self) -> Vec<bool> {
        self.enabled.map_or_else(|| vec![true, false], |enabled| vec![!enabled])
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

/// What it is becoming, if it is decided to be otherwise than it was last seen.
#[must_use]
pub fn becoming(enabled: Option<bool>, wished: Option<bool>) -> Option<String> {
    let wished = wished.filter(|wished| enabled != Some(*wished))?;
    Some(if wished { t!("account-being-enabled") } else { t!("account-being-disabled") })
}

/// What goes on until the server has answered.
type Switching = LocalBoxFuture<'static, Result<(), ApiError>>;

/// The verb that enables or disables it, and what does so.
pub fn switch(
    account: &OnRouter,
    turn_on: bool,
    done: Callback<()>,
) -> (String, impl Fn() -> Switching + Clone + Send + Sync + 'static) {
    let api = use_api();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::types::{AccountRouter, RouterMode};
    use crate::time::Moment;

    fn turns(enabled: Option<bool>, wished: Option<bool>) -> Vec<bool> {
        let router = AccountRouter { id: "r".into(), name: "hq-gw".into(), mode: RouterMode::Enforce };
        let account = Account {
            id: "a".into(),
            username: "anna".into(),
            source: None,
            enabled,
            wished,
            created_at: Moment(0),
            router,
            firewall_rule: None,
        };
        OnRouter::of_person(&account, "Anna".into()).turns()
    }

    #[test]
    fn what_is_decided_counts_and_not_what_was_seen_last() {
        assert_eq!(turns(Some(false), None), [true]);
        assert_eq!(turns(Some(false), Some(true)), [false]);
        assert_eq!(turns(None, Some(false)), [true]);
        let waits = RouterAccount { enabled: false, wished: Some(true), ..RouterAccount::sample("anna") };
        assert_eq!(OnRouter::of("r", &waits).turns(), [false]);
    }

    #[test]
    fn what_is_not_known_can_be_switched_either_way() {
        assert_eq!(turns(None, None), [true, false]);
    }
}
