//! The markup of a text: only what Telegram takes, closed in turn.

use super::{Part, TemplateError};

/// The tags that may be used, which must be closed in turn.
const TAGS: [&str; 6] = ["b", "i", "u", "s", "code", "pre"];

/// What may stand after an `&`.
const ENTITIES: [&str; 4] = ["amp;", "lt;", "gt;", "quot;"];

/// The markup of the words, and of each form by itself.
pub(super) fn check(parts: &[Part]) -> Result<(), TemplateError> {
    // Something stands where a blank is, so that no tag is put together around it.
    let words = parts.iter().map(|part| match part {
        Part::Words(words) => words.as_str(),
        Part::Blank(_) | Part::Choice { .. } => "_",
    });
    check_markup(&words.collect::<String>())?;
    for part in parts {
        if let Part::Choice { forms, .. } = part {
            forms.iter().try_for_each(|(_, parts)| check(parts))?;
        }
    }
    Ok(())
}

/// Tags that Telegram takes, closed in turn, and nothing that it would take for one.
pub(super) fn check_markup(text: &str) -> Result<(), TemplateError> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['<', '>', '&']) {
        let (_, tail) = rest.split_at(at);
        if let Some(after) = tail.strip_prefix('&') {
            let entity = ENTITIES.iter().find(|entity| after.starts_with(**entity));
            rest = entity.and_then(|entity| after.strip_prefix(entity)).ok_or(TemplateError::Markup)?;
            continue;
        }
        let inner = tail.strip_prefix('<').ok_or(TemplateError::Markup)?;
        let (tag, after) = inner.split_once('>').ok_or(TemplateError::Markup)?;
        let (name, closes) = tag.strip_prefix('/').map_or((tag, false), |name| (name, true));
        let known = TAGS.iter().find(|known| **known == name);
        let known = known.ok_or_else(|| TemplateError::Tag(tag.chars().take(20).collect()))?;
        if closes {
            if open.pop() != Some(known) {
                return Err(TemplateError::Tag(format!("/{known}")));
            }
        } else {
            open.push(known);
        }
        rest = after;
    }
    open.pop().map_or(Ok(()), |left| Err(TemplateError::Tag(left.to_owned())))
}
