//! Debug output without secrets.
//!
//! Commands, replies and rows end up in logs. The values of attributes that carry secrets, or scripts in which tokens are
//! commonly written, are replaced by their length.

use std::fmt;

/// Attribute names whose values are never shown.
const SECRET: &[&str] = &[
    "password",
    "response",
    "otp-secret",
    "shared-secret",
    "private-key",
    "preshared-key",
    "secret",
    "ipsec-secret",
    "passphrase",
    "old-password",
    "new-password",
    "confirm-new-password",
    // Scripts: hook scripts carry the token of their caller.
    "source",
    "script",
    "on-up",
    "on-down",
];

/// Whether the value of the attribute `name` must not be shown.
pub(crate) fn is_secret(name: &[u8]) -> bool {
    SECRET.iter().any(|secret| secret.as_bytes().eq_ignore_ascii_case(name))
}

/// Shows a word, leaving out the value of a secret attribute or query.
pub(crate) struct Word<'a>(pub(crate) &'a [u8]);

impl fmt::Debug for Word<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((name, value)) = split(self.0) else { return write!(f, "\"{}\"", self.0.escape_ascii()) };
        let shown = self.0[..self.0.len() - value.len()].escape_ascii();
        match is_secret(name) {
            true => write!(f, "\"{shown}[{} bytes]\"", value.len()),
            false => write!(f, "\"{shown}{}\"", value.escape_ascii()),
        }
    }
}

/// Shows an attribute as `name: value`.
pub(crate) struct Value<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) value: &'a [u8],
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match is_secret(self.name) {
            true => write!(f, "[{} bytes]", self.value.len()),
            false => write!(f, "\"{}\"", self.value.escape_ascii()),
        }
    }
}

/// Name and value of `=name=value`, `.name=value` and the query forms `?name=value`, `?=name=value`, `?<name=value`.
fn split(word: &[u8]) -> Option<(&[u8], &[u8])> {
    let start = word.iter().position(|byte| !b"=?<>-!.".contains(byte))?;
    if start == 0 {
        return None;
    }
    let equals = start + word[start..].iter().position(|&byte| byte == b'=')?;
    Some((&word[start..equals], &word[equals + 1..]))
}

#[cfg(test)]
mod tests {
    use super::{SECRET, Word};

    #[test]
    fn secrets_are_shown_in_no_form() {
        for name in SECRET {
            for word in [
                format!("={name}=hunter2=x"),
                format!("={}=hunter2", name.to_uppercase()),
                format!("?{name}=hunter2"),
                format!("?={name}=hunter2"),
                format!("?<{name}=hunter2"),
                format!(".{name}=hunter2"),
            ] {
                let shown = format!("{:?}", Word(word.as_bytes()));
                assert!(!shown.contains("hunter2"), "{shown}");
                assert!(shown.to_lowercase().contains(name), "{shown}");
            }
        }
    }

    #[test]
    fn other_words_are_shown_escaped() {
        assert_eq!(format!("{:?}", Word(b"=name=\xe8\"van")), r#""=name=\xe8\"van""#);
        assert_eq!(format!("{:?}", Word(b"session terminated")), r#""session terminated""#);
        assert_eq!(format!("{:?}", Word(b"!done")), r#""!done""#);
        assert_eq!(format!("{:?}", Word(b"=")), r#""=""#);
    }
}
