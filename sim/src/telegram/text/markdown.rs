//! `parse_mode=MarkdownV2` and the legacy `Markdown`. Errors are worded and positioned (byte offsets) as
//! Telegram's own parser does.

use super::html::link;
use super::{Entity, Formatted, utf16_len};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mark {
    Bold,
    Italic,
    Underline,
    Strikethrough,
    Spoiler,
    Code,
    Pre,
    PreCode,
    TextUrl,
    CustomEmoji,
    BlockQuote,
}

impl Mark {
    fn kind(self) -> &'static str {
        match self {
            Self::Bold => "bold",
            Self::Italic => "italic",
            Self::Underline => "underline",
            Self::Strikethrough => "strikethrough",
            Self::Spoiler => "spoiler",
            Self::Code => "code",
            Self::Pre | Self::PreCode => "pre",
            Self::TextUrl => "text_link",
            Self::CustomEmoji => "custom_emoji",
            Self::BlockQuote => "blockquote",
        }
    }

    fn end(self) -> &'static str {
        match self {
            Self::Bold => "*",
            Self::Italic => "_",
            Self::Underline => "__",
            Self::Strikethrough => "~",
            Self::Spoiler => "||",
            Self::Code => "`",
            Self::Pre | Self::PreCode => "```",
            Self::TextUrl | Self::CustomEmoji => "]",
            Self::BlockQuote => "\n",
        }
    }

    fn is_code(self) -> bool {
        matches!(self, Self::Code | Self::Pre | Self::PreCode)
    }
}

struct Open {
    mark: Mark,
    argument: String,
    /// Where the mark stands in the input, in bytes, for the error.
    begin: usize,
    units: usize,
    text_at: usize,
}

struct Parser<'a> {
    input: &'a str,
    at: usize,
    out: String,
    units: usize,
    open: Vec<Open>,
    done: Vec<Entity>,
}

/// Reads MarkdownV2.
pub(super) fn parse_v2(input: &str) -> Result<Formatted, String> {
    let mut parser =
        Parser { input, at: 0, out: String::new(), units: 0, open: Vec::new(), done: Vec::new() };
    while let Some(character) = parser.rest().chars().next() {
        parser.step(character)?;
    }
    parser.close_quote();
    match parser.open.last() {
        Some(open) => Err(format!("Can't find end of {:?} entity at byte offset {}", open.mark, open.begin)),
        None => Ok(Formatted { text: parser.out, entities: parser.done }),
    }
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        &self.input[self.at..]
    }

    fn push(&mut self, character: char) {
        self.units += character.len_utf16();
        self.out.push(character);
        self.at += character.len_utf8();
    }

    fn in_mark(&self) -> Option<Mark> {
        self.open.last().map(|open| open.mark)
    }

    fn step(&mut self, character: char) -> Result<(), String> {
        if character == '\\'
            && let Some(escaped) = self.rest().chars().nth(1).filter(|c| ('\u{1}'..='\u{7e}').contains(c))
        {
            self.at += 1;
            self.push(escaped);
            return Ok(());
        }
        let code = self.in_mark().is_some_and(Mark::is_code);
        if !(if code { "`" } else { "_*[]()~`>#+-=|{}.!\n" }).contains(character) {
            self.push(character);
            return Ok(());
        }
        if character == '\n' {
            self.new_line();
            return Ok(());
        }
        if self.ends_here() {
            return self.end();
        }
        if code {
            self.push(character);
            return Ok(());
        }
        self.begin(character)
    }

    /// A quotation goes on while each line starts with `>`.
    fn new_line(&mut self) {
        let goes_on = self.rest()[1..].starts_with('>');
        if !goes_on {
            self.close_quote();
        }
        self.push('\n');
        if goes_on && self.open.iter().any(|open| open.mark == Mark::BlockQuote) {
            self.at += 1;
        }
    }

    fn close_quote(&mut self) {
        if self.in_mark() == Some(Mark::BlockQuote)
            && let Some(open) = self.open.pop()
        {
            self.add(open.mark, &open, |_| {});
        }
    }

    fn ends_here(&self) -> bool {
        let Some(mark) = self.in_mark() else { return false };
        // `__` never ends an italic: it is an underline.
        self.rest().starts_with(mark.end()) && !(mark == Mark::Italic && self.rest().starts_with("__"))
    }

    fn begin(&mut self, character: char) -> Result<(), String> {
        let rest = self.rest();
        let at_line_start = self.out.is_empty() || self.out.ends_with('\n');
        let (mark, length) = match character {
            '_' if rest.starts_with("__") => (Mark::Underline, 2),
            '_' => (Mark::Italic, 1),
            '*' => (Mark::Bold, 1),
            '~' => (Mark::Strikethrough, 1),
            '|' if rest.starts_with("||") => (Mark::Spoiler, 2),
            '[' => (Mark::TextUrl, 1),
            '!' if rest.starts_with("![") => (Mark::CustomEmoji, 2),
            '`' if rest.starts_with("```") => return self.begin_pre(),
            '`' => (Mark::Code, 1),
            '>' if at_line_start && self.open.is_empty() => (Mark::BlockQuote, 1),
            _ => {
                return Err(format!(
                    "Character '{character}' is reserved and must be escaped with the preceding '\\'"
                ));
            }
        };
        self.enter(mark, String::new(), length);
        Ok(())
    }

    fn begin_pre(&mut self) -> Result<(), String> {
        let after = &self.rest()[3..];
        let language: String = after.chars().take_while(|c| !c.is_whitespace() && *c != '`').collect();
        let is_language =
            !language.is_empty() && after[language.len()..].chars().next().is_some_and(|c| c != '`');
        let (mark, mut length) =
            if is_language { (Mark::PreCode, 3 + language.len()) } else { (Mark::Pre, 3) };
        if self.rest()[length..].starts_with('\n') {
            length += 1;
        }
        self.enter(mark, if is_language { language } else { String::new() }, length);
        Ok(())
    }

    fn enter(&mut self, mark: Mark, argument: String, length: usize) {
        let open = Open { mark, argument, begin: self.at, units: self.units, text_at: self.out.len() };
        self.open.push(open);
        self.at += length;
    }

    fn end(&mut self) -> Result<(), String> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        self.at += open.mark.end().len();
        if !matches!(open.mark, Mark::TextUrl | Mark::CustomEmoji) {
            let language = (!open.argument.is_empty()).then(|| open.argument.clone());
            self.add(open.mark, &open, |entity| entity.language = language);
            return Ok(());
        }
        let target =
            if self.rest().starts_with('(') { self.target()? } else { self.out[open.text_at..].to_owned() };
        if open.mark == Mark::CustomEmoji {
            let id = target.rsplit("id=").next().unwrap_or_default().to_owned();
            self.add(open.mark, &open, |entity| entity.custom_emoji_id = Some(id));
        } else if let Some(url) = link(&target) {
            self.add(open.mark, &open, |entity| entity.url = Some(url));
        }
        Ok(())
    }

    /// `(url)` with backslash escapes.
    fn target(&mut self) -> Result<String, String> {
        self.at += 1;
        let begin = self.at;
        let mut url = String::new();
        loop {
            let mut characters = self.rest().chars();
            match characters.next() {
                None => return Err(format!("Can't find end of a URL at byte offset {begin}")),
                Some(')') => {
                    self.at += 1;
                    return Ok(url);
                }
                Some('\\') => {
                    let escaped = characters.next().unwrap_or('\\');
                    self.at = (self.at + 1 + escaped.len_utf8()).min(self.input.len());
                    url.push(escaped);
                }
                Some(character) => {
                    self.at += character.len_utf8();
                    url.push(character);
                }
            }
        }
    }

    fn add(&mut self, mark: Mark, open: &Open, finish: impl FnOnce(&mut Entity)) {
        if self.units > open.units {
            let mut entity = Entity::new(mark.kind(), open.units, self.units - open.units);
            finish(&mut entity);
            self.done.push(entity);
        }
    }
}

/// Reads the legacy Markdown: no nesting, escapes only before `_ * ` [`.
pub(super) fn parse_legacy(input: &str) -> Result<Formatted, String> {
    let mut out = String::new();
    let mut entities = Vec::new();
    let mut at = 0;
    while let Some(character) = input[at..].chars().next() {
        let rest = &input[at..];
        if character == '\\' && rest[1..].starts_with(['_', '*', '`', '[']) {
            out.push_str(&rest[1..2]);
            at += 2;
            continue;
        }
        let (kind, mark, end) = match character {
            '_' => ("italic", "_", "_"),
            '*' => ("bold", "*", "*"),
            '`' if rest.starts_with("```") => ("pre", "```", "```"),
            '`' => ("code", "`", "`"),
            '[' => ("text_link", "[", "]"),
            _ => {
                out.push(character);
                at += character.len_utf8();
                continue;
            }
        };
        let body = &rest[mark.len()..];
        let Some(length) = body.find(end) else {
            return Err(format!("Can't find end of the entity starting at byte offset {at}"));
        };
        let mut entity = Entity::new(kind, utf16_len(&out), utf16_len(&body[..length]));
        out.push_str(&body[..length]);
        at += mark.len() + length + end.len();
        if kind == "text_link" {
            let target =
                input[at..].strip_prefix('(').and_then(|rest| rest.split_once(')').map(|(url, _)| url));
            at += target.map_or(0, |url| url.len() + 2);
            let Some(url) = link(target.unwrap_or(&body[..length])) else { continue };
            entity.url = Some(url);
        }
        if entity.length > 0 {
            entities.push(entity);
        }
    }
    Ok(Formatted { text: out, entities })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_refused(input: &str, reason: &str) {
        assert_eq!(parse_v2(input).unwrap_err(), reason, "{input}");
    }

    #[test]
    fn v2_reads_nested_marks() {
        let parsed = parse_v2("*b _i_* ||s|| [x](https://a.b/\\)) `c\\`` 1\\.").unwrap();
        assert_eq!(parsed.text, "b i s x c` 1.");
        let kinds: Vec<_> = parsed.entities.iter().map(|e| (e.kind.as_str(), e.offset, e.length)).collect();
        assert_eq!(
            kinds,
            [("italic", 2, 1), ("bold", 0, 3), ("spoiler", 4, 1), ("text_link", 6, 1), ("code", 8, 2)]
        );
        assert_eq!(parsed.entities[3].url.as_deref(), Some("https://a.b/)"));
    }

    #[test]
    fn v2_reads_quotations_and_languages() {
        let parsed = parse_v2(">a\n>b\nc\n```rust\nfn```").unwrap();
        assert_eq!(parsed.text, "a\nb\nc\nfn");
        assert_eq!(parsed.entities[0], Entity::new("blockquote", 0, 3));
        assert_eq!(parsed.entities[1].language.as_deref(), Some("rust"));
    }

    #[test]
    fn v2_names_mistakes_with_their_place() {
        assert_refused(
            "Version 1.0",
            "Character '.' is reserved and must be escaped with the preceding '\\'",
        );
        assert_refused("🏟 🏟_abacaba", "Can't find end of Italic entity at byte offset 9");
        assert_refused("🏟 🏟_abac * asd ", "Can't find end of Bold entity at byte offset 15");
        assert_refused("🏟 🏟_🏟 🏟__", "Can't find end of Underline entity at byte offset 19");
        assert_refused("🏟 🏟```a ", "Can't find end of PreCode entity at byte offset 9");
        assert_refused("[x](http://a.b", "Can't find end of a URL at byte offset 4");
    }

    #[test]
    fn legacy_markdown() {
        let parsed = parse_legacy("*b* snake\\_case [x](https://a.b)").unwrap();
        assert_eq!(parsed.text, "b snake_case x");
        assert_eq!(parsed.entities.len(), 2);
        assert_eq!(
            parse_legacy("*unclosed").unwrap_err(),
            "Can't find end of the entity starting at byte offset 0"
        );
    }
}
