//! What a button carries back. Opaque to Telegram and to people, at most 64 bytes, and never trusted: it names
//! a thing, and whoever presses must prove to have a right to it.

use sallyport_shared::{
    ids::{AccountId, SessionId, UserId},
    language::Language,
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
    /// An administrator lets a person in.
    Approve(UserId),
    /// An administrator turns a person down.
    Reject(UserId),
}

impl Press {
    /// Reads what came back; none if it is nothing that Sallyport ever put on a button.
    pub(crate) fn parse(data: &str) -> Option<Self> {
        let (kind, rest) = data.split_once(':')?;
        Some(match kind {
            "y" => Self::Answer(Answer::Confirm, nonce(rest)?),
            "n" => Self::Answer(Answer::NotMe, nonce(rest)?),
            "x" => {
                let (session, before) = rest.split_once(':')?;
                Self::Extend(session.parse().ok()?, before.parse().ok()?)
            }
            "f" => Self::Finish(rest.parse().ok()?),
            "a" => Self::Ask(rest.parse().ok()?),
            "l" => Self::Language(*Language::ALL.iter().find(|language| language.tag() == rest)?),
            "p" => Self::Approve(rest.parse().ok()?),
            "r" => Self::Reject(rest.parse().ok()?),
            _ => return None,
        })
    }
}

impl fmt::Display for Press {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(Answer::Confirm, Nonce(nonce)) => write!(f, "y:{nonce}"),
            Self::Answer(Answer::NotMe, Nonce(nonce)) => write!(f, "n:{nonce}"),
            Self::Extend(session, before) => write!(f, "x:{session}:{before}"),
            Self::Finish(session) => write!(f, "f:{session}"),
            Self::Ask(account) => write!(f, "a:{account}"),
            Self::Language(language) => write!(f, "l:{}", language.tag()),
            Self::Approve(user) => write!(f, "p:{user}"),
            Self::Reject(user) => write!(f, "r:{user}"),
        }
    }
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
            Press::Extend(SessionId(clock.new_id()), u32::MAX),
            Press::Finish(SessionId(clock.new_id())),
            Press::Ask(AccountId(clock.new_id())),
            Press::Language(Language::Ru),
            Press::Approve(UserId(clock.new_id())),
            Press::Reject(UserId(clock.new_id())),
        ];
        for press in presses {
            let data = press.to_string();
            assert!(data.len() <= MOST, "{data}");
            assert_eq!(Press::parse(&data), Some(press));
        }
    }

    #[test]
    fn forged_data_is_nothing() {
        for data in ["", "y", "y:", "z:1", "x:not-a-uuid", "l:de", "y:' OR 1=1 --", "a:1;f:2", "y:\u{202e}"] {
            assert_eq!(Press::parse(data), None, "{data}");
        }
        assert_eq!(Press::parse(&format!("y:{}", "a".repeat(61))), None);
    }
}
