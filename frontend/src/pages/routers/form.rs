//! Adds or changes a router. The connection is tested first: who answers, with which rights, which certificate to
//! trust; a remedy is shown exactly as the server says it.

use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_params_map};

use super::model::{complaints, fingerprint};
use crate::api::ops::{
    CreateRouter, RouterDetail, TestRouter, UpdateRouter, create_router, router_detail, test_router,
    update_router,
};
use crate::api::types::{AccountSource, Router, RouterMode, RouterTest, TlsMode};
use crate::api::{ApiError, use_api};
use crate::i18n::Key;
use crate::parts::act::Act;
use crate::parts::badge::badge;
use crate::parts::confirm::error_line;
use crate::parts::field::{CheckField, LengthField, Pick, PickField, SelectField, TextField};
use crate::parts::page::{Copyable, PageHead, fact, fact_view};
use crate::parts::remote::use_remote;
use crate::parts::toast::use_toasts;
use crate::{same_fields, t};

/// What is typed.
#[derive(Clone, Copy)]
struct Form {
    name: RwSignal<String>,
    host: RwSignal<String>,
    port: RwSignal<String>,
    tls: RwSignal<String>,
    pinned: RwSignal<String>,
    ca: RwSignal<String>,
    username: RwSignal<String>,
    password: RwSignal<String>,
    md5: RwSignal<bool>,
    mode: RwSignal<String>,
    enabled: RwSignal<bool>,
    poll: RwSignal<String>,
    sandbox: RwSignal<String>,
    allow: RwSignal<String>,
    ban: RwSignal<String>,
    allow_seconds: RwSignal<String>,
    source: RwSignal<String>,
    /// Where accounts are as it was shown first, be it set or found: only another choice sets it.
    source_shown: Option<AccountSource>,
    complaints: RwSignal<Vec<(&'static str, Key)>>,
}

impl Form {
    fn new(router: Option<&Router>) -> Self {
        let text = |read: fn(&Router) -> String, default: &str| {
            RwSignal::new(router.map_or_else(|| default.to_owned(), read))
        };
        Self {
            name: text(|r| r.name.clone(), ""),
            host: text(|r| r.host.clone(), ""),
            port: text(|r| r.port.to_string(), "8729"),
            tls: text(|r| r.tls.wire().to_owned(), TlsMode::Pinned.wire()),
            pinned: text(|r| r.pinned_sha256.clone().unwrap_or_default(), ""),
            ca: RwSignal::new(String::new()),
            username: text(|r| r.username.clone(), "sallyport"),
            password: RwSignal::new(String::new()),
            md5: RwSignal::new(router.is_some_and(|router| router.md5_login)),
            mode: text(|r| r.mode.wire().to_owned(), RouterMode::Observe.wire()),
            enabled: RwSignal::new(router.is_none_or(|router| router.enabled)),
            poll: text(|r| r.poll_seconds.to_string(), ""),
            sandbox: text(|r| r.sandbox_list.clone(), ""),
            allow: text(|r| r.allow_list.clone(), ""),
            ban: text(|r| r.ban_list.clone(), ""),
            allow_seconds: text(|r| r.allow_seconds.to_string(), ""),
            source: text(|r| r.account_source.map(|source| source.wire().to_owned()).unwrap_or_default(), ""),
            source_shown: router.and_then(|router| router.account_source),
            complaints: RwSignal::new(Vec::new()),
        }
    }

    /// Checks what is typed; the complaints land on their fields.
    fn check(self) -> bool {
        let found = complaints(
            &self.name.get_untracked(),
            &self.host.get_untracked(),
            &self.port.get_untracked(),
            &self.username.get_untracked(),
        );
        let sound = found.is_empty();
        self.complaints.set(found);
        sound
    }

    /// What was typed. What is empty is left to the server's own value; an empty password keeps the stored one.
    fn input(self) -> create_router::RouterInput {
        let typed = |signal: RwSignal<String>| {
            Some(signal.get_untracked().trim().to_owned()).filter(|text| !text.is_empty())
        };
        create_router::RouterInput {
            name: typed(self.name),
            host: typed(self.host),
            port: self.port.get_untracked().trim().parse().ok(),
            tls: TlsMode::from_wire(&self.tls.get_untracked()),
            pinned_sha256: typed(self.pinned),
            ca_pem: typed(self.ca),
            username: typed(self.username),
            password: Some(self.password.get_untracked()).filter(|password| !password.is_empty()),
            md5_login: Some(self.md5.get_untracked()),
            mode: RouterMode::from_wire(&self.mode.get_untracked()),
            enabled: Some(self.enabled.get_untracked()),
            poll_seconds: self.poll.get_untracked().parse().ok(),
            sandbox_list: typed(self.sandbox),
            allow_list: typed(self.allow),
            ban_list: typed(self.ban),
            allow_seconds: self.allow_seconds.get_untracked().parse().ok(),
            account_source: AccountSource::from_wire(&self.source.get_untracked())
                .filter(|source| self.source_shown != Some(*source)),
        }
    }
}

/// The same input for another operation.
macro_rules! router_input {
    ($module:ident, $form:expr) => {
        same_fields!($form.input() => $module::RouterInput {
            name, host, port, tls, pinned_sha256, ca_pem, username, password, md5_login, mode, enabled, poll_seconds,
            sandbox_list, allow_list, ban_list, allow_seconds, account_source,
        })
    };
}

/// The page for a new router.
#[component]
pub fn NewRouter() -> AnyView {
    view! {
        <PageHead
            title=Signal::derive(|| t!("action-add-router"))
            crumb=Some(("/routers".to_owned(), t!("nav-routers")))
        />
        <RouterForm />
    }
    .into_any()
}

/// The page that changes a router.
#[component]
pub fn EditRouter() -> AnyView {
    let (api, params) = (use_api(), use_params_map());
    let id = params.with_untracked(|params| params.get("id").unwrap_or_default());
    let remote = use_remote(move || {
        let variables = router_detail::Variables { id: id.clone() };
        async move { api.call::<RouterDetail, _>(variables).await?.ok_or(ApiError::NotFound) }
    });
    remote.show(8, |router| {
        let (name, back) = (router.name.clone(), format!("/routers/{}", router.id));
        view! {
            <PageHead
                title=Signal::derive(move || t!("edit-router-title", name = &name))
                crumb=Some((back, router.name.clone()))
            />
            <RouterForm router=router />
        }
        .into_any()
    })
}

#[component]
fn RouterForm(#[prop(optional)] router: Option<Router>) -> AnyView {
    let (api, toasts, navigate) = (use_api(), use_toasts(), use_navigate());
    let form = Form::new(router.as_ref());
    let (testing, saving) = (Act::new(), Act::new());
    let tested = RwSignal::new(None::<RouterTest>);
    let test = move |_| {
        if form.check() {
            let variables = test_router::Variables { input: router_input!(test_router, form) };
            tested.set(None);
            testing.run(async move { api.call::<TestRouter, _>(variables).await }, move |outcome| {
                tested.set(Some(outcome));
            });
        }
    };
    let id = router.as_ref().map(|router| router.id.clone());
    let new = id.is_none();
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !form.check() {
            return;
        }
        let (id, navigate) = (id.clone(), navigate.clone());
        let saved = async move {
            match id {
                Some(id) => {
                    let input = router_input!(update_router, form);
                    api.call::<UpdateRouter, _>(update_router::Variables { id, input }).await
                }
                None => api.call::<CreateRouter, _>(create_router::Variables { input: form.input() }).await,
            }
        };
        saving.run(saved, move |router| {
            toasts.done(t!("router-saved", name = &router.name));
            navigate(&format!("/routers/{}", router.id), leptos_router::NavigateOptions::default());
        });
    };
    view! {
        <form class="cols wide-narrow" novalidate on:submit=save>
            <div class="stack">{connection(form, testing, saving, new)} {behaviour(form, new)}</div>
            <aside class="stack sticky">
                <section class="card" aria-live="polite">
                    <header><h2>{t!("router-test")}</h2></header>
                    <div class="body stack">
                        <p class="soft">{t!("router-test-about")}</p>
                        <div class="row">
                            <button
                                type="button"
                                class="btn"
                                data-testid="test-router"
                                aria-busy=move || testing.busy().to_string()
                                on:click=test
                            >
                                {t!("action-test")}
                            </button>
                        </div>
                        {move || testing.error().map(|error| error_line(&error))}
                        {move || tested.get().map(|outcome| outcome_view(&outcome, form))}
                    </div>
                </section>
            </aside>
            <div class="savebar" role="region" aria-label=t!("save-region")>
                {move || saving.error().map(|error| error_line(&error))}
                <span class="row">
                    <a class="btn quiet" href="/routers">{t!("action-cancel")}</a>
                    <button class="btn primary" data-testid="save-router" aria-busy=move || saving.busy().to_string()>
                        {if new { t!("action-add-router") } else { t!("action-save") }}
                    </button>
                </span>
            </div>
        </form>
    }
    .into_any()
}

/// The complaint about a field: the form's own, or the server's.
fn about(form: Form, acts: [Act; 2], field: &'static str) -> Signal<Option<String>> {
    Signal::derive(move || {
        let own = form
            .complaints
            .with(|all| all.iter().find(|(name, _)| *name == field).map(|(_, key)| key.text()));
        let servers = || {
            acts.into_iter()
                .find_map(|act| act.error().filter(|e| e.field() == Some(field)).map(|e| e.text()))
        };
        own.or_else(servers)
    })
}

fn connection(form: Form, testing: Act, saving: Act, new: bool) -> AnyView {
    let error = move |field| about(form, [testing, saving], field);
    let picks = vec![
        Pick {
            value: TlsMode::Pinned.wire(),
            title: t!("tls-pinned"),
            about: t!("tls-pinned-about"),
            risky: false,
        },
        Pick { value: TlsMode::Ca.wire(), title: t!("tls-ca"), about: t!("tls-ca-about"), risky: false },
        Pick {
            value: TlsMode::Plain.wire(),
            title: t!("tls-plain"),
            about: t!("tls-plain-about"),
            risky: true,
        },
    ];
    let password_hint = if new { String::new() } else { t!("password-kept") };
    view! {
        <section class="card">
            <header><h2>{t!("router-connection")}</h2></header>
            <div class="body stack">
                <div class="fields">
                    <TextField label=t!("field-router-name") value=form.name name="name" hint=t!("hint-router-name")
                        error=error("name") />
                    <TextField label=t!("field-host") value=form.host name="host" mono=true error=error("host") />
                    <TextField label=t!("field-port") value=form.port name="port" kind="number" hint=t!("hint-port")
                        error=error("port") />
                </div>
                <PickField legend=t!("field-tls") value=form.tls name="tls" picks=picks />
                {move || match TlsMode::from_wire(&form.tls.get()) {
                    Some(TlsMode::Pinned) => view! {
                        <TextField label=t!("field-fingerprint") value=form.pinned name="pinnedSha256" mono=true
                            hint=t!("hint-fingerprint") error=error("pinnedSha256") />
                    }
                    .into_any(),
                    Some(TlsMode::Ca) => view! {
                        <TextField label=t!("field-ca") value=form.ca name="caPem" mono=true lines=5 hint=t!("hint-ca")
                            error=error("caPem") />
                    }
                    .into_any(),
                    _ => ().into_any(),
                }}
                <div class="fields">
                    <TextField label=t!("field-api-user") value=form.username name="username" mono=true
                        error=error("username") />
                    <TextField label=t!("field-password") value=form.password name="password" kind="password"
                        autocomplete="new-password" placeholder=password_hint error=error("password") />
                </div>
                <CheckField label=t!("field-md5-login") value=form.md5 name="md5Login" hint=t!("hint-md5-login") />
            </div>
        </section>
    }
    .into_any()
}

fn behaviour(form: Form, new: bool) -> AnyView {
    let picks = vec![
        Pick {
            value: RouterMode::Observe.wire(),
            title: t!("mode-observe"),
            about: t!("mode-observe-about"),
            risky: false,
        },
        Pick {
            value: RouterMode::Enforce.wire(),
            title: t!("mode-enforce"),
            about: t!("mode-enforce-about"),
            risky: false,
        },
    ];
    let sources = std::iter::once((String::new(), t!("source-find-out")))
        .chain(AccountSource::ALL.iter().map(|s| (s.wire().to_owned(), s.label().text())))
        .collect::<Vec<_>>();
    let default = if new { t!("placeholder-default") } else { String::new() };
    view! {
        <section class="card">
            <header><h2>{t!("router-behaviour")}</h2></header>
            <div class="body stack">
                <PickField legend=t!("column-mode") value=form.mode name="mode" picks=picks />
                <CheckField label=t!("router-enabled") value=form.enabled name="enabled" hint=t!("router-enabled-about") />
                <div class="fields">
                    <LengthField label=t!("field-poll") value=form.poll name="pollSeconds" hint=t!("hint-poll") />
                    <LengthField label=t!("field-allow-seconds") value=form.allow_seconds name="allowSeconds"
                        hint=t!("hint-allow-seconds") />
                    <SelectField label=t!("field-source") value=form.source name="accountSource"
                        choices=Signal::derive(move || sources.clone()) />
                </div>
                <div class="fields">
                    <TextField label=t!("field-sandbox-list") value=form.sandbox name="sandboxList" mono=true
                        placeholder=default.clone() />
                    <TextField label=t!("field-allow-list") value=form.allow name="allowList" mono=true
                        placeholder=default.clone() />
                    <TextField label=t!("field-ban-list") value=form.ban name="banList" mono=true placeholder=default />
                </div>
            </div>
        </section>
    }
    .into_any()
}

/// What the test found, and the certificate to trust.
fn outcome_view(outcome: &RouterTest, form: Form) -> AnyView {
    let verdict = if outcome.ok {
        badge("ok", "s-ok", t!("test-ok"))
    } else {
        badge("danger", "s-offline", t!("test-failed"))
    };
    let certificate = outcome.certificate_sha256.clone().map(|sha| {
        let trusted = sha.clone();
        let matches = Signal::derive(move || fingerprint(&form.pinned.get()) == fingerprint(&trusted));
        let offered = sha.clone();
        let trust = move |_| form.pinned.set(offered.clone());
        view! {
            <div class="stack tight">
                <h3>{t!("test-certificate")}</h3>
                <code class="script wraps">{fingerprint(&sha)}</code>
                {move || {
                    if matches.get() {
                        badge("ok", "s-ok", t!("certificate-trusted"))
                    } else {
                        view! {
                            <p class="small soft">{t!("certificate-about")}</p>
                            <button type="button" class="btn small" data-testid="trust" on:click=trust.clone()>
                                {t!("action-trust")}
                            </button>
                        }
                            .into_any()
                    }
                }}
            </div>
        }
    });
    let missing = (!outcome.missing_rights.is_empty()).then(|| {
        fact_view(
            t!("test-missing"),
            view! { <span class="danger fg">{outcome.missing_rights.join(", ")}</span> }.into_any(),
        )
    });
    view! {
        <div class="stack" data-testid="test-outcome">
            <div class="row">{verdict}</div>
            {outcome.error.clone().map(|error| view! { <p class="error-line danger">{error}</p> })}
            {outcome.remedy.clone().map(|remedy| {
                view! {
                    <div class="stack tight">
                        <h3>{t!("remedy")}</h3>
                        <pre class="script wraps">{remedy.clone()}</pre>
                        <Copyable text=remedy />
                    </div>
                }
            })}
            <dl class="facts">
                {fact(t!("test-identity"), outcome.identity.clone())}
                {fact("RouterOS".to_owned(), outcome.version.clone())}
                {fact(t!("test-rights"), Some(outcome.rights.join(", ")))}
                {missing}
            </dl>
            {certificate}
        </div>
    }
    .into_any()
}
