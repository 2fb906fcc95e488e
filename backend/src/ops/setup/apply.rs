//! Carrying a plan out.

use super::{
    News, OpError, OpResult, Report, Trouble, Work, doctor, driver, journal, journal::Body, secrets, wire,
};
use crate::{
    clock::secret_word,
    store::records::{RouterRecord, SetupState},
};
use routeros_api::Connection;
use sallyport_shared::router::setup::{Change, Done, Menu, Outcome, Plan, Words, outcome};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

impl Work {
    pub(super) async fn apply(&mut self, keys: Option<&[String]>) -> OpResult<Report> {
        self.settle().await?;
        let plan = self.look().await?;
        check(&plan, keys)?;
        let chosen: BTreeSet<String> = plan.chosen(keys).map(|step| step.key.clone()).collect();
        let mut failed = obstacles(&plan, keys);
        if chosen.is_empty() {
            let report = Report { failed, ..self.report(plan).await? };
            return Ok(self.examined(report).await);
        }
        self.audit("router.setup.apply", &join(&chosen)).await?;
        for (key, change) in plan.changes.iter().filter(|(key, _)| chosen.contains(key)) {
            if failed.contains_key(key) {
                continue;
            }
            match self.make(key, change).await {
                Ok(()) => {}
                Err(Trouble::Refused(words)) => {
                    failed.insert(key.clone(), words);
                }
                Err(Trouble::Lost(error)) => return Err(error),
            }
        }
        // Nothing counts as done because it was sent: the router is read anew.
        let after = self.look().await?;
        let mut applied = BTreeSet::new();
        for key in chosen.iter().filter(|key| !failed.contains_key(*key)).cloned().collect::<Vec<_>>() {
            // What is about something that stood in the way is no step any more when that is gone.
            let left = after.steps.iter().find(|step| step.key == key);
            let holds = left.is_none_or(|step| step.is_present());
            if holds {
                applied.insert(key);
            } else {
                failed.insert(key, Words::new("setup-unproven"));
            }
        }
        let not_done: BTreeSet<String> = failed.keys().filter(|key| chosen.contains(*key)).cloned().collect();
        let detail = format!("done: {}; not done: {}", join(&applied), join(&not_done));
        self.audit("router.setup.applied", &detail).await?;
        self.app.bus.tell(News::Router { id: self.router.id });
        let report = Report { applied, failed, ..self.report(after).await? };
        Ok(self.examined(report).await)
    }

    /// That everything is as planned does not prove that the box holds: the doctor does, or says why not.
    async fn examined(&self, report: Report) -> Report {
        match doctor::visit_by(&self.app, &self.router, &self.wire).await {
            Ok(visit) => Report { exam: Some(visit.report), ..report },
            Err(error) => {
                tracing::warn!(router = %self.router.name, %error, "the doctor could not look after a set-up");
                report
            }
        }
    }

    /// Finds out what became of the changes that an earlier set-up announced and did not see through.
    pub(super) async fn settle(&mut self) -> OpResult<()> {
        for entry in journal::standing(&self.app, self.router.id).await? {
            if entry.state == SetupState::Announced {
                self.settle_one(entry.id, entry.body).await?;
            }
        }
        Ok(())
    }

    async fn settle_one(&self, id: Uuid, body: Body) -> OpResult<()> {
        let found = match body.change.menu() {
            Some(menu) => outcome(&body.change, &self.items(menu).await?),
            // Our own settings: they were changed in the same transaction in which that was written down.
            None => Outcome::Never,
        };
        match found {
            Outcome::Happened(done) => self.done(id, body, done).await,
            Outcome::Never => self.ended(id, SetupState::Never).await,
        }
    }

    pub(super) async fn items(&self, menu: Menu) -> OpResult<Vec<sallyport_shared::router::setup::Item>> {
        // A menu goes away with its package, and with it everything in it.
        let items = driver::menu(&self.wire, menu).await.map_err(|error| wire::op_error(&error))?;
        Ok(items.unwrap_or_default())
    }

    /// Makes one change: written down, carried out, read back.
    async fn make(&mut self, step: &str, change: &Change) -> Result<(), Trouble> {
        if let Change::Switch { now, .. } = change {
            return self.switch(step, change, now).await;
        }
        let Some(menu) = change.menu() else { return Ok(()) };
        let change = &change.renewed(&self.items(menu).await?);
        let user = matches!(change, Change::Add { menu: Menu::User, .. });
        let body = Body { change: change.clone(), done: None, password: user.then(secret_word) };
        let id = self.announce(step, &body).await?;
        let mut row = change.id().map(str::to_owned);
        for command in change.commands() {
            match driver::carry(&self.wire, &command, body.password.as_deref()).await {
                Ok(made) => row = made.or(row),
                Err(error) if error.trap().is_some() => {
                    // Refused, perhaps half-way through.
                    self.settle_one(id, body).await?;
                    return Err(error.into());
                }
                Err(error) => return Err(error.into()),
            }
        }
        let items = self.items(menu).await?;
        let Some(item) = change.find(row.as_deref(), &items) else {
            self.ended(id, SetupState::Never).await?;
            return Err(Trouble::Refused(Words::new("setup-unproven")));
        };
        let done = Done { change: change.clone(), id: Some(item.id.clone()), after: item.essence() };
        Ok(self.done(id, body, done).await?)
    }

    /// Uses the account of our own from now on, if it lets us in.
    async fn switch(&mut self, step: &str, change: &Change, account: &str) -> Result<(), Trouble> {
        let entries = journal::standing(&self.app, self.router.id).await?;
        let made = entries.iter().rev().find(|entry| entry.made_api_user());
        let Some(password) = made.and_then(|entry| entry.body.password.clone()) else {
            return Err(Trouble::Refused(Words::new("setup-user-taken").with("user", account)));
        };
        let former = secrets::router_password(&self.app, &self.router)?;
        let body = Body { change: change.clone(), done: None, password: Some(former) };
        let id = self.announce(step, &body).await?;
        match self.use_account(account, &password).await {
            Ok((router, wire)) => {
                let done = Done { change: change.clone(), id: None, after: BTreeMap::new() };
                let sealed = self.seal(&Body { done: Some(done), ..body })?;
                let mut tx = self.app.store.begin().await?;
                tx.save_router(&router).await?;
                tx.setup_change_done(id, &sealed).await?;
                tx.commit().await?;
                self.take_over(router, wire);
                Ok(())
            }
            Err(error @ OpError::RouterUnreachable { .. }) => Err(Trouble::Lost(error)),
            Err(error) => {
                self.ended(id, SetupState::Never).await?;
                Err(Trouble::Refused(Words::new("setup-failed").with("reason", error.to_string())))
            }
        }
    }

    /// The router's settings with another account, and a connection by which it has been tried.
    pub(super) async fn use_account(
        &self,
        account: &str,
        password: &str,
    ) -> OpResult<(RouterRecord, Connection)> {
        let mut router = super::find(&self.app, self.router.id).await?;
        router.username = account.to_owned();
        router.password_enc = secrets::seal_router_password(&self.app, router.id, password)?;
        let wire = wire::connect(&router, password).await?;
        Ok((router, wire))
    }

    /// Goes on by another account; the router's worker is told.
    pub(super) fn take_over(&mut self, router: RouterRecord, wire: Connection) {
        std::mem::replace(&mut self.wire, wire).close();
        self.router = router;
        self.app.bus.tell(News::Router { id: self.router.id });
        self.app.bus.fleet.notify_one();
    }
}

/// Each key must be a step's.
fn check(plan: &Plan, keys: Option<&[String]>) -> OpResult<()> {
    let unknown = |key: &&String| plan.steps.iter().all(|step| step.key != **key);
    match keys.unwrap_or_default().iter().find(unknown) {
        Some(key) => Err(OpError::invalid("keys", format!("There is no step {key}; look at the plan again"))),
        None => Ok(()),
    }
}

/// The steps that are wanted and can't be done now, with the reason.
fn obstacles(plan: &Plan, keys: Option<&[String]>) -> BTreeMap<String, Words> {
    let wanted = |key: &String, optional: bool| keys.map_or(!optional, |keys| keys.contains(key));
    plan.steps
        .iter()
        .filter(|step| !step.is_present() && wanted(&step.key, step.optional))
        .filter_map(|step| Some((step.key.clone(), step.obstacle.clone()?)))
        .collect()
}

fn join(keys: &BTreeSet<String>) -> String {
    if keys.is_empty() { "–".to_owned() } else { keys.iter().cloned().collect::<Vec<_>>().join(", ") }
}
