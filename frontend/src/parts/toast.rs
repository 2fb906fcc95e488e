//! Toasts: what happened, where the eye is not. They go after six seconds; errors stay until closed.

use leptos::prelude::*;

use super::icon::icon;
use crate::api::ApiError;
use crate::api::live::sleep;
use crate::t;

const SHOWN_MS: u32 = 6_000;

#[derive(Clone)]
struct Toast {
    id: u32,
    tone: &'static str,
    mark: &'static str,
    text: String,
}

/// The toasts of this page. Cheap to copy; in the context.
#[derive(Clone, Copy)]
pub struct Toasts {
    list: RwSignal<Vec<Toast>>,
    next: StoredValue<u32>,
    held: RwSignal<bool>,
}

impl Toasts {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self { list: RwSignal::new(Vec::new()), next: StoredValue::new(0), held: RwSignal::new(false) }
    }

    /// It was done.
    pub fn done(self, text: String) {
        self.push("ok", "s-ok", text, true);
    }

    /// Something happened.
    pub fn note(self, text: String) {
        self.push("", "refresh", text, true);
    }

    /// It was not done.
    pub fn error(self, error: &ApiError) {
        self.failed(error.text());
    }

    /// It was not done, in words of the page's own.
    pub fn failed(self, text: String) {
        self.push("danger", "s-offline", text, false);
    }

    fn push(self, tone: &'static str, mark: &'static str, text: String, passes: bool) {
        let id = self.next.try_update_value(|next| {
            *next += 1;
            *next
        });
        let id = id.unwrap_or_default();
        self.list.update(|list| {
            list.retain(|toast| toast.text != text);
            list.push(Toast { id, tone, mark, text });
        });
        if passes {
            leptos::task::spawn_local(async move {
                sleep(SHOWN_MS).await;
                while self.held.get_untracked() {
                    sleep(1_000).await;
                }
                self.close(id);
            });
        }
    }

    fn close(self, id: u32) {
        self.list.update(|list| list.retain(|toast| toast.id != id));
    }
}

impl Default for Toasts {
    fn default() -> Self {
        Self::new()
    }
}

/// The toasts of this page.
#[must_use]
pub fn use_toasts() -> Toasts {
    expect_context()
}

/// Where toasts are shown; once a page.
#[component]
pub fn ToastHost() -> AnyView {
    let toasts = use_toasts();
    view! {
        <div
            class="toasts"
            on:mouseenter=move |_| toasts.held.set(true)
            on:mouseleave=move |_| toasts.held.set(false)
            on:focusin=move |_| toasts.held.set(true)
            on:focusout=move |_| toasts.held.set(false)
        >
            <For each=move || toasts.list.get() key=|toast| toast.id let:toast>
                <div
                    class=format!("toast {}", toast.tone)
                    role=if toast.tone == "danger" { "alert" } else { "status" }
                    data-testid="toast"
                >
                    {icon(toast.mark)}
                    <span>{toast.text.clone()}</span>
                    <span></span>
                    <button
                        type="button"
                        class="btn quiet icon small"
                        aria-label=t!("action-close")
                        on:click=move |_| toasts.close(toast.id)
                    >
                        {icon("x")}
                    </button>
                </div>
            </For>
        </div>
    }
    .into_any()
}
