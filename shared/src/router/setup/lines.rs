//! Lines of ours in the scripts of profiles, which may be somebody's besides: they stand between two marks, so that they
//! are found again, and what others wrote goes on to be run.
//!
//! Several steps write to the same script. Each is about its own lines and leaves the others as they are, also when it is
//! made or taken back long after it was planned.

use super::{
    Seen,
    item::{Item, Menu, Raw},
    words::Words,
};

/// A kind of lines.
pub(super) struct Block {
    begin: &'static str,
    end: &'static str,
    /// By what they are known where somebody took the last mark away.
    does: &'static [&'static str],
}

/// What tells the server of tunnels.
pub(super) const TELLS: Block =
    Block { begin: "# sallyport: begin", end: "# sallyport: end", does: &["sallyportTunnel", "/client/"] };

/// What takes the permission of a tunnel away with it.
pub(super) const SHUTS: Block =
    Block { begin: "# sallyport: shut", end: "# sallyport: shut end", does: &["address-list remove"] };

impl Block {
    /// The line between its marks. An error in it must not end what the script does besides.
    pub(super) fn of(&self, line: &str) -> String {
        format!("{}\n:do {{ {line} }} on-error={{}}\n{}", self.begin, self.end)
    }

    /// A script without these lines, and the lines: from the one that begins them to the one that ends them. Where somebody
    /// took the latter away what is ours is told by what it does, and the rest is theirs.
    pub(super) fn split(&self, text: &str) -> (String, String) {
        let lines: Vec<&str> = text.lines().collect();
        let (mut kept, mut ours): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
        let mut at = 0;
        while let Some(line) = lines.get(at) {
            at += 1;
            if line.trim() != self.begin {
                kept.push(*line);
                continue;
            }
            let rest = lines.get(at..).unwrap_or_default();
            let until = rest.iter().position(|line| line.trim() == self.begin).unwrap_or(rest.len());
            let end = rest.iter().take(until).position(|line| line.trim() == self.end);
            let until = at
                + match end {
                    Some(end) => end + 1,
                    None => usize::from(rest.first().is_some_and(|line| self.is_ours(line))),
                };
            ours.extend(lines.get(at - 1..until).unwrap_or_default());
            at = until;
        }
        (kept.join("\n").trim().to_owned(), ours.join("\n"))
    }

    fn is_ours(&self, line: &str) -> bool {
        line.starts_with(":do {") && self.does.iter().any(|does| line.contains(does))
    }
}

/// A script of a profile in its parts.
pub(super) struct Parts {
    /// What takes permissions away; it comes first, so that no failure of another part keeps it from being run.
    pub(super) shuts: String,
    /// What somebody else wrote.
    pub(super) foreign: String,
    /// What tells of tunnels.
    pub(super) tells: String,
}

impl Parts {
    /// Reads the script of a property.
    ///
    /// # Errors
    /// Words why it cannot be added to: it is the name of a script, or no text.
    pub(super) fn of(profile: &Item, property: &str, seen: &Seen) -> Result<Self, Words> {
        let was = profile.get(property);
        let parts = Self::split(&was.map(Raw::text).unwrap_or_default());
        let is_name = seen.scripts.iter().any(|item| item.text("name") == parts.foreign);
        if !parts.foreign.is_empty() && (is_name || Self::read(was).is_none()) {
            let name = profile.text("name").into_owned();
            return Err(Words::new("setup-foreign-hook").with("profile", name).with("property", property));
        }
        Ok(parts)
    }

    fn split(text: &str) -> Self {
        let (rest, shuts) = SHUTS.split(text);
        let (foreign, tells) = TELLS.split(&rest);
        Self { shuts, foreign, tells }
    }

    /// The parts of a value. None: bytes that are no text, which can't be carried over as they are.
    fn read(script: Option<&Raw>) -> Option<Self> {
        let bytes = script.map(Raw::as_bytes).unwrap_or_default();
        std::str::from_utf8(bytes).ok().map(Self::split)
    }

    fn each(&self) -> [&String; 3] {
        [&self.shuts, &self.foreign, &self.tells]
    }

    /// The script.
    pub(super) fn whole(&self) -> String {
        let parts = self.each().map(String::as_str);
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
    }
}

/// Is a property of a menu such a script?
pub(super) fn is_script(menu: Menu, property: &str) -> bool {
    menu == Menu::Profile && matches!(property, "on-up" | "on-down")
}

/// What a change of a script from `was` to `now` makes of what is `there` by now: the parts that it changes become what it
/// says, the others stay. None: one of them can't be read.
pub(super) fn carried_over(was: Option<&Raw>, now: Option<&Raw>, there: Option<&Raw>) -> Option<Raw> {
    let (was, now, there) = (Parts::read(was)?, Parts::read(now)?, Parts::read(there)?);
    let part = |was, now, there| if was == now { there } else { now };
    let parts = Parts {
        shuts: part(was.shuts, now.shuts, there.shuts),
        foreign: part(was.foreign, now.foreign, there.foreign),
        tells: part(was.tells, now.tells, there.tells),
    };
    Some(parts.whole().into())
}

/// What taking a change of a script back makes of what is `there` by now. None: somebody had a hand in what it changed, or one
/// of them can't be read.
pub(super) fn taken_back(was: Option<&Raw>, after: Option<&Raw>, there: Option<&Raw>) -> Option<Raw> {
    let (old, ours, now) = (Parts::read(was)?, Parts::read(after)?, Parts::read(there)?);
    let mut parts = old.each().into_iter().zip(ours.each()).zip(now.each());
    let as_left = parts.all(|((old, ours), now)| old == ours || now == ours || now == old);
    as_left.then(|| carried_over(after, was, there)).flatten()
}

/// Is the profile one of VPN accounts, and of nothing else? Tunnels that the router makes itself are not ours.
pub(super) fn used(seen: &Seen, item: &Item) -> bool {
    item.get("name").is_some_and(|name| seen.used_profiles.contains(name)) && seen.clients_of(item).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_stays() {
        let without_ours = |text: &str| TELLS.split(text).0;
        let ours = TELLS.of("x");
        assert_eq!(without_ours(&ours), "");
        assert_eq!(without_ours(&format!(":log info a\n{ours}\n:log info b")), ":log info a\n:log info b");
        assert_eq!(without_ours(":log info a"), ":log info a");
        // Somebody took our last line away: only what is ours goes.
        let (begin, request) = (TELLS.begin, ":do { :global sallyportTunnel x } on-error={}");
        let open = format!(":log info a\n{begin}\n{request}\n:log info b\n:log info c");
        assert_eq!(without_ours(&open), ":log info a\n:log info b\n:log info c");
        assert_eq!(
            without_ours(&format!("{begin}\n:log info b\n{ours}\n:log info c")),
            ":log info b\n:log info c"
        );
        assert_eq!(without_ours(&format!("{begin}\n{request}")), "");
    }

    #[test]
    fn each_kind_is_found_among_the_others() {
        let (shuts, tells) = (SHUTS.of("a"), TELLS.of("b"));
        let text = format!("{shuts}\n:log info x\n{tells}");
        assert_eq!(SHUTS.split(&text), (format!(":log info x\n{tells}"), shuts.clone()));
        assert_eq!(TELLS.split(&text), (format!("{shuts}\n:log info x"), tells));
    }
}
