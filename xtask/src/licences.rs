//! Whether every library that is compiled in may be: licences that ask for no more than a notice, and none of the
//! libraries that the project keeps out. The lists, with reasons, are in `licences.txt`.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::failure::{Failure, Result};
use crate::place::Place;
use crate::{cargo, run, say};

/// The lists.
#[derive(Debug, Default, PartialEq, Eq)]
struct Rules {
    /// SPDX identifiers, with exceptions (`… WITH …`) as part of the name.
    allowed: Vec<String>,
    /// Licences that are accepted of one package.
    exceptions: BTreeMap<String, Vec<String>>,
    /// Packages that are kept out, and why.
    banned: BTreeMap<String, String>,
}

/// Checks all packages in the lock file that any of the workspace's crates needs on any system.
///
/// # Errors
/// [`Failure::Check`] after each finding was printed; or when cargo does not answer.
pub(crate) fn check(place: &Place) -> Result<()> {
    let path = place.root.join("xtask/licences.txt");
    let text = fs::read_to_string(&path).map_err(Failure::file(&path))?;
    let rules = Rules::read(&text)?;
    let mut metadata = cargo::cargo(place);
    metadata.args(["metadata", "--format-version", "1", "--locked"]);
    let metadata: Value = serde_json::from_str(&run::output(&mut metadata)?)
        .map_err(|error| Failure::Unexpected(format!("cargo metadata: {error}")))?;
    let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let findings: Vec<String> = packages.iter().filter_map(|package| rules.against(package)).collect();
    for finding in &findings {
        say::fail(finding);
    }
    match findings.len() {
        0 => Ok(()),
        count => {
            Err(Failure::Check(format!("{count} of {} packages break xtask/licences.txt", packages.len())))
        }
    }
}

impl Rules {
    /// Reads lines like `allow MIT`, `except ring OpenSSL: why` and `ban openssl: why`; `#` starts a comment.
    fn read(text: &str) -> Result<Self> {
        let mut rules = Self::default();
        for (number, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let broken = || Failure::Unexpected(format!("licences.txt, line {}: {line}", number + 1));
            let (verb, rest) = line.split_once(' ').ok_or_else(broken)?;
            if verb == "allow" {
                rules.allowed.push(rest.trim().into());
                continue;
            }
            let (what, why) = rest.split_once(": ").ok_or_else(broken)?;
            match (verb, what.split_once(' ')) {
                ("except", Some((package, licence))) => {
                    rules.exceptions.entry(package.into()).or_default().push(licence.trim().into());
                }
                ("ban", None) => {
                    rules.banned.insert(what.into(), why.into());
                }
                _ => return Err(broken()),
            }
        }
        Ok(rules)
    }

    /// What is wrong with a package of `cargo metadata`, if anything.
    fn against(&self, package: &Value) -> Option<String> {
        let name = package["name"].as_str().unwrap_or_default();
        let version = package["version"].as_str().unwrap_or_default();
        if let Some(why) = self.banned.get(name) {
            return Some(format!("{name} {version} is kept out: {why}"));
        }
        let Some(licence) = package["license"].as_str() else {
            return Some(format!("{name} {version} names no licence"));
        };
        let own = self.exceptions.get(name).map(Vec::as_slice).unwrap_or_default();
        let accepts = |id: &str| self.allowed.iter().chain(own).any(|allowed| allowed == id);
        match satisfied(licence, &accepts) {
            Some(true) => None,
            Some(false) => Some(format!("{name} {version} is under {licence}")),
            None => Some(format!("{name} {version} has a licence that cannot be read: {licence}")),
        }
    }
}

/// Whether an SPDX expression can be met with licences that `accepts` likes; `None` when it is none.
fn satisfied(expression: &str, accepts: &dyn Fn(&str) -> bool) -> Option<bool> {
    // Before SPDX, crates wrote `MIT/Apache-2.0`.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let answer = any_of(&mut rest, accepts)?;
    rest.is_empty().then_some(answer)
}

fn any_of(words: &mut &[&str], accepts: &dyn Fn(&str) -> bool) -> Option<bool> {
    let mut answer = all_of(words, accepts)?;
    while let [first, rest @ ..] = *words
        && *first == "OR"
    {
        *words = rest;
        answer |= all_of(words, accepts)?;
    }
    Some(answer)
}

fn all_of(words: &mut &[&str], accepts: &dyn Fn(&str) -> bool) -> Option<bool> {
    let mut answer = one(words, accepts)?;
    while let [first, rest @ ..] = *words
        && *first == "AND"
    {
        *words = rest;
        answer &= one(words, accepts)?;
    }
    Some(answer)
}

fn one(words: &mut &[&str], accepts: &dyn Fn(&str) -> bool) -> Option<bool> {
    match *words {
        ["(", rest @ ..] => {
            *words = rest;
            let answer = any_of(words, accepts)?;
            let [")", rest @ ..] = *words else { return None };
            *words = rest;
            Some(answer)
        }
        [")" | "AND" | "OR" | "WITH", ..] | [] => None,
        [id, "WITH", exception, rest @ ..] => {
            *words = rest;
            Some(accepts(&format!("{id} WITH {exception}")))
        }
        [id, rest @ ..] => {
            *words = rest;
            Some(accepts(id))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn permissive(expression: &str) -> Option<bool> {
        satisfied(expression, &|id| ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"].contains(&id))
    }

    #[test]
    fn expressions_are_weighed() {
        assert_eq!(permissive("MIT"), Some(true));
        assert_eq!(permissive("GPL-3.0-only"), Some(false));
        assert_eq!(permissive("MIT/GPL-2.0"), Some(true));
        assert_eq!(permissive("MIT AND GPL-2.0"), Some(false));
        assert_eq!(permissive("GPL-2.0 OR MIT AND Apache-2.0"), Some(true));
        assert_eq!(permissive("(GPL-2.0 OR MIT) AND Zlib"), Some(false));
        assert_eq!(permissive("Apache-2.0 WITH LLVM-exception"), Some(true));
        assert_eq!(permissive("MIT WITH LLVM-exception"), Some(false));
    }

    #[test]
    fn nonsense_is_no_licence() {
        for text in ["", "MIT OR", "(MIT", "MIT)", "AND MIT", "MIT Apache-2.0"] {
            assert_eq!(permissive(text), None, "{text}");
        }
    }

    #[test]
    fn lists_are_read_and_applied() {
        let rules = Rules::read(
            "# why\nallow MIT\nexcept data Unicode-3.0: a table # really\nban openssl: rustls is here\n",
        )
        .unwrap();
        let package =
            |name: &str, licence: Value| json!({"name": name, "version": "1.0.0", "license": licence});
        assert_eq!(rules.against(&package("good", json!("MIT"))), None);
        assert_eq!(rules.against(&package("data", json!("MIT AND Unicode-3.0"))), None);
        for (name, licence) in
            [("openssl", json!("MIT")), ("other", json!("Unicode-3.0")), ("bare", Value::Null)]
        {
            assert!(rules.against(&package(name, licence)).is_some(), "{name}");
        }
        assert!(Rules::read("permit MIT: why").is_err());
    }
}
