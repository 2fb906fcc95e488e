//! Accessibility, by the rules of axe-core for WCAG 2.2 AA.

use std::env;
use std::fs;

use serde_json::{Value, json};

use crate::page::Page;

/// The rules as a program for the page.
#[derive(Debug)]
pub(crate) struct Axe(String);

impl Axe {
    /// Reads the rules from where `SALLYPORT_AXE` says; none are no failure, but are told.
    ///
    /// # Panics
    /// If the variable names a file that cannot be read.
    pub(crate) fn find() -> Option<Self> {
        let Some(path) = env::var_os("SALLYPORT_AXE") else {
            eprintln!(
                "SKIPPED, accessibility: SALLYPORT_AXE names no axe.min.js; `cargo xtask test` gets it from npm"
            );
            return None;
        };
        let rules = fs::read_to_string(&path);
        Some(Self(rules.unwrap_or_else(|error| panic!("SALLYPORT_AXE, {}: {error}", path.display()))))
    }

    /// What breaks the rules on the page as it is shown now: rule, and where.
    pub(crate) async fn findings(&self, page: &Page<'_>) -> Vec<String> {
        let window = page.window();
        window.run(&self.0, json!([])).await.expect("the rules are loaded");
        let script = "const done = arguments[0]; axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', \
                      'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations']}) \
                      .then(result => done(result.violations), error => done(String(error)));";
        let found = window.run_async(script, json!([])).await.expect("the rules are applied");
        let violations = found.as_array().unwrap_or_else(|| panic!("the rules are not applied: {found}"));
        violations.iter().map(describe).collect()
    }
}

fn describe(violation: &Value) -> String {
    let nodes = violation["nodes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let places: Vec<String> = nodes
        .iter()
        .take(3)
        .map(|node| format!("{} {} ({})", node["target"], node["html"], node["any"][0]["message"]))
        .collect();
    format!("{} – {}, {} times: {}", violation["id"], violation["help"], nodes.len(), places.join("; "))
}
