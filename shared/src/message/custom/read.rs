//! How a text of an administrator's is read: words, blanks, and choices with their forms.

use super::{Part, TemplateError};

/// Words, blanks and choices in turn.
pub(super) fn parts(text: &str) -> Result<Vec<Part>, TemplateError> {
    let mut rest = text;
    let parts = sequence(&mut rest, false)?;
    if rest.is_empty() { Ok(parts) } else { Err(TemplateError::Braces) }
}

/// Reads up to the end; within a choice, up to the next form or the end of the choice.
fn sequence(rest: &mut &str, within: bool) -> Result<Vec<Part>, TemplateError> {
    let mut parts = Vec::new();
    loop {
        let brace = rest.find(['{', '}']).unwrap_or(rest.len());
        let end = if within { next_form(rest).unwrap_or(brace).min(brace) } else { brace };
        let (words, tail) = rest.split_at(end);
        if !words.is_empty() {
            parts.push(Part::Words(words.to_owned()));
        }
        *rest = tail;
        match tail.strip_prefix('{') {
            Some(inner) => {
                *rest = inner;
                parts.push(placeable(rest)?);
            }
            None => return Ok(parts),
        }
    }
}

/// Where the line break before the next form is.
fn next_form(text: &str) -> Option<usize> {
    text.match_indices('\n').map(|(at, _)| at).find(|at| {
        let line = text.get(at + 1..).unwrap_or_default().trim_start();
        line.strip_prefix('*').unwrap_or(line).starts_with('[')
    })
}

/// What stands between braces, of which the first has been read.
fn placeable(rest: &mut &str) -> Result<Part, TemplateError> {
    let inner = rest.trim_start();
    let inner = inner.strip_prefix('$').unwrap_or(inner);
    let end = inner.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(inner.len());
    let (name, tail) = inner.split_at(end);
    if name.is_empty() {
        return Err(TemplateError::Braces);
    }
    let tail = tail.trim_start();
    if let Some(tail) = tail.strip_prefix('}') {
        *rest = tail;
        return Ok(Part::Blank(name.to_owned()));
    }
    *rest = tail.strip_prefix("->").ok_or(TemplateError::Braces)?;
    choice(rest, name)
}

/// The forms of a choice, and its closing brace.
fn choice(rest: &mut &str, blank: &str) -> Result<Part, TemplateError> {
    let (mut forms, mut other) = (Vec::new(), None);
    loop {
        let line = rest.trim_start();
        if let Some(tail) = line.strip_prefix('}') {
            *rest = tail;
            let other = other.ok_or(TemplateError::Choice)?;
            return Ok(Part::Choice { blank: blank.to_owned(), forms, other });
        }
        // Each form on a line of its own.
        if next_form(rest) != rest.find('\n') {
            return Err(TemplateError::Choice);
        }
        let (is_other, line) = line.strip_prefix('*').map_or((false, line), |line| (true, line));
        if is_other && other.replace(forms.len()).is_some() {
            return Err(TemplateError::Choice);
        }
        let (name, tail) =
            line.strip_prefix('[').and_then(|line| line.split_once(']')).ok_or(TemplateError::Choice)?;
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(TemplateError::Choice);
        }
        *rest = tail;
        let mut parts = sequence(rest, true)?;
        if let Some(Part::Words(first)) = parts.first_mut() {
            *first = first.trim_start().to_owned();
        }
        if let Some(Part::Words(last)) = parts.last_mut() {
            *last = last.trim_end().to_owned();
        }
        forms.push((name.to_owned(), parts));
    }
}
