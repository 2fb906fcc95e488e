//! How the viewer wants the page: language, theme, density, zone, single keys.
//!
//! The server keeps them with the admin. The last choice is also kept in the browser, because the sign-in page and the
//! first paint come before the server is asked (`public/boot.js` reads the same names, and says which language the page is
//! in; `public/load.js` brings the texts of that one).

use leptos::prelude::*;

use crate::api::types::{Language, Preferences};
use crate::{i18n, time};

/// What the page is drawn with now. Cheap to copy; in the context.
#[derive(Clone, Copy)]
pub struct Prefs {
    /// The whole page draws anew when it changes.
    pub language: RwSignal<Language>,
    /// `light`, `dark` or `None`: the system's.
    pub theme: RwSignal<Option<String>>,
    /// Rows of 36 instead of 44.
    pub compact: RwSignal<bool>,
    /// Whether single keys do something (WCAG 2.1.4).
    pub single_keys: RwSignal<bool>,
    /// The language that was chosen last: the page speaks it once its texts are here.
    chosen: StoredValue<Language>,
}

impl Prefs {
    /// What the browser remembers, else what it is set to.
    #[must_use]
    pub fn load() -> Self {
        let language = language_of(&root("lang").unwrap_or_default());
        if let Some(texts) = brought() {
            i18n::learn(language, texts);
        }
        let prefs = Self {
            language: RwSignal::new(language),
            theme: RwSignal::new(remembered("theme").filter(|theme| theme != "system")),
            compact: RwSignal::new(remembered("density").as_deref() == Some("compact")),
            single_keys: RwSignal::new(true),
            chosen: StoredValue::new(language),
        };
        i18n::speak(language);
        prefs.turn_to(language, None);
        prefs
    }

    /// Takes over what the server keeps for this admin.
    pub fn adopt(self, server: &Preferences) {
        let theme = Some(server.theme.clone()).filter(|theme| theme == "light" || theme == "dark");
        self.set_theme(theme);
        self.set_compact(server.density == "compact");
        self.single_keys.set(server.single_keys);
        self.speak_in(server.language, server.time_zone.clone());
    }

    /// Changes the language; the page draws anew.
    pub fn set_language(self, language: Language) {
        self.speak_in(language, None);
    }

    /// The page turns to the language as soon as it has its texts; without them it stays as it is.
    fn speak_in(self, language: Language, zone: Option<String>) {
        remember("language", i18n::code(language));
        self.chosen.set_value(language);
        if i18n::knows(language) {
            return self.turn_to(language, zone);
        }
        time::show_in(zone.clone(), locale(self.language.get_untracked()));
        leptos::task::spawn_local(async move {
            match i18n::fetch(language).await {
                Ok(()) if self.chosen.get_value() == language => self.turn_to(language, zone),
                Ok(()) => {}
                Err(error) => leptos::logging::warn!("The texts of another language did not come: {error}"),
            }
        });
    }

    fn turn_to(self, language: Language, zone: Option<String>) {
        let changed = self.language.get_untracked() != language;
        if changed {
            i18n::speak(language);
        }
        time::show_in(zone, locale(language));
        set_root("lang", Some(i18n::code(language)));
        if changed {
            self.language.set(language);
        }
    }

    /// `light`, `dark` or `None`.
    pub fn set_theme(self, theme: Option<String>) {
        remember("theme", theme.as_deref().unwrap_or("system"));
        set_root("data-theme", theme.as_deref());
        self.theme.set(theme);
    }

    /// Dense rows or not.
    pub fn set_compact(self, compact: bool) {
        let value = if compact { "compact" } else { "normal" };
        remember("density", value);
        set_root("data-density", Some(value));
        self.compact.set(compact);
    }
}

/// The page's preferences.
#[must_use]
pub fn use_prefs() -> Prefs {
    expect_context()
}

/// English dates are written day first, with 24 hours.
fn locale(language: Language) -> &'static str {
    match language {
        Language::Ru => "ru-RU",
        Language::En => "en-GB",
    }
}

/// Russian for `ru`, `ru-RU`, …; English for the rest.
fn language_of(code: &str) -> Language {
    if code.starts_with("ru") { Language::Ru } else { Language::En }
}

/// The texts that `public/load.js` has brought, in the language of the page.
fn brought() -> Option<String> {
    js_sys::Reflect::get(&js_sys::global(), &"sallyportTexts".into()).ok()?.as_string()
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

fn remembered(name: &str) -> Option<String> {
    storage()?.get_item(&format!("sallyport.{name}")).ok().flatten()
}

fn remember(name: &str, value: &str) {
    if let Some(storage) = storage() {
        // A browser that keeps nothing still shows the page as chosen until it is left.
        let _ = storage.set_item(&format!("sallyport.{name}"), value);
    }
}

fn root(attribute: &str) -> Option<String> {
    document().document_element()?.get_attribute(attribute)
}

fn set_root(attribute: &str, value: Option<&str>) {
    if let Some(root) = document().document_element() {
        let _ = match value {
            Some(value) => root.set_attribute(attribute, value),
            None => root.remove_attribute(attribute),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_regional_code_counts_as_its_language() {
        assert_eq!(language_of("ru-RU"), Language::Ru);
        assert_eq!(language_of("de"), Language::En);
    }
}
