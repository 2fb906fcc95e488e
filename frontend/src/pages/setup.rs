//! First start: the first owner, by the code of the one-time link that the server has logged.

use leptos::prelude::*;

use super::sign_in::{Entry, PasswordField, form_error};
use crate::api::ops::complete_setup;
use crate::api::use_api;
use crate::parts::act::Act;
use crate::parts::field::TextField;
use crate::t;

/// The code in an address such as `/setup?code=X`, `/setup#code=X` or `/setup/X`.
fn code_in(path: &str, search: &str, hash: &str) -> String {
    let named = [search, hash].into_iter().find_map(|part| {
        part.trim_start_matches(['?', '#']).split('&').find_map(|pair| pair.strip_prefix("code="))
    });
    let in_path = path.strip_prefix("/setup/").map(|rest| rest.trim_end_matches('/'));
    named.or(in_path).unwrap_or_default().to_owned()
}

/// The page for the first owner.
#[component]
pub fn Setup() -> AnyView {
    let api = use_api();
    let location = window().location();
    let code = code_in(
        &location.pathname().unwrap_or_default(),
        &location.search().unwrap_or_default(),
        &location.hash().unwrap_or_default(),
    );
    let has_code = !code.is_empty();
    let code = RwSignal::new(code);
    let (username, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let act = Act::new();
    let of = move |field: &'static str| {
        Signal::derive(move || {
            act.error().filter(|error| error.field() == Some(field)).map(|error| error.text())
        })
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let variables = complete_setup::Variables {
            code: code.get_untracked().trim().to_owned(),
            username: username.get_untracked().trim().to_owned(),
            password: password.get_untracked(),
        };
        act.run(async move { api.complete_setup(variables).await }, move |payload| {
            // The code is used up: it must not stay in the history.
            let history = window().history();
            if let Ok(history) = history {
                let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some("/start"));
            }
            api.adopt(payload);
        });
    };
    document().set_title(&format!("{} · Sallyport", t!("setup-title")));
    view! {
        <Entry second=Signal::derive(|| false)>
            <form novalidate on:submit=submit>
                <div>
                    <p class="steps2">{t!("setup-step")}</p>
                    <h1>{t!("setup-title")}</h1>
                </div>
                <p class="soft">{t!("setup-about")}</p>
                {(!has_code)
                    .then(|| {
                        view! {
                            <TextField label=t!("field-setup-code") value=code name="code" mono=true
                                hint=t!("hint-setup-code") error=of("code") />
                        }
                    })}
                <TextField label=t!("field-username") value=username name="username" autocomplete="username"
                    error=of("username") />
                <PasswordField value=password autocomplete="new-password" complaint=of("password") />
                {form_error(act)}
                <button class="btn primary" aria-busy=move || act.busy().to_string() data-testid="complete-setup">
                    {t!("setup-create")}
                </button>
            </form>
        </Entry>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::code_in;

    #[test]
    fn the_code_is_found_wherever_the_link_has_it() {
        assert_eq!(code_in("/setup", "?code=abc", ""), "abc");
        assert_eq!(code_in("/setup", "", "#code=abc"), "abc");
        assert_eq!(code_in("/setup/abc/", "", ""), "abc");
        assert_eq!(code_in("/", "", ""), "");
    }
}
