//! Every reason has words in both languages, without a blank that stays empty, and is read back as it was kept.

mod locales;

use locales::blanks;
use sallyport_shared::{
    language::Language,
    message::{Text, Texts},
    reason::{Reason, Unwelcome},
    time::Seconds,
};
use std::collections::BTreeSet;

/// One of each. A reason that is missing here is missed by [`is_here`].
fn all() -> Vec<Reason> {
    let text = || "ж<b>".to_owned();
    let some = || Some("203.0.113.7".to_owned());
    let (account, caller, router, policy) = (text(), some(), "hq-gw".to_owned(), "Офис".to_owned());
    vec![
        Reason::Words { text: text() },
        Reason::InTelegram,
        Reason::ByAdmin { name: text(), reason: None },
        Reason::ByAdmin { name: text(), reason: Some(text()) },
        Reason::OnCaptivePage,
        Reason::OutOfBox,
        Reason::AddressTaken,
        Reason::PolicyNeedsApproval { policy: policy.clone() },
        Reason::Granted { seconds: Seconds(5_400), policy: policy.clone() },
        Reason::ReadBack { router: router.clone() },
        Reason::AlwaysOn,
        Reason::CameFrom { service: "SSTP".to_owned(), caller: some(), address: some() },
        Reason::CameFrom { service: "SSTP".to_owned(), caller: None, address: None },
        Reason::KnownCaller,
        Reason::TelegramOut,
        Reason::NoConfirmationWanted,
        Reason::TunnelsAllowed { count: 1 },
        Reason::TunnelsAllowed { count: 2 },
        Reason::TunnelsAllowed { count: 5 },
        Reason::QuestionsPut { count: 3 },
        Reason::PlaceFree,
        Reason::Unconfirmed { count: 10, seconds: Seconds(1_800) },
        Reason::TooManyUnconfirmed,
        Reason::WrongNumberPicked,
        Reason::WrongNumber,
        Reason::NotConfirmedInTime,
        Reason::NoAnswer,
        Reason::NobodyDecided,
        Reason::NeverCame,
        Reason::TimeIsOver,
        Reason::EndIsNear,
        Reason::LessTime { policy: policy.clone() },
        Reason::RuledOut { policy: policy.clone() },
        Reason::GoneBeforeOpening,
        Reason::RouterSilent,
        Reason::RouterRefused,
        Reason::NotShown,
        Reason::Restarted,
        Reason::OnlyWatched { router: router.clone() },
        Reason::WatchedUntilNow,
        Reason::PersonBlocked,
        Reason::AccountTakenAway,
        Reason::AsksToRegister { name: text() },
        Reason::AsksForAccess { account: account.clone(), router: router.clone() },
        Reason::WaitsForApproval,
        Reason::WaitsForAnswer { account: account.clone(), caller: None },
        Reason::SaidNotMe { account: account.clone(), caller: caller.clone() },
        Reason::WornDown { count: 10, account: account.clone(), caller: caller.clone() },
        Reason::WouldNotOpen { router: router.clone(), account: account.clone() },
        Reason::WouldNotSwitchOn { router: router.clone(), account: account.clone(), said: text() },
        Reason::WouldNotClose { router: router.clone(), account: account.clone(), said: text() },
        Reason::NotRemoved { router: router.clone(), account: account.clone(), said: text(), on: false },
        Reason::EnteredTwice { router: router.clone(), other: "hq".to_owned() },
        Reason::OtherDevice { router: router.clone(), before: "A1".to_owned(), found: "B2".to_owned() },
        Reason::DoesNotAnswer { router },
        Reason::OtherCertificate { found: "ab12".to_owned() },
        Reason::TunnelElsewhere {
            account: account.clone(),
            nas: "192.0.2.9".to_owned(),
            caller: caller.clone(),
        },
        Reason::CommandFails,
        Reason::ClockSet { seconds: -7_200 },
        Reason::Outage { wait: vec![policy.clone()], codes: vec![text()], open: vec![text(), text()] },
        Reason::Outage { wait: Vec::new(), codes: Vec::new(), open: vec![text()] },
        Reason::NoPageAddress { policies: vec![policy.clone()] },
        Reason::NoCountries { policies: vec![policy] },
        Reason::IsBanned {
            address: "203.0.113.7".to_owned(),
            why: Box::new(Reason::BannedNotMe { account: account.clone() }),
        },
        Reason::BotForbidden { said: text() },
        Reason::BotIsDeaf { said: text() },
        Reason::MessageRefused { said: text() },
        Reason::BoxOpen {
            words: "profile-none".to_owned(),
            blanks: vec![("list".to_owned(), Text::from("2fa")), ("position".to_owned(), Text::Number(3))],
        },
        Reason::BanSpared { address: "198.51.100.7".to_owned(), who: "admin".to_owned() },
        Reason::BannedNotMe { account: account.clone() },
        Reason::BannedUnconfirmed { count: 10, account: account.clone() },
        Reason::Then { account: account.clone(), caller, then: "banned".to_owned() },
        Reason::BeganThen { account, then: "began-approved".to_owned() },
    ]
    .into_iter()
    .chain(found_on_routers())
    .collect()
}

/// Those of routers, each of them with all that its words choose between.
fn found_on_routers() -> Vec<Reason> {
    let (account, rule) = (|| "ж<b>".to_owned(), || "2FA Иван".to_owned());
    let (address, caller) = (|| "10.8.0.7".to_owned(), || Some("203.0.113.7".to_owned()));
    let unwelcome = [
        Unwelcome::NobodysAccount,
        Unwelcome::NoAddress,
        Unwelcome::TooMany,
        Unwelcome::Banned,
        Unwelcome::NoSession,
        Unwelcome::NotInBox,
        Unwelcome::AddressTaken,
    ];
    let unwelcome = unwelcome.into_iter().flat_map(|why| {
        [false, true].map(|watched| Reason::Unwelcome { account: account(), caller: caller(), why, watched })
    });
    let switched = [false, true].into_iter().flat_map(|on| {
        [
            Reason::RuleFound { rule: rule(), on },
            Reason::AccountFound { account: account(), on },
            Reason::WouldSwitchAccount { account: account(), on },
        ]
    });
    let rest = [
        Reason::AllowEntryLeftOver { address: address() },
        Reason::AllowEntryForeign { address: address() },
        Reason::AllowEntryChanged { address: address() },
        Reason::AllowEntryElsewhere { address: address() },
        Reason::AllowEntryShared { address: address() },
        Reason::TunnelSpared { account: account(), address: address(), who: "boss".to_owned() },
        Reason::ManagersUnknown { account: account(), address: address() },
        Reason::AllowEntryMissing { account: account() },
        Reason::RuleGone { rule: rule() },
        Reason::RuleChanged { rule: rule() },
        Reason::AccountNotThere { account: account() },
        Reason::BanMissing { address: address() },
        Reason::NotInBox { account: account(), address: None, list: "2fa".to_owned() },
        Reason::WouldOpen { account: account(), caller: caller() },
        Reason::WouldClose { account: account(), caller: None },
        Reason::WouldCut { account: account(), caller: caller() },
        Reason::WouldBan { address: address(), seconds: Seconds(1_800) },
        Reason::WouldLiftBan { address: address() },
        Reason::WouldSwitchRuleOff { rule: rule() },
    ];
    let elsewhere = [false, true].map(|watched| Reason::EndsElsewhere {
        account: account(),
        nas: "192.0.2.9".to_owned(),
        caller: caller(),
        watched,
    });
    rest.into_iter().chain(elsewhere).chain(switched).chain(unwelcome).collect()
}

/// A new reason does not compile until it is named here, and then has to be put into [`all`] as well.
fn is_here(reason: &Reason) {
    use Reason as R;
    match reason {
        R::Words { .. }
        | R::InTelegram
        | R::ByAdmin { .. }
        | R::OnCaptivePage
        | R::PolicyNeedsApproval { .. } => {}
        R::Granted { .. } | R::ReadBack { .. } | R::AlwaysOn | R::CameFrom { .. } | R::KnownCaller => {}
        R::TelegramOut | R::NoConfirmationWanted | R::TunnelsAllowed { .. } | R::QuestionsPut { .. } => {}
        R::PlaceFree | R::Unconfirmed { .. } | R::TooManyUnconfirmed | R::WrongNumberPicked => {}
        R::WrongNumber | R::NotConfirmedInTime | R::NoAnswer | R::NobodyDecided | R::NeverCame => {}
        R::TimeIsOver | R::EndIsNear | R::LessTime { .. } | R::RuledOut { .. } | R::GoneBeforeOpening => {}
        R::RouterSilent | R::RouterRefused | R::NotShown | R::Restarted | R::PersonBlocked => {}
        R::OnlyWatched { .. } | R::WatchedUntilNow | R::NoPageAddress { .. } | R::BotIsDeaf { .. } => {}
        R::AccountTakenAway | R::AsksToRegister { .. } | R::AsksForAccess { .. } | R::WaitsForApproval => {}
        R::WaitsForAnswer { .. } | R::SaidNotMe { .. } | R::WornDown { .. } | R::WouldNotOpen { .. } => {}
        R::WouldNotSwitchOn { .. } | R::WouldNotClose { .. } | R::NotRemoved { .. } => {}
        R::DoesNotAnswer { .. }
        | R::OtherCertificate { .. }
        | R::EnteredTwice { .. }
        | R::OtherDevice { .. }
        | R::CommandFails
        | R::TunnelElsewhere { .. }
        | R::ClockSet { .. } => {}
        R::Outage { .. } | R::NoCountries { .. } | R::IsBanned { .. } | R::BotForbidden { .. } => {}
        R::MessageRefused { .. }
        | R::BoxOpen { .. }
        | R::BanSpared { .. }
        | R::BannedNotMe { .. }
        | R::BannedUnconfirmed { .. } => {}
        R::Then { .. } | R::BeganThen { .. } | R::AllowEntryLeftOver { .. } | R::AllowEntryForeign { .. } => {
        }
        R::AllowEntryChanged { .. } | R::AllowEntryMissing { .. } | R::RuleGone { .. } => {}
        R::RuleChanged { .. } | R::RuleFound { .. } | R::AccountFound { .. } | R::AccountNotThere { .. } => {}
        R::BanMissing { .. } | R::NotInBox { .. } | R::Unwelcome { .. } | R::WouldOpen { .. } => {}
        R::WouldSwitchAccount { .. } | R::WouldClose { .. } | R::WouldCut { .. } | R::WouldBan { .. } => {}
        R::AllowEntryElsewhere { .. }
        | R::OutOfBox
        | R::AddressTaken
        | R::AllowEntryShared { .. }
        | R::ManagersUnknown { .. }
        | R::TunnelSpared { .. } => {}
        R::EndsElsewhere { .. } | R::WouldLiftBan { .. } | R::WouldSwitchRuleOff { .. } => {}
    }
}

/// How many kinds [`is_here`] names.
const KINDS: usize = 92;

#[test]
fn every_reason_is_said_in_both_languages() {
    let mut codes = BTreeSet::new();
    for reason in all() {
        is_here(&reason);
        codes.insert(reason.code());
        let said = Language::ALL.map(|language| reason.say(language));
        for words in &said {
            assert!(
                !words.is_empty() && !words.contains("{$") && !words.contains("{ $"),
                "{reason:?}: {words}"
            );
            assert!(!words.starts_with(&reason.code().replace('_', "-")), "no words for {reason:?}");
            assert!(!words.contains("&lt;"), "plain text, not markup: {words}");
        }
        assert!(
            said[0] != said[1] || matches!(reason, Reason::Words { .. }),
            "the same in both: {}",
            said[0]
        );
    }
    assert_eq!(codes.len(), KINDS, "one of each: {codes:?}");
}

#[test]
fn every_reason_is_read_back_and_rows_of_before_are_words() {
    for reason in all() {
        assert_eq!(Reason::read(&reason.stored()), reason);
    }
    for old in ["Read back from hq-gw", "", "{\"code\":\"of another version\"}", "{}", "12", "null"] {
        assert_eq!(Reason::read(old), Reason::Words { text: old.to_owned() });
        assert_eq!(Reason::read(old).say(Language::Ru), old);
    }
}

#[test]
fn both_languages_have_the_same_texts() {
    let english = blanks(include_str!("../locales/reasons.en.ftl"));
    assert_eq!(english, blanks(include_str!("../locales/reasons.ru.ftl")));
    let used: BTreeSet<String> = all().iter().map(|reason| reason.code().replace('_', "-")).collect();
    let more =
        ["by-admin-because", "outage-wait", "outage-codes", "outage-open", "unknown-address", "no-address"];
    let unused: Vec<_> =
        english.keys().filter(|key| !used.contains(*key) && !more.contains(&key.as_str())).collect();
    assert!(unused.is_empty(), "words for nothing: {unused:?}");
    for language in Language::ALL {
        let texts = Texts::of_reasons(language);
        assert!(english.keys().all(|key| texts.has(key)), "a text cannot be read");
    }
}

#[test]
fn every_verdict_of_the_past_has_words_of_its_own() {
    let verdicts = ["refused-hours", "refused-network", "refused-country", "too-many-tunnels", "banned"];
    let verdicts = verdicts.into_iter().chain(["trusted-reconnect", "opened-unasked", "asked"]);
    for language in Language::ALL {
        let said: BTreeSet<String> = verdicts
            .clone()
            .map(|then| Reason::Then { account: "anna".to_owned(), caller: None, then: then.to_owned() })
            .map(|reason| reason.say(language))
            .collect();
        assert_eq!(said.len(), 8, "{said:?}");
        let began = ["began-unasked", "began-asked-for", "began-approved"];
        let said: BTreeSet<String> = began
            .map(|then| Reason::BeganThen { account: "anna".to_owned(), then: then.to_owned() }.say(language))
            .into();
        assert_eq!(said.len(), 3, "{said:?}");
    }
}
