//! Pages of a relay connection: forward by cursor, back by the history, both in the URL.

use leptos::prelude::*;

use super::icon::icon;
use super::query::use_url;
use crate::t;

/// What a list shows of its connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Rows on this page.
    pub shown: usize,
    /// Rows on all pages.
    pub total: i64,
    /// The cursor of the next page.
    pub next: Option<String>,
}

/// "1–20 of 128", and the buttons. `from` in the URL counts, `after` is the cursor.
#[component]
pub fn Pager(
    /// Where the list stands.
    place: Place,
) -> AnyView {
    let url = use_url();
    let first = url.get_untracked("from").and_then(|from| from.parse::<usize>().ok()).unwrap_or(0);
    let last = first + place.shown;
    let next = place.next.clone();
    let go_on = move |_| {
        if let Some(next) = &next {
            url.push(&[("after", Some(next)), ("from", Some(&last.to_string()))]);
        }
    };
    view! {
        <div class="pager">
            <span>{t!("pager", from = first + usize::from(place.shown > 0), to = last, total = place.total)}</span>
            <span class="row">
                <button
                    type="button"
                    class="btn small icon"
                    disabled=first == 0
                    aria-label=t!("action-previous-page")
                    on:click=move |_| drop(window().history().map(|history| history.back()))
                >
                    {icon("left")}
                </button>
                <button
                    type="button"
                    class="btn small icon"
                    disabled=place.next.is_none()
                    aria-label=t!("action-next-page")
                    on:click=go_on
                >
                    {icon("right")}
                </button>
            </span>
        </div>
    }
    .into_any()
}
