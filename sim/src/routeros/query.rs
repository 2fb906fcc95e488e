//! The `?` words of a print: a stack machine that tells for each row whether it is wanted.

use std::{borrow::Cow, cmp::Ordering, net::Ipv4Addr};

use bytes::Bytes;

use super::{
    table::{Moment, Row, Table, format_id},
    value::parse_span,
};

/// Which property a word speaks of, resolved once for all rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    Id,
    Field(usize),
    /// No such property: absent from every row.
    Unknown,
}

#[derive(Debug, Clone)]
enum Step {
    Present(Subject),
    Absent(Subject),
    Compare(Subject, Ordering, Bytes),
    Operate(Bytes),
}

/// The `?` words of one command, in their order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query {
    steps: Vec<Step>,
}

impl Query {
    /// Reads the words (without their `?`).
    pub(crate) fn parse(words: &[Bytes], table: &Table) -> Self {
        Self { steps: words.iter().map(|word| Step::parse(word, table)).collect() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Whether the query looks at nothing but the id; then a listener is told of removals as well.
    pub(crate) fn only_id(&self) -> bool {
        self.steps.iter().all(|step| match step {
            Step::Present(subject) | Step::Absent(subject) | Step::Compare(subject, ..) => {
                *subject == Subject::Id
            }
            Step::Operate(_) => true,
        })
    }

    /// Whether the row is wanted: all that is left on the stack must be true.
    pub(crate) fn accepts(&self, table: &Table, row: &Row, moment: &Moment) -> bool {
        let mut stack: Vec<bool> = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            match step {
                Step::Present(subject) => stack.push(subject.value(table, row, moment).is_some()),
                Step::Absent(subject) => stack.push(subject.value(table, row, moment).is_none()),
                Step::Compare(subject, wanted, operand) => {
                    let value = subject.value(table, row, moment);
                    stack.push(value.is_some_and(|value| compare(&value, operand, *wanted)));
                }
                Step::Operate(operations) => operate(operations, &mut stack),
            }
        }
        stack.iter().all(|&truth| truth)
    }
}

impl Step {
    fn parse(word: &Bytes, table: &Table) -> Self {
        let split = |at: usize| {
            let name_and_value = word.slice(at..);
            let middle = name_and_value.iter().position(|&byte| byte == b'=');
            middle.map(|middle| {
                (Subject::of(&name_and_value[..middle], table), name_and_value.slice(middle + 1..))
            })
        };
        let parsed = match word.first() {
            Some(b'#') => return Self::Operate(word.slice(1..)),
            Some(b'-') => return Self::Absent(Subject::of(&word[1..], table)),
            Some(b'<') => split(1).map(|(subject, value)| Self::Compare(subject, Ordering::Less, value)),
            Some(b'>') => split(1).map(|(subject, value)| Self::Compare(subject, Ordering::Greater, value)),
            Some(b'=') => split(1).map(|(subject, value)| Self::Compare(subject, Ordering::Equal, value)),
            _ => split(0).map(|(subject, value)| Self::Compare(subject, Ordering::Equal, value)),
        };
        parsed.unwrap_or_else(|| Self::Present(Subject::of(word, table)))
    }
}

impl Subject {
    fn of(name: &[u8], table: &Table) -> Self {
        if name == b".id" {
            return Self::Id;
        }
        let position = std::str::from_utf8(name).ok().and_then(|name| table.position(name));
        position.map_or(Self::Unknown, Self::Field)
    }

    fn value<'a>(self, table: &Table, row: &'a Row, moment: &Moment) -> Option<Cow<'a, [u8]>> {
        match self {
            Self::Id => Some(Cow::Owned(format_id(row.id).into_bytes())),
            Self::Unknown => None,
            Self::Field(position) if table.fields().get(position)?.computed.is_some() => {
                table.shown(row, position, moment).map(|value| Cow::Owned(value.to_vec()))
            }
            Self::Field(position) => row.values.get(position)?.as_deref().map(Cow::Borrowed),
        }
    }
}

/// Compares as the router does: numbers, addresses and lengths of time by size, the rest byte by byte. `yes` and `true`
/// are the same, as are `no` and `false`.
fn compare(value: &[u8], operand: &[u8], wanted: Ordering) -> bool {
    if wanted == Ordering::Equal {
        return value == operand || matches!((value, operand), (b"true", b"yes") | (b"false", b"no"));
    }
    let ordering = match (size(value), size(operand)) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => value.cmp(operand),
    };
    ordering == wanted
}

fn size(value: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(value).ok()?;
    let number = text.parse::<u64>().ok();
    number
        .or_else(|| text.parse::<Ipv4Addr>().ok().map(|address| u64::from(address.to_bits())))
        .or_else(|| parse_span(text))
}

/// Carries out the characters of a `?#` word. What the manual leaves open (too few values on the stack, unknown
/// characters) is taken as nothing to do; an assumption.
fn operate(operations: &[u8], stack: &mut Vec<bool>) {
    let mut at = 0;
    let mut after_index = false;
    while let Some(&operation) = operations.get(at) {
        if operation.is_ascii_digit() {
            let digits = operations[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            let index = operations[at..at + digits].iter().fold(0_usize, |index, digit| {
                index.saturating_mul(10).saturating_add(usize::from(digit - b'0'))
            });
            at += digits;
            let item =
                stack.len().checked_sub(index.saturating_add(1)).and_then(|place| stack.get(place)).copied();
            if let Some(item) = item {
                if at == operations.len() {
                    stack.clear();
                }
                stack.push(item);
            }
            after_index = true;
            continue;
        }
        match operation {
            b'!' => {
                if let Some(top) = stack.last_mut() {
                    *top = !*top;
                }
            }
            b'&' | b'|' => {
                if let (Some(right), Some(left)) = (stack.pop(), stack.pop()) {
                    stack.push(if operation == b'&' { left && right } else { left || right });
                }
            }
            b'.' if !after_index => {
                if let Some(&top) = stack.last() {
                    stack.push(top);
                }
            }
            _ => {}
        }
        after_index = false;
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(start: &[bool], operations: &str) -> Vec<bool> {
        let mut stack = start.to_vec();
        operate(operations.as_bytes(), &mut stack);
        stack
    }

    #[test]
    fn operators_work_on_the_top_of_the_stack() {
        assert_eq!(stack(&[true, false], "!"), [true, true]);
        assert_eq!(stack(&[true, true, false], "&"), [true, false]);
        assert_eq!(stack(&[true, false], "|"), [true]);
        assert_eq!(stack(&[false, true, false], "||"), [true]);
        assert_eq!(stack(&[true, false], "!&"), [true]);
    }

    #[test]
    fn an_index_copies_within_a_word_and_replaces_the_stack_at_its_end() {
        assert_eq!(stack(&[true, false, false], "2!"), [true, false, false, false]);
        assert_eq!(stack(&[true, false, false], "2"), [true]);
        assert_eq!(stack(&[true, false], "1."), [true, false, true]);
        assert_eq!(stack(&[false, true], "."), [false, true, true]);
        assert_eq!(stack(&[false], "!."), [true, true]);
        assert_eq!(stack(&[true], "9"), [true], "an index outside the stack does nothing");
        assert_eq!(stack(&[], "&|!."), [] as [bool; 0]);
    }

    #[test]
    fn sizes_are_compared_as_sizes() {
        assert!(compare(b"9", b"10", Ordering::Less) && compare(b"1h", b"59m", Ordering::Greater));
        assert!(compare(b"10.0.0.9", b"10.0.0.10", Ordering::Less));
        assert!(compare(b"true", b"yes", Ordering::Equal) && !compare(b"true", b"no", Ordering::Equal));
    }
}
