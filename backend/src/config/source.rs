//! Where settings come from: a TOML file below, environment variables above.

use figment::{
    Error, Figment, Metadata, Profile, Provider,
    error::Kind,
    providers::{Format, Toml},
    value::{Dict, Map, Value},
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};
use thiserror::Error;

/// Every setting, as a TOML key; the variable is `SALLYPORT_` and the key in capitals.
const KEYS: [&str; 18] = [
    "listen",
    "data_dir",
    "database_url",
    "secret_key_file",
    "admin_username",
    "admin_password",
    "telegram_token",
    "telegram_api_url",
    "telegram_proxy",
    "telegram_webhook",
    "public_url",
    "tls_cert",
    "tls_key",
    "trusted_proxies",
    "metrics_listen",
    "country_database",
    "log",
    "log_format",
];

/// A setting that is wrong: one line that names it and says what would be right.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl ConfigError {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(text.into().replace(['\n', '\r'], " "))
    }
}

/// The environment's part. Values stay text: a password may well look like a number.
struct Variables(BTreeMap<String, String>);

impl Provider for Variables {
    fn metadata(&self) -> Metadata {
        Metadata::named("environment")
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        let dict = self.0.iter().map(|(key, text)| (key.clone(), Value::from(text.as_str()))).collect();
        Ok(Profile::Default.collect(dict))
    }
}

/// The settings as texts, each with the name by which its giver knows it.
#[derive(Debug)]
pub(super) struct Source(BTreeMap<String, Setting>);

#[derive(Debug)]
struct Setting {
    text: String,
    name: String,
}

impl Source {
    pub(super) fn read(
        file: Option<&Path>,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut figment = Figment::new();
        if let Some(path) = file {
            if !path.is_file() {
                return Err(ConfigError::new(format!("--config: there is no file {}", path.display())));
            }
            figment = figment.merge(Toml::file_exact(path));
        } else if Path::new(super::DEFAULT_FILE).is_file() {
            figment = figment.merge(Toml::file_exact(super::DEFAULT_FILE));
        }
        let figment = figment.merge(Variables(known(variables)));
        let values: Dict = figment.extract().map_err(|error| ConfigError::new(error.to_string()))?;
        values
            .into_iter()
            .map(|(key, value)| setting(&figment, key, &value))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The setting's text; an empty one counts as not given.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(|setting| setting.text.as_str())
    }

    pub(super) fn path(&self, key: &str) -> Option<PathBuf> {
        self.text(key).map(PathBuf::from)
    }

    /// The setting, parsed.
    pub(super) fn parse<T>(
        &self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, &'static str>,
    ) -> Result<Option<T>, ConfigError> {
        let Some(setting) = self.0.get(key) else { return Ok(None) };
        parse(&setting.text).map(Some).map_err(|rule| ConfigError::new(format!("{} {rule}", setting.name)))
    }

    /// `key` is needed because `because` is given.
    pub(super) fn missing(&self, key: &str, because: &str) -> ConfigError {
        let because = self.0.get(because).map_or(because, |setting| setting.name.as_str());
        ConfigError::new(format!("{} is needed as well, because {because} is given", variable(key)))
    }
}

/// The variables that are settings; empty ones count as not given, which is what compose files make of absent ones.
fn known(variables: impl IntoIterator<Item = (String, String)>) -> BTreeMap<String, String> {
    let mut variables: BTreeMap<String, String> = variables.into_iter().collect();
    KEYS.iter()
        .filter_map(|key| Some(((*key).to_owned(), variables.remove(&variable(key))?)))
        .filter(|(_, text)| !text.is_empty())
        .collect()
}

fn setting(figment: &Figment, key: String, value: &Value) -> Result<(String, Setting), ConfigError> {
    let name = match figment.find_metadata(&key).and_then(|metadata| metadata.source.as_ref()) {
        Some(source) => format!("{key} in {source}"),
        None => variable(&key),
    };
    if !KEYS.contains(&key.as_str()) {
        return Err(ConfigError::new(format!("{name} is not a setting")));
    }
    let text = text(value).ok_or_else(|| {
        ConfigError::new(format!(
            "{name} must be a text: {}",
            Kind::InvalidType(value.to_actual(), "text".into())
        ))
    })?;
    Ok((key, Setting { text, name }))
}

/// A value as text; a list as its parts with commas between.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(_, text) => Some(text.clone()),
        Value::Bool(_, flag) => Some(flag.to_string()),
        Value::Num(_, number) => {
            number.to_i128().map(|n| n.to_string()).or_else(|| number.to_f64().map(|n| n.to_string()))
        }
        Value::Array(_, parts) => {
            parts.iter().map(text).collect::<Option<Vec<_>>>().map(|parts| parts.join(","))
        }
        Value::Char(..) | Value::Dict(..) | Value::Empty(..) => None,
    }
}

/// The environment variable of a setting.
fn variable(key: &str) -> String {
    format!("SALLYPORT_{}", key.to_uppercase())
}
