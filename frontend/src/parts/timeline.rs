//! The chain of decisions: when, what, and below it why. What is planned is hollow.

use leptos::prelude::*;

use crate::api::types::Decision;
use crate::clock::use_clock;
use crate::i18n::Key;
use crate::time::{self, Moment};
use crate::{key, t};

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
        item(decision.at, now, tone, words(&decision.what), decision.why.clone())
    });
    let coming = planned.into_iter().map(|plan| item(plan.at, now, "todo", plan.what, plan.why));
    let items = done.chain(coming).collect_view();
    view! { <ol class="line">{items}</ol> }.into_any()
}

/// What was decided, in words; a name that this console does not know yet is shown as it is.
#[must_use]
pub fn words(what: &str) -> String {
    let key: Key = match what {
        "asked" => key!("did-asked"),
        "waits-for-approval" => key!("did-waits-for-approval"),
        "approved" => key!("did-approved"),
        "first-tunnel" => key!("did-first-tunnel"),
        "granted" => key!("did-granted"),
        "account-enabled" => key!("did-account-enabled"),
        "tunnel-seen" => key!("did-tunnel-seen"),
        "tunnel-boxed" => key!("did-tunnel-boxed"),
        "too-many-tunnels" => key!("did-too-many-tunnels"),
        "tunnel-gone" => key!("did-tunnel-gone"),
        "confirmed" => key!("did-confirmed"),
        "confirmed-by-admin" => key!("did-confirmed-by-admin"),
        "opened" => key!("did-opened"),
        "not-opened" => key!("did-not-opened"),
        "open-delayed" => key!("did-open-delayed"),
        "open-refused" => key!("did-open-refused"),
        "confirm-timeout" => key!("did-confirm-timeout"),
        "reminded" => key!("did-reminded"),
        "extended" => key!("did-extended"),
        "ended" => key!("did-ended"),
        "closed" => key!("did-closed"),
        "confirmed-by-code" => key!("did-confirmed-by-code"),
        "wrong-number" => key!("did-wrong-number"),
        "trusted-reconnect" => key!("did-trusted-reconnect"),
        "opened-in-outage" => key!("did-opened-in-outage"),
        "prompt-put-off" => key!("did-prompt-put-off"),
        "asked-late" => key!("did-asked-late"),
        "only-watched" => key!("did-only-watched"),
        "enforced-now" => key!("did-enforced-now"),
        "exposed" => key!("did-exposed"),
        "disconnected" => key!("did-disconnected"),
        "banned" => key!("did-banned"),
        "ends-earlier" => key!("did-ends-earlier"),
        "not-allowed-any-more" => key!("did-not-allowed-any-more"),
        "opened-unasked" => key!("did-opened-unasked"),
        "began-unasked" => key!("did-began-unasked"),
        "began-asked-for" => key!("did-began-asked-for"),
        "began-approved" => key!("did-began-approved"),
        "refused-hours" => key!("did-refused-hours"),
        "refused-network" => key!("did-refused-network"),
        "refused-country" => key!("did-refused-country"),
        other => return other.to_owned(),
    };
    key.text()
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

#[cfg(test)]
mod tests {
    use super::words;
    use crate::api::types::Language;
    use crate::i18n::speak;

    #[test]
    fn there_are_words_for_all_that_can_be_decided() {
        for language in [Language::En, Language::Ru] {
            speak(language);
            let missing: Vec<_> = sallyport_shared::session::DECISIONS
                .into_iter()
                .filter(|what| words(what) == *what)
                .collect();
            assert_eq!(missing, Vec::<&str>::new(), "{language:?}");
        }
        speak(Language::En);
        assert_eq!(words("of-another-time"), "of-another-time");
    }
}
