//! The question before anything that cannot be taken back, asked in one place for all pages.
//!
//! A page says what will happen ([`Ask`]) and what to do on yes; the dialog is busy until the server has answered,
//! and shows its error with the reason still typed in.

use std::future::Future;
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use leptos::prelude::*;

use super::act::Act;
use super::dialog::Dialog;
use super::field::TextField;
use super::icon::icon;
use crate::api::ApiError;
use crate::t;

/// Whether a reason is kept with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// None is asked for.
    No,
    /// It may be given.
    May,
    /// It must be given.
    Must,
}

/// A question.
#[derive(Clone)]
pub struct Ask {
    /// The question, with the name of what it is about.
    pub title: String,
    /// What will happen, one sentence each.
    pub effects: Vec<String>,
    /// The verb of the button that does it.
    pub verb: String,
    /// Whether it takes something away.
    pub danger: bool,
    /// Whether a reason is kept.
    pub reason: Reason,
}

type Run = Rc<dyn Fn(String) -> LocalBoxFuture<'static, Result<(), ApiError>>>;

/// Asks the questions of this page. Cheap to copy; in the context.
#[derive(Clone, Copy)]
pub struct Confirm {
    open: RwSignal<bool>,
    ask: RwSignal<Option<Ask>>,
    run: StoredValue<Option<Run>, LocalStorage>,
}

impl Confirm {
    /// Nothing is asked yet.
    #[must_use]
    pub fn new() -> Self {
        Self { open: RwSignal::new(false), ask: RwSignal::new(None), run: StoredValue::new_local(None) }
    }

    /// Asks; on yes `run` gets the reason (trimmed, possibly empty).
    pub fn ask<Fut>(self, ask: Ask, run: impl Fn(String) -> Fut + 'static)
    where
        Fut: Future<Output = Result<(), ApiError>> + 'static,
    {
        self.ask.set(Some(ask));
        self.run.set_value(Some(Rc::new(move |reason| run(reason).boxed_local())));
        self.open.set(true);
    }
}

impl Default for Confirm {
    fn default() -> Self {
        Self::new()
    }
}

/// Asks the questions of this page.
#[must_use]
pub fn use_confirm() -> Confirm {
    expect_context()
}

/// Where questions are shown; once a page.
#[component]
pub fn ConfirmHost() -> AnyView {
    let confirm = use_confirm();
    let title = Signal::derive(move || confirm.ask.get().map(|ask| ask.title).unwrap_or_default());
    view! {
        <Dialog open=confirm.open title=title>
            {move || confirm.ask.get().map(|ask| question(confirm, ask))}
        </Dialog>
    }
    .into_any()
}

fn question(confirm: Confirm, ask: Ask) -> AnyView {
    let act = Act::new();
    let reason = RwSignal::new(String::new());
    let missing = RwSignal::new(false);
    let must = ask.reason == Reason::Must;
    let yes = move |_| {
        let text = reason.get_untracked().trim().to_owned();
        if must && text.is_empty() {
            missing.set(true);
            return;
        }
        if let Some(run) = confirm.run.get_value() {
            act.run(run(text), move |()| confirm.open.set(false));
        }
    };
    let error = Signal::derive(move || missing.get().then(|| t!("error-reason-missing")));
    let class = if ask.danger { "btn danger fill" } else { "btn primary" };
    view! {
        <div class="stack tight">
            {(!ask.effects.is_empty())
                .then(|| {
                    let items = ask.effects.into_iter().map(|effect| view! { <li>{effect}</li> }).collect_view();
                    view! { <ul class="soft bul">{items}</ul> }
                })}
            {(ask.reason != Reason::No)
                .then(|| {
                    let label = if must { t!("field-reason") } else { t!("field-reason-optional") };
                    view! { <TextField label=label value=reason name="reason" error=error hint=t!("hint-reason") /> }
                })}
            {move || act.error().map(|error| error_line(&error))}
        </div>
        <footer>
            <button type="button" class="btn" on:click=move |_| confirm.open.set(false)>
                {t!("action-cancel")}
            </button>
            <button
                type="button"
                class=class
                data-testid="confirm"
                aria-busy=move || act.busy().to_string()
                on:click=yes
            >
                {ask.verb}
            </button>
        </footer>
    }
    .into_any()
}

/// What went wrong, inside a dialog or a form.
#[must_use]
pub fn error_line(error: &ApiError) -> AnyView {
    view! {
        <p class="error-line danger" role="alert">
            {icon("warn")}
            <span>{error.text()}</span>
        </p>
    }
    .into_any()
}
