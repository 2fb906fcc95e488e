//! A modal `<dialog>`: the browser traps the focus, closes it on Escape and gives the focus back.

use leptos::html;
use leptos::prelude::*;

use super::unique;

/// Open while `subject` is something; closing forgets it. Each side is written only when it differs, so that the two
/// do not wake each other for ever.
#[must_use]
pub fn open_for<T: Send + Sync + 'static>(subject: RwSignal<Option<T>>) -> RwSignal<bool> {
    let open = RwSignal::new(false);
    Effect::new(move |_| {
        let is_some = subject.with(Option::is_some);
        if open.get_untracked() != is_some {
            open.set(is_some);
        }
    });
    Effect::new(move |before: Option<bool>| {
        let is_open = open.get();
        if before == Some(true) && !is_open && subject.with_untracked(Option::is_some) {
            subject.set(None);
        }
        is_open
    });
    open
}

/// A dialog that is open while `open` is; its children are made anew each time it opens.
#[component]
pub fn Dialog(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// The question, with the name of what it is about.
    #[prop(into)]
    title: Signal<String>,
    /// Wider, for forms.
    #[prop(optional)]
    wide: bool,
    /// `div` body and `footer`.
    children: ChildrenFn,
) -> AnyView {
    let element = NodeRef::<html::Dialog>::new();
    let heading = unique("dialog");
    let labelled = heading.clone();
    Effect::new(move |_| {
        let Some(dialog) = element.get() else { return };
        match (open.get(), dialog.open()) {
            // Fails only for a dialog outside the document.
            (true, false) => drop(dialog.show_modal()),
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    view! {
        <dialog
            class=if wide { "dialog wide" } else { "dialog" }
            node_ref=element
            aria-labelledby=labelled
            on:close=move |_| open.set(false)
        >
            <header>
                <h2 id=heading>{move || title.get()}</h2>
            </header>
            <Show when=move || open.get()>{children()}</Show>
        </dialog>
    }
    .into_any()
}
