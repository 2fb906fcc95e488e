//! Entities that nobody wrote: bot commands, mentions, hashtags, links and addresses in plain text.
//!
//! Assumption: Telegram's link detection knows every top-level domain; here a link has a scheme or `t.me/`.

use super::{Entity, utf16_len};

/// Finds the entities of a plain text, in order.
pub(super) fn detect(text: &str) -> Vec<Entity> {
    let mut found = Vec::new();
    let mut units = 0;
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        let lead = word.len() - word.trim_start_matches(is_opening).len();
        let core = &word[lead..];
        if let Some((kind, length)) = classify(core) {
            let offset = units + utf16_len(&word[..lead]);
            found.push(Entity::new(kind, offset, utf16_len(&core[..length])));
        }
        units += utf16_len(piece);
    }
    found
}

/// The kind of a word and how many of its bytes belong to it.
fn classify(word: &str) -> Option<(&'static str, usize)> {
    match word.chars().next()? {
        '/' => command_len(word).map(|length| ("bot_command", length)),
        '@' => name_len(&word[1..], 3).map(|length| ("mention", length + 1)),
        '#' => hashtag_len(&word[1..]).map(|length| ("hashtag", length + 1)),
        _ if is_link(word) => Some(("url", word.trim_end_matches(is_closing).len())),
        _ => email_len(word).map(|length| ("email", length)),
    }
}

fn command_len(word: &str) -> Option<usize> {
    let name = name_len(&word[1..], 1).filter(|length| *length <= 64)?;
    let rest = &word[1 + name..];
    if let Some(bot) = rest.strip_prefix('@') {
        return name_len(bot, 3).map(|bot_name| 1 + name + 1 + bot_name);
    }
    (!rest.starts_with('/')).then_some(1 + name)
}

fn name_len(text: &str, least: usize) -> Option<usize> {
    let length = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    (length >= least).then_some(length)
}

fn hashtag_len(text: &str) -> Option<usize> {
    let length = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    text[..length].chars().any(char::is_alphabetic).then_some(length)
}

fn is_link(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    ["http://", "https://", "tg://", "t.me/"]
        .iter()
        .any(|start| lower.strip_prefix(start).is_some_and(|rest| !rest.is_empty()))
}

fn email_len(word: &str) -> Option<usize> {
    let word = word.trim_end_matches(is_closing);
    let (name, domain) = word.split_once('@')?;
    let plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "._-+".contains(c));
    (!name.is_empty() && plain(name) && plain(domain) && domain.trim_matches('.').contains('.'))
        .then_some(word.len())
}

fn is_opening(c: char) -> bool {
    matches!(c, '(' | '[' | '"' | '«' | '\'')
}

fn is_closing(c: char) -> bool {
    matches!(c, ')' | ']' | '"' | '»' | '\'' | '.' | ',' | ';' | ':' | '!' | '?')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_found(text: &str, expected: &[(&str, usize, usize)]) {
        let found: Vec<_> = detect(text).into_iter().map(|e| (e.kind, e.offset, e.length)).collect();
        let expected: Vec<_> = expected.iter().map(|(k, o, l)| ((*k).to_owned(), *o, *l)).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn commands() {
        assert_found("/start", &[("bot_command", 0, 6)]);
        assert_found("/start abc-123", &[("bot_command", 0, 6)]);
        assert_found("да: /vpn@sally_bot, please", &[("bot_command", 4, 14)]);
        assert_found("/usr/bin and 1/2 and /", &[]);
    }

    #[test]
    fn the_rest() {
        assert_found("ask @ivan_p #vpn", &[("mention", 4, 7), ("hashtag", 12, 4)]);
        assert_found("(https://t.me/x?start=1).", &[("url", 1, 22)]);
        assert_found("to a.b@example.org.", &[("email", 3, 15)]);
        assert_found("#1 a@b", &[]);
    }
}
