//! The state of a page lives in its URL: search, filter, sort, cursor, tab, selection. Typing replaces the entry in
//! the history, choosing makes a new one, so Back undoes a choice.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};
use leptos_router::params::ParamsMap;

/// The query of the URL. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Url {
    query: Memo<ParamsMap>,
    path: Memo<String>,
    go: Callback<(String, bool)>,
}

/// The query of this page's URL.
#[must_use]
pub fn use_url() -> Url {
    let navigate = use_navigate();
    let go = Callback::new(move |(to, replace): (String, bool)| {
        navigate(
            &to,
            NavigateOptions { replace, scroll: false, resolve: false, ..NavigateOptions::default() },
        );
    });
    Url { query: use_query_map(), path: use_location().pathname, go }
}

impl Url {
    /// The value of `name`; an empty one is none.
    #[must_use]
    pub fn get(self, name: &str) -> Option<String> {
        self.query.with(|query| query.get(name)).filter(|value| !value.is_empty())
    }

    /// The same, read once.
    #[must_use]
    pub fn get_untracked(self, name: &str) -> Option<String> {
        self.query.with_untracked(|query| query.get(name)).filter(|value| !value.is_empty())
    }

    /// A choice: Back undoes it.
    pub fn push(self, changes: &[(&str, Option<&str>)]) {
        self.change(changes, false);
    }

    /// Typing: Back leaves the page.
    pub fn replace(self, changes: &[(&str, Option<&str>)]) {
        self.change(changes, true);
    }

    fn change(self, changes: &[(&str, Option<&str>)], replace: bool) {
        let pairs = self.query.with_untracked(|query| {
            query.clone().into_iter().map(|(name, value)| (name.into_owned(), value)).collect::<Vec<_>>()
        });
        let query =
            changed(pairs, changes).into_iter().map(|(name, value)| format!("{name}={}", encode(&value)));
        let query = query.collect::<Vec<_>>().join("&");
        let path = self.path.get_untracked();
        self.go.run((if query.is_empty() { path } else { format!("{path}?{query}") }, replace));
    }
}

fn encode(value: &str) -> String {
    js_sys::encode_uri_component(value).into()
}

/// `pairs` after `changes`; an empty value takes the name away.
fn changed(mut pairs: Vec<(String, String)>, changes: &[(&str, Option<&str>)]) -> Vec<(String, String)> {
    for (name, value) in changes {
        pairs.retain(|(other, _)| other != name);
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            pairs.push(((*name).to_owned(), value.to_owned()));
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::changed;

    #[test]
    fn a_change_replaces_its_name_and_nothing_else() {
        let pairs = vec![("q".to_owned(), "anna".to_owned()), ("after".to_owned(), "c9".to_owned())];
        let after = changed(pairs, &[("q", Some("olga")), ("after", None), ("status", Some(""))]);
        assert_eq!(after, [("q".to_owned(), "olga".to_owned())]);
    }
}
