//! The journal: what is about to be changed, sealed, because scripts hold tokens and an account's change its password.

use super::{LEASE, Work, lease};
use crate::{
    app::App,
    ops::{OpError, OpResult},
    store::{
        Tx,
        records::{RouterMode, SetupChange, SetupState},
    },
};
use sallyport_shared::{
    ids::RouterId,
    router::setup::{API_USER, Change, Done, Menu},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A change in the journal.
pub(super) struct Entry {
    pub(super) id: Uuid,
    pub(super) step: String,
    pub(super) state: SetupState,
    pub(super) body: Body,
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
pub(super) struct Body {
    /// The change; once it was made with how it was read back.
    pub(super) change: Change,
    pub(super) done: Option<Done>,
    /// The password of the account that was made or used before.
    pub(super) password: Option<String>,
}

impl Entry {
    /// Did it make the account of our own, so that its password is known?
    pub(super) fn made_api_user(&self) -> bool {
        let user = matches!(&self.body.change, Change::Add { menu: Menu::User, .. });
        user && self.body.password.is_some() && self.body.change.known_by().text() == API_USER
    }
}

fn context(router: RouterId) -> String {
    format!("router:{router}:setup")
}

/// The changes that stand or may stand, the oldest first.
pub(super) async fn standing(app: &App, router: RouterId) -> OpResult<Vec<Entry>> {
    let records = app.store.read().await?.standing_setup_changes(router).await?;
    records.into_iter().map(|record| open(app, record)).collect()
}

fn open(app: &App, record: SetupChange) -> OpResult<Entry> {
    let broken =
        |what: String| OpError::Internal(format!("change {} of the set-up journal: {what}", record.id));
    let body = app
        .vault
        .open(&record.body_enc, &context(record.router))
        .map_err(|error| broken(error.to_string()))?;
    let body = serde_json::from_slice(&body).map_err(|error| broken(error.to_string()))?;
    Ok(Entry { id: record.id, step: record.step, state: record.state, body })
}

impl Work {
    pub(super) fn seal(&self, body: &Body) -> OpResult<Vec<u8>> {
        let json = serde_json::to_vec(body).map_err(|error| OpError::Internal(error.to_string()))?;
        self.app
            .vault
            .seal(&json, &context(self.router.id))
            .map_err(|error| OpError::Internal(error.to_string()))
    }

    /// Writes down that a change is about to be made, and goes on having the router.
    pub(super) async fn announce(&self, step: &str, body: &Body) -> OpResult<Uuid> {
        let sealed = self.seal(body)?;
        let (now, mut tx) = (self.app.clock.now(), self.app.store.begin().await?);
        if !tx.renew_lease(&lease(self.router.id), &self.holder, now, now.plus(LEASE)).await? {
            let text = format!("Another set-up has taken over {}; look at its plan again", self.router.name);
            return Err(OpError::Conflict(text));
        }
        self.check_mode(&mut tx).await?;
        let id = tx.announce_setup_change(self.router.id, step, &sealed, now).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Before each command: since it began, somebody may have set the router to be only observed. What was done until
    /// then stays in the journal.
    pub(super) async fn check_mode(&self, tx: &mut Tx) -> OpResult<()> {
        let router = tx.router(self.router.id).await?;
        if router.is_some_and(|router| router.mode == RouterMode::Enforce) {
            return Ok(());
        }
        let text = format!(
            "{} is only observed from now on, so nothing more is changed on it. What was changed before is kept in the journal; to go on or to undo it, set the mode to ENFORCE",
            self.router.name
        );
        Err(OpError::Conflict(text))
    }

    /// Writes down that a change was made.
    pub(super) async fn done(&self, id: Uuid, mut body: Body, done: Done) -> OpResult<()> {
        body.done = Some(done);
        let sealed = self.seal(&body)?;
        let mut tx = self.app.store.begin().await?;
        tx.setup_change_done(id, &sealed).await?;
        Ok(tx.commit().await?)
    }

    /// Writes down that a change does not stand.
    pub(super) async fn ended(&self, id: Uuid, state: SetupState) -> OpResult<()> {
        let mut tx = self.app.store.begin().await?;
        tx.end_setup_change(id, state, self.app.clock.now()).await?;
        Ok(tx.commit().await?)
    }
}
