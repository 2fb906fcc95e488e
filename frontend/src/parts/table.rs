//! Heads of tables and the search above them. Tables are real ones; below 608 px they fold into cards, and the roles
//! that some browsers drop with the display are said again.

use leptos::prelude::*;

use super::icon::{icon, small_icon};
use super::query::use_url;
use crate::t;

/// A column.
#[derive(Clone)]
pub struct Column {
    /// What it holds.
    pub label: String,
    /// Further classes: `num`, `fold`.
    pub class: &'static str,
    /// The name in the URL's `sort`, if it can be sorted by.
    pub sort: Option<&'static str>,
    /// For screen readers only.
    pub hidden: bool,
}

impl Column {
    /// A column of text.
    #[must_use]
    pub fn new(label: String) -> Self {
        Self { label, class: "", sort: None, hidden: false }
    }

    /// With classes.
    #[must_use]
    pub fn class(self, class: &'static str) -> Self {
        Self { class, ..self }
    }

    /// Sorts by it.
    #[must_use]
    pub fn sort(self, sort: &'static str) -> Self {
        Self { sort: Some(sort), ..self }
    }

    /// The column of buttons.
    #[must_use]
    pub fn actions() -> Self {
        Self { hidden: true, ..Self::new(t!("column-actions")) }
    }
}

/// What the list is sorted by: the URL's `sort` is a name, with a minus for descending.
#[must_use]
pub fn sorted(sort: Option<&str>) -> Option<(&str, bool)> {
    let sort = sort?;
    Some(sort.strip_prefix('-').map_or((sort, false), |name| (name, true)))
}

/// The head of a table.
#[component]
pub fn TableHead(
    /// Its columns.
    columns: Vec<Column>,
) -> AnyView {
    let url = use_url();
    let cells = columns.into_iter().map(|column| head_cell(column, url)).collect_view();
    view! { <thead role="rowgroup"><tr role="row">{cells}</tr></thead> }.into_any()
}

fn head_cell(column: Column, url: super::query::Url) -> AnyView {
    let Some(name) = column.sort else {
        let class = if column.hidden { "sr" } else { "" };
        return view! {
            <th role="columnheader" scope="col" class=column.class><span class=class>{column.label}</span></th>
        }
        .into_any();
    };
    let order = move || {
        let sort = url.get("sort");
        sorted(sort.as_deref()).filter(|(by, _)| *by == name).map(|(_, descending)| descending)
    };
    let aria = move || order().map(|descending| if descending { "descending" } else { "ascending" });
    let turn = move |_| {
        let next = if order() == Some(false) { format!("-{name}") } else { name.to_owned() };
        url.push(&[("sort", Some(&next)), ("after", None), ("from", None)]);
    };
    view! {
        <th role="columnheader" scope="col" class=column.class aria-sort=aria>
            <button type="button" on:click=turn>
                {column.label}
                {move || order().map(|descending| {
                    let class = if descending { "contents" } else { "contents up" };
                    view! { <span class=class>{small_icon("down")}</span> }
                })}
            </button>
        </th>
    }
    .into_any()
}

/// The search of a list; in the URL as `q`.
#[component]
pub fn Search(
    /// What is searched, for screen readers.
    #[prop(into)]
    label: String,
    /// What can be typed.
    #[prop(into)]
    placeholder: String,
) -> AnyView {
    let url = use_url();
    view! {
        <label class="search">
            <span class="sr">{label}</span>
            {icon("search")}
            <input
                class="input"
                type="search"
                name="q"
                placeholder=placeholder
                autocomplete="off"
                prop:value=move || url.get("q").unwrap_or_default()
                on:input=move |event| {
                    let typed = event_target_value(&event);
                    url.replace(&[("q", Some(&typed)), ("after", None), ("from", None)]);
                }
            />
        </label>
    }
    .into_any()
}

/// One of a few views of a list, with its count; in the URL as `name`.
#[component]
pub fn Segments(
    /// The name in the URL.
    name: &'static str,
    /// What is chosen, for screen readers.
    #[prop(into)]
    label: String,
    /// Value ("" is the first view), words, count.
    #[prop(into)]
    choices: Signal<Vec<(&'static str, String, Option<i64>)>>,
) -> AnyView {
    let url = use_url();
    let buttons = move || {
        let chosen = url.get(name).unwrap_or_default();
        let button = |(value, words, count): (&'static str, String, Option<i64>)| {
            view! {
                <button
                    type="button"
                    aria-pressed=(value == chosen).to_string()
                    on:click=move |_| url.push(&[(name, Some(value)), ("after", None), ("from", None)])
                >
                    {words}
                    {count.map(|count| view! { <span class="count">{count}</span> })}
                </button>
            }
        };
        choices.get().into_iter().map(button).collect_view()
    };
    view! { <span class="seg" role="group" aria-label=label>{buttons}</span> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::sorted;

    #[test]
    fn a_minus_turns_the_order() {
        assert_eq!(sorted(Some("-name")), Some(("name", true)));
        assert_eq!(sorted(Some("name")), Some(("name", false)));
        assert_eq!(sorted(None), None);
    }
}
