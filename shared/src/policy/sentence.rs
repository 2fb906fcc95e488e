//! What a policy does, in one plain paragraph.

use super::{AccessMode, Confirmation, OutageMode, Policy};
use crate::{language::Language, message::Texts};

/// The policy in plain words, for the editor and for people.
pub fn sentence(policy: &Policy, language: Language) -> String {
    let texts = Texts::of(language);
    let span = |key: &str, seconds: u32| texts.line(key, &[("span", texts.span(seconds).into())]);
    let mut parts = vec![match (policy.access_mode, policy.needs_approval) {
        (AccessMode::Always, _) => texts.line("policy-always", &[]),
        (AccessMode::OnRequest, false) => texts.line("policy-on-request", &[]),
        (AccessMode::OnRequest, true) => texts.line("policy-on-request-approved", &[]),
    }];
    parts.push(match policy.confirmation {
        Confirmation::None => texts.line("policy-confirm-none", &[]),
        Confirmation::Telegram => span("policy-confirm-telegram", policy.confirm_seconds.0),
        Confirmation::TelegramNumber => span("policy-confirm-number", policy.confirm_seconds.0),
    });
    parts.push(span("policy-limit", policy.session_seconds.0));
    if policy.remind_before_seconds.0 > 0 {
        parts.push(span("policy-remind", policy.remind_before_seconds.0));
    }
    if policy.max_extensions > 0 {
        parts.push(texts.line(
            "policy-extend",
            &[
                ("times", i64::from(policy.max_extensions).into()),
                ("span", texts.span(policy.extension_seconds.0).into()),
            ],
        ));
    }
    parts.push(texts.line(
        match (policy.cut_at_end, policy.account_follows_session()) {
            (true, true) => "policy-end-cut-disable",
            (true, false) => "policy-end-cut",
            (false, true) => "policy-end-disable",
            (false, false) => "policy-end-close",
        },
        &[],
    ));
    if policy.outage == OutageMode::Open {
        parts.push(texts.line("policy-outage-open", &[]));
    }
    parts.join(" ")
}
