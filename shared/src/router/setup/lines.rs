//! Lines of ours in the scripts of profiles, which may be somebody's besides: they stand between two marks, so that they
//! are found again, and what others wrote goes on to be run.

use super::{
    Seen,
    item::{Item, Raw},
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
        let text = was.map(Raw::text).unwrap_or_default();
        let (rest, shuts) = SHUTS.split(&text);
        let (foreign, tells) = TELLS.split(&rest);
        let is_name = seen.scripts.iter().any(|item| item.text("name") == foreign);
        // Bytes that are no text can't be carried over as they are.
        let unreadable = was.is_some_and(|was| std::str::from_utf8(was.as_bytes()).is_err());
        if !foreign.is_empty() && (is_name || unreadable) {
            let name = profile.text("name").into_owned();
            return Err(Words::new("setup-foreign-hook").with("profile", name).with("property", property));
        }
        Ok(Self { shuts, foreign, tells })
    }

    /// The script.
    pub(super) fn whole(&self) -> String {
        let parts = [&self.shuts, &self.foreign, &self.tells].map(String::as_str);
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
    }
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
