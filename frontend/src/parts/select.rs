//! A selection of rows and the bar that does something with all of them, one by one.

use std::collections::BTreeSet;
use std::future::Future;

use leptos::prelude::*;

use super::act::Act;
use super::toast::use_toasts;
use crate::api::ApiError;
use crate::t;

/// The ids of the ticked rows. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Selection(RwSignal<BTreeSet<String>>);

impl Selection {
    /// Nothing is ticked.
    #[must_use]
    pub fn new() -> Self {
        Self(RwSignal::new(BTreeSet::new()))
    }

    /// These are ticked.
    #[must_use]
    pub fn of(ids: impl IntoIterator<Item = String>) -> Self {
        Self(RwSignal::new(ids.into_iter().collect()))
    }

    /// Whether a row is ticked.
    #[must_use]
    pub fn has(self, id: &str) -> bool {
        self.0.with(|ids| ids.contains(id))
    }

    /// How many are.
    #[must_use]
    pub fn len(self) -> usize {
        self.0.with(BTreeSet::len)
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The ids, read once.
    #[must_use]
    pub fn ids(self) -> Vec<String> {
        self.0.with_untracked(|ids| ids.iter().cloned().collect())
    }

    /// Unticks all.
    pub fn clear(self) {
        self.0.update(BTreeSet::clear);
    }

    /// The box of a row.
    #[must_use]
    pub fn tick(self, id: String, name: String) -> AnyView {
        let other = id.clone();
        let toggle = move |_| {
            self.0.update(|ids| {
                if !ids.remove(&other) {
                    ids.insert(other.clone());
                }
            });
        };
        view! { <input type="checkbox" aria-label=name prop:checked=move || self.has(&id) on:change=toggle /> }.into_any()
    }
}

impl Default for Selection {
    fn default() -> Self {
        Self::new()
    }
}

/// The bar in the place of the tools while something is ticked: does one thing to each, one by one, and says which
/// failed.
#[component]
pub fn BulkBar<F, Fut>(
    /// What is ticked.
    selection: Selection,
    /// The verb.
    #[prop(into)]
    verb: String,
    /// What is done to one id.
    each: F,
) -> AnyView
where
    F: Fn(String) -> Fut + Clone + Send + 'static,
    Fut: Future<Output = Result<(), ApiError>> + 'static,
{
    let (act, toasts) = (Act::new(), use_toasts());
    let run = move |_| {
        let each = each.clone();
        let all = async move {
            let (mut done, mut last) = (0_usize, None);
            for id in selection.ids() {
                match each(id).await {
                    Ok(()) => done += 1,
                    Err(error) => last = Some(error),
                }
            }
            Ok((done, last))
        };
        act.run(all, move |(done, failed)| {
            selection.clear();
            toasts.done(t!("bulk-done", count = done));
            if let Some(error) = failed {
                toasts.error(&error);
            }
        });
    };
    view! {
        <div class="bulk" role="region" aria-label=t!("bulk-label")>
            <b class="strong">{move || t!("bulk-selected", count = selection.len())}</b>
            <button type="button" class="btn small" aria-busy=move || act.busy().to_string() on:click=run>
                {verb}
            </button>
            <button type="button" class="btn quiet small end" on:click=move |_| selection.clear()>
                {t!("bulk-clear")}
            </button>
        </div>
    }
    .into_any()
}
