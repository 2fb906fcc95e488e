//! The doctor: does the router's box hold, and is the rest as it should be?
//!
//! [`examine`] takes what was read from a router ([`Facts`]) and gives a [`Report`]. It is pure; the proof that nothing
//! gets out of the box is [`crate::firewall`]'s. Every finding has words in both languages and says what to do.

mod bans;
mod bound;
mod boxing;
mod edited;
mod enclosure;
mod facts;
mod finding;
mod inwards;
mod itself;
mod page;
mod remedy;
mod sources;
mod upkeep;

pub use facts::{
    Account, Api, DeviceMode, Facts, Helper, HelperKind, Profile, Server, Service, Stray, UserManager,
};
pub use finding::{Finding, Severity, Words};

/// What the doctor says about a router.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    /// No packet of a tunnel in the box gets through the router.
    pub box_holds: bool,
    /// What was looked at, the worst first.
    pub findings: Vec<Finding>,
}

impl Report {
    /// What is said of a box that holds; none: it does not.
    pub fn held(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| self.box_holds && finding.key == enclosure::BOX)
    }

    /// What is said of tunnels that were up before their profile named the list of interfaces; none: all have come since.
    pub fn tunnels_of_before(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.key == boxing::OF_BEFORE)
    }
}

/// Looks at everything.
pub fn examine(facts: &Facts) -> Report {
    let facts = &facts.with_passing_rules();
    let mut findings = enclosure::look(facts);
    findings.extend(edited::look(facts));
    findings.extend(bound::look(facts));
    findings.extend(upkeep::look(facts));
    findings.extend(bans::look(facts));
    findings.extend(page::look(facts));
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    Report { box_holds: !findings.iter().any(|finding| finding.opens), findings }
}
