//! Something that is done on the server: busy until it has answered, and its error where it was asked for.

use std::future::Future;

use futures_util::future::LocalBoxFuture;
use futures_util::{FutureExt, TryFutureExt};
use leptos::prelude::*;

use super::toast::{Toasts, use_toasts};
use crate::api::ApiError;

/// What follows when it is done.
type Done = Box<dyn FnOnce()>;

/// One kind of action of a view. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Act {
    busy: RwSignal<bool>,
    error: RwSignal<Option<ApiError>>,
}

impl Act {
    /// An action that is not under way.
    #[must_use]
    pub fn new() -> Self {
        Self { busy: RwSignal::new(false), error: RwSignal::new(None) }
    }

    /// Whether it is under way.
    #[must_use]
    pub fn busy(self) -> bool {
        self.busy.get()
    }

    /// What went wrong last.
    #[must_use]
    pub fn error(self) -> Option<ApiError> {
        self.error.get()
    }

    /// Forgets what went wrong.
    pub fn clear(self) {
        self.error.set(None);
    }

    /// Does it, unless it is under way already; `done` gets the answer.
    pub fn run<T: 'static>(
        self,
        action: impl Future<Output = Result<T, ApiError>> + 'static,
        done: impl FnOnce(T) + 'static,
    ) {
        self.start(action.map_ok(|answer| -> Done { Box::new(|| done(answer)) }).boxed_local());
    }

    /// Not generic, so that it is compiled once and not for each action.
    fn start(self, action: LocalBoxFuture<'static, Result<Done, ApiError>>) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.error.set(None);
        leptos::task::spawn_local(async move {
            let outcome = action.await;
            // The view may be gone by now; then nobody is told.
            if self.busy.try_set(false).is_some() {
                return;
            }
            match outcome {
                Ok(done) => done(),
                Err(error) => self.error.set(Some(error)),
            }
        });
    }
}

impl Default for Act {
    fn default() -> Self {
        Self::new()
    }
}

/// Does something that was chosen in a menu, which is gone by the time of the answer: an error becomes a toast.
pub fn at_once(toasts: Toasts, action: impl Future<Output = Result<(), ApiError>> + 'static) {
    leptos::task::spawn_local(async move {
        if let Err(error) = action.await {
            toasts.error(&error);
        }
    });
}

/// A button that does one thing at once, for rows: an error becomes a toast.
#[component]
pub fn ActButton<F, Fut>(
    /// The verb.
    #[prop(into)]
    label: String,
    /// Further classes: `primary`, `small`, `quiet`, `danger`.
    #[prop(into)]
    class: String,
    /// A name that says what it is done to.
    #[prop(into, optional)]
    name: Option<String>,
    /// What is done.
    run: F,
    /// Whether it may be done now.
    #[prop(into, optional)]
    disabled: Signal<bool>,
) -> AnyView
where
    F: Fn() -> Fut + 'static,
    Fut: Future<Output = Result<(), ApiError>> + 'static,
{
    let act = Act::new();
    let toasts = use_toasts();
    Effect::new(move |_| {
        if let Some(error) = act.error() {
            toasts.error(&error);
        }
    });
    view! {
        <button
            type="button"
            class=format!("btn {class}")
            aria-label=name
            aria-busy=move || act.busy().to_string()
            disabled=move || disabled.get()
            on:click=move |_| act.run(run(), |()| {})
        >
            {label}
        </button>
    }
    .into_any()
}
