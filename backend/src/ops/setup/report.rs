//! What is told of a set-up, in words.

use super::journal::Entry;
use sallyport_shared::{
    doctor::Report as Exam,
    ids::RouterId,
    language::Language,
    router::setup::{Plan, State, Step, Words},
};
use std::collections::{BTreeMap, BTreeSet};

/// How a router's set-up stands, and what has just been done about it.
#[derive(Debug)]
pub struct Report {
    /// Which router.
    pub router: RouterId,
    /// What was read, and what is still to be done.
    pub plan: Plan,
    /// The steps that were carried out just now and hold.
    pub applied: BTreeSet<String>,
    /// Those that were not, and why.
    pub failed: BTreeMap<String, Words>,
    /// What was left as it is, and why.
    pub left: Vec<Words>,
    /// What the doctor says of the router afterwards; none: nothing was carried out, or it could not look.
    pub exam: Option<Exam>,
    /// How many changes could be taken back.
    pub standing: usize,
    /// How many of which step.
    pub undoable: BTreeMap<String, usize>,
}

/// A step in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// What it is called in the API.
    pub key: String,
    /// A title.
    pub title: String,
    /// The same for the router's terminal.
    pub script: String,
    /// How it stands, as the API says it.
    pub state: &'static str,
    /// What it is for, what was found, and what to do.
    pub detail: String,
    /// Only done when it is asked for.
    pub optional: bool,
    /// How many of its changes could be taken back.
    pub undoable: usize,
}

impl Report {
    pub(super) fn new(router: RouterId, plan: Plan, standing: &[Entry]) -> Self {
        let (applied, failed, left) = (BTreeSet::new(), BTreeMap::new(), Vec::new());
        let mut undoable = BTreeMap::new();
        for entry in standing {
            *undoable.entry(entry.step.clone()).or_default() += 1;
        }
        Self { router, plan, applied, failed, left, exam: None, standing: standing.len(), undoable }
    }

    /// Does the box hold, by the doctor's proof? None: nobody looked.
    pub fn box_holds(&self) -> Option<bool> {
        self.exam.as_ref().map(|exam| exam.box_holds)
    }

    /// Why it does not, in words.
    pub fn openings(&self, language: Language) -> Vec<String> {
        let findings = self.exam.iter().flat_map(|exam| &exam.findings);
        let words = findings.filter(|finding| finding.opens).map(|finding| finding.words(language));
        words.map(|words| format!("{}. {}", words.title, words.detail)).collect()
    }

    /// What the set-up does not reach, though everything is as planned: tunnels that came up before, with what to do about
    /// them.
    pub fn remarks(&self, language: Language) -> Vec<String> {
        let finding = self.exam.as_ref().and_then(Exam::tunnels_of_before);
        let said = finding.map(|finding| finding.words(language)).map(|words| {
            let remedy = words.remedy.unwrap_or_default();
            format!("{}. {} {remedy}", words.title, words.detail)
        });
        said.into_iter().collect()
    }

    /// The steps, in words.
    pub fn lines(&self, language: Language) -> impl Iterator<Item = Line> + '_ {
        self.plan.steps.iter().map(move |step| self.line(step, language))
    }

    fn line(&self, step: &Step, language: Language) -> Line {
        let failure = self.failed.get(&step.key);
        let state = match step.state {
            _ if failure.is_some() => "FAILED",
            State::Present if self.applied.contains(&step.key) => "APPLIED",
            State::Present => "PRESENT",
            State::Missing => "MISSING",
            State::Different => "DIFFERENT",
        };
        let obstacle = step.obstacle.as_ref().filter(|words| failure != Some(words));
        let all = std::iter::once(&step.about).chain(&step.notes).chain(obstacle).chain(failure);
        Line {
            key: step.key.clone(),
            title: step.title.say(language),
            script: step.script.clone(),
            state,
            detail: all.map(|words| words.say(language)).collect::<Vec<_>>().join(" "),
            optional: step.optional,
            undoable: self.undoable.get(&step.key).copied().unwrap_or_default(),
        }
    }

    /// Everything that is still to be done and not left to choice, for the router's terminal.
    pub fn script(&self, language: Language) -> String {
        let open = self.plan.steps.iter().filter(|step| !step.is_present() && !step.optional);
        let parts = open.filter(|step| !step.script.is_empty());
        parts
            .map(|step| format!("# {}\n{}", step.title.say(language), step.script))
            .collect::<Vec<_>>()
            .join("\n\n")
    }
}
