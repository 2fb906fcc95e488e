//! A menu on a button, by the browser's own popover: it closes on Escape and on a click elsewhere.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::icon::icon;
use super::unique;

/// One thing that can be chosen.
#[derive(Clone)]
pub struct Item {
    /// The verb.
    pub label: String,
    /// Whether it takes something away.
    pub danger: bool,
    /// What it does.
    pub run: Callback<()>,
}

impl Item {
    /// A harmless one.
    pub fn new(label: String, run: impl Fn() + Send + Sync + 'static) -> Self {
        Self { label, danger: false, run: Callback::new(move |()| run()) }
    }

    /// One that takes something away.
    pub fn danger(label: String, run: impl Fn() + Send + Sync + 'static) -> Self {
        Self { danger: true, ..Self::new(label, run) }
    }
}

/// A button with three dots; nothing at all if there is nothing to choose.
#[must_use]
pub fn more_menu(name: String, small: bool, items: Vec<Item>) -> AnyView {
    if items.is_empty() {
        return ().into_any();
    }
    let class = if small { "btn quiet icon small" } else { "btn icon" };
    menu(class, Some(name), icon("more"), items)
}

/// A button that opens a list of things to choose.
#[must_use]
pub fn menu(class: &'static str, name: Option<String>, face: AnyView, items: Vec<Item>) -> AnyView {
    let id = unique("menu");
    let entries = items
        .into_iter()
        .map(|item| {
            view! {
                <button
                    type="button"
                    role="menuitem"
                    class:danger=item.danger
                    popovertarget=id.clone()
                    popovertargetaction="hide"
                    on:click=move |_| item.run.run(())
                >
                    {item.label}
                </button>
            }
        })
        .collect_view();
    view! {
        <button type="button" class=class aria-label=name aria-haspopup="menu" popovertarget=id.clone()>
            {face}
        </button>
        <div class="pop menu" popover="auto" id=id role="menu" on:keydown=move_focus>
            {entries}
        </div>
    }
    .into_any()
}

/// Up and down go through the entries, around the ends.
fn move_focus(event: KeyboardEvent) {
    let step = match event.key().as_str() {
        "ArrowDown" => 1,
        "ArrowUp" => -1,
        _ => return,
    };
    event.prevent_default();
    let Some(focused) = document().active_element() else { return };
    let next = if step > 0 { focused.next_element_sibling() } else { focused.previous_element_sibling() };
    let around = || {
        let parent = focused.parent_element()?;
        if step > 0 { parent.first_element_child() } else { parent.last_element_child() }
    };
    if let Some(next) = next.or_else(around).and_then(|next| next.dyn_into::<web_sys::HtmlElement>().ok()) {
        // Fails only for an element that is gone.
        let _ = next.focus();
    }
}
