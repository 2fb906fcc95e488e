//! Texts that managers write in place of the built-in ones. They are read when a message is composed, so they count
//! at once, on every replica; one that cannot be used is passed over.

use super::{OpError, OpResult, authority::Manager, unit::Unit};
use crate::{app::App, store::Tx};
use sallyport_shared::{
    language::Language,
    message::{
        Text, Texts,
        custom::{self, Template, TemplateError},
    },
};
use std::collections::HashMap;

/// How the settings' keys of these texts begin.
const PREFIX: &str = "message.";

/// A text as managers see it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MessageTemplate {
    /// Its name.
    pub key: String,
    /// In which language.
    pub language: Language,
    /// What is told.
    pub text: String,
    /// What is told without a manager's text.
    pub built_in: String,
    /// The blanks that it may hold.
    pub placeholders: Vec<String>,
    /// A manager wrote it.
    pub custom: bool,
}

/// All texts, in both languages.
///
/// # Errors
/// When the database fails.
pub async fn list(app: &App) -> OpResult<Vec<MessageTemplate>> {
    let stored = app.store.read().await?.settings_under(PREFIX).await?;
    let keys = custom::keys();
    let each = keys.iter().flat_map(|key| Language::ALL.map(|language| (*key, language)));
    Ok(each.filter_map(|(key, language)| template(key, language, &stored)).collect())
}

fn template(key: &str, language: Language, stored: &HashMap<String, String>) -> Option<MessageTemplate> {
    let built_in = custom::built_in(language, key)?;
    let own = stored.get(&setting(language, key));
    Some(MessageTemplate {
        key: key.to_owned(),
        language,
        text: own.unwrap_or(&built_in).clone(),
        built_in,
        placeholders: custom::blanks(key).unwrap_or_default(),
        custom: own.is_some(),
    })
}

/// Writes a text in place of the built-in one; none takes it away again.
///
/// # Errors
/// [`OpError::NotFound`] if there is no such text, [`OpError::Invalid`] says what is wrong with the new one.
pub async fn set(
    app: &App,
    by: &Manager,
    key: &str,
    language: Language,
    text: Option<&str>,
) -> OpResult<MessageTemplate> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    let built_in = custom::built_in(language, key).ok_or(OpError::NotFound("text"))?;
    if let Some(text) = text {
        Template::parse(key, text).map_err(invalid)?;
    }
    let own = text.filter(|text| *text != built_in);
    let mut unit = Unit::begin(app, by.who()).await?;
    let setting = setting(language, key);
    let before = unit.tx.setting(&setting).await?;
    if before.as_deref() != own {
        unit.tx.set_setting(&setting, own).await?;
        let shown =
            |text: Option<&str>| text.map_or_else(|| "built in".to_owned(), |text| format!("“{text}”"));
        let detail = format!("{}: {} → {}", language.tag(), shown(before.as_deref()), shown(own));
        unit.audit("message.set", &format!("message:{key}"), Some(&detail)).await?;
    }
    unit.commit().await?;
    let stored = own.map(|own| (setting, own.to_owned())).into_iter().collect();
    template(key, language, &stored).ok_or(OpError::NotFound("text"))
}

/// A text as its reader would see it, with made-up names in its blanks.
///
/// # Errors
/// As [`set`].
pub fn preview(key: &str, language: Language, text: Option<&str>) -> OpResult<String> {
    let samples = custom::samples(key, language);
    let samples: Vec<(&str, Text)> =
        samples.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    match text.map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) => Ok(Template::parse(key, text).map_err(invalid)?.html(language, &samples)),
        None if custom::built_in(language, key).is_some() => Ok(Texts::of(language).html(key, &samples)),
        None => Err(OpError::NotFound("text")),
    }
}

/// The texts of a language as they are told: managers' own, and the built-in ones for all else. Whatever is told in
/// Telegram or on the captive page is looked up in here.
pub(crate) async fn texts(tx: &mut Tx, language: Language) -> OpResult<Texts> {
    let prefix = setting(language, "");
    let stored = tx.settings_under(&prefix).await?;
    let own =
        stored.into_iter().filter_map(|(name, text)| Some((name.strip_prefix(&prefix)?.to_owned(), text)));
    Ok(Texts::of(language).with(own.collect()))
}

/// The same outside of a unit of work. When the database fails, the built-in texts have to do.
pub(crate) async fn texts_now(app: &App, language: Language) -> Texts {
    let read = async { texts(&mut app.store.read().await?, language).await };
    read.await.unwrap_or_else(|error: OpError| {
        tracing::error!(%error, "the texts of the settings could not be read");
        Texts::of(language)
    })
}

fn setting(language: Language, key: &str) -> String {
    format!("{PREFIX}{}.{key}", language.tag())
}

fn invalid(error: TemplateError) -> OpError {
    match error {
        TemplateError::UnknownKey(_) => OpError::NotFound("text"),
        error => OpError::invalid("text", capitalised(&error.to_string())),
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
