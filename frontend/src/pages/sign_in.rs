//! Sign-in: the product's own two doors. The password first, the code only if the account has one.

use leptos::html;
use leptos::prelude::*;

use crate::api::types::Language;
use crate::api::{ApiError, Auth, use_api};
use crate::parts::act::Act;
use crate::parts::confirm::error_line;
use crate::parts::field::{TextField, about_line};
use crate::parts::icon::{icon, logo};
use crate::prefs::use_prefs;
use crate::t;

/// Which door is in front.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Door {
    Password,
    Code,
}

/// What an answer to the sign-in means for the doors: a complaint about `totp` opens the second one.
fn wants_code(error: &ApiError) -> bool {
    error.field() == Some("totp")
}

/// The sign-in page.
#[component]
pub fn SignIn() -> AnyView {
    let api = use_api();
    // Somebody was signed in until now.
    let lapsed = api.auth_untracked() == Auth::SignedOut { lapsed: true };
    let (username, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let code = RwSignal::new(String::new());
    let door = RwSignal::new(Door::Password);
    let complaint = RwSignal::new(None::<String>);
    let act = Act::new();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        complaint.set(None);
        let at_code = door.get_untracked() == Door::Code;
        let totp = at_code.then(|| code.get_untracked().split_whitespace().collect::<String>());
        let attempt = api.sign_in(username.get_untracked().trim().to_owned(), password.get_untracked(), totp);
        act.run(async move { Ok(attempt.await) }, move |outcome| match outcome {
            Ok(()) => {}
            Err(error) if wants_code(&error) => {
                complaint.set(at_code.then(|| t!("sign-in-code-wrong")));
                door.set(Door::Code);
            }
            Err(ApiError::Unauthenticated(_)) => complaint.set(Some(t!("sign-in-wrong"))),
            Err(error) => complaint.set(Some(error.text())),
        });
    };
    document().set_title(&format!("{} · Sallyport", t!("sign-in-title")));
    view! {
        <Entry second=Signal::derive(move || door.get() == Door::Code)>
            <form novalidate on:submit=submit>
                {move || match door.get() {
                    Door::Password => first_door(username, password, complaint, lapsed, act),
                    Door::Code => second_door(code, complaint, door, act),
                }}
            </form>
        </Entry>
    }
    .into_any()
}

fn first_door(
    username: RwSignal<String>,
    password: RwSignal<String>,
    complaint: RwSignal<Option<String>>,
    lapsed: bool,
    act: Act,
) -> AnyView {
    view! {
        <div>
            <p class="steps2">{t!("sign-in-door-1")}</p>
            <h1>{t!("sign-in-title")}</h1>
        </div>
        {lapsed.then(|| view! { <p class="small soft" role="status">{t!("sign-in-lapsed")}</p> })}
        <TextField label=t!("field-username") value=username name="username" autocomplete="username" />
        <PasswordField value=password autocomplete="current-password" complaint=complaint />
        <button class="btn primary" aria-busy=move || act.busy().to_string() data-testid="sign-in">
            {t!("sign-in-continue")}
        </button>
        <p class="small muted">{t!("sign-in-help")}" "<code>"sallyport admin passwd"</code></p>
    }
    .into_any()
}

fn second_door(
    code: RwSignal<String>,
    complaint: RwSignal<Option<String>>,
    door: RwSignal<Door>,
    act: Act,
) -> AnyView {
    let input = NodeRef::<html::Input>::new();
    input.on_load(|input| {
        let _ = input.focus();
    });
    view! {
        <div>
            <p class="steps2">{t!("sign-in-door-2")}</p>
            <h1>{t!("sign-in-code-title")}</h1>
        </div>
        <div class="field">
            <label for="totp">{t!("sign-in-code-label")}</label>
            <input
                class="input code"
                id="totp"
                name="totp"
                inputmode="numeric"
                autocomplete="one-time-code"
                node_ref=input
                aria-invalid=move || complaint.get().is_some().then_some("true")
                aria-describedby="totp-about"
                bind:value=code
            />
            {about_line("totp-about".to_owned(), Some(t!("sign-in-code-hint")), complaint.into())}
        </div>
        <button class="btn primary" aria-busy=move || act.busy().to_string() data-testid="sign-in">
            {t!("sign-in-title")}
        </button>
        <div class="row">
            <button
                type="button"
                class="btn quiet small"
                on:click=move |_| {
                    complaint.set(None);
                    code.set(String::new());
                    door.set(Door::Password);
                }
            >
                {icon("left")}
                {t!("action-back")}
            </button>
        </div>
    }
    .into_any()
}

/// A password that can be shown.
#[component]
pub fn PasswordField(
    /// What is typed.
    value: RwSignal<String>,
    /// Old or new, for password managers.
    autocomplete: &'static str,
    /// What is wrong.
    #[prop(into)]
    complaint: Signal<Option<String>>,
) -> AnyView {
    let shown = RwSignal::new(false);
    view! {
        <div class="field">
            <label for="password">{t!("field-password")}</label>
            <div class="pw">
                <input
                    class="input"
                    id="password"
                    name="password"
                    type=move || if shown.get() { "text" } else { "password" }
                    autocomplete=autocomplete
                    aria-invalid=move || complaint.get().is_some().then_some("true")
                    aria-describedby="password-about"
                    bind:value=value
                />
                <button
                    type="button"
                    class="btn quiet small"
                    aria-pressed=move || shown.get().to_string()
                    on:click=move |_| shown.update(|shown| *shown = !*shown)
                >
                    {t!("action-show")}
                </button>
            </div>
            {about_line("password-about".to_owned(), None, complaint)}
        </div>
    }
    .into_any()
}

/// The frame of the pages before the sign-in: a form on the left, the doors on the right.
#[component]
pub fn Entry(
    /// Whether the first door is behind.
    #[prop(into)]
    second: Signal<bool>,
    /// The form.
    children: Children,
) -> AnyView {
    let prefs = use_prefs();
    let language = prefs.language.get_untracked();
    let other = if language == Language::Ru { Language::En } else { Language::Ru };
    let host = window().location().hostname().unwrap_or_default();
    view! {
        <main class="entry">
            <div class="pane">
                <span class="brand">{logo()}"Sallyport"</span>
                {children()}
                <div class="foot">
                    <button
                        type="button"
                        class="btn quiet small"
                        lang=crate::i18n::code(other)
                        data-testid="language"
                        on:click=move |_| prefs.set_language(other)
                    >
                        {if other == Language::Ru { "Русский" } else { "English" }}
                    </button>
                    <span>{format!("Sallyport {} · {host}", env!("CARGO_PKG_VERSION"))}</span>
                </div>
            </div>
            <figure class="art">
                <div>
                    <svg viewBox="0 0 480 480" aria-hidden="true" fill="none">
                        <use_ href=move || if second.get() { "#art-second" } else { "#art-first" }></use_>
                    </svg>
                    <figcaption>
                        {move || if second.get() { t!("sign-in-art-2") } else { t!("sign-in-art-1") }}
                    </figcaption>
                </div>
            </figure>
        </main>
    }
    .into_any()
}

/// The error of a whole form before the sign-in.
pub fn form_error(act: Act) -> AnyView {
    (move || act.error().map(|error| error_line(&error))).into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_complaint_about_the_code_opens_the_second_door() {
        let totp = ApiError::Validation { field: Some("totp".into()), message: String::new() };
        assert!(wants_code(&totp));
        assert!(!wants_code(&ApiError::Unauthenticated(String::new())));
    }
}
