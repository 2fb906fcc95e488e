//! The chain of decisions: when, what, and below it why. What is planned is hollow.

use leptos::prelude::*;

use crate::api::types::Decision;
use crate::clock::use_clock;
use crate::t;
use crate::time::{self, Moment};

/// What will happen by itself.
#[derive(Clone)]
pub struct Planned {
    /// When.
    pub at: Moment,
    /// What.
    pub what: String,
    /// And why.
    pub why: String,
}

/// Decisions from the oldest to the newest, then what is planned. `tone` colours the newest one.
#[must_use]
pub fn timeline(decisions: &[Decision], planned: Vec<Planned>, tone: &'static str) -> AnyView {
    if decisions.is_empty() && planned.is_empty() {
        return view! { <p class="muted small">{t!("timeline-empty")}</p> }.into_any();
    }
    let now = use_clock().read();
    let last = decisions.len().saturating_sub(1);
    let done = decisions.iter().enumerate().map(|(index, decision)| {
        let tone = if index == last { tone } else { "" };
        item(decision.at, now, tone, decision.what.clone(), decision.why.clone())
    });
    let coming = planned.into_iter().map(|plan| item(plan.at, now, "todo", plan.what, plan.why));
    let items = done.chain(coming).collect_view();
    view! { <ol class="line">{items}</ol> }.into_any()
}

fn item(at: Moment, now: Moment, tone: &'static str, what: String, why: String) -> AnyView {
    let shown = match (time::same_day(at, now), tone == "todo") {
        (true, true) => time::clock(at),
        (true, false) => time::seconds(at),
        (false, _) => time::short(at, now),
    };
    view! {
        <li>
            <time datetime=at.rfc3339() title=time::full(at)>{shown}</time>
            <i class=tone></i>
            <div>
                <b>{what}</b>
                <span>{why}</span>
            </div>
        </li>
    }
    .into_any()
}
