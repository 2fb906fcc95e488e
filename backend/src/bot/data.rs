//! What a button carries back. Opaque to Telegram and to people, at most 64 bytes, and never trusted: it names
//! a thing, and whoever presses must prove to have a right to it.

use sallyport_shared::{
    ids::{AccountId, SessionId, UserId},
    language::Language,
    message::About,
    session::{Answer, Nonce},
};
use std::fmt;

/// The most bytes that Telegram takes.
#[cfg(test)]
const MOST: usize = 64;

/// What a button does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Press {
    /// Answers a prompt.
    Answer(Answer, Nonce),
    /// Extends a session that was extended so often before: a second tap finds another number and does nothing.
    Extend(SessionId, u32),
    /// Finishes a session.
    Finish(SessionId),
    /// Asks for access with an account.
    Ask(AccountId),
    /// Sets the language.
    Language(Language),
    /// A person wants to see their one-time codes.
    Codes,
    /// To set them up, anew if need be.
    CodesBegin,
    /// To have them taken away.
    CodesRemove,
    /// An administrator says yes.
    Approve(About),
    /// An administrator says no, and is asked why.
    Reject(About),
    /// An administrator says no for this ready-made reason.
    Because(Why, About),
    /// An administrator ends a session.
    End(SessionId),
    /// An administrator looks at a page of `/admin`.
    View(View),
}

/// A page of `/admin`. Numbers count from 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum View {
    /// What waits and what is going on.
    Menu,
    /// Those who want to be registered.
    Registrations(u16),
    /// Sessions that wait for approval.
    Requests(u16),
    /// The live sessions.
    Sessions(u16),
    /// One person who wants to be registered.
    Person(UserId),
    /// One session, reached from this page of the list.
    Session(SessionId, u16),
    /// Is this session really to be ended?
    ConfirmEnd(SessionId, u16),
}

/// A ready-made reason.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Why {
    /// "Talk to your administrator."
    Talk,
    /// "We could not tell who you are."
    Unknown,
    /// "Not at this time."
    NotNow,
    /// None.
    Unsaid,
}

impl Why {
    const ALL: [(Self, &'static str); 4] =
        [(Self::Talk, "t"), (Self::Unknown, "u"), (Self::NotNow, "n"), (Self::Unsaid, "s")];

    /// The key of its words; none: nothing is said.
    pub(crate) fn key(self) -> Option<&'static str> {
        match self {
            Self::Talk => Some("rejected-in-telegram"),
            Self::Unknown => Some("reason-unknown"),
            Self::NotNow => Some("reason-not-now"),
            Self::Unsaid => None,
        }
    }
}

impl Press {
    /// Reads what came back; none if it is nothing that Sallyport ever put on a button.
    pub(crate) fn parse(data: &str) -> Option<Self> {
        let (kind, rest) = data.split_once(':')?;
        Some(match kind {
            "y" => Self::Answer(Answer::Confirm, nonce(rest)?),
            "n" => Self::Answer(Answer::NotMe, nonce(rest)?),
            "k" => {
                let (place, rest) = rest.split_once(':')?;
                Self::Answer(Answer::Pick(place.parse().ok()?), nonce(rest)?)
            }
            "o" => match rest {
                "s" => Self::Codes,
                "b" => Self::CodesBegin,
                "r" => Self::CodesRemove,
                _ => return None,
            },
            "x" => {
                let (session, before) = rest.split_once(':')?;
                Self::Extend(session.parse().ok()?, before.parse().ok()?)
            }
            "f" => Self::Finish(rest.parse().ok()?),
            "a" => Self::Ask(rest.parse().ok()?),
            "l" => Self::Language(*Language::ALL.iter().find(|language| language.tag() == rest)?),
            "p" => Self::Approve(about(rest)?),
            "r" => Self::Reject(about(rest)?),
            "b" => {
                let (why, rest) = rest.split_once(':')?;
                let (why, _) = Why::ALL.into_iter().find(|(_, letter)| *letter == why)?;
                Self::Because(why, about(rest)?)
            }
            "e" => Self::End(rest.parse().ok()?),
            "v" => Self::View(view(rest)?),
            _ => return None,
        })
    }
}

impl fmt::Display for Press {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(Answer::Confirm, Nonce(nonce)) => write!(f, "y:{nonce}"),
            Self::Answer(Answer::NotMe, Nonce(nonce)) => write!(f, "n:{nonce}"),
            Self::Answer(Answer::Pick(place), Nonce(nonce)) => write!(f, "k:{place}:{nonce}"),
            Self::Codes => f.write_str("o:s"),
            Self::CodesBegin => f.write_str("o:b"),
            Self::CodesRemove => f.write_str("o:r"),
            Self::Extend(session, before) => write!(f, "x:{session}:{before}"),
            Self::Finish(session) => write!(f, "f:{session}"),
            Self::Ask(account) => write!(f, "a:{account}"),
            Self::Language(language) => write!(f, "l:{}", language.tag()),
            Self::Approve(about) => write!(f, "p:{}", Shown(about)),
            Self::Reject(about) => write!(f, "r:{}", Shown(about)),
            Self::Because(why, about) => {
                let letter = Why::ALL.into_iter().find(|(known, _)| known == why).map_or("s", |(_, l)| l);
                write!(f, "b:{letter}:{}", Shown(about))
            }
            Self::End(session) => write!(f, "e:{session}"),
            Self::View(view) => write!(f, "v:{view}"),
        }
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Menu => f.write_str("m"),
            Self::Registrations(page) => write!(f, "g:{page}"),
            Self::Requests(page) => write!(f, "q:{page}"),
            Self::Sessions(page) => write!(f, "s:{page}"),
            Self::Person(user) => write!(f, "u:{user}"),
            Self::Session(session, page) => write!(f, "w:{session}:{page}"),
            Self::ConfirmEnd(session, page) => write!(f, "c:{session}:{page}"),
        }
    }
}

/// What is to be decided on, as a button carries it.
struct Shown<'a>(&'a About);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            About::Person { user } => write!(f, "u:{user}"),
            About::Session { session } => write!(f, "s:{session}"),
        }
    }
}

fn about(text: &str) -> Option<About> {
    let (kind, id) = text.split_once(':')?;
    match kind {
        "u" => Some(About::Person { user: id.parse().ok()? }),
        "s" => Some(About::Session { session: id.parse().ok()? }),
        _ => None,
    }
}

fn view(text: &str) -> Option<View> {
    let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
    let session = |rest: &str| {
        let (session, page) = rest.split_once(':')?;
        Some((session.parse().ok()?, page.parse().ok()?))
    };
    Some(match kind {
        "m" if rest.is_empty() => View::Menu,
        "g" => View::Registrations(rest.parse().ok()?),
        "q" => View::Requests(rest.parse().ok()?),
        "s" => View::Sessions(rest.parse().ok()?),
        "u" => View::Person(rest.parse().ok()?),
        "w" => session(rest).map(|(session, page)| View::Session(session, page))?,
        "c" => session(rest).map(|(session, page)| View::ConfirmEnd(session, page))?,
        _ => return None,
    })
}

fn nonce(text: &str) -> Option<Nonce> {
    let fits = !text.is_empty()
        && text.len() <= 60
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    fits.then(|| Nonce(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, secret_word};

    #[test]
    fn buttons_come_back_as_they_went_and_fit() {
        let clock = Clock::system();
        let presses = [
            Press::Answer(Answer::Confirm, Nonce(secret_word())),
            Press::Answer(Answer::NotMe, Nonce(secret_word())),
            Press::Answer(Answer::Pick(u8::MAX), Nonce(secret_word())),
            Press::Codes,
            Press::CodesBegin,
            Press::CodesRemove,
            Press::Extend(SessionId(clock.new_id()), u32::MAX),
            Press::Finish(SessionId(clock.new_id())),
            Press::Ask(AccountId(clock.new_id())),
            Press::Language(Language::Ru),
            Press::Approve(About::Person { user: UserId(clock.new_id()) }),
            Press::Reject(About::Session { session: SessionId(clock.new_id()) }),
            Press::End(SessionId(clock.new_id())),
            Press::View(View::Menu),
            Press::View(View::Registrations(u16::MAX)),
            Press::View(View::Requests(0)),
            Press::View(View::Sessions(7)),
            Press::View(View::Person(UserId(clock.new_id()))),
            Press::View(View::Session(SessionId(clock.new_id()), u16::MAX)),
            Press::View(View::ConfirmEnd(SessionId(clock.new_id()), u16::MAX)),
        ];
        let about = About::Person { user: UserId(clock.new_id()) };
        let reasons = Why::ALL.map(|(why, _)| Press::Because(why, about));
        for press in presses.into_iter().chain(reasons) {
            let data = press.to_string();
            assert!(data.len() <= MOST, "{data}");
            assert_eq!(Press::parse(&data), Some(press));
        }
    }

    #[test]
    fn forged_data_is_nothing() {
        for data in [
            "",
            "y",
            "y:",
            "z:1",
            "x:not-a-uuid",
            "l:de",
            "p:x:1",
            "k:1",
            "k:x:abc",
            "o:",
            "o:x",
            "v:",
            "v:s:-1",
            "v:m:1",
            "b:t:1",
            "y:' OR 1=1 --",
            "a:1;f:2",
            "y:\u{202e}",
        ] {
            assert_eq!(Press::parse(data), None, "{data}");
        }
        assert_eq!(Press::parse(&format!("y:{}", "a".repeat(61))), None);
    }
}
