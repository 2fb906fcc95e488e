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

fn used(seen: &Seen, item: &Item) -> bool {
    item.get("name").is_some_and(|name| seen.used_profiles.contains(name))
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
        // A name with a quotation mark makes no JSON, which is answered
        // with an error and changes nothing.
        let body = concat!(
            r#"("{\"name\":\"" . $user . "\",\"chat_id\":\"\",\"source_ip\":\"" . $"remote-address" . "#,
            r#""\",\"destination_ip\":\"" . $"local-address" . "\",\"caller_id\":\"" . $"caller-id" . "\"}")"#
        );
        let act = if self.delegates {
            format!(":global sallyportTunnel {body}; /system script run {}", hook.script)
        } else {
            request(hook.url, body)
        };
        // An error here must not end what the profile's script does besides.
        format!("{BEGIN}\n:do {{ {act} }} on-error={{}}\n{END}")
    }
}

fn request(url: &str, body: &str) -> String {
    let url = url.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$").replace('?', "\\?");
    format!(
        "/tool fetch url=\"{url}\" http-method=post http-header-field=\"Content-Type: application/json\" \
         http-data={body} keep-result=no"
    )
}

/// A script without our lines.
fn without_ours(text: &str) -> String {
    let Some(begin) = text.find(BEGIN) else { return text.trim_end().to_owned() };
    let rest = text.get(begin..).and_then(|rest| rest.find(END).and_then(|end| rest.get(end + END.len()..)));
    let before = text.get(..begin).unwrap_or_default().trim_end();
    let after = rest.unwrap_or_default().trim();
    match (before.is_empty(), after.is_empty()) {
        (_, true) => before.to_owned(),
        (true, false) => after.to_owned(),
        (false, false) => format!("{before}\n{after}"),
    }
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
    }
}
