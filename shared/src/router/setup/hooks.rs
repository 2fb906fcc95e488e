//! Scripts in the profiles that tell Sallyport at once of a tunnel. They only hasten: nothing depends on them.
//!
//! PPP runs them with the rights `read,write,test,reboot`, and `/tool fetch` has needed `ftp` since RouterOS 7.13. From
//! then on the request is made by a script of its own with that right, which takes what to say from a global
//! variable. That a profile's script may run such a script is from the manual and was not tried on every version.

use super::{
    Hooks, Seen, State, Step, Wanted,
    change::{Change, Setting},
    item::{Item, Menu, Raw},
    words::Words,
};

/// The first version in which `fetch` needs the right `ftp`.
const FETCH_NEEDS_FTP: (u16, u16, u16) = (7, 13, 0);

const BEGIN: &str = "# sallyport: begin";
const END: &str = "# sallyport: end";

/// A hook: when, by which property of the profile, and by which script.
struct Hook<'a> {
    property: &'static str,
    script: &'static str,
    url: &'a str,
}

/// The step; none where there is no address to report to.
pub(super) fn step(seen: &Seen, wanted: &Wanted) -> Step {
    let step = Step::new("hooks".to_owned(), Words::new("setup-hooks"), Words::new("setup-hooks-about"));
    let step = step.optional();
    let Some(hooks) = &wanted.hooks else { return step.blocked(Words::new("setup-no-public-url")) };
    let mut work = Work::new(seen);
    for hook in both(hooks) {
        work.script(&hook);
        for profile in seen.profiles.iter().filter(|item| used(seen, item)) {
            work.profile(&hook, profile);
        }
    }
    if work.changes.is_empty() && work.foreign.is_none() {
        return step.present(&[]);
    }
    let state = if work.different { State::Different } else { State::Missing };
    let obstacle = work.foreign.take().or_else(|| obstacle(seen));
    let step = step.wrong(state, work.notes, work.changes);
    match obstacle {
        Some(words) => step.blocked(words),
        None => step,
    }
}

/// What forbids hooks on this router.
fn obstacle(seen: &Seen) -> Option<Words> {
    if seen.fetch_allowed == Some(false) {
        return Some(Words::new("setup-device-mode"));
    }
    (!seen.may("policy")).then(|| Words::new("setup-needs-policy"))
}

fn both(hooks: &Hooks) -> [Hook<'_>; 2] {
    [
        Hook { property: "on-up", script: "sallyport-connect", url: &hooks.connect },
        Hook { property: "on-down", script: "sallyport-disconnect", url: &hooks.disconnect },
    ]
}

/// Is the profile one of VPN accounts, and of nothing else? Tunnels that the router makes itself are not reported.
fn used(seen: &Seen, item: &Item) -> bool {
    item.get("name").is_some_and(|name| seen.used_profiles.contains(name)) && seen.clients_of(item).is_empty()
}

struct Work<'a> {
    seen: &'a Seen,
    delegates: bool,
    changes: Vec<Change>,
    notes: Vec<Words>,
    different: bool,
    foreign: Option<Words>,
}

impl<'a> Work<'a> {
    fn new(seen: &'a Seen) -> Self {
        let delegates = seen.version.is_none_or(|version| version >= FETCH_NEEDS_FTP);
        Self { seen, delegates, changes: Vec::new(), notes: Vec::new(), different: false, foreign: None }
    }

    /// The script that makes the request.
    fn script(&mut self, hook: &Hook<'_>) {
        if !self.delegates {
            return;
        }
        let source =
            format!(":global sallyportTunnel; :local body $sallyportTunnel; {}", request(hook.url, "$body"));
        let known = self.seen.scripts.iter().find(|item| item.text("name") == hook.script);
        match known {
            None => self.changes.push(Change::Add {
                menu: Menu::Script,
                values: vec![
                    ("name".to_owned(), hook.script.into()),
                    ("policy".to_owned(), "ftp,read,write,test".into()),
                    ("dont-require-permissions".to_owned(), "yes".into()),
                    ("source".to_owned(), source.into()),
                    ("comment".to_owned(), "sallyport:tells of tunnels".into()),
                ],
                before: None,
            }),
            Some(item) if item.text("source") != source => {
                self.different = true;
                self.notes.push(Words::new("setup-found-script").with("script", hook.script));
                let settings = vec![Setting {
                    name: "source".to_owned(),
                    was: item.get("source").cloned(),
                    now: Some(source.into()),
                }];
                self.changes.push(Change::Set {
                    menu: Menu::Script,
                    id: item.id.clone(),
                    known_by: hook.script.into(),
                    settings,
                });
            }
            Some(_) => {}
        }
    }

    /// The lines in a profile; what somebody else has there goes on to be run, before ours.
    fn profile(&mut self, hook: &Hook<'_>, profile: &Item) {
        let was = profile.get(hook.property).cloned();
        let text = was.as_ref().map(Raw::text).unwrap_or_default();
        let lines = self.lines(hook);
        if text.contains(&lines) {
            return;
        }
        let name = profile.text("name").into_owned();
        let kept = without_ours(&text);
        if !kept.is_empty() {
            self.different = true;
            let script = self.seen.scripts.iter().any(|item| item.text("name") == kept);
            // Bytes that are no text can't be carried over as they are.
            let unreadable = was.as_ref().is_some_and(|was| std::str::from_utf8(was.as_bytes()).is_err());
            let words =
                Words::new(if script || unreadable { "setup-foreign-hook" } else { "setup-found-hook" });
            let words = words.with("profile", name.as_str()).with("property", hook.property);
            if script || unreadable {
                self.foreign.get_or_insert(words);
                return;
            }
            self.notes.push(words);
        }
        let now = if kept.is_empty() { lines } else { format!("{kept}\n{lines}") };
        self.changes.push(Change::Set {
            menu: Menu::Profile,
            id: profile.id.clone(),
            known_by: profile.get("name").cloned().unwrap_or_default(),
            settings: vec![Setting { name: hook.property.to_owned(), was, now: Some(now.into()) }],
        });
    }

    fn lines(&self, hook: &Hook<'_>) -> String {
        // What would end the JSON is taken out of the way first: `DOMAIN\user` is a name like any other.
        let escaped = concat!(
            r#":local name ""; :for i from=0 to=([:len $user] - 1) do={ :local c [:pick $user $i]; "#,
            r#":if ($c = "\\" || $c = "\"") do={ :set c ("\\" . $c) }; :set name ($name . $c) }; "#
        );
        let body = concat!(
            r#"("{\"name\":\"" . $name . "\",\"chat_id\":\"\",\"source_ip\":\"" . $"remote-address" . "#,
            r#""\",\"destination_ip\":\"" . $"local-address" . "\",\"caller_id\":\"" . $"caller-id" . "\"}")"#
        );
        let act = if self.delegates {
            format!(":global sallyportTunnel {body}; /system script run {}", hook.script)
        } else {
            request(hook.url, body)
        };
        // An error here must not end what the profile's script does besides.
        format!("{BEGIN}\n:do {{ {escaped}{act} }} on-error={{}}\n{END}")
    }
}

fn request(url: &str, body: &str) -> String {
    let url = url.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$").replace('?', "\\?");
    format!(
        "/tool fetch url=\"{url}\" http-method=post http-header-field=\"Content-Type: application/json\" \
         http-data={body} keep-result=no"
    )
}

/// A script without our lines: from the line that begins them to the one that ends them. Where somebody took the latter
/// away what is ours is told by what it does, and the rest is theirs.
fn without_ours(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut kept = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        if line.trim() != BEGIN {
            kept.push(*line);
            continue;
        }
        let rest = lines.get(at..).unwrap_or_default();
        let until = rest.iter().position(|line| line.trim() == BEGIN).unwrap_or(rest.len());
        let end = rest.iter().take(until).position(|line| line.trim() == END);
        at += match end {
            Some(end) => end + 1,
            None => usize::from(rest.first().is_some_and(|line| is_ours(line))),
        };
    }
    kept.join("\n").trim().to_owned()
}

/// Does the line report tunnels to us?
fn is_ours(line: &str) -> bool {
    line.starts_with(":do {") && (line.contains("sallyportTunnel") || line.contains("/client/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_stays() {
        let ours = format!("{BEGIN}\n:do {{ x }} on-error={{}}\n{END}");
        assert_eq!(without_ours(&ours), "");
        assert_eq!(without_ours(&format!(":log info a\n{ours}\n:log info b")), ":log info a\n:log info b");
        assert_eq!(without_ours(":log info a"), ":log info a");
        // Somebody took our last line away: only what is ours goes.
        let request = ":do { :global sallyportTunnel x } on-error={}";
        let open = format!(":log info a\n{BEGIN}\n{request}\n:log info b\n:log info c");
        assert_eq!(without_ours(&open), ":log info a\n:log info b\n:log info c");
        assert_eq!(
            without_ours(&format!("{BEGIN}\n:log info b\n{ours}\n:log info c")),
            ":log info b\n:log info c"
        );
        assert_eq!(without_ours(&format!("{BEGIN}\n{request}")), "");
    }

    #[test]
    fn names_are_escaped_for_json() {
        let seen = Seen::default();
        let url = "https://vpn.example.org/client/connect/".to_owned();
        let hooks = Hooks { connect: url.clone(), disconnect: url };
        for delegates in [true, false] {
            let work = Work { delegates, ..Work::new(&seen) };
            let lines = work.lines(&both(&hooks)[0]);
            let (escaping, body) = lines.split_once("chat_id").unwrap();
            assert!(
                escaping.contains(r#":if ($c = "\\" || $c = "\"") do={ :set c ("\\" . $c) }"#),
                "{lines}"
            );
            assert!(escaping.contains(r#"\"name\":\"" . $name . "#) && !body.contains("$user"), "{lines}");
            assert_eq!(lines.lines().count(), 3, "one line between the marks: {lines}");
        }
    }
}
