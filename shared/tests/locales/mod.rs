//! Files of texts, as far as two languages have to agree.

use std::collections::{BTreeMap, BTreeSet};

/// The names of a resource's texts, each with the names of its blanks.
pub(crate) fn blanks(resource: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut all = BTreeMap::new();
    let mut current: Option<String> = None;
    for line in resource.lines() {
        if let Some((key, _)) = line.split_once(" =")
            && line.starts_with(|c: char| c.is_ascii_lowercase())
        {
            current = Some(key.to_owned());
            assert!(all.insert(key.to_owned(), BTreeSet::new()).is_none(), "{key} stands twice");
        }
        let Some(names) = current.as_ref().and_then(|key| all.get_mut(key)) else { continue };
        for rest in line.split('$').skip(1) {
            names.insert(rest.chars().take_while(char::is_ascii_alphanumeric).collect());
        }
    }
    all
}
