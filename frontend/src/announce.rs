//! What a screen reader hears without being asked: people who came into the box, and registrations. Politely, at most
//! once in ten seconds, and several at once as a number; failures speak for themselves where they happen.

use std::collections::BTreeSet;
use std::time::Duration;

use leptos::prelude::*;

use crate::api::types::{SessionState, UserStatus};
use crate::api::{News, use_live};
use crate::t;

/// Between two announcements.
const PAUSE: Duration = Duration::from_secs(10);

/// What has happened since the last announcement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Heard {
    /// Names of those in the box, by their sessions.
    boxed: Vec<String>,
    /// Names of those who registered.
    registered: Vec<String>,
}

impl Heard {
    /// Takes down what is worth saying; `known` are the sessions and people that it was said of already.
    fn take_down(&mut self, news: &News, known: &mut BTreeSet<String>) {
        let (id, name, wanted, list) = match news {
            News::Session(change) => {
                let session = &change.session;
                let boxed = session.state == SessionState::Confirming;
                (&session.id, &session.user.display_name, boxed, &mut self.boxed)
            }
            News::User(change) => {
                let user = &change.user;
                (&user.id, &user.display_name, user.status == UserStatus::Pending, &mut self.registered)
            }
            News::Router(_) | News::Audit(_) => return,
        };
        if !wanted {
            known.remove(id);
        } else if known.insert(id.clone()) {
            list.push(name.clone());
        }
    }

    fn words(&self) -> Option<String> {
        let boxed = match &self.boxed[..] {
            [] => None,
            [name] => Some(t!("heard-boxed", name = name)),
            more => Some(t!("heard-boxed-many", count = more.len())),
        };
        let registered = match &self.registered[..] {
            [] => None,
            [name] => Some(t!("heard-registered", name = name)),
            more => Some(t!("heard-registered-many", count = more.len())),
        };
        let said: Vec<String> = [boxed, registered].into_iter().flatten().collect();
        (!said.is_empty()).then(|| said.join(" "))
    }
}

/// The region; once a page.
#[component]
pub fn Announcer() -> AnyView {
    let words = RwSignal::new(String::new());
    let heard = StoredValue::new(Heard::default());
    let known = StoredValue::new(BTreeSet::new());
    let waiting = StoredValue::new(false);
    use_live().on(move |news| {
        heard.update_value(|heard| known.update_value(|known| heard.take_down(news, known)));
        if waiting.get_value() || heard.with_value(|heard| *heard == Heard::default()) {
            return;
        }
        say(words, heard);
        waiting.set_value(true);
        let later = move || {
            // The page may be gone by now; then nobody listens.
            if waiting.try_set_value(false).is_none() {
                say(words, heard);
            }
        };
        set_timeout(later, PAUSE);
    });
    view! { <p class="sr" role="status" aria-live="polite" data-testid="announcer">{move || words.get()}</p> }
        .into_any()
}

fn say(words: RwSignal<String>, heard: StoredValue<Heard>) {
    if let Some(said) = heard.with_value(Heard::words) {
        heard.set_value(Heard::default());
        words.set(said);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::types::{ChangeKind, SessionChange};
    use crate::pages::sessions::model::tests::session;

    fn news(id: &str, state: SessionState) -> News {
        News::Session(SessionChange { kind: ChangeKind::Updated, session: session(id, state) })
    }

    #[test]
    fn somebody_in_the_box_is_said_once_and_several_as_a_number() {
        let (mut heard, mut known) = (Heard::default(), BTreeSet::new());
        heard.take_down(&news("1", SessionState::Confirming), &mut known);
        heard.take_down(&news("1", SessionState::Confirming), &mut known);
        assert_eq!(heard.words().as_deref(), Some("Anna Lebedeva is in the box."));
        heard.take_down(&news("2", SessionState::Confirming), &mut known);
        assert_eq!(heard.words().as_deref(), Some("2 people are in the box."));
    }

    #[test]
    fn who_comes_back_is_said_again_and_the_rest_is_silence() {
        let (mut heard, mut known) = (Heard::default(), BTreeSet::from(["1".to_owned()]));
        heard.take_down(&news("1", SessionState::Active), &mut known);
        assert_eq!(heard.words(), None);
        heard.take_down(&news("1", SessionState::Confirming), &mut known);
        assert!(heard.words().is_some());
    }
}
