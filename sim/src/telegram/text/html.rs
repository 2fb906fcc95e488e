//! `parse_mode=HTML`. The errors are worded and positioned (byte offsets) as Telegram's own parser does.

use super::{Entity, Formatted};

const TAGS: [&str; 16] = [
    "a",
    "b",
    "strong",
    "i",
    "em",
    "s",
    "strike",
    "del",
    "u",
    "ins",
    "tg-spoiler",
    "tg-emoji",
    "span",
    "pre",
    "code",
    "blockquote",
];

/// Strips the tags and gives the entities, in the order in which they end.
pub(super) fn parse(input: &str) -> Result<Formatted, String> {
    let mut parser = Parser {
        input: input.as_bytes(),
        at: 0,
        text: Vec::new(),
        units: 0,
        open: Vec::new(),
        done: Vec::new(),
    };
    parser.run()?;
    let text = String::from_utf8(parser.text).map_err(|_| "Text contains invalid UTF-8".to_owned())?;
    // A language counts only inside `<pre>`, where it has moved to the outer entity by now.
    for code in parser.done.iter_mut().filter(|entity| entity.kind == "code") {
        code.language = None;
    }
    Ok(Formatted { text, entities: parser.done })
}

struct Parser<'a> {
    input: &'a [u8],
    at: usize,
    text: Vec<u8>,
    units: usize,
    open: Vec<OpenTag>,
    done: Vec<Entity>,
}

struct OpenTag {
    name: String,
    argument: String,
    expandable: bool,
    offset: usize,
}

impl Parser<'_> {
    fn run(&mut self) -> Result<(), String> {
        while self.at < self.input.len() {
            match self.input[self.at] {
                b'&' => self.reference(),
                b'<' if self.peek(1) == b'/' => self.end_tag()?,
                b'<' => self.start_tag()?,
                byte => self.push_byte(byte),
            }
        }
        match self.open.last() {
            Some(tag) => Err(format!("Can't find end tag corresponding to start tag \"{}\"", tag.name)),
            None => Ok(()),
        }
    }

    /// The byte `ahead` of the current one, 0 after the end.
    fn peek(&self, ahead: usize) -> u8 {
        self.input.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn push_byte(&mut self, byte: u8) {
        if !(0x80..0xc0).contains(&byte) {
            self.units += 1 + usize::from(byte >= 0xf0);
        }
        self.text.push(byte);
        self.at += 1;
    }

    fn reference(&mut self) {
        match decode_reference(&self.input[self.at..]) {
            Some((character, length)) => {
                self.units += character.len_utf16();
                self.text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                self.at += length;
            }
            None => self.push_byte(b'&'),
        }
    }

    fn start_tag(&mut self) -> Result<(), String> {
        let begin = self.at;
        let name = self.name_until_space_or_end(1);
        if self.peek(0) == 0 {
            return Err(format!("Unclosed start tag at byte offset {begin}"));
        }
        if !TAGS.contains(&name.as_str()) {
            return Err(format!("Unsupported start tag \"{name}\" at byte offset {begin}"));
        }
        let mut tag = OpenTag { name, argument: String::new(), expandable: false, offset: self.units };
        loop {
            self.skip_spaces();
            if self.peek(0) == b'>' {
                self.at += 1;
                break;
            }
            self.attribute(begin, &mut tag)?;
        }
        if tag.name == "span" && tag.argument != "spoiler" {
            return Err(format!("Tag \"span\" must have class \"tg-spoiler\" at byte offset {begin}"));
        }
        self.open.push(tag);
        Ok(())
    }

    fn attribute(&mut self, begin: usize, tag: &mut OpenTag) -> Result<(), String> {
        let name_begin = self.at;
        while !matches!(self.peek(0), 0 | b'=' | b'>' | b'/' | b'"' | b'\'')
            && !self.peek(0).is_ascii_whitespace()
        {
            self.at += 1;
        }
        let name = lossy(&self.input[name_begin..self.at]).to_ascii_lowercase();
        if name.is_empty() {
            return Err(format!("Empty attribute name in the tag \"{}\" at byte offset {begin}", tag.name));
        }
        self.skip_spaces();
        if self.peek(0) == 0 {
            return Err(format!("Unclosed start tag at byte offset {begin}"));
        }
        if self.peek(0) != b'=' {
            tag.expandable |= tag.name == "blockquote" && name == "expandable";
            return Ok(());
        }
        self.at += 1;
        self.skip_spaces();
        let value = match self.peek(0) {
            0 => return Err(format!("Unclosed start tag at byte offset {begin}")),
            quote @ (b'"' | b'\'') => self.quoted(quote),
            _ => self.token()?,
        };
        if self.peek(0) == 0 {
            return Err(format!("Unclosed start tag at byte offset {begin}"));
        }
        keep_attribute(tag, &name, value);
        Ok(())
    }

    fn quoted(&mut self, quote: u8) -> String {
        self.at += 1;
        let mut value = Vec::new();
        while self.peek(0) != quote && self.peek(0) != 0 {
            match decode_reference(&self.input[self.at..]) {
                Some((character, length)) => {
                    value.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                    self.at += length;
                }
                None => {
                    value.push(self.peek(0));
                    self.at += 1;
                }
            }
        }
        if self.peek(0) == quote {
            self.at += 1;
        }
        lossy(&value)
    }

    fn token(&mut self) -> Result<String, String> {
        let begin = self.at;
        while self.peek(0).is_ascii_alphanumeric() || matches!(self.peek(0), b'.' | b'-') {
            self.at += 1;
        }
        if self.peek(0) != b'>' && !self.peek(0).is_ascii_whitespace() {
            return Err(format!("Unexpected end of name token at byte offset {begin}"));
        }
        Ok(lossy(&self.input[begin..self.at]).to_ascii_lowercase())
    }

    fn end_tag(&mut self) -> Result<(), String> {
        let begin = self.at;
        let Some(tag) = self.open.pop() else {
            return Err(format!("Unexpected end tag at byte offset {begin}"));
        };
        let name = self.name_until_space_or_end(2);
        self.skip_spaces();
        if self.peek(0) != b'>' {
            return Err(format!("Unclosed end tag at byte offset {begin}"));
        }
        if !name.is_empty() && name != tag.name {
            return Err(format!(
                "Unmatched end tag at byte offset {begin}, expected \"</{}>\", found \"</{name}>\"",
                tag.name
            ));
        }
        self.at += 1;
        self.finish(tag);
        Ok(())
    }

    fn name_until_space_or_end(&mut self, skip: usize) -> String {
        self.at += skip;
        let begin = self.at;
        while !matches!(self.peek(0), 0 | b'>') && !self.peek(0).is_ascii_whitespace() {
            self.at += 1;
        }
        lossy(&self.input[begin..self.at]).to_ascii_lowercase()
    }

    fn skip_spaces(&mut self) {
        while self.peek(0).is_ascii_whitespace() {
            self.at += 1;
        }
    }

    fn finish(&mut self, tag: OpenTag) {
        let length = self.units - tag.offset;
        let kind = match tag.name.as_str() {
            "b" | "strong" => "bold",
            "i" | "em" => "italic",
            "s" | "strike" | "del" => "strikethrough",
            "u" | "ins" => "underline",
            "tg-spoiler" | "span" => "spoiler",
            "blockquote" if tag.expandable => "expandable_blockquote",
            "blockquote" => "blockquote",
            "a" => "text_link",
            "tg-emoji" => "custom_emoji",
            "pre" | "code" => return self.finish_code(tag, length),
            _ => return,
        };
        if length == 0 {
            return;
        }
        let mut entity = Entity::new(kind, tag.offset, length);
        match kind {
            "text_link" => {
                let written = if tag.argument.is_empty() { self.tail(length) } else { tag.argument };
                // A link that is no link is dropped silently, as Telegram does.
                let Some(url) = link(&written) else { return };
                entity.url = Some(url);
            }
            "custom_emoji" => entity.custom_emoji_id = Some(tag.argument),
            _ => {}
        }
        self.done.push(entity);
    }

    /// `<pre><code class="language-x">` is one entity with a language.
    fn finish_code(&mut self, tag: OpenTag, length: usize) {
        if length == 0 {
            return;
        }
        let mut entity = Entity::new(&tag.name, tag.offset, length);
        if tag.name == "code" && !tag.argument.is_empty() {
            entity.language = Some(tag.argument);
        }
        if tag.name == "pre"
            && let Some(code) =
                self.done.pop_if(|c| c.kind == "code" && c.offset == tag.offset && c.length == length)
        {
            entity.language = code.language;
        }
        self.done.push(entity);
    }

    /// The last `units` UTF-16 units of the text so far.
    fn tail(&self, units: usize) -> String {
        let text = lossy(&self.text);
        let all: Vec<u16> = text.encode_utf16().collect();
        String::from_utf16_lossy(&all[all.len().saturating_sub(units)..])
    }
}

fn keep_attribute(tag: &mut OpenTag, name: &str, value: String) {
    match (tag.name.as_str(), name) {
        ("a", "href") | ("tg-emoji", "emoji-id") => tag.argument = value,
        ("code", "class") => {
            if let Some(language) = value.strip_prefix("language-") {
                language.clone_into(&mut tag.argument);
            }
        }
        ("span", "class") => {
            if let Some(class) = value.strip_prefix("tg-") {
                class.clone_into(&mut tag.argument);
            }
        }
        _ => {}
    }
}

/// A usable link target, with a scheme.
pub(super) fn link(written: &str) -> Option<String> {
    let lower = written.to_ascii_lowercase();
    if ["http://", "https://", "tg://", "mailto:", "tel:"].iter().any(|scheme| lower.starts_with(scheme)) {
        return Some(written.to_owned());
    }
    let host = lower.split(['/', '?', '#']).next().unwrap_or_default();
    (host.contains('.') && !host.contains(char::is_whitespace)).then(|| format!("http://{written}"))
}

/// `&lt; &gt; &amp; &quot;` and numeric references; nothing else is known to Telegram.
fn decode_reference(input: &[u8]) -> Option<(char, usize)> {
    if input.first() != Some(&b'&') {
        return None;
    }
    let end = input.iter().take(12).position(|byte| *byte == b';')?;
    let body = std::str::from_utf8(&input[1..end]).ok()?;
    let character = match body {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        _ => {
            let number = body.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|c| *c != '\0')?
        }
    };
    Some((character, end + 1))
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_refused(input: &str, reason: &str) {
        assert_eq!(parse(input).unwrap_err(), reason, "{input}");
    }

    #[test]
    fn nested_tags_and_references() {
        let parsed = parse("<b>a<i>b</i></b> &lt;&amp;&#33;&nbsp;").unwrap();
        assert_eq!(parsed.text, "ab <&!&nbsp;");
        assert_eq!(parsed.entities, vec![Entity::new("italic", 1, 1), Entity::new("bold", 0, 2)]);
    }

    #[test]
    fn links_and_code_keep_their_arguments() {
        let parsed = parse(
            "<a href='https://a.b/?x=1&amp;y=2'>go</a><pre><code class=\"language-rust\">x</code></pre>",
        )
        .unwrap();
        assert_eq!(parsed.text, "gox");
        assert_eq!(parsed.entities[0].url.as_deref(), Some("https://a.b/?x=1&y=2"));
        assert_eq!(
            (parsed.entities[1].kind.as_str(), parsed.entities[1].language.as_deref()),
            ("pre", Some("rust"))
        );
        assert_eq!(parsed.entities.len(), 2);
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        assert_refused("x<div>y</div>", "Unsupported start tag \"div\" at byte offset 1");
        assert_refused("<b>x", "Can't find end tag corresponding to start tag \"b\"");
        assert_refused("<b>x</i>", "Unmatched end tag at byte offset 4, expected \"</b>\", found \"</i>\"");
        assert_refused("x</b>", "Unexpected end tag at byte offset 1");
        assert_refused("1 <b", "Unclosed start tag at byte offset 2");
        assert_refused("<b>x</b", "Unclosed end tag at byte offset 4");
        assert_refused("<a href=x_y>x</a>", "Unexpected end of name token at byte offset 8");
        assert_refused(
            "<span class=\"x\">x</span>",
            "Tag \"span\" must have class \"tg-spoiler\" at byte offset 0",
        );
        assert_refused("I <3 you", "Unsupported start tag \"3\" at byte offset 2");
    }
}
