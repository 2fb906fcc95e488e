//! Cuts a document down to what one operation needs. The files in `src/queries/` hold many operations each, and the
//! server reads and checks all of a document: the others would only cost.

/// The operation called `name`, and the fragments that it spreads, directly or through others.
pub(super) fn only(document: &str, name: &str) -> String {
    let all = definitions(document);
    let find = |is_fragment: bool, name: &str| {
        all.iter().copied().find(|text| text.starts_with("fragment ") == is_fragment && name_of(text) == name)
    };
    let mut wanted: Vec<&str> = find(false, name).into_iter().collect();
    let mut next = 0;
    while let Some(text) = wanted.get(next).copied() {
        for fragment in text.split("...").skip(1).filter_map(|after| find(true, word(after))) {
            if !wanted.contains(&fragment) {
                wanted.push(fragment);
            }
        }
        next += 1;
    }
    wanted.join("\n")
}

/// The definitions, without the comments before them. Each ends with the brace that closes its selection.
fn definitions(document: &str) -> Vec<&str> {
    let (mut found, mut start, mut depth) = (Vec::new(), 0, 0_u32);
    for (at, byte) in document.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    found.push(without_comments(&document[start..=at]));
                    start = at + 1;
                }
            }
            _ => {}
        }
    }
    found
}

fn without_comments(text: &str) -> &str {
    let text = text.trim_start();
    match text.strip_prefix('#') {
        Some(comment) => without_comments(comment.split_once('\n').map_or("", |(_, rest)| rest)),
        None => text,
    }
}

/// What stands after `query`, `mutation`, `subscription` or `fragment`.
fn name_of(definition: &str) -> &str {
    word(definition.split_once(' ').map_or("", |(_, rest)| rest))
}

fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "# Many.\n# Lines.\nfragment A on T { a ...B }\nfragment B on T { b { c } }\n\
        fragment C on T { c }\n\nquery One { one { ...A ... on T { x } } }\n\
        mutation Two($input: In!) {\n  two(input: $input) { c }\n}\nquery A { a }";

    #[test]
    fn one_operation_goes_with_its_fragments_and_theirs() {
        assert_eq!(
            only(DOCUMENT, "One"),
            "query One { one { ...A ... on T { x } } }\nfragment A on T { a ...B }\nfragment B on T { b { c } }"
        );
        assert_eq!(only(DOCUMENT, "Two"), "mutation Two($input: In!) {\n  two(input: $input) { c }\n}");
    }

    #[test]
    fn a_fragment_is_no_operation() {
        assert_eq!(only(DOCUMENT, "A"), "query A { a }");
        assert_eq!(only(DOCUMENT, "C"), "");
    }
}
