//! The groups of fields of the policy editor.

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::model::Draft;
use crate::api::ApiError;
use crate::api::types::{AccessMode, Confirmation, OutageMode};
use crate::parts::field::{CheckField, LengthField, Pick, PickField, TextField};
use crate::parts::page::card;
use crate::t;

/// A signal a field. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Fields {
    texts: StoredValue<BTreeMap<&'static str, RwSignal<String>>>,
    checks: StoredValue<BTreeMap<&'static str, RwSignal<bool>>>,
    complaints: RwSignal<BTreeMap<String, String>>,
    turn: RwSignal<u32>,
}

/// Fields that are ticked or not.
const CHECKS: [&str; 5] =
    ["isDefault", "needsApproval", "cutAtEnd", "disableAccountAtEnd", "disableAccountOnDeny"];

impl Fields {
    /// Filled with a draft.
    #[must_use]
    pub fn new(draft: Draft) -> Self {
        let (mut texts, mut checks) = (BTreeMap::new(), BTreeMap::new());
        for (name, value) in draft {
            if CHECKS.contains(&name) {
                checks.insert(name, RwSignal::new(value == "true"));
            } else {
                texts.insert(name, RwSignal::new(value));
            }
        }
        Self {
            texts: StoredValue::new(texts),
            checks: StoredValue::new(checks),
            complaints: RwSignal::new(BTreeMap::new()),
            turn: RwSignal::new(0),
        }
    }

    /// What is typed now.
    #[must_use]
    pub fn draft(self) -> Draft {
        let texts =
            self.texts.with_value(|all| all.iter().map(|(name, s)| (*name, s.get())).collect::<Vec<_>>());
        let checks = self
            .checks
            .with_value(|all| all.iter().map(|(name, s)| (*name, s.get().to_string())).collect::<Vec<_>>());
        texts.into_iter().chain(checks).collect()
    }

    /// Back to a draft.
    pub fn fill(self, draft: &Draft) {
        for (name, value) in draft {
            self.texts.with_value(|all| all.get(name).map(|signal| signal.set(value.clone())));
            self.checks.with_value(|all| all.get(name).map(|signal| signal.set(value == "true")));
        }
        self.complaints.set(BTreeMap::new());
        self.turn.update(|turn| *turn += 1);
    }

    /// Puts complaints under their fields, in the place of earlier ones.
    pub fn complain(self, complaints: impl Iterator<Item = (&'static str, String)>) {
        self.complaints.set(complaints.map(|(name, text)| (name.to_owned(), text)).collect());
    }

    /// Puts the server's complaint under its field.
    pub fn refused(self, error: &ApiError) {
        if let Some(field) = error.field() {
            self.complaints.update(|all| {
                all.insert(field.to_owned(), error.text());
            });
        }
    }

    fn text(self, name: &'static str) -> RwSignal<String> {
        // The draft has every field of the contract; an unknown name would be a slip in this file.
        self.texts.with_value(|all| all.get(name).copied()).unwrap_or_default()
    }

    fn check(self, name: &'static str) -> RwSignal<bool> {
        self.checks.with_value(|all| all.get(name).copied()).unwrap_or_default()
    }

    fn error(self, name: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || self.complaints.with(|all| all.get(name).cloned()))
    }
}

/// All groups. They are drawn anew when the draft is discarded, because a length keeps its own unit.
pub fn groups(fields: Fields, changed: Memo<Vec<&'static str>>) -> AnyView {
    let form = Form { fields, changed };
    (move || {
        fields.turn.track();
        view! { {form.name()}{form.entry()}{form.confirmation()}{form.length()}{form.limits()}{form.places()}{form.outage()} }
    })
    .into_any()
}

#[derive(Clone, Copy)]
struct Form {
    fields: Fields,
    changed: Memo<Vec<&'static str>>,
}

impl Form {
    fn is_changed(self, name: &'static str) -> Signal<bool> {
        let changed = self.changed;
        Signal::derive(move || changed.with(|all| all.contains(&name)))
    }

    fn length_field(self, name: &'static str, label: String, hint: Option<String>) -> AnyView {
        let (value, error, changed) =
            (self.fields.text(name), self.fields.error(name), self.is_changed(name));
        let hint = hint.unwrap_or_default();
        view! { <LengthField label=label value=value name=name hint=hint error=error changed=changed /> }
            .into_any()
    }

    fn text_field(self, name: &'static str, label: String, hint: Option<String>) -> AnyView {
        let (value, error, changed) =
            (self.fields.text(name), self.fields.error(name), self.is_changed(name));
        let hint = hint.unwrap_or_default();
        view! { <TextField label=label value=value name=name hint=hint error=error changed=changed /> }
            .into_any()
    }

    fn number_field(self, name: &'static str, label: String, hint: Option<String>) -> AnyView {
        let (value, error, changed) =
            (self.fields.text(name), self.fields.error(name), self.is_changed(name));
        let hint = hint.unwrap_or_default();
        view! { <TextField label=label value=value name=name kind="number" hint=hint error=error changed=changed /> }
            .into_any()
    }

    fn check_field(self, name: &'static str, label: String, hint: Option<String>) -> AnyView {
        let (value, changed) = (self.fields.check(name), self.is_changed(name));
        match hint {
            Some(hint) => {
                view! { <CheckField label=label value=value name=name hint=hint changed=changed /> }
                    .into_any()
            }
            None => view! { <CheckField label=label value=value name=name changed=changed /> }.into_any(),
        }
    }

    fn name(self) -> AnyView {
        let body = view! {
            <div class="fields two">
                {self.text_field("name", t!("field-policy-name"), None)}
                {self.check_field("isDefault", t!("policy-is-default"), None)}
            </div>
        };
        group(t!("policy-name"), body.into_any())
    }

    fn entry(self) -> AnyView {
        let picks = vec![
            pick(AccessMode::OnRequest.wire(), t!("access-on-request"), t!("access-on-request-about"), false),
            pick(AccessMode::Always.wire(), t!("access-always"), t!("access-always-about"), false),
        ];
        let body = view! {
            <PickField legend=t!("policy-entry") value=self.fields.text("accessMode") name="accessMode" picks=picks />
            <div class="fields">
                {self.length_field("connectWindowSeconds", t!("policy-connect-window"), Some(t!("policy-connect-window-about")))}
            </div>
            {self.check_field("needsApproval", t!("policy-needs-approval"), None)}
        };
        group(t!("policy-entry"), body.into_any())
    }

    fn confirmation(self) -> AnyView {
        let picks = vec![
            pick(
                Confirmation::TelegramNumber.wire(),
                t!("confirmation-number"),
                t!("confirmation-number-about"),
                false,
            ),
            pick(Confirmation::Telegram.wire(), t!("confirmation-tap"), t!("confirmation-tap-about"), false),
            pick(Confirmation::None.wire(), t!("confirmation-none"), t!("confirmation-none-about"), true),
        ];
        let body = view! {
            <PickField legend=t!("policy-confirmation") value=self.fields.text("confirmation") name="confirmation"
                picks=picks />
            <div class="fields two">
                {self.length_field("confirmSeconds", t!("policy-confirm-seconds"), None)}
                {self.length_field("trustedReconnectSeconds", t!("policy-trusted"), Some(t!("policy-trusted-about")))}
            </div>
        };
        group(t!("policy-confirmation"), body.into_any())
    }

    fn length(self) -> AnyView {
        let body = view! {
            <div class="fields">
                {self.length_field("sessionSeconds", t!("policy-lasts"), None)}
                {self.length_field("remindBeforeSeconds", t!("policy-remind"), None)}
                {self.number_field("maxExtensions", t!("policy-extensions"), Some(t!("policy-extensions-about")))}
                {self.length_field("extensionSeconds", t!("policy-each-adds"), None)}
            </div>
            <div class="stack tight">
                {self.check_field("cutAtEnd", t!("policy-cut-at-end"), None)}
                {self.check_field("disableAccountAtEnd", t!("policy-disable-at-end"), None)}
            </div>
        };
        group(t!("policy-length"), body.into_any())
    }

    fn limits(self) -> AnyView {
        let body = view! {
            <div class="fields">
                {self.number_field("maxTunnels", t!("policy-tunnels"), Some(t!("policy-tunnels-about")))}
                {self.number_field("promptLimit", t!("policy-prompts"), None)}
                {self.length_field("promptWindowSeconds", t!("policy-prompts-in"), None)}
                {self.number_field("maxUnconfirmed", t!("policy-unanswered"), None)}
                {self.length_field("unconfirmedWindowSeconds", t!("policy-unanswered-in"), None)}
                {self.length_field("banSeconds", t!("policy-ban"), None)}
            </div>
            {self.check_field("disableAccountOnDeny", t!("policy-disable-on-deny"), Some(t!("policy-disable-on-deny-about")))}
        };
        group(t!("policy-limits"), body.into_any())
    }

    fn places(self) -> AnyView {
        let hours = self.fields.text("workingHours");
        let (error, changed) = (self.fields.error("workingHours"), self.is_changed("workingHours"));
        let body = view! {
            <div class="fields two">
                {self.text_field("allowedCountries", t!("policy-countries"), Some(t!("policy-countries-about")))}
                {self.text_field("allowedNetworks", t!("policy-networks"), Some(t!("policy-networks-about")))}
                <TextField label=t!("policy-hours") value=hours name="workingHours" lines=4 mono=true
                    hint=t!("policy-hours-about") error=error changed=changed />
                {self.text_field("timeZone", t!("policy-zone"), Some(t!("policy-zone-about")))}
            </div>
        };
        group(t!("policy-places"), body.into_any())
    }

    fn outage(self) -> AnyView {
        let picks = vec![
            pick(OutageMode::WaitClosed.wire(), t!("outage-wait"), t!("outage-wait-about"), false),
            pick(OutageMode::OfflineCode.wire(), t!("outage-code"), t!("outage-code-about"), false),
            pick(OutageMode::Open.wire(), t!("outage-open"), t!("outage-open-about"), true),
        ];
        let body = view! {
            <PickField legend=t!("policy-outage") value=self.fields.text("outage") name="outage" picks=picks />
        };
        group(t!("policy-outage"), body.into_any())
    }
}

fn group(title: String, body: AnyView) -> AnyView {
    card(title, ().into_any(), view! { <div class="body stack">{body}</div> }.into_any())
}

fn pick(value: &'static str, title: String, about: String, risky: bool) -> Pick {
    Pick { value, title, about, risky }
}
