//! Why an account on a router was not changed, in the administrator's language.

use crate::{
    config::Secret,
    ops::OpError,
    store::{StoreError, records::AccountVerb},
};
use sallyport_shared::{
    language::Language,
    message::{Text, Texts},
    person::AccountSource,
    router::account::{NameFault, PasswordFault},
};
use thiserror::Error;

/// Why an account on a router was not changed. What it says by itself is for the audit and the log.
#[derive(Debug, Error)]
#[expect(missing_docs, reason = "the fields are what the words speak of; the words are in the locales")]
pub enum Trouble {
    /// It cannot be called so.
    #[error(transparent)]
    Name(#[from] NameFault),
    /// This cannot be its password.
    #[error(transparent)]
    Password(#[from] PasswordFault),
    /// The settings do not allow it.
    #[error("the settings do not allow the management of accounts")]
    NotAllowed,
    /// The router is only watched.
    #[error("{router} is only watched")]
    Observed { router: String },
    /// The router is switched off here.
    #[error("{router} is switched off")]
    SwitchedOff { router: String },
    /// The router keeps no accounts there.
    #[error("{router} keeps no accounts there")]
    NoPlace { router: String, place: AccountSource },
    /// There is no such profile.
    #[error("{router} has no profile {profile}")]
    UnknownProfile { router: String, profile: String, known: Vec<String> },
    /// There is an account of the name.
    #[error("{router} has {name} already")]
    Exists { name: String, router: String, place: AccountSource },
    /// There are two of the name, and it was not said which one is meant.
    #[error("{router} has two accounts {name}")]
    Twice { name: String, router: String },
    /// Somebody is changing it.
    #[error("{name} on {router} is being changed already")]
    UnderWay { name: String, router: String },
    /// The router accepted it, but it is not so.
    #[error("{name} on {router} is not as it should be when read back")]
    Unproven { name: String, router: String },
    /// The router said no, in these words; `rights`: its API user may not.
    #[error("{router} refused: {words}")]
    Refused { router: String, words: String, rights: bool },
    /// The connection broke off while it was under way, and the router does not answer.
    #[error("the connection to {router} broke off")]
    Lost { verb: AccountVerb, name: String, router: String },
    /// Something that other ops fail with, too.
    #[error(transparent)]
    Op(#[from] OpError),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Op(error.into())
    }
}

impl Trouble {
    /// Without the password, should the router have repeated it.
    pub(super) fn without(self, password: Option<&Secret>) -> Self {
        match (self, password.map(Secret::expose)) {
            (Self::Refused { router, words, rights }, Some(password)) => {
                Self::Refused { router, words: words.replace(password, "***"), rights }
            }
            (trouble, _) => trouble,
        }
    }

    /// As the error of an op, in the language of the one who asked.
    pub fn said(self, language: Language) -> OpError {
        let texts = Texts::of_accounts(language);
        let say = |key: &str, blanks: &[(&str, &str)]| {
            let blanks: Vec<(&str, Text)> =
                blanks.iter().map(|(blank, text)| (*blank, Text::from(*text))).collect();
            texts.line(key, &blanks)
        };
        let place_name = |place: AccountSource| say(key_of(place), &[]);
        match self {
            Self::Name(fault) => OpError::invalid("username", say(fault.key(), &[])),
            Self::Password(fault) => OpError::invalid("password", say(fault.key(), &[])),
            Self::NotAllowed => OpError::Conflict(say("not-allowed", &[])),
            Self::Observed { router } => OpError::Conflict(say("observed", &[("router", &router)])),
            Self::SwitchedOff { router } => OpError::Conflict(say("switched-off", &[("router", &router)])),
            Self::NoPlace { router, place } => OpError::invalid(
                "source",
                say("no-place", &[("router", &router), ("place", &place_name(place))]),
            ),
            Self::UnknownProfile { router, profile, known } => {
                let known = if known.is_empty() { say("no-profiles", &[]) } else { known.join(", ") };
                let blanks = [("router", router.as_str()), ("profile", &profile), ("known", &known)];
                OpError::invalid("profile", say("profile-unknown", &blanks))
            }
            Self::Exists { name, router, place } => {
                let blanks = [("name", name.as_str()), ("router", &router), ("place", &place_name(place))];
                OpError::Conflict(say("exists", &blanks))
            }
            Self::Twice { name, router } => {
                OpError::Conflict(say("twice", &[("name", &name), ("router", &router)]))
            }
            Self::UnderWay { name, router } => {
                OpError::Conflict(say("under-way", &[("name", &name), ("router", &router)]))
            }
            Self::Unproven { name, router } => {
                let message = say("unproven", &[("name", &name), ("router", &router)]);
                OpError::RouterRefused { router_message: message.clone(), message }
            }
            Self::Refused { router, words, rights } => {
                let mut message = say("refused", &[("router", &router), ("words", &words)]);
                if rights {
                    message = format!("{message}. {}", say("rights", &[]));
                }
                OpError::RouterRefused { message, router_message: words }
            }
            Self::Lost { verb, name, router } => {
                let key = match verb {
                    AccountVerb::Create => "lost-create",
                    AccountVerb::Password => "lost-password",
                    AccountVerb::Delete => "lost-delete",
                };
                let message = say(key, &[("name", &name), ("router", &router)]);
                OpError::RouterUnreachable { message }
            }
            Self::Op(error) => error,
        }
    }
}

/// The key of the words for a place.
fn key_of(source: AccountSource) -> &'static str {
    match source {
        AccountSource::PppSecret => "place-ppp-secret",
        AccountSource::UserManager7 => "place-user-manager-7",
        AccountSource::UserManager6 => "place-user-manager-6",
    }
}

#[cfg(test)]
mod tests {
    use super::Trouble;
    use crate::{config::Secret, store::records::AccountVerb};
    use sallyport_shared::{
        language::Language,
        person::AccountSource,
        router::account::{NameFault, PasswordFault},
    };

    /// One of each kind that has words of its own.
    fn all() -> Vec<Trouble> {
        let (name, router) = (|| "Анна".to_owned(), || "hq-gw".to_owned());
        let names =
            [NameFault::Empty, NameFault::TooLong, NameFault::Control, NameFault::Edges, NameFault::LikeAnId];
        let passwords =
            [PasswordFault::Empty, PasswordFault::TooLong, PasswordFault::Foreign, PasswordFault::Edges];
        let places = [AccountSource::PppSecret, AccountSource::UserManager7, AccountSource::UserManager6];
        let verbs = [AccountVerb::Create, AccountVerb::Password, AccountVerb::Delete];
        let mut all: Vec<Trouble> = names.map(Trouble::from).into();
        all.extend(passwords.map(Trouble::from));
        all.extend(places.map(|place| Trouble::NoPlace { router: router(), place }));
        all.extend(places.map(|place| Trouble::Exists { name: name(), router: router(), place }));
        all.extend(verbs.map(|verb| Trouble::Lost { verb, name: name(), router: router() }));
        all.extend(
            [Vec::new(), vec!["vpn".to_owned(), "default".to_owned()]].map(|known| Trouble::UnknownProfile {
                router: router(),
                profile: "none".to_owned(),
                known,
            }),
        );
        all.extend([true, false].map(|rights| Trouble::Refused {
            router: router(),
            words: "not enough permissions (9)".to_owned(),
            rights,
        }));
        all.extend([
            Trouble::NotAllowed,
            Trouble::Observed { router: router() },
            Trouble::SwitchedOff { router: router() },
            Trouble::Twice { name: name(), router: router() },
            Trouble::UnderWay { name: name(), router: router() },
            Trouble::Unproven { name: name(), router: router() },
        ]);
        all
    }

    #[test]
    fn every_trouble_is_said_in_both_languages_without_an_empty_blank() {
        for (ru, en) in all().into_iter().zip(all()) {
            let kind = format!("{ru:?}");
            let (ru, en) = (ru.said(Language::Ru).to_string(), en.said(Language::En).to_string());
            assert!(ru.chars().any(|c| ('а'..='я').contains(&c)), "{kind}: {ru}");
            assert!(en.split_whitespace().count() >= 4, "{kind}: {en}");
            assert!(!ru.contains(['{', '}']) && !en.contains(['{', '}']), "{kind}: {ru} / {en}");
        }
    }

    #[test]
    fn a_router_that_repeats_the_password_is_not_quoted() {
        let refused = Trouble::Refused {
            router: "hq-gw".to_owned(),
            words: "invalid value hunter2 for argument password".to_owned(),
            rights: false,
        };
        let without = refused.without(Some(&Secret::new("hunter2")));
        assert!(!format!("{without:?} {without}").contains("hunter2"));
        assert!(!without.said(Language::En).to_string().contains("hunter2"));
    }
}
