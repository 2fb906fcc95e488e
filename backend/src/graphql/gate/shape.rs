//! How large a document is, told without spelling it out.
//!
//! Fragments make documents that are short as a text and endless when followed: some spread themselves, others
//! spread the next one thirty times over a dozen generations. So each fragment is measured once, what spreads it
//! adds up the figures, and nothing is walked twice. What the library does afterwards does walk it; by then it is
//! known to be small.

use async_graphql::{
    Name, Positioned, ServerError,
    parser::types::{ExecutableDocument, FragmentDefinition, Selection, SelectionSet},
};
use std::collections::HashMap;

/// How deep fields may be nested.
pub(super) const DEEPEST: usize = 12;

/// How deep a question about the schema itself may be nested: what tools ask is deeper than any data.
const DEEPEST_INTROSPECTION: usize = 20;

/// How many sets of fields may stand within each other, those of fragments among them.
const MOST_LEVELS: usize = 32;

/// How many fields and fragments a document may hold once every fragment stands where it is spread.
const MOST_SELECTED: usize = 5_000;

/// How many of them a stranger may ask for: signing in takes some twenty.
const MOST_OF_STRANGERS: usize = 100;

/// How many brackets may be open at once. The parser goes by recursion.
const MOST_BRACKETS: usize = 100;

/// A set of fields, with the fragments that it spreads.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
struct Shape {
    /// How deep its fields are nested.
    depth: usize,
    /// How deep those are nested that stand in `__schema` and `__type` on its first level.
    about_schema: usize,
    /// How many sets are nested.
    levels: usize,
    /// How many fields and fragments there are, each as often as it is spread.
    selected: usize,
}

impl Shape {
    /// Both side by side.
    fn beside(self, other: Self) -> Self {
        Self {
            depth: self.depth.max(other.depth),
            about_schema: self.about_schema.max(other.about_schema),
            levels: self.levels.max(other.levels),
            selected: self.selected.saturating_add(other.selected),
        }
    }

    /// What a fragment that holds it is where it is spread.
    fn spread(self) -> Self {
        Self { levels: self.levels + 1, selected: self.selected.saturating_add(1), ..self }
    }

    /// What a field that holds it is.
    fn within(self, field: &str) -> Self {
        let deep = self.depth.max(self.about_schema) + 1;
        let about_schema = matches!(field, "__schema" | "__type");
        Self {
            depth: if about_schema { 0 } else { deep },
            about_schema: if about_schema { deep } else { 0 },
            ..self.spread()
        }
    }
}

/// What is found out about a fragment.
enum Known {
    /// It is being measured: whoever meets it now goes in circles.
    Begun,
    Measured(Shape),
}

/// Measures the fragments of a document, each once.
struct Ruler<'a> {
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    known: HashMap<&'a Name, Known>,
}

impl<'a> Ruler<'a> {
    /// `around`: so many sets stand around this one.
    fn set(&mut self, set: &'a SelectionSet, around: usize) -> Result<Shape, ServerError> {
        if around > MOST_LEVELS {
            return Err(refused(format!("Nested deeper than {MOST_LEVELS} fields and fragments")));
        }
        let mut whole = Shape::default();
        for item in &set.items {
            let shape = match &item.node {
                Selection::Field(field) => {
                    let inner = self.set(&field.node.selection_set.node, around + 1)?;
                    inner.within(&field.node.name.node)
                }
                Selection::InlineFragment(inline) => {
                    self.set(&inline.node.selection_set.node, around + 1)?.spread()
                }
                Selection::FragmentSpread(spread) => {
                    self.fragment(&spread.node.fragment_name.node, around + 1)?.spread()
                }
            };
            whole = whole.beside(shape);
        }
        Ok(whole)
    }

    fn fragment(&mut self, name: &Name, around: usize) -> Result<Shape, ServerError> {
        // One that is missing is found, and told better, by the library.
        let Some((name, fragment)) = self.fragments.get_key_value(name) else { return Ok(Shape::default()) };
        match self.known.get(name) {
            Some(Known::Measured(shape)) => return Ok(*shape),
            Some(Known::Begun) => return Err(refused(format!("The fragment {name} spreads itself"))),
            None => {}
        }
        self.known.insert(name, Known::Begun);
        let shape = self.set(&fragment.node.selection_set.node, around)?;
        self.known.insert(name, Known::Measured(shape));
        Ok(shape)
    }
}

/// Refuses a document that is too deep or too large to be begun; one of a stranger, who can only want to sign in,
/// also if it holds several operations.
pub(super) fn check(document: &ExecutableDocument, stranger: bool) -> Result<(), ServerError> {
    if stranger && document.operations.iter().count() > 1 {
        return Err(refused("One operation a request".to_owned()));
    }
    let mut ruler = Ruler { fragments: &document.fragments, known: HashMap::new() };
    let mut whole = Shape::default();
    for name in document.fragments.keys() {
        whole = whole.beside(Shape { about_schema: 0, ..ruler.fragment(name, 0)? });
    }
    for (_, operation) in document.operations.iter() {
        let shape = ruler.set(&operation.node.selection_set.node, 0)?;
        if shape.about_schema > DEEPEST_INTROSPECTION {
            return Err(refused(format!("Nested deeper than {DEEPEST_INTROSPECTION} fields")));
        }
        if shape.depth > DEEPEST {
            return Err(refused(format!("Nested deeper than {DEEPEST} fields")));
        }
        whole = whole.beside(shape);
    }
    if whole.levels > MOST_LEVELS {
        return Err(refused(format!("Nested deeper than {MOST_LEVELS} fields and fragments")));
    }
    let most = if stranger { MOST_OF_STRANGERS } else { MOST_SELECTED };
    if whole.selected > most {
        return Err(refused(format!("More than {most} fields; ask for less at once")));
    }
    Ok(())
}

/// Refuses a text whose brackets are nested so deep that reading it would take too much of the stack.
pub(super) fn check_brackets(text: &str) -> Result<(), ServerError> {
    let mut open = 0_usize;
    let mut rest = text;
    while let Some(at) = rest.find(['{', '[', '(', '}', ']', ')', '"', '#']) {
        let (_, from) = rest.split_at(at);
        rest = match from.as_bytes().first() {
            Some(b'{' | b'[' | b'(') => {
                open += 1;
                if open > MOST_BRACKETS {
                    return Err(refused(format!("More than {MOST_BRACKETS} brackets within each other")));
                }
                from.get(1..)
            }
            Some(b'#') => from.find('\n').and_then(|end| from.get(end..)),
            Some(b'"') => after_string(from),
            _ => {
                open = open.saturating_sub(1);
                from.get(1..)
            }
        }
        .unwrap_or_default();
    }
    Ok(())
}

/// What follows the string with which `text` begins; none: it does not end.
fn after_string(text: &str) -> Option<&str> {
    if let Some(block) = text.strip_prefix("\"\"\"") {
        let mut rest = block;
        loop {
            let (before, after) = rest.split_once("\"\"\"")?;
            if !before.ends_with('\\') {
                return Some(after);
            }
            rest = after;
        }
    }
    let mut escaped = false;
    let end = text.get(1..)?.find(|c| {
        let ends = !escaped && matches!(c, '"' | '\n');
        escaped = !escaped && c == '\\';
        ends
    })?;
    text.get(end + 2..)
}

fn refused(message: String) -> ServerError {
    ServerError::new(message, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::parse_query;

    fn judged(query: &str, stranger: bool) -> Result<(), String> {
        check(&parse_query(query).unwrap(), stranger).map_err(|error| error.message)
    }

    #[test]
    fn twelve_fields_deep_and_no_deeper() {
        let nested = |depth: usize| format!("{}{}", "{ a ".repeat(depth), "}".repeat(depth));
        assert!(judged(&nested(12), false).is_ok());
        assert!(judged(&nested(13), false).is_err());
        let in_two = "query { a { a { a { a { a { a { a { ...F } } } } } } } } fragment F on T { a { a { a ";
        assert!(judged(&format!("{in_two} {{ a {{ a }} }} }} }} }}"), false).is_ok());
        assert!(judged(&format!("{in_two} {{ a {{ a {{ a }} }} }} }} }} }}"), false).is_err());
    }

    #[test]
    fn what_is_asked_about_the_schema_may_be_deeper_but_only_at_the_root() {
        let asked =
            |depth: usize| format!("{{ __schema {}{} }}", "{ a ".repeat(depth - 1), "}".repeat(depth - 1));
        assert!(judged(&asked(20), false).is_ok());
        assert!(judged(&asked(21), false).is_err());
        assert!(judged(&format!("{{ a {} }}", asked(13)), false).is_err());
        let spread = format!("query {{ ...F }} fragment F on Query {}", asked(20));
        assert!(judged(&spread, false).is_ok());
    }

    #[test]
    fn circles_are_found_wherever_they_are() {
        for query in [
            "{ ...A } fragment A on Query { ...A }",
            "{ ...A } fragment A on Query { a { ...B } } fragment B on Query { ...A }",
            "{ a } fragment Unused on Query { __schema { ...Unused } }",
            "query A { setupNeeded } query B { ...F } fragment F on Query { __schema { ...F } }",
        ] {
            assert!(judged(query, false).unwrap_err().contains("spreads itself"), "{query}");
            assert!(judged(query, true).is_err(), "{query}");
        }
    }

    #[test]
    fn fragments_that_multiply_are_measured_and_not_followed() {
        use std::fmt::Write as _;
        let mut bomb = "query { ...F0 } fragment F12 on Query { setupNeeded }".to_owned();
        for n in 0..12 {
            write!(bomb, " fragment F{n} on Query {{ {} }}", format!("...F{} ", n + 1).repeat(30)).unwrap();
        }
        assert!(judged(&bomb, false).unwrap_err().contains("More than 5000"));
        let mut chain = "query { ...F0 } fragment F5000 on Query { setupNeeded }".to_owned();
        for n in 0..5_000 {
            write!(chain, " fragment F{n} on Query {{ ...F{} }}", n + 1).unwrap();
        }
        assert!(judged(&chain, false).unwrap_err().contains("Nested deeper"));
    }

    #[test]
    fn a_stranger_has_one_small_operation() {
        assert!(judged("query A { setupNeeded } query B { setupNeeded }", true).is_err());
        assert!(judged("query A { setupNeeded } query B { setupNeeded }", false).is_ok());
        let sized = |n: usize| format!("mutation {{ logout {{ {} }} }}", "a ".repeat(n));
        assert!(judged(&sized(99), true).is_ok());
        assert!(judged(&sized(100), true).is_err());
        assert!(judged(&sized(4_999), false).is_ok());
        assert!(judged(&sized(5_000), false).is_err());
    }

    #[test]
    fn brackets_are_counted_outside_of_strings_and_comments() {
        assert!(check_brackets(&"[".repeat(101)).is_err());
        assert!(check_brackets(&"{ a ".repeat(100)).is_ok());
        assert!(check_brackets(&"{}[]()".repeat(1_000)).is_ok());
        assert!(check_brackets(&format!("{{ a(b: \"\\\"{}\") }}", "{".repeat(200))).is_ok());
        assert!(
            check_brackets(&format!("{{ a(b: \"\"\"{0} \\\"\"\" {0}\"\"\") }}", "{".repeat(200))).is_ok()
        );
        assert!(check_brackets(&format!("# {}\n{{ a }}", "{".repeat(200))).is_ok());
        assert!(check_brackets(&format!("\"\" {}", "{".repeat(101))).is_err());
        assert!(check_brackets(&format!("\"ы\\\\\" {}", "{".repeat(101))).is_err());
    }
}
