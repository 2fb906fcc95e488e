//! What a policy does, in one plain paragraph.

use super::{AccessMode, Confirmation, OutageMode, Policy, WorkingHours};
use crate::{
    language::Language,
    message::{Text, Texts},
    time::Seconds,
};

/// The policy in plain words, for the editor and for people: everything that it says, so that no two different ones read
/// alike.
pub fn sentence(policy: &Policy, language: Language) -> String {
    let words = Words(Texts::of(language));
    let mut parts = words.way_in(policy);
    parts.extend(words.time(policy));
    parts.extend(words.end(policy));
    if policy.confirmation != Confirmation::None {
        parts.extend(words.vigilance(policy));
    }
    parts.extend(words.admission(policy));
    parts.join(" ")
}

struct Words(Texts);

impl Words {
    fn line(&self, key: &str) -> String {
        self.0.line(key, &[])
    }

    fn span(&self, key: &str, span: Seconds) -> String {
        self.0.line(key, &[("span", self.0.span(span.0).into())])
    }

    fn counted(&self, key: &str, count: u32, spans: &[(&'static str, Seconds)]) -> String {
        let mut blanks: Vec<(&str, Text)> = vec![("count", i64::from(count).into())];
        blanks.extend(spans.iter().map(|(name, span)| (*name, self.0.span(span.0).into())));
        self.0.line(key, &blanks)
    }

    /// When one may come, and what opens.
    fn way_in(&self, policy: &Policy) -> Vec<String> {
        let mut parts = vec![self.line(match (policy.access_mode, policy.needs_approval) {
            (AccessMode::Always, false) => "policy-always",
            (AccessMode::Always, true) => "policy-always-approved",
            (AccessMode::OnRequest, false) => "policy-on-request",
            (AccessMode::OnRequest, true) => "policy-on-request-approved",
        })];
        parts.push(match policy.confirmation {
            Confirmation::None => self.line("policy-confirm-none"),
            Confirmation::Telegram => self.span("policy-confirm-telegram", policy.confirm_seconds),
            Confirmation::TelegramNumber => self.span("policy-confirm-number", policy.confirm_seconds),
        });
        if policy.confirmation != Confirmation::None && policy.trusted_reconnect_seconds.0 > 0 {
            parts.push(self.span("policy-trusted", policy.trusted_reconnect_seconds));
        }
        parts.push(self.counted("policy-tunnels", policy.max_tunnels, &[]));
        parts
    }

    /// How long, and how much longer.
    fn time(&self, policy: &Policy) -> Vec<String> {
        let mut parts = Vec::new();
        if policy.needs_approval {
            parts.push(self.span("policy-approval-window", policy.connect_window_seconds));
        }
        parts.push(self.span("policy-connect-window", policy.connect_window_seconds));
        parts.push(self.span("policy-limit", policy.session_seconds));
        if policy.remind_before_seconds.0 > 0 {
            parts.push(self.span("policy-remind", policy.remind_before_seconds));
        }
        if policy.max_extensions > 0 {
            let times = i64::from(policy.max_extensions).into();
            let span = self.0.span(policy.extension_seconds.0).into();
            parts.push(self.0.line("policy-extend", &[("times", times), ("span", span)]));
        }
        parts
    }

    /// What is taken away in the end.
    fn end(&self, policy: &Policy) -> Vec<String> {
        let mut parts = vec![self.line(match (policy.cut_at_end, policy.account_follows_session()) {
            (true, true) => "policy-end-cut-disable",
            (true, false) => "policy-end-cut",
            (false, true) => "policy-end-disable",
            (false, false) => "policy-end-close",
        })];
        if policy.disable_account_on_deny {
            parts.push(self.line("policy-deny"));
        }
        parts
    }

    /// What becomes of questions that nobody answers.
    fn vigilance(&self, policy: &Policy) -> Vec<String> {
        let window = ("window", policy.unconfirmed_window_seconds);
        vec![
            self.counted("policy-prompts", policy.prompt_limit, &[("span", policy.prompt_window_seconds)]),
            self.counted("policy-ban", policy.max_unconfirmed, &[window, ("ban", policy.ban_seconds)]),
            self.line(match policy.outage {
                OutageMode::WaitClosed => "policy-outage-wait",
                OutageMode::OfflineCode => "policy-outage-code",
                OutageMode::Open => "policy-outage-open",
            }),
        ]
    }

    /// From where and when.
    fn admission(&self, policy: &Policy) -> Vec<String> {
        let mut parts = Vec::new();
        let listed = |key: &str, all: &[String]| self.0.line(key, &[("list", all.join(", ").into())]);
        if !policy.allowed_networks.is_empty() {
            parts.push(listed("policy-networks", &policy.allowed_networks));
        }
        if !policy.allowed_countries.is_empty() {
            parts.push(listed("policy-countries", &policy.allowed_countries));
        }
        if !policy.working_hours.is_empty() {
            let hours = self.hours(&policy.working_hours).into();
            let zone = policy.time_zone.as_str().into();
            parts.push(self.0.line("policy-hours", &[("hours", hours), ("zone", zone)]));
        }
        parts
    }

    /// `Mon–Fri 09:00–18:00, Sat 10:00–14:00`: days of the same hours together.
    fn hours(&self, hours: &[WorkingHours]) -> String {
        let mut sorted: Vec<_> = hours.iter().map(|span| (span.from, span.to, span.weekday)).collect();
        sorted.sort_unstable();
        sorted.dedup();
        let mut runs: Vec<(u16, u16, u8, u8)> = Vec::new();
        for (from, to, day) in sorted {
            match runs.last_mut() {
                Some(run) if (run.0, run.1) == (from, to) && run.3 + 1 == day => run.3 = day,
                _ => runs.push((from, to, day, day)),
            }
        }
        runs.sort_by_key(|(from, _, first, _)| (*first, *from));
        let named = |day: u8| self.line(&format!("weekday-{day}"));
        let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        let said = runs.into_iter().map(|(from, to, first, last)| {
            let days =
                if first == last { named(first) } else { format!("{}–{}", named(first), named(last)) };
            format!("{days} {}–{}", clock(from), clock(to))
        });
        said.collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::PolicyId;

    fn policy() -> Policy {
        Policy { trusted_reconnect_seconds: Seconds(3_600), ..Policy::initial(PolicyId(uuid::Uuid::nil())) }
    }

    /// Each of these is another policy than [`policy`], by one field.
    fn others() -> Vec<Policy> {
        let seconds: [fn(&mut Policy) -> &mut Seconds; 9] = [
            |p| &mut p.confirm_seconds,
            |p| &mut p.session_seconds,
            |p| &mut p.connect_window_seconds,
            |p| &mut p.remind_before_seconds,
            |p| &mut p.extension_seconds,
            |p| &mut p.unconfirmed_window_seconds,
            |p| &mut p.ban_seconds,
            |p| &mut p.prompt_window_seconds,
            |p| &mut p.trusted_reconnect_seconds,
        ];
        let counts: [fn(&mut Policy) -> &mut u32; 4] = [
            |p| &mut p.max_extensions,
            |p| &mut p.max_tunnels,
            |p| &mut p.max_unconfirmed,
            |p| &mut p.prompt_limit,
        ];
        let spans = seconds.into_iter().map(|field| {
            let mut other = policy();
            field(&mut other).0 += 60;
            other
        });
        let numbers = counts.into_iter().map(|field| {
            let mut other = policy();
            *field(&mut other) += 1;
            other
        });
        let hours = |to| vec![WorkingHours { weekday: 1, from: 540, to }];
        let rest = [
            Policy { access_mode: AccessMode::Always, ..policy() },
            Policy { needs_approval: true, ..policy() },
            Policy { access_mode: AccessMode::Always, needs_approval: true, ..policy() },
            Policy { confirmation: Confirmation::None, ..policy() },
            Policy { confirmation: Confirmation::TelegramNumber, ..policy() },
            Policy { cut_at_end: false, ..policy() },
            Policy { disable_account_at_end: false, ..policy() },
            Policy { disable_account_on_deny: false, ..policy() },
            Policy { outage: OutageMode::OfflineCode, ..policy() },
            Policy { outage: OutageMode::Open, ..policy() },
            Policy { allowed_networks: vec!["192.0.2.0/24".to_owned()], ..policy() },
            Policy { allowed_countries: vec!["DE".to_owned()], ..policy() },
            Policy { working_hours: hours(1_080), ..policy() },
            Policy { working_hours: hours(1_079), ..policy() },
            Policy { working_hours: hours(1_080), time_zone: "Europe/Berlin".to_owned(), ..policy() },
        ];
        spans.chain(numbers).chain(rest).collect()
    }

    #[test]
    fn no_two_policies_read_alike() {
        for language in Language::ALL {
            let mut said = vec![sentence(&policy(), language)];
            for other in others() {
                let words = sentence(&other, language);
                assert!(!words.contains("policy-") && !words.contains("weekday-"), "{words}");
                assert!(!said.contains(&words), "two policies read alike: {words}");
                said.push(words);
            }
        }
    }

    #[test]
    fn days_of_the_same_hours_are_said_together() {
        let day = |weekday, from, to| WorkingHours { weekday, from, to };
        let week = [5, 1, 2, 3, 4].map(|weekday| day(weekday, 540, 1_080));
        let hours = week.into_iter().chain([day(6, 600, 840), day(3, 1_200, 1_440)]).collect::<Vec<_>>();
        let said = |language| Words(Texts::of(language)).hours(&hours);
        assert_eq!(said(Language::En), "Mon–Fri 09:00–18:00, Wed 20:00–24:00, Sat 10:00–14:00");
        assert_eq!(said(Language::Ru), "пн–пт 09:00–18:00, ср 20:00–24:00, сб 10:00–14:00");
    }
}
