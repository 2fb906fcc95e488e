//! Fields of forms: label above, hint below, the error in the hint's place. A changed field wears a dot.

use leptos::prelude::*;

use super::icon::icon;
use super::unique;
use crate::t;

/// A line of text, a password, a number or several lines.
#[component]
pub fn TextField(
    /// What it is.
    #[prop(into)]
    label: String,
    /// What is in it.
    value: RwSignal<String>,
    /// Its name in the form; what a password manager and a test find it by.
    name: &'static str,
    /// `text`, `password`, `secret`, `email`, `number`, …
    #[prop(default = "text")]
    kind: &'static str,
    /// What else to know.
    #[prop(into, optional)]
    hint: Option<String>,
    /// What is wrong, and what would be right.
    #[prop(into, optional)]
    error: Signal<Option<String>>,
    /// Whether it differs from what is saved.
    #[prop(into, optional)]
    changed: Signal<bool>,
    /// What it looks like.
    #[prop(into, optional)]
    placeholder: String,
    /// For password managers.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// More than one line.
    #[prop(optional)]
    lines: Option<u32>,
    /// Names of the router are set in its own face.
    #[prop(optional)]
    mono: bool,
) -> AnyView {
    let id = unique("f");
    let about = format!("{id}-about");
    // A secret that is nobody's sign-in: not for password managers, but not for everybody's eyes either.
    let secret = kind == "secret";
    let class = match (mono, secret) {
        (true, true) => "input mono secret",
        (true, false) => "input mono",
        (false, true) => "input secret",
        (false, false) => "input",
    };
    let invalid = move || error.get().is_some().then_some("true");
    let numeric = (kind == "number").then_some("numeric");
    let kind = if kind == "number" || secret { "text" } else { kind };
    let control = match lines {
        Some(rows) => view! {
            <textarea id=id.clone() class=class name=name rows=rows aria-invalid=invalid aria-describedby=about.clone()
                bind:value=value placeholder=placeholder></textarea>
        }
        .into_any(),
        None => view! {
            <input id=id.clone() class=class name=name type=kind inputmode=numeric autocomplete=autocomplete
                autocapitalize="none" spellcheck="false" aria-invalid=invalid aria-describedby=about.clone()
                bind:value=value placeholder=placeholder />
        }
        .into_any(),
    };
    view! {
        <div class="field" class:changed=move || changed.get()>
            <label for=id>{label}</label>
            {control}
            {about_line(about, hint, error)}
        </div>
    }
    .into_any()
}

/// Hint or error under a field.
pub fn about_line(id: String, hint: Option<String>, error: Signal<Option<String>>) -> AnyView {
    (move || match (error.get(), hint.clone()) {
        (Some(error), _) => view! { <p class="error" id=id.clone()>{icon("warn")}{error}</p> }.into_any(),
        (None, Some(hint)) => view! { <p class="hint" id=id.clone()>{hint}</p> }.into_any(),
        (None, None) => ().into_any(),
    })
    .into_any()
}

/// One of several, in a list that opens. A choice is (value, words).
#[component]
pub fn SelectField(
    /// What it is.
    #[prop(into)]
    label: String,
    /// The value that is chosen.
    value: RwSignal<String>,
    /// Its name in the form.
    name: &'static str,
    /// What can be chosen.
    #[prop(into)]
    choices: Signal<Vec<(String, String)>>,
    /// What else to know.
    #[prop(into, optional)]
    hint: Option<String>,
    /// What is wrong.
    #[prop(into, optional)]
    error: Signal<Option<String>>,
    /// Whether it differs from what is saved.
    #[prop(into, optional)]
    changed: Signal<bool>,
) -> AnyView {
    let id = unique("f");
    let about = format!("{id}-about");
    view! {
        <div class="field" class:changed=move || changed.get()>
            <label for=id.clone()>{label}</label>
            <select
                id=id
                class="input"
                name=name
                aria-describedby=about.clone()
                on:change=move |event| value.set(event_target_value(&event))
                prop:value=move || {
                    choices.track();
                    value.get()
                }
            >
                {move || options(&choices.get(), &value.get_untracked())}
            </select>
            {about_line(about, hint, error)}
        </div>
    }
    .into_any()
}

fn options(choices: &[(String, String)], chosen: &str) -> Vec<AnyView> {
    choices
        .iter()
        .map(|(value, words)| {
            view! { <option value=value.clone() selected=value == chosen>{words.clone()}</option> }.into_any()
        })
        .collect()
}

/// Yes or no.
#[component]
pub fn CheckField(
    /// What is so when it is ticked.
    #[prop(into)]
    label: String,
    /// Whether it is.
    value: RwSignal<bool>,
    /// Its name in the form.
    name: &'static str,
    /// What else to know.
    #[prop(into, optional)]
    hint: Option<String>,
    /// Whether it differs from what is saved.
    #[prop(into, optional)]
    changed: Signal<bool>,
) -> AnyView {
    view! {
        <label class="check" class:chg=move || changed.get()>
            <input type="checkbox" name=name bind:checked=value />
            <span>{label}</span>
            {hint.map(|hint| view! { <small>{hint}</small> })}
        </label>
    }
    .into_any()
}

/// One choice of a [`PickField`].
#[derive(Clone)]
pub struct Pick {
    /// Its value.
    pub value: &'static str,
    /// What it is called.
    pub title: String,
    /// What it means.
    pub about: String,
    /// Whether it takes a protection away.
    pub risky: bool,
}

/// One of a few, each with its meaning.
#[component]
pub fn PickField(
    /// What is chosen.
    #[prop(into)]
    legend: String,
    /// The value that is chosen.
    value: RwSignal<String>,
    /// Its name in the form.
    name: &'static str,
    /// What can be chosen.
    picks: Vec<Pick>,
) -> AnyView {
    let class = if picks.len() > 2 { "pick three" } else { "pick" };
    let picks = picks
        .into_iter()
        .map(|pick| {
            let chosen = pick.value;
            view! {
                <label class:risky=pick.risky>
                    <input
                        type="radio"
                        name=name
                        value=chosen
                        prop:checked=move || value.get() == chosen
                        on:change=move |_| value.set(chosen.to_owned())
                    />
                    <b>{pick.title}</b>
                    <span>{pick.about}</span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="field">
            <legend class="sr">{legend}</legend>
            <div class=class>{picks}</div>
        </fieldset>
    }
    .into_any()
}

/// How much one unit of a [`LengthField`] has, in seconds.
const UNITS: [i64; 4] = [1, 60, 3600, 86_400];

/// Seconds as the largest unit they fill exactly: 43 200 is 12 hours.
#[must_use]
pub fn in_units(seconds: i64) -> (i64, i64) {
    let unit = UNITS.into_iter().rev().find(|unit| seconds != 0 && seconds % unit == 0).unwrap_or(60);
    (seconds / unit, unit)
}

/// A length of time: a figure and its unit. It holds seconds as text; what is no figure holds as it was typed.
#[component]
pub fn LengthField(
    /// What it is.
    #[prop(into)]
    label: String,
    /// Seconds.
    value: RwSignal<String>,
    /// Its name in the form.
    name: &'static str,
    /// What else to know.
    #[prop(into, optional)]
    hint: Option<String>,
    /// What is wrong.
    #[prop(into, optional)]
    error: Signal<Option<String>>,
    /// Whether it differs from what is saved.
    #[prop(into, optional)]
    changed: Signal<bool>,
) -> AnyView {
    let id = unique("f");
    let about = format!("{id}-about");
    let (figure, unit) = value.get_untracked().parse().map_or((String::new(), 60), |seconds| {
        let (figure, unit) = in_units(seconds);
        (figure.to_string(), unit)
    });
    let (figure, unit) = (RwSignal::new(figure), RwSignal::new(unit.to_string()));
    let join = move || {
        let typed = figure.get_untracked();
        let unit: i64 = unit.get_untracked().parse().unwrap_or(1);
        let seconds = typed.trim().parse::<i64>().ok().and_then(|figure| figure.checked_mul(unit));
        value.set(seconds.map_or(typed, |seconds| seconds.to_string()));
    };
    let units = [
        ("1".to_owned(), t!("unit-s")),
        ("60".to_owned(), t!("unit-min")),
        ("3600".to_owned(), t!("unit-h")),
        ("86400".to_owned(), t!("unit-d")),
    ];
    let chosen = unit.get_untracked();
    view! {
        <div class="field" class:changed=move || changed.get()>
            <label for=id.clone()>{label}</label>
            <div class="with">
                <input
                    id=id
                    class="input n"
                    name=name
                    inputmode="numeric"
                    autocomplete="off"
                    aria-invalid=move || error.get().is_some().then_some("true")
                    aria-describedby=about.clone()
                    prop:value=move || figure.get()
                    on:input=move |event| {
                        figure.set(event_target_value(&event));
                        join();
                    }
                />
                <select
                    class="input"
                    aria-label=t!("field-unit")
                    on:change=move |event| {
                        unit.set(event_target_value(&event));
                        join();
                    }
                >
                    {options(&units, &chosen)}
                </select>
            </div>
            {about_line(about, hint, error)}
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::in_units;

    #[test]
    fn a_length_is_shown_in_its_largest_whole_unit() {
        assert_eq!(in_units(43_200), (12, 3600));
        assert_eq!(in_units(86_400), (1, 86_400));
        assert_eq!(in_units(90), (90, 1));
        assert_eq!(in_units(900), (15, 60));
        assert_eq!(in_units(0), (0, 60));
    }
}
