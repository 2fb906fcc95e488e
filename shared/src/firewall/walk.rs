//! The way of packets through a table: chain by chain, rule by rule, jumps and returns included.
//!
//! What is sent through is not one packet but all that a tunnel could send, so a rule may take some of them and leave
//! the rest. Whatever could get through, gets through: the answer errs on the side of "open", never of "closed".

use super::{
    condition::Judge,
    packet::Likely,
    rule::{Rule, Table, lets_go},
};
use std::collections::HashMap;

/// A rule, as somebody would look for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RuleRef {
    /// In which table.
    pub table: Table,
    /// The router's `.id`.
    pub id: String,
    /// Its place in the table, from 0.
    pub position: usize,
    /// The administrator's note; may be empty.
    pub comment: String,
    /// What it does, as the command line would write it.
    pub text: String,
    /// Its action.
    pub action: String,
    /// It is switched with an account.
    pub bound: bool,
}

impl RuleRef {
    /// Names a rule.
    pub fn new(table: Table, rule: &Rule) -> Self {
        Self {
            table,
            id: rule.id.clone(),
            position: rule.position,
            comment: rule.comment.clone(),
            text: rule.to_string(),
            action: rule.action.clone(),
            bound: rule.bound.is_some(),
        }
    }

    /// Does it let packets go on, and nothing else?
    pub(super) fn lets_go(&self) -> bool {
        lets_go(&self.action)
    }

    /// Does it put addresses onto a list?
    pub fn is_knock(&self) -> bool {
        self.action.starts_with("add-")
    }
}

/// How packets get through a table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Leak {
    /// The rule that lets them; none: they come to the end of the chain, where everything passes.
    pub rule: Option<RuleRef>,
    /// The rule of the first chain on the way there: it, or the jump that leads to it.
    pub entry: Option<RuleRef>,
    /// Conditions that cannot be judged. Empty: it is certain that something gets through.
    pub unclear: Vec<String>,
}

/// What became of packets.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Passage {
    /// The ways out, in the order of the rules.
    pub(super) leaks: Vec<Leak>,
    /// Some come to the end of the chain.
    pub(super) falls: bool,
    /// The rules of this chain that stop all that comes to them, by themselves or by the chain that they jump to.
    pub(super) stops: Vec<RuleRef>,
    /// Some go untracked from here on.
    pub(super) untracked: bool,
}

/// Walks through one table.
pub(super) struct Walk<'a> {
    judge: Judge<'a>,
    table: Table,
    rules: &'a [Rule],
    /// The list whose members are let through: whoever gets onto it by a rule is out.
    allow_list: &'a str,
    /// Goes on behind rules that let everything through, to see what stands there.
    blind: bool,
    done: HashMap<&'a str, Passage>,
    under_way: Vec<&'a str>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(judge: Judge<'a>, table: Table, rules: &'a [Rule], allow_list: &'a str) -> Self {
        Self { judge, table, rules, allow_list, blind: false, done: HashMap::new(), under_way: Vec::new() }
    }

    /// The same, as if nothing let anything through.
    pub(super) fn blindly(mut self) -> Self {
        self.blind = true;
        self
    }

    /// Through a chain from its first rule on.
    pub(super) fn chain(&mut self, name: &'a str) -> Passage {
        if let Some(done) = self.done.get(name) {
            return done.clone();
        }
        // A router refuses chains that lead back to themselves; what would become of a packet there is anybody's guess.
        if self.under_way.contains(&name) {
            let leak = Leak { rule: None, entry: None, unclear: vec![format!("jump-target={name}")] };
            return Passage { leaks: vec![leak], falls: true, ..Passage::default() };
        }
        self.under_way.push(name);
        let passage = self.through(name);
        self.under_way.pop();
        self.done.insert(name, passage.clone());
        passage
    }

    /// The rules of a chain that stop all that comes to them.
    pub(super) fn into_stops(mut self, name: &'a str) -> Vec<RuleRef> {
        self.chain(name).stops
    }

    fn through(&mut self, name: &'a str) -> Passage {
        let mut passage = Passage::default();
        let rules = self.rules;
        for rule in rules.iter().filter(|rule| rule.chain == name && rule.works()) {
            // What is there at some times and not at others opens for certain and closes perhaps.
            let taken = self.judge.takes(rule);
            let taken = if rule.comes_and_goes() { taken.min(Likely::Unknown) } else { taken };
            if taken == Likely::No {
                continue;
            }
            if self.meet(rule, taken, &mut passage) {
                return passage;
            }
        }
        passage.falls = true;
        passage
    }

    /// Packets meet a rule that takes some of them. True: none goes on to the next rule.
    fn meet(&mut self, rule: &'a Rule, taken: Likely, passage: &mut Passage) -> bool {
        let all = taken == Likely::Yes;
        match rule.action.as_str() {
            "drop" | "reject" | "tarpit" => {
                if all {
                    passage.stops.push(RuleRef::new(self.table, rule));
                }
                all
            }
            "accept" | "fasttrack-connection" => {
                passage.leaks.push(self.leak(rule));
                // Not every packet of a FastTracked connection is: the rest goes on.
                all && rule.action == "accept" && !self.blind
            }
            "jump" => self.jump(rule, all, passage),
            "return" => {
                passage.falls = true;
                all
            }
            "notrack" => {
                passage.untracked = true;
                false
            }
            _ if rule.fills(self.allow_list) => {
                passage.leaks.push(self.leak(rule));
                false
            }
            "passthrough" | "log" | "add-src-to-address-list" | "add-dst-to-address-list" => false,
            unknown => {
                let mut leak = self.leak(rule);
                leak.unclear.push(format!("action={unknown}"));
                passage.leaks.push(leak);
                false
            }
        }
    }

    fn jump(&mut self, rule: &'a Rule, all: bool, passage: &mut Passage) -> bool {
        let inner = self.chain(&rule.jump_target);
        let unclear = self.judge.unclear(rule);
        // What is let go there is within what is left out of account; a knock opens more than that.
        let excepted = self.judge.is_excepted(rule);
        let counts = |leak: &Leak| !excepted || leak.rule.as_ref().is_none_or(|rule| !rule.lets_go());
        passage.leaks.extend(inner.leaks.into_iter().filter(counts).map(|leak| Leak {
            entry: Some(RuleRef::new(self.table, rule)),
            unclear: unclear.iter().cloned().chain(leak.unclear).collect(),
            rule: leak.rule,
        }));
        passage.untracked |= inner.untracked;
        if all && !inner.falls && !inner.stops.is_empty() {
            passage.stops.push(RuleRef::new(self.table, rule));
        }
        all && !inner.falls
    }

    fn leak(&self, rule: &Rule) -> Leak {
        let rule_ref = RuleRef::new(self.table, rule);
        Leak { rule: Some(rule_ref.clone()), entry: Some(rule_ref), unclear: self.judge.unclear(rule) }
    }
}
