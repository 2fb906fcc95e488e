//! Scripts in the profiles that tell Sallyport at once of a tunnel. They only hasten: nothing depends on them.
//!
//! PPP runs them with the rights `read,write,test,reboot`, and `/tool fetch` has needed `ftp` since RouterOS 7.13. From
//! then on the request is made by a script of its own with that right, which takes what to say from a global
//! variable. That a profile's script may run such a script is from the manual and was not tried on every version.

use super::{
    Hooks, Seen, State, Step, Wanted, as_script,
    change::{Change, Setting},
    item::{Item, Menu, Raw, same},
    lines::{Parts, TELLS, used},
    words::Words,
};

/// The first version in which `fetch` needs the right `ftp`.
const FETCH_NEEDS_FTP: (u16, u16, u16) = (7, 13, 0);

/// The rights of the script that makes the request.
const RIGHTS: &str = "ftp,read,write,test";

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

/// The step as it is typed below another that writes to the same scripts: what that one put there stays.
pub(super) fn typed_below(mut step: Step, above: &Step, seen: &Seen) -> Step {
    let mut profiles = seen.profiles.clone();
    for change in &above.changes {
        let Change::Set { settings, .. } = change else { continue };
        let Some(id) = change.find(change.id(), &profiles).map(|item| item.id.clone()) else { continue };
        for item in profiles.iter_mut().filter(|item| item.id == id) {
            let values = settings.iter().filter_map(|one| Some((one.name.clone(), one.now.clone()?)));
            item.values.extend(values);
        }
    }
    let below = |change: &Change| match change.menu() {
        Some(Menu::Profile) => change.renewed(&profiles),
        _ => change.clone(),
    };
    step.script = as_script(&step.changes.iter().map(below).collect::<Vec<_>>());
    step
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
        // Without these rights it is there, and fails at every tunnel.
        let values = [
            ("policy", Raw::from(RIGHTS)),
            ("dont-require-permissions", "yes".into()),
            ("source", source.into()),
        ];
        let values = values.map(|(name, value)| (name.to_owned(), value));
        let Some(item) = known else {
            let mut all = vec![("name".to_owned(), Raw::from(hook.script))];
            all.extend(values);
            all.push(("comment".to_owned(), "sallyport:tells of tunnels".into()));
            self.changes.push(Change::Add { menu: Menu::Script, values: all, before: None });
            return;
        };
        let wrong = values.into_iter().filter(|(name, value)| !same(name, item.get(name), Some(value)));
        let settings: Vec<Setting> = wrong
            .map(|(name, value)| Setting { was: item.get(&name).cloned(), now: Some(value), name })
            .collect();
        if settings.is_empty() {
            return;
        }
        self.different = true;
        let words = if settings.iter().any(|setting| setting.name == "source") {
            "setup-found-script"
        } else {
            "setup-found-script-rights"
        };
        self.notes.push(Words::new(words).with("script", hook.script).with("rights", RIGHTS));
        self.changes.push(Change::set(Menu::Script, item, settings));
    }

    /// The lines in a profile; what somebody else has there goes on to be run, before ours.
    fn profile(&mut self, hook: &Hook<'_>, profile: &Item) {
        let lines = self.lines(hook);
        if profile.text(hook.property).contains(&lines) {
            return;
        }
        let parts = match Parts::of(profile, hook.property, self.seen) {
            Ok(parts) => parts,
            Err(words) => {
                self.foreign.get_or_insert(words);
                return;
            }
        };
        if !parts.foreign.is_empty() {
            self.different = true;
            let name = profile.text("name").into_owned();
            let words = Words::new("setup-found-hook").with("profile", name).with("property", hook.property);
            self.notes.push(words);
        }
        let now = Parts { tells: lines, ..parts }.whole();
        let settings = vec![Setting::of(profile, hook.property, &now)];
        self.changes.push(Change::set(Menu::Profile, profile, settings));
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
        TELLS.of(&format!("{escaped}{act}"))
    }
}

fn request(url: &str, body: &str) -> String {
    let url = url.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$").replace('?', "\\?");
    format!(
        "/tool fetch url=\"{url}\" http-method=post http-header-field=\"Content-Type: application/json\" \
         http-data={body} keep-result=no"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

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
