//! Settings: general, and the bot with a test of its token.

use leptos::prelude::*;

use crate::api::ops::{
    Settings as SettingsQuery, TestTelegramToken, UpdateSettings, settings, test_telegram_token,
    update_settings,
};
use crate::api::types::{BotTest, Language, Settings, TelegramUpdates};
use crate::api::use_api;
use crate::parts::act::Act;
use crate::parts::badge::badge;
use crate::parts::confirm::error_line;
use crate::parts::field::{CheckField, SelectField, TextField};
use crate::parts::page::PageHead;
use crate::parts::remote::use_remote;
use crate::parts::toast::use_toasts;
use crate::t;

/// The page.
#[component]
pub fn SettingsPage() -> AnyView {
    let api = use_api();
    let remote = use_remote(move || api.call::<SettingsQuery, _>(settings::Variables));
    view! {
        <PageHead
            title=Signal::derive(|| t!("nav-settings"))
            acts=Some(view! { <a class="btn" href="/settings/messages">{t!("messages-title")}</a> }.into_any())
        />
        {remote.show(6, |settings| view! { <SettingsForm settings=settings /> }.into_any())}
    }
    .into_any()
}

#[component]
fn SettingsForm(settings: Settings) -> AnyView {
    let (api, toasts) = (use_api(), use_toasts());
    let (saving, testing) = (Act::new(), Act::new());
    let most = RwSignal::new(settings.max_accounts_per_user.to_string());
    let outage = RwSignal::new(settings.outage_after_seconds.to_string());
    let manage = RwSignal::new(settings.allow_account_management);
    let url = RwSignal::new(settings.public_url.clone().unwrap_or_default());
    let language = RwSignal::new(settings.language.wire().to_owned());
    let networks = RwSignal::new(settings.telegram_networks.join("\n"));
    let updates = RwSignal::new(settings.telegram_updates.wire().to_owned());
    let token = RwSignal::new(String::new());
    let tested = RwSignal::new(None::<BotTest>);
    let error = move |field: &'static str| {
        Signal::derive(move || saving.error().filter(|e| e.field() == Some(field)).map(|e| e.text()))
    };
    let typed = move || Some(token.get_untracked().trim().to_owned()).filter(|token| !token.is_empty());
    let test = move |_| {
        tested.set(None);
        let variables = test_telegram_token::Variables { token: typed() };
        testing.run(async move { api.call::<TestTelegramToken, _>(variables).await }, move |t| {
            tested.set(Some(t));
        });
    };
    let complaints = RwSignal::new(Vec::<&'static str>::new());
    let number_error = move |field: &'static str| {
        let servers = error(field);
        Signal::derive(move || {
            let wrong = complaints.with(|wrong| wrong.contains(&field));
            wrong.then(|| t!("number-from-1")).or_else(|| servers.get())
        })
    };
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let numbers = [("maxAccountsPerUser", count(&most)), ("outageAfterSeconds", count(&outage))];
        complaints
            .set(numbers.into_iter().filter(|(_, read)| read.is_none()).map(|(field, _)| field).collect());
        if !complaints.with_untracked(Vec::is_empty) {
            return;
        }
        let input = update_settings::SettingsInput {
            max_accounts_per_user: count(&most),
            allow_account_management: Some(manage.get_untracked()),
            telegram_token: typed(),
            language: Language::from_wire(&language.get_untracked()),
            public_url: Some(url.get_untracked().trim().to_owned()).filter(|url| !url.is_empty()),
            outage_after_seconds: count(&outage),
            telegram_networks: Some(lines(&networks.get_untracked())),
            telegram_updates: TelegramUpdates::from_wire(&updates.get_untracked()),
        };
        let variables = update_settings::Variables { input };
        saving.run(async move { api.call::<UpdateSettings, _>(variables).await }, move |kept| {
            token.set(String::new());
            networks.set(kept.telegram_networks.join("\n"));
            toasts.done(t!("settings-saved"));
        });
    };
    let languages = Language::ALL.iter().map(|l| (l.wire().to_owned(), l.label().text())).collect::<Vec<_>>();
    let ways = TelegramUpdates::ALL
        .iter()
        .map(|way| (way.wire().to_owned(), way.label().text()))
        .collect::<Vec<_>>();
    let bot = settings.bot_username.clone().map(|name| format!("@{name}"));
    let placeholder = if settings.telegram_token_set { t!("password-kept") } else { String::new() };
    view! {
        <form class="stack narrow" novalidate on:submit=save>
            <section class="card">
                <header><h2>"Telegram"</h2>{bot.map(|bot| view! { <span class="aside">{bot}</span> })}</header>
                <div class="body stack">
                    <TextField label=t!("field-token") value=token name="telegramToken" kind="secret" mono=true
                        placeholder=placeholder hint=t!("hint-token")
                        error=error("telegramToken") />
                    <div class="row">
                        <button type="button" class="btn" data-testid="test-token"
                            aria-busy=move || testing.busy().to_string() on:click=test>
                            {t!("action-test")}
                        </button>
                        {move || tested.get().map(|outcome| token_outcome(&outcome))}
                    </div>
                    {move || testing.error().map(|error| error_line(&error))}
                    <SelectField label=t!("field-updates") value=updates name="telegramUpdates"
                        choices=Signal::derive(move || ways.clone()) hint=t!("hint-updates")
                        error=error("telegramUpdates") />
                    <TextField label=t!("field-outage-after") value=outage name="outageAfterSeconds" kind="number"
                        hint=t!("hint-outage-after") error=number_error("outageAfterSeconds") />
                </div>
            </section>
            <section class="card">
                <header><h2>{t!("settings-general")}</h2></header>
                <div class="body stack">
                    <div class="fields two">
                        <TextField label=t!("field-public-url") value=url name="publicUrl" kind="url"
                            hint=t!("hint-public-url") error=error("publicUrl") />
                        <SelectField label=t!("field-first-language") value=language name="language"
                            choices=Signal::derive(move || languages.clone()) hint=t!("hint-first-language") />
                        <TextField label=t!("field-max-accounts") value=most name="maxAccountsPerUser" kind="number"
                            error=number_error("maxAccountsPerUser") />
                    </div>
                    <CheckField label=t!("field-manage-accounts") value=manage name="allowAccountManagement"
                        hint=t!("hint-manage-accounts") />
                    <TextField label=t!("field-telegram-networks") value=networks name="telegramNetworks" lines=6
                        mono=true hint=t!("hint-telegram-networks") error=error("telegramNetworks") />
                </div>
            </section>
            <div class="savebar" role="region" aria-label=t!("save-region")>
                {move || saving.error().filter(|e| e.field().is_none()).map(|error| error_line(&error))}
                <span class="row">
                    <button class="btn primary" data-testid="save-settings"
                        aria-busy=move || saving.busy().to_string()>
                        {t!("action-save")}
                    </button>
                </span>
            </div>
        </form>
    }
    .into_any()
}

/// The whole number from 1 up that is typed. What is something else is told, and not sent as if it were not changed.
fn count(field: &RwSignal<String>) -> Option<i64> {
    field.with_untracked(|text| text.trim().parse().ok()).filter(|number| *number >= 1)
}

/// One thing a line; commas part them as well.
fn lines(text: &str) -> Vec<String> {
    let parts = text.split([',', '\n']).map(str::trim).filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

/// What Telegram said to a token.
#[must_use]
pub fn token_outcome(outcome: &BotTest) -> AnyView {
    if outcome.ok {
        let name = outcome.username.clone().unwrap_or_default();
        badge("ok", "s-ok", t!("token-ok", name = name))
    } else {
        let error = outcome.error.clone().unwrap_or_default();
        view! { {badge("danger", "s-offline", t!("test-failed"))} <span class="small">{error}</span> }
            .into_any()
    }
}
