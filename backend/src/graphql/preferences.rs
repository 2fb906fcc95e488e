//! How an administrator likes the console.

use super::{enums::Language, guard::viewer};
use crate::{
    ops::preferences::{self, PreferencesChange},
    store::records::AdminRecord,
};
use async_graphql::{InputObject, MaybeUndefined, SimpleObject};

/// How an administrator likes the console.
#[derive(SimpleObject)]
#[graphql(guard = "viewer")]
pub(super) struct Preferences {
    /// What they read.
    language: Language,
    /// `system`, `light` or `dark`.
    theme: String,
    /// `normal` or `compact`.
    density: String,
    /// IANA name of the zone in which times are shown; null: the browser's.
    time_zone: Option<String>,
    /// Single keys do something.
    single_keys: bool,
}

impl Preferences {
    pub(super) fn of(admin: &AdminRecord) -> Self {
        let kept = preferences::Preferences::of(admin);
        Self {
            language: admin.language.into(),
            theme: kept.theme,
            density: kept.density,
            time_zone: kept.time_zone,
            single_keys: kept.single_keys,
        }
    }
}

/// What is changed of the preferences; what is not given stays.
#[derive(InputObject)]
pub(super) struct PreferencesInput {
    language: Option<Language>,
    theme: Option<String>,
    density: Option<String>,
    time_zone: MaybeUndefined<String>,
    single_keys: Option<bool>,
}

impl From<PreferencesInput> for PreferencesChange {
    fn from(input: PreferencesInput) -> Self {
        Self {
            language: input.language.map(Into::into),
            theme: input.theme,
            density: input.density,
            time_zone: maybe(input.time_zone),
            single_keys: input.single_keys,
        }
    }
}

/// Not given, taken away, or set.
pub(super) fn maybe<T>(value: MaybeUndefined<T>) -> Option<Option<T>> {
    match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}
