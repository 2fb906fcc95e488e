//! Everything that people are told has words in every language, with the same blanks to fill in.

mod locales;

use locales::blanks;
use sallyport_shared::{
    ids::{SessionId, UserId},
    language::Language,
    message::{About, AdminMessage, Alarm, Facts, Many, Message, SessionEntry, Text, Texts, Warning},
    person::UserStatus,
    session::{EndReason, Outcome, Refusal, SessionState},
    time::{Seconds, Timestamp},
};

const RU: &str = include_str!("../locales/ru.ftl");
const EN: &str = include_str!("../locales/en.ftl");

/// The buttons, commands and short answers of the bot, which are no messages.
const LINES: [&str; 71] = [
    "button-register",
    "button-get-vpn",
    "button-sessions",
    "button-status",
    "button-language",
    "button-help",
    "button-confirm",
    "button-not-me",
    "button-extend",
    "button-finish",
    "button-approve",
    "button-reject",
    "command-start",
    "command-register",
    "command-vpn",
    "command-sessions",
    "command-status",
    "command-language",
    "command-help",
    "toast-confirmed",
    "toast-not-me",
    "toast-extended",
    "toast-finished",
    "toast-asked",
    "toast-language",
    "toast-approved",
    "toast-rejected",
    "toast-decided",
    "toast-no-right",
    "rejected-in-telegram",
    "too-fast",
    "trouble",
    "private-only",
    "button-registrations",
    "button-requests",
    "button-live-sessions",
    "button-back",
    "button-older",
    "button-newer",
    "button-end",
    "button-really-end",
    "button-no-reason",
    "button-show",
    "button-admin",
    "command-admin",
    "command-stop",
    "toast-role",
    "toast-chosen",
    "toast-ended",
    "reason-unknown",
    "reason-not-now",
    "button-codes",
    "button-codes-begin",
    "button-codes-anew",
    "button-codes-remove",
    "command-code",
    "box-nothing",
    "box-number",
    "box-blocked",
    "box-silent",
    "box-tap",
    "box-unasked",
    "box-opening",
    "box-inside",
    "box-code",
    "box-code-send",
    "box-code-wrong",
    "box-code-many",
    "box-code-late",
    "box-trouble",
    "toast-wrong-number",
];

/// Breaks the build when a message is added, so that it gets a sample below.
fn is_sampled(message: &Message) {
    use Message as M;
    match message {
        M::Welcome | M::AskName | M::BadName { .. } | M::RegistrationFiled { .. } => {}
        M::RegistrationPending { .. } | M::RegistrationApproved { .. } | M::RegistrationRejected { .. } => {}
        M::RegistrationApprovedAlways { .. } | M::RegistrationApprovedOnApproval { .. } | M::HelpStranger => {
        }
        M::Blocked | M::Menu { .. } | M::Help { .. } | M::HelpAlways { .. } => {}
        M::ChooseLanguage | M::LanguageSet | M::JustConnect { .. } => {}
        M::NoAccounts | M::ChooseAccount | M::SessionRequested { .. } | M::GrantDelayed { .. } => {}
        M::GrantRefused { .. } | M::EndRefused { .. } => {}
        M::SessionGranted { .. } | M::SessionRefused { .. } | M::RequestLapsed { .. } => {}
        M::Prompt { .. } | M::PromptOver { .. } | M::Opened { .. } | M::OpenDelayed { .. } => {}
        M::OpenRefused { .. } | M::TunnelGone { .. } | M::ConfirmTimedOut { .. } => {}
        M::WrongNumber { .. } | M::Codes { .. } | M::CodesSeed { .. } => {}
        M::CodesWrong | M::CodesOn { .. } | M::CodesOff | M::CodesUnused { .. } => {}
        M::PromptsPaused { .. } | M::EndsEarlier { .. } => {}
        M::TooManyTunnels { .. } | M::ForeignPlace { .. } | M::OutsideHours { .. } => {}
        M::Reminder { .. } | M::ReminderOver { .. } | M::HoursOver { .. } | M::Extended { .. } => {}
        M::DeniedByAdmin { .. } | M::AccountLinked { .. } | M::NoSessionsAlways => {}
        M::SessionEnded { .. } | M::EndDelayed { .. } | M::NoSessions | M::SessionLine { .. } => {}
        M::Status { .. } | M::Refused { .. } | M::Trouble | M::PrivateOnly | M::TooFast => {}
        M::BadInvitation | M::InvitationTaken { .. } | M::Stopped => {}
        M::Admin(message) => is_sampled_for_administrators(message),
    }
}

fn is_sampled_for_administrators(message: &AdminMessage) {
    use AdminMessage as A;
    match message {
        A::Linked { .. } | A::Unlinked { .. } | A::Warning { .. } => {}
        A::Menu { .. } | A::Registrations { .. } => {}
        A::Registration { .. } | A::RegistrationOver { .. } | A::Requests { .. } | A::Request { .. } => {}
        A::RequestOver { .. } | A::AskReason { .. } | A::BadReason { .. } | A::Sessions { .. } => {}
        A::Session { .. } | A::ConfirmEnd { .. } | A::Alarm { .. } | A::Many { .. } | A::Gone => {}
    }
}

/// What administrators are told, one of each that has words of its own.
fn for_administrators() -> Vec<AdminMessage> {
    use AdminMessage as A;
    let session = SessionId("0197a000-0000-7000-8000-000000000001".parse().unwrap());
    let user = UserId("0197a000-0000-7000-8000-000000000002".parse().unwrap());
    let until = Some(Timestamp::from_micros(1_795_345_500_000_000));
    let name = || "Анна <Лебедева> & Co".to_owned();
    let (account, router) = (|| "anna".to_owned(), || "Office".to_owned());
    let state = SessionState::Active;
    let entry = || SessionEntry { session, name: name(), account: account(), router: router(), state };
    let caller = Some("203.0.113.7".to_owned());
    let by = Some("marina".to_owned());
    let mut all = vec![
        A::Linked { username: "root".to_owned() },
        A::Unlinked { username: "root".to_owned() },
        A::Menu { registrations: 2, requests: 0, sessions: 31 },
        A::Registrations { page: 0, pages: 1, people: vec![] },
        A::Registrations { page: 0, pages: 3, people: vec![(user, name())] },
        A::Registration { user, name: name(), handle: None, menu: false },
        A::Registration { user, name: name(), handle: Some("anna_l".to_owned()), menu: true },
        A::Requests { page: 0, pages: 1, entries: vec![] },
        A::Requests { page: 1, pages: 2, entries: vec![entry()] },
        A::Request { session, name: name(), account: account(), router: router(), menu: false },
        A::AskReason { about: About::Person { user }, name: name() },
        A::AskReason { about: About::Session { session }, name: name() },
        A::BadReason { max: 500 },
        A::Sessions { page: 0, pages: 1, total: 0, entries: vec![] },
        A::Sessions { page: 0, pages: 2, total: 12, entries: vec![entry()] },
        A::ConfirmEnd { session, name: name(), account: account(), router: router(), page: 0 },
        A::Gone,
    ];
    all.extend(Warning::ALL.map(|warning| A::Warning { warning, username: "root".to_owned() }));
    let over = [UserStatus::Approved, UserStatus::Rejected, UserStatus::Blocked, UserStatus::Pending];
    all.extend(over.map(|status| A::RegistrationOver {
        name: name(),
        status,
        by: by.clone(),
        reason: Some("не наш".to_owned()),
    }));
    let over =
        [(true, None), (false, Some(EndReason::Refused)), (false, Some(EndReason::Expired)), (false, None)];
    all.extend(over.map(|(approved, reason)| A::RequestOver {
        name: name(),
        account: account(),
        approved,
        reason,
    }));
    all.extend(SESSION_STATES.map(|state| A::Session {
        session,
        name: name(),
        account: account(),
        router: router(),
        state,
        caller: caller.clone(),
        until,
        page: 0,
    }));
    let facts = Facts {
        name: Some(name()),
        account: Some(account()),
        router: Some(router()),
        caller,
        detail: Some("no answer within 5s".to_owned()),
    };
    all.extend(Alarm::ALL.map(|alarm| A::Alarm { alarm, facts: facts.clone() }));
    let many = [Many::Registrations, Many::Requests].into_iter().chain(Alarm::ALL.map(Many::Alarms));
    all.extend(many.map(|many| A::Many { many, count: 4, names: vec![name(), "B".to_owned()] }));
    let names: Vec<String> = ('a'..'h').map(String::from).collect();
    all.extend([1, 21, 35].map(|count| A::Many { many: Many::Requests, count, names: names.clone() }));
    all
}

const SESSION_STATES: [SessionState; 5] = [
    SessionState::Requested,
    SessionState::Granted,
    SessionState::Confirming,
    SessionState::Active,
    SessionState::Ended,
];

/// One of each, and each variant that has words of its own.
fn samples() -> Vec<Message> {
    let account = || "anna".to_owned();
    let router = || "Office".to_owned();
    let name = || "Анна <Лебедева> & Co".to_owned();
    let at = Timestamp::from_micros(1_795_345_500_000_000);
    let until = Some(at);
    let session = SessionId("0197a000-0000-7000-8000-000000000001".parse().unwrap());
    let caller = || Some("203.0.113.7".to_owned());
    let address = || Some("10.8.0.5".to_owned());
    let mut all = vec![
        Message::Welcome,
        Message::AskName,
        Message::BadName { max: 100 },
        Message::RegistrationFiled { name: name() },
        Message::RegistrationPending { name: name() },
        Message::RegistrationApproved { name: name() },
        Message::RegistrationApprovedAlways { name: name() },
        Message::RegistrationApprovedOnApproval { name: name() },
        Message::RegistrationRejected { reason: "не наш сотрудник".to_owned() },
        Message::Blocked,
        Message::Menu { name: name() },
        Message::Help { codes: false },
        Message::Help { codes: true },
        Message::HelpAlways { codes: true },
        Message::HelpStranger,
        Message::ChooseLanguage,
        Message::LanguageSet,
        Message::NoAccounts,
        Message::ChooseAccount,
        Message::JustConnect { accounts: "anna (Office)".to_owned() },
        Message::SessionRequested { account: account(), decide_by: until },
        Message::GrantDelayed { account: account(), router: router() },
        Message::GrantRefused { account: account(), router: router() },
        Message::EndRefused { account: account(), router: router() },
        Message::SessionRefused { account: account(), reason: None },
        Message::RequestLapsed { account: account() },
        Message::Prompt {
            account: account(),
            router: router(),
            caller: caller(),
            country: Some("NL".to_owned()),
            address: address(),
            at,
            seconds: 90,
            number_at: None,
        },
        Message::Prompt {
            account: account(),
            router: router(),
            caller: caller(),
            country: None,
            address: address(),
            at,
            seconds: 60,
            number_at: Some("https://vpn.example/box".to_owned()),
        },
        Message::WrongNumber { account: account() },
        Message::Codes { enabled: false, page: None },
        Message::Codes { enabled: true, page: Some("https://vpn.example/box".to_owned()) },
        Message::CodesUnused { enabled: true },
        Message::CodesSeed { secret: "JBSWY3DPEHPK3PXP".to_owned() },
        Message::CodesWrong,
        Message::CodesOn { page: Some("https://vpn.example/box".to_owned()) },
        Message::CodesOff,
        Message::Opened { account: account(), address: address(), until },
        Message::OpenDelayed { account: account() },
        Message::OpenRefused { account: account() },
        Message::TunnelGone { account: account() },
        Message::ConfirmTimedOut { account: account() },
        Message::PromptsPaused { account: account(), caller: caller() },
        Message::EndsEarlier { account: account(), until },
        Message::TooManyTunnels { account: account(), caller: caller() },
        Message::ForeignPlace { account: account(), caller: caller() },
        Message::OutsideHours { account: account() },
        Message::Extended { account: account(), until, by_hours: false },
        Message::Extended { account: account(), until, by_hours: true },
        Message::ReminderOver { account: account(), until },
        Message::ReminderOver { account: account(), until: None },
        Message::HoursOver { account: account(), at, again: until },
        Message::HoursOver { account: account(), at, again: None },
        Message::DeniedByAdmin { account: account(), caller: caller() },
        Message::AccountLinked { account: account(), router: router() },
        Message::EndDelayed { account: account(), router: router() },
        Message::NoSessions,
        Message::NoSessionsAlways,
        Message::Trouble,
        Message::PrivateOnly,
        Message::TooFast,
        Message::BadInvitation,
        Message::InvitationTaken { name: name() },
        Message::Stopped,
    ];
    all.extend(for_administrators().into_iter().map(Message::Admin));
    let (before, after) = (until.map(|at| at.minus(Seconds(3_600))), until.map(|at| at.plus(Seconds(3_600))));
    let granted = [(None, None), (until, None), (until, before), (None, before), (until, after)];
    all.extend(granted.map(|(connect_by, opens_at)| Message::SessionGranted {
        account: account(),
        router: router(),
        until,
        connect_by,
        outside_hours: opens_at.is_some(),
        opens_at,
    }));
    all.extend([(true, false), (false, false), (false, true)].map(|(may_extend, by_hours)| {
        Message::Reminder { session, account: account(), until, may_extend, by_hours }
    }));
    all.extend([0, 1, 2, 5, 21].map(|sessions| Message::Status {
        name: name(),
        accounts: "anna".to_owned(),
        sessions,
        locked: if sessions == 0 { vec!["anna <b>".to_owned()] } else { Vec::new() },
    }));
    all.extend(Refusal::ALL.map(Message::refused));
    all.extend(
        [
            Outcome::Confirmed,
            Outcome::ConfirmedByAdmin,
            Outcome::NotMe,
            Outcome::WrongNumber,
            Outcome::DeniedByAdmin,
            Outcome::Expired,
            Outcome::Gone,
            Outcome::Ended,
        ]
        .map(|outcome| Message::PromptOver { account: account(), caller: caller(), at, outcome }),
    );
    all.extend(
        [
            EndReason::FinishedByUser,
            EndReason::EndedByAdmin,
            EndReason::Expired,
            EndReason::Denied,
            EndReason::ConfirmTimeout,
            EndReason::Banned,
            EndReason::UserBlocked,
            EndReason::AccountRemoved,
            EndReason::NeverConnected,
            EndReason::Refused,
        ]
        .map(|reason| Message::SessionEnded { account: account(), reason, account_stays: false }),
    );
    all.push(Message::SessionEnded {
        account: account(),
        reason: EndReason::NeverConnected,
        account_stays: true,
    });
    all.extend(SESSION_STATES.map(|state| Message::SessionLine {
        session,
        account: account(),
        router: router(),
        state,
        until,
        may_extend: true,
        answer_by: until,
        outside_hours: false,
        opens_at: None,
    }));
    all.extend([before, after].map(|opens_at| Message::SessionLine {
        session,
        account: account(),
        router: router(),
        state: SessionState::Granted,
        until,
        may_extend: false,
        answer_by: None,
        outside_hours: true,
        opens_at,
    }));
    all
}

#[test]
fn both_languages_have_the_same_texts_with_the_same_blanks() {
    let (ru, en) = (blanks(RU), blanks(EN));
    assert!(ru.len() > 80, "the resource was not read");
    assert_eq!(ru, en);
}

#[test]
fn buttons_commands_and_short_answers_have_words() {
    for language in Language::ALL {
        let texts = Texts::of(language);
        for key in LINES {
            assert!(texts.has(key), "{key} in {language:?}");
        }
        for key in LINES.iter().filter(|key| key.starts_with("toast-") || key.starts_with("refusal-")) {
            assert!(
                texts.line(key, &[]).chars().count() <= 200,
                "{key}: Telegram shows at most 200 characters"
            );
        }
    }
}

#[test]
fn every_blank_is_filled_in() {
    for message in samples() {
        is_sampled(&message);
        for language in Language::ALL {
            let html = message.html(language, &|at| at.to_string());
            assert!(!html.contains('{') && !html.contains('$'), "{message:?}: {html}");
            assert!(html.contains(' '), "{message:?} has no words: {html}");
        }
    }
}

#[test]
fn markup_in_names_is_shown_not_obeyed() {
    let message = Message::Menu { name: "<b>root</b> & co".to_owned() };
    let html = message.html(Language::En, &|at| at.to_string());
    assert!(html.contains("&lt;b&gt;root&lt;/b&gt; &amp; co"), "{html}");
}

#[test]
fn plurals_come_out_right() {
    let status = |sessions, language| {
        let (name, accounts) = ("А".to_owned(), "a".to_owned());
        let message = Message::Status { name, accounts, sessions, locked: Vec::new() };
        message.html(language, &|at| at.to_string()).lines().last().unwrap().to_owned()
    };
    let ru = [0, 1, 2, 5, 11, 21, 22].map(|count| status(count, Language::Ru));
    insta::assert_debug_snapshot!(ru, @r#"
    [
        "Активных сессий нет.",
        "1 активная сессия.",
        "2 активные сессии.",
        "5 активных сессий.",
        "11 активных сессий.",
        "21 активная сессия.",
        "22 активные сессии.",
    ]
    "#);
    let en = [0, 1, 2].map(|count| status(count, Language::En));
    insta::assert_debug_snapshot!(en, @r#"
    [
        "No live session.",
        "1 live session.",
        "2 live sessions.",
    ]
    "#);
}

#[test]
fn all_texts() {
    let mut page = String::new();
    for language in Language::ALL {
        page.push_str(&format!("===== {language:?} =====\n"));
        for message in samples() {
            page.push_str(&message.html(language, &|_| "14:05".to_owned()));
            page.push_str("\n-----\n");
        }
        let texts = Texts::of(language);
        let none: [(&str, Text); 0] = [];
        for key in LINES {
            page.push_str(&format!("{key}: {}\n", texts.line(key, &none)));
        }
    }
    insta::assert_snapshot!(page);
}
