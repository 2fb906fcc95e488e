//! Empty, nothing found, loading, failed: each in the place of what it stands for.

use leptos::prelude::*;

use super::icon::{big_icon, icon};
use crate::api::ApiError;
use crate::t;

/// Nothing is here yet: what belongs here and one next step.
#[must_use]
pub fn empty(mark: &'static str, title: String, about: String, next: Option<AnyView>) -> AnyView {
    view! {
        <div class="empty">
            {big_icon(mark)}
            <h2>{title}</h2>
            <p>{about}</p>
            {next.map(|next| view! { <div class="row">{next}</div> })}
        </div>
    }
    .into_any()
}

/// The filter finds nothing.
#[must_use]
pub fn nothing_found(clear: impl Fn() + 'static) -> AnyView {
    let button = view! { <button type="button" class="btn" on:click=move |_| clear()>{t!("action-clear-filter")}</button> };
    empty("search", t!("nothing-found"), t!("nothing-found-about"), Some(button.into_any()))
}

/// The shape of what comes; seen only if it takes longer than a moment.
#[must_use]
pub fn bones(rows: usize) -> AnyView {
    let rows = (0..rows)
        .map(|row| {
            let width = format!("{}rem", 7 + row * 3 % 6);
            view! {
                <div class="row">
                    <span class="bone" style=("--n", width)></span>
                    <span class="bone end" style=("--n", "5rem")></span>
                </div>
            }
        })
        .collect_view();
    view! { <div role="status" class="body bones"><span class="sr">{t!("loading")}</span>{rows}</div> }
        .into_any()
}

/// It could not be read; the rest of the page works.
#[must_use]
pub fn failed(error: &ApiError, again: impl Fn() + 'static) -> AnyView {
    let details = error.to_string();
    let copy = move |_| drop(window().navigator().clipboard().write_text(&details));
    view! {
        <div class="empty" role="alert">
            <span class="danger contents">{big_icon("warn")}</span>
            <h2>{error.heading().text()}</h2>
            <p>{error.text()}</p>
            <div class="row">
                <button type="button" class="btn" on:click=move |_| again()>
                    {icon("refresh")}
                    {t!("action-again")}
                </button>
                <button type="button" class="btn quiet" on:click=copy>{t!("action-copy-details")}</button>
            </div>
        </div>
    }
    .into_any()
}

/// A message above what it is about.
#[must_use]
pub fn banner(
    tone: &str,
    mark: &'static str,
    title: String,
    about: String,
    action: Option<AnyView>,
) -> AnyView {
    view! {
        <div class="cq">
            <div class=format!("banner {tone}")>
                {icon(mark)}
                <p>
                    <strong>{title}</strong>
                    " "
                    {about}
                </p>
                {action.map(|action| view! { <span class="row">{action}</span> })}
            </div>
        </div>
    }
    .into_any()
}
