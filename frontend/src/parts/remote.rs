//! What was read from the server: the last good answer stays on screen while a newer one is on its way.

use std::future::Future;

use futures_util::future::LocalBoxFuture;
use futures_util::{FutureExt, TryFutureExt};
use leptos::prelude::*;

use super::states;
use crate::api::live::sleep;
use crate::api::{ApiError, News, use_live};

/// How long news are gathered before all of them are answered by one reading.
const GATHER_MS: u32 = 300;

/// Something read from the server. Cheap to copy.
pub struct Remote<T: Send + Sync + 'static> {
    /// The last good answer; the live feed may patch it.
    pub data: RwSignal<Option<T>>,
    /// Why the last try failed.
    pub error: RwSignal<Option<ApiError>>,
    /// Whether a try is under way.
    pub loading: RwSignal<bool>,
    again: RwSignal<u32>,
}

impl<T: Send + Sync + 'static> Clone for Remote<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T: Send + Sync + 'static> Copy for Remote<T> {}

impl<T: Send + Sync + Clone + 'static> Remote<T> {
    /// Reads again.
    pub fn reload(self) {
        self.again.update(|again| *again += 1);
    }

    /// Reads again when news come that it is about. What comes at once is read once, and nothing more often than once
    /// in a while, however much happens; as long as a dialog or a menu is open, nothing is drawn anew under it.
    pub fn follow(self, is_about: impl Fn(&News) -> bool + 'static) {
        let waits = StoredValue::new(false);
        use_live().on(move |news| {
            if waits.get_value() || !is_about(news) {
                return;
            }
            waits.set_value(true);
            leptos::task::spawn_local(async move {
                sleep(GATHER_MS).await;
                while is_asking() {
                    sleep(GATHER_MS).await;
                }
                // The page may be gone by now.
                if waits.try_update_value(|waits| *waits = false).is_some() {
                    self.reload();
                }
            });
        });
    }

    /// Bones until there is an answer, the error if there is none, else `view` of the answer, made anew whenever the
    /// answer changes.
    pub fn show(self, rows: usize, view: impl Fn(T) -> AnyView + Send + 'static) -> AnyView {
        (move || match (self.data.get(), self.error.get()) {
            (Some(data), _) => view(data),
            (None, Some(error)) => states::failed(&error, move || self.reload()),
            (None, None) => states::bones(rows),
        })
        .into_any()
    }
}

/// Whether a dialog or a menu is open.
fn is_asking() -> bool {
    document().query_selector("dialog[open], :popover-open").is_ok_and(|open| open.is_some())
}

/// Reads now, again whenever a signal that `read` looks at changes, and when the live feed has missed something.
pub fn use_remote<T, Fut>(read: impl Fn() -> Fut + 'static) -> Remote<T>
where
    T: Send + Sync + Clone + 'static,
    Fut: Future<Output = Result<T, ApiError>> + 'static,
{
    let remote = Remote {
        data: RwSignal::new(None),
        error: RwSignal::new(None),
        loading: RwSignal::new(false),
        again: RwSignal::new(0),
    };
    let (again, loading, error) = (remote.again, remote.loading, remote.error);
    let keep = move |answer| -> Keep { Box::new(move || remote.data.set(Some(answer))) };
    keep_reading(again, loading, error, Box::new(move || read().map_ok(keep).boxed_local()));
    remote
}

/// Keeps an answer.
type Keep = Box<dyn FnOnce()>;

/// Not generic, so that it is compiled once and not for each thing that is read.
fn keep_reading(
    again: RwSignal<u32>,
    loading: RwSignal<bool>,
    error: RwSignal<Option<ApiError>>,
    read: Box<dyn Fn() -> LocalBoxFuture<'static, Result<Keep, ApiError>>>,
) {
    let live = use_live();
    let turn = StoredValue::new(0_u32);
    Effect::new(move |_| {
        again.track();
        let _ = live.epoch();
        let reading = read();
        turn.update_value(|turn| *turn += 1);
        let mine = turn.get_value();
        loading.set(true);
        leptos::task::spawn_local(async move {
            let outcome = reading.await;
            // An answer that a later question has overtaken, or whose page is gone, is dropped.
            if turn.try_get_value() != Some(mine) {
                return;
            }
            loading.set(false);
            match outcome {
                Ok(keep) => {
                    error.set(None);
                    keep();
                }
                Err(failure) => error.set(Some(failure)),
            }
        });
    });
}
