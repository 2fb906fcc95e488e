//! A policy while it is edited: text as typed, what differs from what is saved, what is wrong, and the plain words.

use std::collections::BTreeMap;

use sallyport_shared::policy as core;

use crate::api::ops::create_policy::{PolicyInput, WorkingHoursInput};
use crate::api::types::{AccessMode, Confirmation, Language, OutageMode, Policy, WorkingHours};
use crate::i18n::Key;
use crate::key;

/// All fields of a policy as text, by the API's names; yes is `true`.
pub type Draft = BTreeMap<&'static str, String>;

/// Fields that hold a whole number, and the least that is allowed.
const NUMBERS: [(&str, i64); 15] = [
    ("confirmSeconds", 1),
    ("sessionSeconds", 1),
    ("connectWindowSeconds", 1),
    ("remindBeforeSeconds", 0),
    ("maxExtensions", 0),
    ("extensionSeconds", 1),
    ("maxTunnels", 1),
    ("maxUnconfirmed", 1),
    ("unconfirmedWindowSeconds", 1),
    ("banSeconds", 1),
    ("promptLimit", 1),
    ("promptWindowSeconds", 1),
    ("trustedReconnectSeconds", 0),
    ("userCount", 0),
    ("liveSessionCount", 0),
];

/// What a new policy starts from: the policy of a fresh installation, without a name.
#[must_use]
pub fn fresh() -> Policy {
    let initial = core::Policy::initial(sallyport_shared::ids::PolicyId(uuid::Uuid::nil()));
    Policy { name: String::new(), is_default: false, ..of_core(initial) }
}

/// A policy as text.
#[must_use]
pub fn draft(policy: &Policy) -> Draft {
    let number = |value: i64| value.to_string();
    let yes = |value: bool| value.to_string();
    BTreeMap::from([
        ("name", policy.name.clone()),
        ("isDefault", yes(policy.is_default)),
        ("accessMode", policy.access_mode.wire().to_owned()),
        ("needsApproval", yes(policy.needs_approval)),
        ("confirmation", policy.confirmation.wire().to_owned()),
        ("confirmSeconds", number(policy.confirm_seconds)),
        ("sessionSeconds", number(policy.session_seconds)),
        ("connectWindowSeconds", number(policy.connect_window_seconds)),
        ("remindBeforeSeconds", number(policy.remind_before_seconds)),
        ("maxExtensions", number(policy.max_extensions)),
        ("extensionSeconds", number(policy.extension_seconds)),
        ("cutAtEnd", yes(policy.cut_at_end)),
        ("disableAccountAtEnd", yes(policy.disable_account_at_end)),
        ("disableAccountOnDeny", yes(policy.disable_account_on_deny)),
        ("maxTunnels", number(policy.max_tunnels)),
        ("maxUnconfirmed", number(policy.max_unconfirmed)),
        ("unconfirmedWindowSeconds", number(policy.unconfirmed_window_seconds)),
        ("banSeconds", number(policy.ban_seconds)),
        ("promptLimit", number(policy.prompt_limit)),
        ("promptWindowSeconds", number(policy.prompt_window_seconds)),
        ("trustedReconnectSeconds", number(policy.trusted_reconnect_seconds)),
        ("outage", policy.outage.wire().to_owned()),
        ("allowedNetworks", policy.allowed_networks.join(", ")),
        ("allowedCountries", policy.allowed_countries.join(", ")),
        ("workingHours", hours_text(&policy.working_hours)),
        ("timeZone", policy.time_zone.clone()),
    ])
}

/// Which fields differ.
#[must_use]
pub fn changes(saved: &Draft, now: &Draft) -> Vec<&'static str> {
    now.iter().filter(|(name, value)| saved.get(*name) != Some(value)).map(|(name, _)| *name).collect()
}

/// Words separated by commas or blanks.
fn words(text: &str) -> Vec<String> {
    text.split([',', ' ', ';', '\n'])
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Working hours, a line a weekday: `1 08:00-20:00`.
#[must_use]
pub fn hours_text(hours: &[WorkingHours]) -> String {
    hours.iter().map(|h| format!("{} {}-{}", h.weekday, h.from, h.to)).collect::<Vec<_>>().join("\n")
}

/// Working hours, read back; none if a line is not of this kind.
#[must_use]
pub fn hours(text: &str) -> Option<Vec<WorkingHours>> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| {
            let (weekday, span) = line.split_once(' ')?;
            let (from, to) = span.trim().split_once('-')?;
            let weekday: i64 = weekday.parse().ok().filter(|day| (1..=7).contains(day))?;
            let (from, to) = (from.trim(), to.trim());
            (minutes(from)? < minutes(to)?).then(|| WorkingHours {
                weekday,
                from: from.into(),
                to: to.into(),
            })
        })
        .collect()
}

/// "09:30" in minutes.
fn minutes(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute) = (hour.parse::<u16>().ok()?, minute.parse::<u16>().ok()?);
    (minute < 60 && (hour < 24 || (hour == 24 && minute == 0)) && text.len() == 5)
        .then_some(hour * 60 + minute)
}

/// Whether a word is a network: an address, with or without a prefix length.
fn is_network(word: &str) -> bool {
    let (address, prefix) = word.split_once('/').map_or((word, None), |(a, p)| (a, Some(p)));
    let Ok(address) = address.parse::<std::net::IpAddr>() else { return false };
    let most = if address.is_ipv4() { 32 } else { 128 };
    prefix.is_none_or(|prefix| prefix.parse::<u8>().is_ok_and(|prefix| prefix <= most))
}

/// What is wrong, by field.
#[must_use]
pub fn complaints(draft: &Draft) -> BTreeMap<&'static str, Key> {
    let mut found = BTreeMap::new();
    if draft["name"].trim().is_empty() {
        found.insert("name", key!("policy-name-missing"));
    }
    for (name, least) in NUMBERS {
        if let Some(text) = draft.get(name)
            && text.trim().parse::<i64>().ok().is_none_or(|number| number < least)
        {
            found.insert(name, if least == 0 { key!("number-from-0") } else { key!("number-from-1") });
        }
    }
    if !words(&draft["allowedNetworks"]).iter().all(|word| is_network(word)) {
        found.insert("allowedNetworks", key!("policy-network-wrong"));
    }
    let country = |word: &String| word.len() == 2 && word.chars().all(|c| c.is_ascii_alphabetic());
    if !words(&draft["allowedCountries"]).iter().all(country) {
        found.insert("allowedCountries", key!("policy-country-wrong"));
    }
    if hours(&draft["workingHours"]).is_none() {
        found.insert("workingHours", key!("policy-hours-wrong"));
    }
    found
}

/// The draft as a policy; what is wrong keeps the value of `base`.
#[must_use]
pub fn policy(draft: &Draft, base: &Policy) -> Policy {
    let text = |name: &str| draft.get(name).map(|text| text.trim().to_owned()).unwrap_or_default();
    let number = |name: &str, old: i64| text(name).parse().unwrap_or(old);
    let yes = |name: &str| text(name) == "true";
    Policy {
        id: base.id.clone(),
        user_count: base.user_count,
        live_session_count: base.live_session_count,
        name: text("name"),
        is_default: yes("isDefault"),
        access_mode: AccessMode::from_wire(&text("accessMode")).unwrap_or(base.access_mode),
        needs_approval: yes("needsApproval"),
        confirmation: Confirmation::from_wire(&text("confirmation")).unwrap_or(base.confirmation),
        confirm_seconds: number("confirmSeconds", base.confirm_seconds),
        session_seconds: number("sessionSeconds", base.session_seconds),
        connect_window_seconds: number("connectWindowSeconds", base.connect_window_seconds),
        remind_before_seconds: number("remindBeforeSeconds", base.remind_before_seconds),
        max_extensions: number("maxExtensions", base.max_extensions),
        extension_seconds: number("extensionSeconds", base.extension_seconds),
        cut_at_end: yes("cutAtEnd"),
        disable_account_at_end: yes("disableAccountAtEnd"),
        disable_account_on_deny: yes("disableAccountOnDeny"),
        max_tunnels: number("maxTunnels", base.max_tunnels),
        max_unconfirmed: number("maxUnconfirmed", base.max_unconfirmed),
        unconfirmed_window_seconds: number("unconfirmedWindowSeconds", base.unconfirmed_window_seconds),
        ban_seconds: number("banSeconds", base.ban_seconds),
        prompt_limit: number("promptLimit", base.prompt_limit),
        prompt_window_seconds: number("promptWindowSeconds", base.prompt_window_seconds),
        trusted_reconnect_seconds: number("trustedReconnectSeconds", base.trusted_reconnect_seconds),
        outage: OutageMode::from_wire(&text("outage")).unwrap_or(base.outage),
        allowed_networks: words(&text("allowedNetworks")),
        allowed_countries: words(&text("allowedCountries")).iter().map(|word| word.to_uppercase()).collect(),
        working_hours: hours(&draft["workingHours"]).unwrap_or_else(|| base.working_hours.clone()),
        time_zone: text("timeZone"),
    }
}

/// A policy as the API takes it.
#[must_use]
pub fn input(policy: &Policy) -> PolicyInput {
    let hour =
        |h: &WorkingHours| WorkingHoursInput { weekday: h.weekday, from: h.from.clone(), to: h.to.clone() };
    PolicyInput {
        name: Some(policy.name.clone()),
        is_default: Some(policy.is_default),
        access_mode: Some(policy.access_mode),
        needs_approval: Some(policy.needs_approval),
        confirmation: Some(policy.confirmation),
        confirm_seconds: Some(policy.confirm_seconds),
        session_seconds: Some(policy.session_seconds),
        connect_window_seconds: Some(policy.connect_window_seconds),
        remind_before_seconds: Some(policy.remind_before_seconds),
        max_extensions: Some(policy.max_extensions),
        extension_seconds: Some(policy.extension_seconds),
        cut_at_end: Some(policy.cut_at_end),
        disable_account_at_end: Some(policy.disable_account_at_end),
        disable_account_on_deny: Some(policy.disable_account_on_deny),
        max_tunnels: Some(policy.max_tunnels),
        max_unconfirmed: Some(policy.max_unconfirmed),
        unconfirmed_window_seconds: Some(policy.unconfirmed_window_seconds),
        ban_seconds: Some(policy.ban_seconds),
        prompt_limit: Some(policy.prompt_limit),
        prompt_window_seconds: Some(policy.prompt_window_seconds),
        trusted_reconnect_seconds: Some(policy.trusted_reconnect_seconds),
        outage: Some(policy.outage),
        allowed_networks: Some(policy.allowed_networks.clone()),
        allowed_countries: Some(policy.allowed_countries.clone()),
        working_hours: Some(policy.working_hours.iter().map(hour).collect()),
        time_zone: Some(policy.time_zone.clone()),
    }
}

/// The policy in plain words: said by the core, so that people in the bot read the same.
#[must_use]
pub fn sentence(policy: &Policy, language: Language) -> String {
    let language = match language {
        Language::Ru => sallyport_shared::language::Language::Ru,
        Language::En => sallyport_shared::language::Language::En,
    };
    core::sentence(&as_core(policy), language)
}

fn as_core(policy: &Policy) -> core::Policy {
    use sallyport_shared::time::Seconds;
    let seconds = |value: i64| Seconds(u32::try_from(value.max(0)).unwrap_or(u32::MAX));
    let count = |value: i64| u32::try_from(value.max(0)).unwrap_or(u32::MAX);
    let blank = core::Policy::initial(sallyport_shared::ids::PolicyId(uuid::Uuid::nil()));
    core::Policy {
        name: policy.name.clone(),
        is_default: policy.is_default,
        access_mode: match policy.access_mode {
            AccessMode::Always => core::AccessMode::Always,
            AccessMode::OnRequest => core::AccessMode::OnRequest,
        },
        needs_approval: policy.needs_approval,
        confirmation: match policy.confirmation {
            Confirmation::None => core::Confirmation::None,
            Confirmation::Telegram => core::Confirmation::Telegram,
            Confirmation::TelegramNumber => core::Confirmation::TelegramNumber,
        },
        confirm_seconds: seconds(policy.confirm_seconds),
        session_seconds: seconds(policy.session_seconds),
        connect_window_seconds: seconds(policy.connect_window_seconds),
        remind_before_seconds: seconds(policy.remind_before_seconds),
        max_extensions: count(policy.max_extensions),
        extension_seconds: seconds(policy.extension_seconds),
        cut_at_end: policy.cut_at_end,
        disable_account_at_end: policy.disable_account_at_end,
        disable_account_on_deny: policy.disable_account_on_deny,
        max_tunnels: count(policy.max_tunnels),
        max_unconfirmed: count(policy.max_unconfirmed),
        unconfirmed_window_seconds: seconds(policy.unconfirmed_window_seconds),
        ban_seconds: seconds(policy.ban_seconds),
        prompt_limit: count(policy.prompt_limit),
        prompt_window_seconds: seconds(policy.prompt_window_seconds),
        trusted_reconnect_seconds: seconds(policy.trusted_reconnect_seconds),
        outage: match policy.outage {
            OutageMode::WaitClosed => core::OutageMode::WaitClosed,
            OutageMode::OfflineCode => core::OutageMode::OfflineCode,
            OutageMode::Open => core::OutageMode::Open,
        },
        allowed_networks: policy.allowed_networks.clone(),
        allowed_countries: policy.allowed_countries.clone(),
        working_hours: policy.working_hours.iter().filter_map(core_hours).collect(),
        time_zone: policy.time_zone.clone(),
        ..blank
    }
}

/// The inverse of [`as_core`]; of what only the server knows nothing is said.
fn of_core(policy: core::Policy) -> Policy {
    let seconds = |value: sallyport_shared::time::Seconds| i64::from(value.0);
    Policy {
        id: String::new(),
        user_count: 0,
        live_session_count: 0,
        name: policy.name,
        is_default: policy.is_default,
        access_mode: match policy.access_mode {
            core::AccessMode::Always => AccessMode::Always,
            core::AccessMode::OnRequest => AccessMode::OnRequest,
        },
        needs_approval: policy.needs_approval,
        confirmation: match policy.confirmation {
            core::Confirmation::None => Confirmation::None,
            core::Confirmation::Telegram => Confirmation::Telegram,
            core::Confirmation::TelegramNumber => Confirmation::TelegramNumber,
        },
        confirm_seconds: seconds(policy.confirm_seconds),
        session_seconds: seconds(policy.session_seconds),
        connect_window_seconds: seconds(policy.connect_window_seconds),
        remind_before_seconds: seconds(policy.remind_before_seconds),
        max_extensions: policy.max_extensions.into(),
        extension_seconds: seconds(policy.extension_seconds),
        cut_at_end: policy.cut_at_end,
        disable_account_at_end: policy.disable_account_at_end,
        disable_account_on_deny: policy.disable_account_on_deny,
        max_tunnels: policy.max_tunnels.into(),
        max_unconfirmed: policy.max_unconfirmed.into(),
        unconfirmed_window_seconds: seconds(policy.unconfirmed_window_seconds),
        ban_seconds: seconds(policy.ban_seconds),
        prompt_limit: policy.prompt_limit.into(),
        prompt_window_seconds: seconds(policy.prompt_window_seconds),
        trusted_reconnect_seconds: seconds(policy.trusted_reconnect_seconds),
        outage: match policy.outage {
            core::OutageMode::WaitClosed => OutageMode::WaitClosed,
            core::OutageMode::OfflineCode => OutageMode::OfflineCode,
            core::OutageMode::Open => OutageMode::Open,
        },
        allowed_networks: policy.allowed_networks,
        allowed_countries: policy.allowed_countries,
        working_hours: policy.working_hours.iter().map(hours_of_core).collect(),
        time_zone: policy.time_zone,
    }
}

fn hours_of_core(hours: &core::WorkingHours) -> WorkingHours {
    let text = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    WorkingHours { weekday: hours.weekday.into(), from: text(hours.from), to: text(hours.to) }
}

fn core_hours(hours: &WorkingHours) -> Option<core::WorkingHours> {
    Some(core::WorkingHours {
        weekday: u8::try_from(hours.weekday).ok()?,
        from: minutes(&hours.from)?,
        to: minutes(&hours.to)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_policy_is_that_of_a_fresh_installation() {
        let mut initial = core::Policy::initial(sallyport_shared::ids::PolicyId(uuid::Uuid::nil()));
        assert_eq!((fresh().ban_seconds, fresh().extension_seconds), (30 * 60, 2 * 3600));
        assert_eq!(as_core(&Policy { name: initial.name.clone(), is_default: true, ..fresh() }), initial);
        initial.working_hours = vec![core::WorkingHours { weekday: 5, from: 9 * 60 + 5, to: 24 * 60 }];
        assert_eq!(as_core(&of_core(initial.clone())), initial);
    }

    #[test]
    fn a_draft_gives_back_the_policy_it_was_made_of() {
        let mut saved = fresh();
        saved.working_hours = vec![WorkingHours { weekday: 1, from: "08:00".into(), to: "20:00".into() }];
        saved.allowed_networks = vec!["203.0.113.0/24".into()];
        assert_eq!(policy(&draft(&saved), &saved), saved);
    }

    #[test]
    fn only_what_differs_is_a_change() {
        let saved = draft(&fresh());
        let mut now = saved.clone();
        now.insert("sessionSeconds", "60".into());
        assert_eq!(changes(&saved, &now), ["sessionSeconds"]);
    }

    #[test]
    fn a_wrong_field_is_named_and_a_short_one_is_not() {
        let mut now = draft(&fresh());
        now.insert("name", "Staff".into());
        now.insert("sessionSeconds", "1".into());
        assert!(complaints(&now).is_empty(), "every value from 1 up is accepted");
        now.insert("sessionSeconds", "0".into());
        now.insert("allowedNetworks", "203.0.113.0/33".into());
        now.insert("workingHours", "1 20:00-08:00".into());
        let fields: Vec<&str> = complaints(&now).into_keys().collect();
        assert_eq!(fields, ["allowedNetworks", "sessionSeconds", "workingHours"]);
    }

    #[test]
    fn the_plain_words_change_with_the_policy() {
        let mut now = fresh();
        let before = sentence(&now, Language::En);
        now.confirmation = Confirmation::None;
        assert_ne!(before, sentence(&now, Language::En));
        assert_ne!(before, sentence(&fresh(), Language::Ru));
    }
}
