//! Taking a set-up back, the last change first.

use super::{
    OpError, OpResult, Report, Trouble, Work, driver,
    journal::{self, Entry},
};
use crate::store::records::{SetupState, TlsMode};
use sallyport_shared::router::setup::{
    Change, Done, LISTS_ARE_NAMED_IN, Menu, TLS_STEP, Undo, Words, list_needed_by_others, names_list, undo,
};

impl Work {
    pub(super) async fn undo(&mut self, keys: Option<&[String]>) -> OpResult<Report> {
        self.settle().await?;
        let mut entries = journal::standing(&self.app, self.router.id).await?;
        check(&entries, keys)?;
        entries.retain(|entry| keys.is_none_or(|keys| keys.contains(&entry.step)));
        if entries.is_empty() {
            let plan = self.look().await?;
            return self.report(plan).await;
        }
        let of_steps = keys.map_or_else(String::new, |keys| format!(" of {}", keys.join(", ")));
        self.audit("router.setup.undo", &format!("{} changes{of_steps}", entries.len())).await?;
        let mut left: Vec<Words> = Vec::new();
        for entry in entries.into_iter().rev() {
            let words = self.take_back(entry, keys.is_none()).await?;
            left.extend(words.filter(|words| !left.contains(words)));
        }
        let plan = self.look().await?;
        let report = Report { left, ..self.report(plan).await? };
        let detail =
            format!("left as they are: {}; still to be undone: {}", report.left.len(), report.standing);
        self.audit("router.setup.undone", &detail).await?;
        self.app.bus.tell(super::News::Router { id: self.router.id });
        Ok(report)
    }

    /// Takes one change back; gives the words for what was left instead.
    async fn take_back(&mut self, entry: Entry, whole: bool) -> OpResult<Option<Words>> {
        let Some(done) = entry.body.done.clone() else {
            self.ended(entry.id, SetupState::Never).await?;
            return Ok(None);
        };
        if let Change::Switch { was, now } = &done.change {
            let (was, now) = (was.clone(), now.clone());
            return self.switch_back(&entry, &was, &now).await;
        }
        if self.is_sat_on(&entry) {
            return Ok(Some(Words::new("setup-left-tls")));
        }
        let Some(menu) = done.change.menu() else { return Ok(None) };
        if self.is_still_named(&done.change).await? {
            // Of the whole set-up it is what was left that names it: somebody's from now on.
            if whole {
                self.ended(entry.id, SetupState::Left).await?;
            }
            let list = done.change.known_by().text().into_owned();
            return Ok(Some(Words::new("setup-left-list").with("list", list)));
        }
        let name = format!("{}: {}", entry.step, done.change.known_by().text());
        match self.revert(menu, &done).await {
            Ok(state) => {
                self.ended(entry.id, state.0).await?;
                Ok(state.1)
            }
            // It stays in the journal, to be tried again.
            Err(Trouble::Refused(reason)) => {
                Ok(Some(Words::new("setup-left-failed").with("name", name).with_words("reason", reason)))
            }
            Err(Trouble::Lost(error)) => Err(error),
        }
    }

    /// Is it what we come in by? Without it the rest could not be taken back, nor anything be done afterwards.
    fn is_sat_on(&self, entry: &Entry) -> bool {
        entry.step == TLS_STEP && self.router.tls != TlsMode::Plain
    }

    /// Is it a list of interfaces by which rules or profiles go? Without it they would hold nothing.
    async fn is_still_named(&self, change: &Change) -> OpResult<bool> {
        let Some(list) = list_needed_by_others(change) else { return Ok(false) };
        for menu in LISTS_ARE_NAMED_IN {
            if self.items(menu).await?.iter().any(|item| names_list(item, &list)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn revert(&self, menu: Menu, done: &Done) -> Result<(SetupState, Option<Words>), Trouble> {
        let in_use = matches!(done.change, Change::Add { menu: Menu::User, .. })
            && done.change.known_by().text() == self.router.username;
        if in_use {
            return Err(Trouble::Refused(Words::new("setup-left-account")));
        }
        let commands = match undo(done, &self.items(menu).await?) {
            Undo::Nothing | Undo::SwitchBack { .. } => return Ok((SetupState::Undone, None)),
            Undo::Leave(words) => return Ok((SetupState::Left, Some(words))),
            Undo::Commands(commands) => commands,
        };
        for command in &commands {
            self.check_mode(&mut self.app.store.read().await?).await?;
            driver::carry(&self.wire, command, None).await?;
        }
        let moved = matches!(done.change, Change::Move { .. });
        if moved || undo(done, &self.items(menu).await?) == Undo::Nothing {
            Ok((SetupState::Undone, None))
        } else {
            Err(Trouble::Refused(Words::new("setup-unproven")))
        }
    }

    /// Uses the former account again, if nobody chose another one since and it still lets us in.
    async fn switch_back(&mut self, entry: &Entry, was: &str, now: &str) -> OpResult<Option<Words>> {
        if self.router.username != now {
            self.ended(entry.id, SetupState::Left).await?;
            return Ok(Some(Words::new("setup-left-account")));
        }
        let password = entry.body.password.clone().unwrap_or_default();
        match self.use_account(was, &password).await {
            Ok((router, wire)) => {
                let mut tx = self.app.store.begin().await?;
                tx.save_router(&router).await?;
                tx.end_setup_change(entry.id, SetupState::Undone, self.app.clock.now()).await?;
                tx.commit().await?;
                let router = super::find(&self.app, router.id).await?;
                self.take_over(router, wire);
                Ok(None)
            }
            Err(OpError::RouterUnreachable { message }) => Err(OpError::RouterUnreachable { message }),
            Err(error) => {
                let words =
                    Words::new("setup-left-failed").with("name", was).with("reason", error.to_string());
                Ok(Some(words))
            }
        }
    }
}

/// Of each step that is named there must be something to be taken back.
fn check(entries: &[Entry], keys: Option<&[String]>) -> OpResult<()> {
    let nothing = |key: &&String| entries.iter().all(|entry| entry.step != **key);
    match keys.unwrap_or_default().iter().find(nothing) {
        Some(key) => Err(OpError::invalid("keys", format!("Nothing of the step {key} is to be taken back"))),
        None => Ok(()),
    }
}
