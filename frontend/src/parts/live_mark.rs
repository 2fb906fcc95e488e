//! The live mark: whether what is on screen is true now, and the banner when it has not been for five seconds.

use leptos::prelude::*;

use super::icon::icon;
use super::toast::use_toasts;
use crate::api::{LiveState, use_live};
use crate::clock::use_clock;
use crate::t;
use crate::time;

/// Offline for longer than this, a banner says so.
const BANNER_AFTER_SECONDS: i64 = 5;

/// "Live", or since when it is not.
#[component]
pub fn LiveMark() -> AnyView {
    let live = use_live();
    view! {
        <span class="live" class:off=move || live.state() != LiveState::Live role="status" data-testid="live-mark">
            <i></i>
            {move || match live.state() {
                LiveState::Live => t!("live-on"),
                LiveState::Connecting => t!("live-connecting"),
                LiveState::Reconnecting { last_news, .. } => t!("live-off", time = time::seconds(last_news)),
            }}
        </span>
    }
    .into_any()
}

/// Says that the page is not live, and that it caught up when it is again.
#[component]
pub fn OfflineBanner() -> AnyView {
    let (live, clock, toasts) = (use_live(), use_clock(), use_toasts());
    Effect::new(move |before: Option<u32>| {
        let epoch = live.epoch();
        if before.is_some_and(|before| before != epoch) {
            toasts.note(t!("live-back"));
        }
        epoch
    });
    let offline = Memo::new(move |_| match live.state() {
        LiveState::Reconnecting { last_news, since } if clock.now().since(since) >= BANNER_AFTER_SECONDS => {
            Some(last_news)
        }
        _ => None,
    });
    (move || {
        offline.get().map(|last_news| {
            view! {
                <div class="cq offline">
                    <div class="banner warn" role="status">
                        {icon("off")}
                        <p>
                            <strong>{t!("offline-since", time = time::seconds(last_news))}</strong>
                            " "
                            {t!("offline-about")}
                        </p>
                        <span class="row">
                            <button type="button" class="btn small" on:click=move |_| live.try_now()>
                                {t!("action-try-now")}
                            </button>
                        </span>
                    </div>
                </div>
            }
        })
    })
    .into_any()
}
