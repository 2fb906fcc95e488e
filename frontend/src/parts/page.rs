//! The head of a page: crumb, title, what can be done. Arriving there moves the focus to the title.

use leptos::html;
use leptos::prelude::*;

use super::live_mark::LiveMark;
use crate::t;

/// The head of a page.
#[component]
pub fn PageHead(
    /// The title; also the window's.
    #[prop(into)]
    title: Signal<String>,
    /// Where it belongs: address and words.
    #[prop(optional_no_strip)]
    crumb: Option<(String, String)>,
    /// What stands beside the title.
    #[prop(optional_no_strip)]
    marks: Option<AnyView>,
    /// What stands before it.
    #[prop(optional_no_strip)]
    lead: Option<AnyView>,
    /// What can be done; at the right.
    #[prop(optional_no_strip)]
    acts: Option<AnyView>,
    /// Whether the page is fed live.
    #[prop(optional)]
    live: bool,
) -> AnyView {
    let heading = NodeRef::<html::H1>::new();
    Effect::new(move |_| {
        let title = title.get();
        document().set_title(&format!("{title} · Sallyport"));
    });
    heading.on_load(|heading| {
        let options = web_sys::FocusOptions::new();
        options.set_prevent_scroll(true);
        let _ = heading.focus_with_options(&options);
    });
    view! {
        <header class="head">
            {lead}
            <div class="title">
                {crumb.map(|(href, words)| view! { <p class="crumb"><a href=href>{words}</a></p> })}
                <div class="row">
                    <h1 tabindex="-1" node_ref=heading>{move || title.get()}</h1>
                    {marks}
                </div>
            </div>
            <div class="acts">
                {live.then(|| view! { <span class="wide-only"><LiveMark /></span> })}
                {acts}
            </div>
        </header>
    }
    .into_any()
}

/// A card with a heading.
#[must_use]
pub fn card(title: String, aside: AnyView, body: AnyView) -> AnyView {
    let id = super::unique("card");
    let labelled = id.clone();
    view! {
        <section class="card" aria-labelledby=labelled>
            <header>
                <h2 id=id>{title}</h2>
                <span class="aside">{aside}</span>
            </header>
            {body}
        </section>
    }
    .into_any()
}

/// A pair of a facts list; nothing known is a dash.
#[must_use]
pub fn fact(name: String, value: Option<String>) -> AnyView {
    fact_view(name, value.filter(|value| !value.is_empty()).unwrap_or_else(|| "–".to_owned()).into_any())
}

/// A pair of a facts list.
#[must_use]
pub fn fact_view(name: String, value: AnyView) -> AnyView {
    view! { <dt>{name}</dt><dd>{value}</dd> }.into_any()
}

/// Copies a text and shows it.
#[component]
pub fn Copyable(
    /// The text.
    #[prop(into)]
    text: String,
) -> AnyView {
    let toasts = super::toast::use_toasts();
    let copied = text.clone();
    let copy = move |_| {
        drop(window().navigator().clipboard().write_text(&copied));
        toasts.done(t!("copied"));
    };
    view! {
        <span class="copyable">
            <code>{text}</code>
            <button type="button" class="btn quiet icon small" aria-label=t!("action-copy") on:click=copy>
                {super::icon::icon("copy")}
            </button>
        </span>
    }
    .into_any()
}
