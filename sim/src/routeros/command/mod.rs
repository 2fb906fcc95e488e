//! The commands: what a sentence asks for, whether it may, and what is answered.

mod login;
mod print;
mod stream;
mod write;

use std::time::Duration;

use bytes::Bytes;

use super::{codec::Reply, journal::Outcome, table::Shape, trap::Trap, tree, world::World};

/// A sentence from a client, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Command {
    /// `ppp/secret`; empty for `/login` and its like.
    pub(crate) menu: String,
    /// `print`.
    pub(crate) verb: String,
    /// The `=name=value` words in their order.
    pub(crate) attributes: Vec<(String, Bytes)>,
    /// The `?` words without the question mark.
    pub(crate) queries: Vec<Bytes>,
    pub(crate) tag: Option<Bytes>,
}

impl Command {
    /// Reads a sentence. Words that are none of the known kinds are passed over (assumption).
    pub(crate) fn parse(words: &[Bytes]) -> Self {
        let first = words.first().map(|word| String::from_utf8_lossy(word).into_owned()).unwrap_or_default();
        let path = first.trim_start_matches('/');
        let (menu, verb) = path.rsplit_once('/').unwrap_or(("", path));
        let mut command = Self {
            menu: menu.to_owned(),
            verb: verb.to_owned(),
            attributes: Vec::new(),
            queries: Vec::new(),
            tag: None,
        };
        for word in words.iter().skip(1) {
            if let Some(tag) = word.strip_prefix(b".tag=") {
                command.tag = Some(word.slice_ref(tag));
            } else if let Some(query) = word.strip_prefix(b"?") {
                command.queries.push(word.slice_ref(query));
            } else if word.starts_with(b"=") || word.starts_with(b".proplist=") {
                let start = usize::from(word.starts_with(b"="));
                let body = word.slice(start..);
                let middle = body.iter().position(|&byte| byte == b'=').unwrap_or(body.len());
                let name = String::from_utf8_lossy(&body[..middle]).into_owned();
                command.attributes.push((name, body.slice((middle + 1).min(body.len())..)));
            }
        }
        command
    }

    /// The command word.
    pub(crate) fn word(&self) -> String {
        if self.menu.is_empty() { format!("/{}", self.verb) } else { format!("/{}/{}", self.menu, self.verb) }
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&Bytes> {
        self.attributes.iter().find(|(given, _)| given == name).map(|(_, value)| value)
    }

    fn text(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.attribute(name)?).ok()
    }

    /// Whether a flag such as `count-only` is given, and not as `no`.
    fn flag(&self, name: &str) -> bool {
        self.attribute(name).is_some_and(|value| !matches!(&value[..], b"no" | b"false"))
    }

    /// Whether the command asks for a change of the router.
    pub(crate) fn is_write(&self) -> bool {
        let session = self.menu.is_empty() && matches!(self.verb.as_str(), "login" | "cancel" | "quit");
        !session && !matches!(self.verb.as_str(), "print" | "getall" | "listen" | "get" | "find" | "monitor")
    }
}

/// What a connection does after the answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// Reads on.
    Continue,
    /// Closes.
    Close,
    /// Sends the rows again each time this has passed, until the listener is cancelled.
    Repeat(Duration),
    /// The router restarts.
    Reboot,
}

/// The answer to a command.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) bytes: Vec<u8>,
    pub(crate) outcome: Outcome,
    pub(crate) then: Then,
}

impl Answer {
    fn new(reply: Reply, outcome: Outcome) -> Self {
        Self { bytes: reply.into_bytes(), outcome, then: Then::Continue }
    }

    fn then(mut self, then: Then) -> Self {
        self.then = then;
        self
    }

    pub(crate) fn done(mut reply: Reply, tag: Option<&[u8]>) -> Self {
        reply.bare("!done", tag);
        Self::new(reply, Outcome::Done)
    }

    fn returned(value: &[u8], tag: Option<&[u8]>) -> Self {
        let mut reply = Reply::default();
        reply.begin("!done", tag);
        reply.attribute("ret", value);
        reply.end();
        Self::new(reply, Outcome::Done)
    }

    /// `!trap`, and the `!done` that always follows it.
    pub(crate) fn trapped(trap: &Trap, tag: Option<&[u8]>) -> Self {
        let mut reply = Reply::default();
        write_trap(&mut reply, trap, tag);
        reply.bare("!done", tag);
        Self::new(reply, Outcome::Failed(trap.message.clone().into_owned()))
    }

    /// `!fatal` carries its reason as a bare word, without a tag (assumption), and the connection ends.
    fn fatal(reason: &str) -> Self {
        let mut reply = Reply::default();
        reply.begin("!fatal", None);
        reply.word(reason.as_bytes());
        reply.end();
        Self::new(reply, Outcome::Failed(reason.to_owned())).then(Then::Close)
    }
}

fn write_trap(reply: &mut Reply, trap: &Trap, tag: Option<&[u8]>) {
    reply.begin("!trap", tag);
    if let Some(category) = trap.category {
        reply.attribute("category", category.to_string().as_bytes());
    }
    reply.attribute("message", trap.message.as_bytes());
    reply.end();
}

/// Who asks.
#[derive(Debug, Clone, Copy)]
struct Caller<'a> {
    session: u64,
    rights: &'a [String],
}

impl Caller<'_> {
    fn may(&self, right: &str) -> bool {
        self.rights.iter().any(|held| held == right)
    }
}

impl World {
    /// Carries a command out and answers it.
    pub(crate) fn execute(&mut self, session: u64, command: &Command) -> Answer {
        self.settle();
        let tag = command.tag.as_deref();
        if command.menu.is_empty() {
            match command.verb.as_str() {
                "login" => return self.login(session, command),
                "quit" => return Answer::fatal("session terminated on request"),
                _ => {}
            }
        }
        let Some(user) = self.sessions.get(&session).and_then(|session| session.user.clone()) else {
            return Answer::fatal("not logged in");
        };
        let rights = self.rights(&user);
        let caller = Caller { session, rights: &rights };
        let answer = match (command.menu.as_str(), command.verb.as_str()) {
            ("", "cancel") => Ok(self.cancel(session, command)),
            ("system", "reboot" | "shutdown") => reboot(caller, tag),
            _ => self.in_menu(caller, command),
        };
        answer.unwrap_or_else(|trap| Answer::trapped(&trap, tag))
    }

    fn in_menu(&mut self, caller: Caller<'_>, command: &Command) -> Result<Answer, Trap> {
        let table = self.find(&command.menu).ok_or_else(Trap::no_such_prefix)?;
        let menu = table.menu;
        let listens = || tree::arguments(menu.path, "print").is_some_and(|print| print.contains("follow"));
        let verb = match command.verb.as_str() {
            "getall" => "print",
            // Listening is offered where `print` can follow. That settings cannot be listened to is an assumption.
            "listen" if menu.shape != Shape::Settings && listens() => "print",
            verb => verb,
        };
        let arguments = tree::arguments(menu.path, verb).ok_or_else(Trap::no_such_command)?;
        let known = |name: &str| {
            arguments.contains(name)
                || match verb {
                    "print" => matches!(name, ".proplist" | ".id" | "numbers" | "stats" | "detail" | "where"),
                    "add" => false,
                    _ => matches!(name, ".id" | "numbers"),
                }
        };
        let unknown = |name: &str| !known(name.strip_prefix('!').filter(|_| verb == "set").unwrap_or(name));
        if command.attributes.iter().any(|(name, _)| unknown(name)) {
            return Err(Trap::unknown_parameter());
        }
        let right = needed_right(menu.path, verb);
        if !caller.may(right) {
            return Err(Trap::not_permitted());
        }
        if verb == "print" {
            self.print(caller, menu.path, command)
        } else {
            self.write(caller, menu.path, command)
        }
    }
}

/// Which right a command needs. The manual gives the rights' meanings; that users and groups need `policy` to be
/// changed comes from there as well. That scripts need it, too, is an assumption.
fn needed_right(path: &str, verb: &str) -> &'static str {
    match (path, verb) {
        (_, "print") => "read",
        ("user" | "user/group", _) => "policy",
        ("system/script", "add" | "set" | "remove") => "policy",
        _ => "write",
    }
}

fn reboot(caller: Caller<'_>, tag: Option<&[u8]>) -> Result<Answer, Trap> {
    if !caller.may("reboot") {
        return Err(Trap::not_permitted());
    }
    Ok(Answer::done(Reply::default(), tag).then(Then::Reboot))
}
