//! How an administrator likes the console. Kept with them, so that it follows them to another browser.

use super::{OpError, OpResult, authority::Viewer, unit::Unit};
use crate::{app::App, store::records::AdminRecord};
use sallyport_shared::language::Language;
use serde::{Deserialize, Serialize};

/// How an administrator likes the console.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Preferences {
    /// `system`, `light` or `dark`.
    pub theme: String,
    /// `normal` or `compact`.
    pub density: String,
    /// IANA name of the zone in which times are shown; none: the browser's.
    pub time_zone: Option<String>,
    /// Single keys do something (`j`, `k`, `/` …).
    pub single_keys: bool,
}

impl Default for Preferences {
    fn default() -> Self {
        Self { theme: "system".to_owned(), density: "normal".to_owned(), time_zone: None, single_keys: true }
    }
}

impl Preferences {
    /// Those of `admin`; what is not understood counts as not said.
    pub fn of(admin: &AdminRecord) -> Self {
        serde_json::from_value(admin.preferences.clone()).unwrap_or_default()
    }
}

/// What is changed; none leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct PreferencesChange {
    /// What they read.
    pub language: Option<Language>,
    /// See [`Preferences::theme`].
    pub theme: Option<String>,
    /// See [`Preferences::density`].
    pub density: Option<String>,
    /// See [`Preferences::time_zone`]; an inner none takes it away.
    pub time_zone: Option<Option<String>>,
    /// See [`Preferences::single_keys`].
    pub single_keys: Option<bool>,
}

/// Changes one's own preferences.
///
/// # Errors
/// [`OpError::Invalid`] names the field.
pub async fn set(app: &App, viewer: &Viewer, change: PreferencesChange) -> OpResult<AdminRecord> {
    let mut unit = Unit::begin(app, viewer.who()).await?;
    let mut admin = unit.tx.admin(viewer.id).await?.ok_or(OpError::NotFound("administrator"))?;
    let mut preferences = Preferences::of(&admin);
    if let Some(theme) = change.theme {
        preferences.theme = one_of(theme, "theme", &["system", "light", "dark"])?;
    }
    if let Some(density) = change.density {
        preferences.density = one_of(density, "density", &["normal", "compact"])?;
    }
    if let Some(zone) = change.time_zone {
        preferences.time_zone = zone.filter(|zone| !zone.is_empty());
        if let Some(zone) = &preferences.time_zone
            && jiff::tz::TimeZone::get(zone).is_err()
        {
            return Err(OpError::invalid("timeZone", "This is no time zone, such as Europe/Berlin"));
        }
    }
    preferences.single_keys = change.single_keys.unwrap_or(preferences.single_keys);
    admin.language = change.language.unwrap_or(admin.language);
    admin.preferences =
        serde_json::to_value(&preferences).map_err(|error| OpError::Internal(error.to_string()))?;
    admin.version = unit.tx.save_admin(&admin).await?;
    unit.commit().await?;
    Ok(admin)
}

fn one_of(value: String, field: &'static str, known: &[&str]) -> OpResult<String> {
    if known.contains(&value.as_str()) {
        Ok(value)
    } else {
        Err(OpError::invalid(field, format!("This is one of {}", known.join(", "))))
    }
}
