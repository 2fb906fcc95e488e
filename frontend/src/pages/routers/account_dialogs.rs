//! Makes an account on a router, and gives one another password. A password is shown once, when the router has it.

use leptos::prelude::*;

use super::account_acts::OnRouter;
use super::password::generate;
use crate::api::ops::{
    CreateRouterAccount, RouterAccountPlaces, SetRouterAccountPassword, create_router_account,
    router_account_places, set_router_account_password,
};
use crate::api::types::{AccountPlace, AccountProfile};
use crate::api::{ApiError, use_api};
use crate::parts::act::Act;
use crate::parts::confirm::error_line;
use crate::parts::dialog::{Dialog, open_for};
use crate::parts::field::{SelectField, TextField};
use crate::parts::page::Copyable;
use crate::parts::remote::{Remote, use_remote};
use crate::t;

/// The words that say that it is done, and the password that goes with it.
type Shown = RwSignal<Option<(String, String)>>;

/// The dialog for a new account.
#[component]
pub fn CreateDialog(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// The router.
    router: String,
    /// Called after the account was made.
    changed: Callback<()>,
) -> AnyView {
    view! {
        <Dialog open=open title=Signal::derive(|| t!("new-account-title")) wide=true>
            <Create open=open router=router.clone() changed=changed />
        </Dialog>
    }
    .into_any()
}

#[component]
fn Create(open: RwSignal<bool>, router: String, changed: Callback<()>) -> AnyView {
    let (api, act, shown) = (use_api(), Act::new(), Shown::new(None));
    let (username, password) = (RwSignal::new(String::new()), fresh());
    let (source, profile) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let asked = router.clone();
    let places = use_remote(move || {
        let variables = router_account_places::Variables { id: asked.clone() };
        async move {
            let found = api.call::<RouterAccountPlaces, _>(variables).await?.ok_or(ApiError::NotFound)?;
            Ok(found.account_places)
        }
    });
    choose_the_first(places, source, profile);
    let create = move |_| {
        let chosen = password.get_untracked();
        let place = place_of(places, &source.get_untracked());
        let variables = create_router_account::Variables {
            router_id: router.clone(),
            username: username.get_untracked(),
            password: chosen.clone(),
            profile: Some(profile.get_untracked()).filter(|profile| !profile.is_empty()),
            source: place.map(|place| place.source),
        };
        act.run(async move { api.call::<CreateRouterAccount, _>(variables).await }, move |account| {
            shown.set(Some((t!("new-account-done", name = &account.username), chosen)));
            changed.run(());
        });
    };
    let fields = view! {
        <p class="soft">{t!("new-account-about")}</p>
        <TextField label=t!("column-account") value=username name="username" mono=true error=fault(act, "username") />
        <PasswordField password=password act=act />
        <Places places=places source=source profile=profile act=act />
    };
    let empty = Signal::derive(move || username.with(String::is_empty) || password.with(String::is_empty));
    form(Form { open, act, shown, empty, verb: t!("action-new-account") }, fields.into_any(), create)
}

/// The dialog for another password.
#[component]
pub fn PasswordDialog(
    /// The account; none: closed.
    account: RwSignal<Option<OnRouter>>,
) -> AnyView {
    let open = open_for(account);
    let title = Signal::derive(move || {
        account.with(|account| {
            let name = account.as_ref().map(|account| account.username.clone());
            name.map(|name| t!("new-password-title", name = &name)).unwrap_or_default()
        })
    });
    view! {
        <Dialog open=open title=title wide=true>
            {move || account.get().map(|account| view! { <Renew account=account open=open /> })}
        </Dialog>
    }
    .into_any()
}

#[component]
fn Renew(account: OnRouter, open: RwSignal<bool>) -> AnyView {
    let (api, act, shown, password) = (use_api(), Act::new(), Shown::new(None), fresh());
    let renew = move |_| {
        let chosen = password.get_untracked();
        let variables = set_router_account_password::Variables {
            router_id: account.router.clone(),
            username: account.username.clone(),
            password: chosen.clone(),
            source: account.source,
        };
        act.run(async move { api.call::<SetRouterAccountPassword, _>(variables).await }, move |account| {
            shown.set(Some((t!("new-password-done", name = &account.username), chosen)));
        });
    };
    let fields = view! {
        <p class="soft">{t!("new-password-about")}</p>
        <PasswordField password=password act=act />
    };
    let empty = Signal::derive(move || password.with(String::is_empty));
    form(Form { open, act, shown, empty, verb: t!("action-new-password") }, fields.into_any(), renew)
}

/// What a form of a dialog has besides its fields.
struct Form {
    open: RwSignal<bool>,
    act: Act,
    shown: Shown,
    /// Something is missing.
    empty: Signal<bool>,
    verb: String,
}

/// The fields with their buttons; once it is done, the password instead.
fn form(form: Form, fields: AnyView, run: impl Fn(leptos::ev::MouseEvent) + 'static) -> AnyView {
    let Form { open, act, shown, empty, verb } = form;
    let done = move || shown.with(Option::is_some);
    view! {
        <div class="stack" hidden=done>
            {fields}
            {move || act.error().filter(|error| error.field().is_none()).map(|error| error_line(&error))}
        </div>
        {move || shown.get().map(|(words, password)| revealed(words, password))}
        <footer>
            <button type="button" class="btn" on:click=move |_| open.set(false)>
                {move || if done() { t!("action-close") } else { t!("action-cancel") }}
            </button>
            <button
                type="button"
                class="btn primary"
                data-testid="save-account"
                hidden=done
                disabled=move || empty.get()
                aria-busy=move || act.busy().to_string()
                on:click=run
            >
                {verb}
            </button>
        </footer>
    }
    .into_any()
}

fn revealed(words: String, password: String) -> AnyView {
    view! {
        <div class="stack" role="status" data-testid="password-once">
            <p><b>{words}</b></p>
            <Copyable text=password />
            <p class="soft">{t!("password-once")}</p>
        </div>
    }
    .into_any()
}

/// A new password in a field; an empty field where the browser draws no lots.
fn fresh() -> RwSignal<String> {
    RwSignal::new(generate().unwrap_or_default())
}

/// What the server says of a field.
fn fault(act: Act, field: &'static str) -> Signal<Option<String>> {
    Signal::derive(move || act.error().filter(|error| error.field() == Some(field)).map(|error| error.text()))
}

#[component]
fn PasswordField(password: RwSignal<String>, act: Act) -> AnyView {
    let again = move |_| {
        if let Some(other) = generate() {
            password.set(other);
        }
    };
    view! {
        <TextField label=t!("field-password") value=password name="new-password" mono=true hint=t!("password-hint")
            error=fault(act, "password") />
        <div><button type="button" class="btn quiet small" on:click=again>{t!("action-generate")}</button></div>
    }
    .into_any()
}

/// The best place and profile are chosen as soon as they are known, and the best profile with every other place; what
/// somebody chose stays as long as the router has it, however often the places are read.
fn choose_the_first(places: Remote<Vec<AccountPlace>>, source: RwSignal<String>, profile: RwSignal<String>) {
    Effect::new(move |_| {
        let taken = places.data.with(|places| {
            let places = places.as_deref()?;
            place_to_take(places, &source.read_untracked()).map(|place| place.source.wire().to_owned())
        });
        if let Some(taken) = taken.filter(|taken| *taken != source.get_untracked()) {
            source.set(taken);
        }
    });
    Effect::new(move |before: Option<Option<String>>| {
        let before = before.flatten();
        let Some(place) = place_of(places, &source.get()) else { return before };
        let now = place.source.wire().to_owned();
        if before.as_ref() != Some(&now) || !offers(&place, &profile.read_untracked()) {
            profile.set(best_of(&place).unwrap_or_default());
        }
        Some(now)
    });
}

/// The place that was chosen, as long as it is there; else the first.
fn place_to_take<'a>(places: &'a [AccountPlace], chosen: &str) -> Option<&'a AccountPlace> {
    places.iter().find(|place| place.source.wire() == chosen).or_else(|| places.first())
}

/// Whether an account can have this profile there; none is a choice only where no profile is known to box.
fn offers(place: &AccountPlace, profile: &str) -> bool {
    profile_choices(place).iter().any(|(name, _)| name == profile)
}

fn place_of(places: Remote<Vec<AccountPlace>>, source: &str) -> Option<AccountPlace> {
    places.data.with(|places| {
        let mut places = places.iter().flatten();
        places.find(|place| place.source.wire() == source).cloned()
    })
}

/// The profile that is offered first: where profiles are known to box, the first; else none.
fn best_of(place: &AccountPlace) -> Option<String> {
    place.profiles.first().filter(|profile| profile.boxed.is_some()).map(|profile| profile.name.clone())
}

#[component]
fn Places(
    places: Remote<Vec<AccountPlace>>,
    source: RwSignal<String>,
    profile: RwSignal<String>,
    act: Act,
) -> AnyView {
    let sources = Signal::derive(move || {
        let known = places.data.get().unwrap_or_default();
        known
            .iter()
            .map(|place| (place.source.wire().to_owned(), place.source.label().text()))
            .collect::<Vec<_>>()
    });
    let profiles = Signal::derive(move || {
        let place = place_of(places, &source.get());
        place.map(|place| profile_choices(&place)).unwrap_or_default()
    });
    let several = Memo::new(move |_| sources.with(|sources| sources.len() > 1));
    view! {
        {move || places.error.get().map(|error| error_line(&error))}
        {move || {
            several.get().then(|| {
                view! {
                    <SelectField label=t!("field-place") value=source name="source" choices=sources
                        error=fault(act, "source") />
                }
            })
        }}
        <SelectField label=t!("field-profile") value=profile name="profile" choices=profiles error=fault(act, "profile") />
    }
    .into_any()
}

fn profile_choices(place: &AccountPlace) -> Vec<(String, String)> {
    let words = |profile: &AccountProfile| match profile.boxed {
        Some(true) => t!("profile-boxed", name = &profile.name),
        Some(false) => t!("profile-free", name = &profile.name),
        None => profile.name.clone(),
    };
    let none = best_of(place).is_none().then(|| (String::new(), t!("profile-none")));
    none.into_iter()
        .chain(place.profiles.iter().map(|profile| (profile.name.clone(), words(profile))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::types::AccountSource;

    fn place(source: AccountSource, profiles: &[(&str, Option<bool>)]) -> AccountPlace {
        let profile =
            |(name, boxed): &(&str, Option<bool>)| AccountProfile { name: (*name).into(), boxed: *boxed };
        AccountPlace { source, profiles: profiles.iter().map(profile).collect() }
    }

    #[test]
    fn what_was_chosen_stays_as_long_as_the_router_has_it() {
        let secrets = place(AccountSource::PppSecret, &[("vpn", Some(true)), ("default", Some(false))]);
        let manager = place(AccountSource::UserManager7, &[("staff", None)]);
        let both = [secrets.clone(), manager.clone()];
        let taken = |chosen: &str| place_to_take(&both, chosen).map(|place| place.source);
        assert_eq!(taken(""), Some(AccountSource::PppSecret));
        assert_eq!(taken(AccountSource::UserManager7.wire()), Some(AccountSource::UserManager7));
        assert_eq!(taken(AccountSource::UserManager6.wire()), Some(AccountSource::PppSecret));
        assert!(offers(&secrets, "default") && !offers(&secrets, "staff") && !offers(&secrets, ""));
        assert!(offers(&manager, "") && offers(&manager, "staff"));
    }
}
