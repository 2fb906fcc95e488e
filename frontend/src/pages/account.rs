//! The own account: how the console looks, the password, the second factor, signed-in browsers.

use leptos::prelude::*;

use crate::api::ops::{
    BeginTotp, ChangePassword, CreateTelegramLinkCode, DisableTotp, EnableTotp, RevokeSignIn, SignIns,
    UnlinkOwnTelegram, begin_totp, change_password, create_telegram_link_code, disable_totp, enable_totp,
    revoke_sign_in, sign_ins, unlink_own_telegram,
};
use crate::api::types::{Language, SignIn, TotpSetup};
use crate::api::use_api;
use crate::parts::act::{Act, ActButton};
use crate::parts::badge::badge;
use crate::parts::confirm::error_line;
use crate::parts::countdown::when;
use crate::parts::field::{CheckField, SelectField, TextField};
use crate::parts::page::{Copyable, PageHead, card};
use crate::parts::remote::{Remote, use_remote};
use crate::parts::toast::use_toasts;
use crate::prefs::use_prefs;
use crate::shell::{Change, save_preferences};
use crate::t;
use crate::time;

/// The page.
#[component]
pub fn AccountPage() -> AnyView {
    let api = use_api();
    let sign_out = view! {
        <button type="button" class="btn" on:click=move |_| leptos::task::spawn_local(api.sign_out())>
            {t!("action-sign-out")}
        </button>
    };
    view! {
        <PageHead title=Signal::derive(|| t!("nav-account")) acts=Some(sign_out.into_any()) />
        <div class="cols even">
            <div class="stack"><Appearance /> <Browsers /></div>
            <div class="stack"><Password /> <SecondFactor /> <OwnTelegram /></div>
        </div>
    }
    .into_any()
}

/// Kept at once: these are the viewer's own and change nothing for anybody else.
#[component]
fn Appearance() -> AnyView {
    let (api, prefs) = (use_api(), use_prefs());
    let language = RwSignal::new(prefs.language.get_untracked().wire().to_owned());
    let theme = RwSignal::new(prefs.theme.get_untracked().unwrap_or_else(|| "system".to_owned()));
    let density = RwSignal::new(if prefs.compact.get_untracked() { "compact" } else { "normal" }.to_owned());
    let keys = RwSignal::new(prefs.single_keys.get_untracked());
    on_change(language, move |value| {
        if let Some(language) = Language::from_wire(&value) {
            save_preferences(api, prefs, Change::Language(language));
        }
    });
    on_change(theme, move |value| save_preferences(api, prefs, Change::Theme(value)));
    on_change(density, move |value| save_preferences(api, prefs, Change::Density(value)));
    on_change(keys, move |on| save_preferences(api, prefs, Change::SingleKeys(on)));
    let languages = Language::ALL.iter().map(|l| (l.wire().to_owned(), l.label().text())).collect::<Vec<_>>();
    let themes = vec![
        ("system".to_owned(), t!("theme-system")),
        ("light".to_owned(), t!("theme-light")),
        ("dark".to_owned(), t!("theme-dark")),
    ];
    let densities =
        vec![("normal".to_owned(), t!("density-normal")), ("compact".to_owned(), t!("density-compact"))];
    let body = view! {
        <div class="body stack">
            <div class="fields">
                <SelectField label=t!("field-language") value=language name="language"
                    choices=Signal::derive(move || languages.clone()) />
                <SelectField label=t!("field-theme") value=theme name="theme"
                    choices=Signal::derive(move || themes.clone()) />
                <SelectField label=t!("field-density") value=density name="density"
                    choices=Signal::derive(move || densities.clone()) />
            </div>
            <CheckField label=t!("field-single-keys") value=keys name="singleKeys" hint=t!("hint-single-keys") />
            <p class="small muted">{t!("zone-note", zone = time::zone())}</p>
        </div>
    };
    card(t!("account-appearance"), ().into_any(), body.into_any())
}

/// Tells of changes, not of the first value.
fn on_change<T: Clone + PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, tell: impl Fn(T) + 'static) {
    Effect::new(move |before: Option<T>| {
        let now = signal.get();
        if before.is_some_and(|before| before != now) {
            tell(now.clone());
        }
        now
    });
}

#[component]
fn Password() -> AnyView {
    let (api, toasts, act) = (use_api(), use_toasts(), Act::new());
    let (current, new) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let error = move |field: &'static str| {
        Signal::derive(move || act.error().filter(|e| e.field() == Some(field)).map(|e| e.text()))
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let variables =
            change_password::Variables { current: current.get_untracked(), new: new.get_untracked() };
        act.run(async move { api.call::<ChangePassword, _>(variables).await }, move |admin| {
            api.set_admin(admin);
            current.set(String::new());
            new.set(String::new());
            toasts.done(t!("password-changed"));
        });
    };
    let body = view! {
        <form class="body stack" novalidate on:submit=submit>
            {whose_password()}
            <TextField label=t!("field-current-password") value=current name="current" kind="password"
                autocomplete="current-password" error=error("current") />
            <TextField label=t!("field-new-password") value=new name="new" kind="password" autocomplete="new-password"
                error=error("new") />
            {move || act.error().filter(|e| e.field().is_none()).map(|error| error_line(&error))}
            <div class="row">
                <button class="btn" data-testid="change-password" aria-busy=move || act.busy().to_string()>
                    {t!("action-change-password")}
                </button>
            </div>
        </form>
    };
    card(t!("field-password"), ().into_any(), body.into_any())
}

/// Tells password managers whose password is asked for.
fn whose_password() -> AnyView {
    let name = use_api().admin_untracked().map(|admin| admin.username);
    view! { <input type="text" name="username" autocomplete="username" value=name readonly hidden /> }
        .into_any()
}

#[component]
fn SecondFactor() -> AnyView {
    let (api, act, toasts) = (use_api(), Act::new(), use_toasts());
    let (password, code) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let setup = RwSignal::new(None::<TotpSetup>);
    let enabled = move || api.admin().is_some_and(|admin| admin.totp_enabled);
    let begin = move || {
        let variables = begin_totp::Variables { password: password.get_untracked() };
        act.run(async move { api.call::<BeginTotp, _>(variables).await }, move |begun| {
            password.set(String::new());
            setup.set(Some(begun));
        });
    };
    let disable = move |_| {
        let variables = disable_totp::Variables { password: password.get_untracked() };
        act.run(async move { api.call::<DisableTotp, _>(variables).await }, move |admin| {
            password.set(String::new());
            api.set_admin(admin);
        });
    };
    let enable = move || {
        let variables = enable_totp::Variables { code: code.get_untracked().trim().to_owned() };
        act.run(async move { api.call::<EnableTotp, _>(variables).await }, move |admin| {
            setup.set(None);
            code.set(String::new());
            api.set_admin(admin);
            toasts.done(t!("totp-enabled"));
        });
    };
    // Enter goes on, but never switches off.
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        match (setup.with_untracked(Option::is_some), api.admin_untracked()) {
            (true, _) => enable(),
            (false, Some(admin)) if !admin.totp_enabled => begin(),
            _ => {}
        }
    };
    let steps = move || {
        match setup.get() {
        Some(begun) => view! {
            <p class="soft">{t!("totp-scan")}</p>
            {begun.picture.map(|picture| view! { <img class="qr" src=picture alt=t!("totp-picture") /> })}
            <p class="small soft">{t!("totp-by-hand")}</p>
            <Copyable text=begun.secret />
            <p class="small"><a href=begun.uri>{t!("totp-open-app")}</a></p>
            <h3>{t!("totp-recovery")}</h3>
            <p class="small soft">{t!("totp-recovery-about")}</p>
            <pre class="script">{begun.recovery_codes.join("\n")}</pre>
            <TextField label=t!("sign-in-code-label") value=code name="code" kind="number" autocomplete="one-time-code" />
            <div class="row">
                <button class="btn primary" data-testid="enable-totp">{t!("action-enable")}</button>
            </div>
        }
        .into_any(),
        None => {
            let on = enabled();
            view! {
                <p class="soft">{if on { t!("totp-on-about") } else { t!("totp-off-about") }}</p>
                {whose_password()}
                <TextField label=t!("field-current-password") value=password name="totp-password" kind="password"
                    autocomplete="current-password" />
                <div class="row">
                    {if on {
                        view! { <button type="button" class="btn danger" on:click=disable>{t!("action-disable")}</button> }
                            .into_any()
                    } else {
                        view! { <button class="btn" data-testid="begin-totp">{t!("action-set-up")}</button> }.into_any()
                    }}
                </div>
            }
            .into_any()
        }
    }
    };
    let mark = move || {
        if enabled() { badge("ok", "s-ok", t!("totp-on")) } else { badge("", "s-off", t!("totp-off")) }
    };
    let body = view! {
        <form class="body stack" novalidate on:submit=submit>
            {steps}
            {move || act.error().map(|error| error_line(&error))}
        </form>
    };
    card(t!("account-second-factor"), mark.into_any(), body.into_any())
}

/// A code that ties the admin's own Telegram to the account, for alerts.
#[component]
fn OwnTelegram() -> AnyView {
    let (api, act) = (use_api(), Act::new());
    let code = RwSignal::new(None::<String>);
    let make = move |_| {
        act.run(
            async move { api.call::<CreateTelegramLinkCode, _>(create_telegram_link_code::Variables).await },
            move |made| code.set(Some(made)),
        );
    };
    let unlink = move || {
        act.run(
            async move { api.call::<UnlinkOwnTelegram, _>(unlink_own_telegram::Variables).await },
            move |admin| {
                code.set(None);
                api.set_admin(admin);
            },
        );
    };
    let linked = move || api.admin().and_then(|admin| admin.telegram_id);
    let body = view! {
        <div class="body stack">
            <p class="soft">
                {move || match linked() {
                    Some(id) => t!("own-telegram-linked", id = id),
                    None => t!("own-telegram-about"),
                }}
            </p>
            {move || code.get().map(|code| view! { <Copyable text=code /> })}
            <div class="row">
                <button type="button" class="btn" on:click=make aria-busy=move || act.busy().to_string()>
                    {t!("action-make-code")}
                </button>
                {move || {
                    linked()
                        .map(|_| {
                            view! {
                                <button type="button" class="btn danger" on:click=move |_| unlink()>
                                    {t!("action-unlink-telegram")}
                                </button>
                            }
                        })
                }}
            </div>
            {move || act.error().map(|error| error_line(&error))}
        </div>
    };
    card("Telegram".to_owned(), ().into_any(), body.into_any())
}

#[component]
fn Browsers() -> AnyView {
    let api = use_api();
    let remote = use_remote(move || api.call::<SignIns, _>(sign_ins::Variables));
    let body = remote.show(2, move |rows| {
        let rows = rows.into_iter().map(|sign_in| browser(sign_in, remote)).collect_view();
        view! { <ul class="routers">{rows}</ul> }.into_any()
    });
    card(t!("account-browsers"), ().into_any(), body)
}

fn browser(sign_in: SignIn, remote: Remote<Vec<SignIn>>) -> AnyView {
    let api = use_api();
    let id = sign_in.id.clone();
    let revoke = move || {
        let variables = revoke_sign_in::Variables { id: id.clone() };
        async move {
            api.call::<RevokeSignIn, _>(variables).await?;
            remote.reload();
            Ok(())
        }
    };
    let browser = sign_in.user_agent.as_deref().map(browser_name);
    let end = if sign_in.current {
        badge("ok", "s-online", t!("this-browser"))
    } else {
        view! { <ActButton label=t!("action-revoke") class="quiet small danger" run=revoke /> }.into_any()
    };
    view! {
        <li>
            <b class="strong">{sign_in.address.unwrap_or_else(|| "–".to_owned())}</b>
            {end}
            <p title=sign_in.user_agent>{browser} " · " {when(sign_in.last_used_at)}</p>
        </li>
    }
    .into_any()
}

/// "Firefox, Windows" out of what a browser calls itself; most of them claim to be others too, so the order counts.
fn browser_name(agent: &str) -> String {
    const BROWSERS: [(&str, &str); 5] = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 6] = [
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iOS"),
        ("iPad", "iPadOS"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let find = |known: &[(&str, &'static str)]| {
        known.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    let found: Vec<&str> = [find(&BROWSERS), find(&SYSTEMS)].into_iter().flatten().collect();
    if found.is_empty() { agent.to_owned() } else { found.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::browser_name;

    #[test]
    fn a_browser_is_called_what_its_owner_calls_it() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36";
        assert_eq!(browser_name(chrome), "Chrome, Linux");
        assert_eq!(browser_name(&format!("{chrome} Edg/140.0")), "Edge, Linux");
        let safari =
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18 Safari/604.1";
        assert_eq!(browser_name(safari), "Safari, iOS");
        assert_eq!(browser_name("curl/8.5"), "curl/8.5");
    }
}
