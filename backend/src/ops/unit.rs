//! One use case's unit of work: a transaction, the audit that belongs to it, and what is told after the commit.

use super::{
    OpError, OpResult, Who, alarms, audit,
    letters::{Addressee, letter_to},
    sessions::{Delivery, Hints, Target, apply_in},
    wishes::write_down,
};
use crate::{
    app::App,
    bus::Change,
    store::{
        StoreError, Tx,
        records::{AlertMatch, NewAlert, RouterRecord, UserRecord},
    },
};
use sallyport_shared::{
    ids::RouterId,
    language::Language,
    message::Message,
    person::TelegramId,
    session::{Event, Wish},
    time::Timestamp,
};
use std::collections::BTreeSet;

/// Where two may meet, but hardly three.
pub(super) const TWICE: usize = 2;

/// Does what somebody else got in the way of again, from the start: they changed the same rows between what was read and
/// what was written because of it. At most so many times; then it is still [`StoreError::Conflict`].
pub(super) async fn again<T, F>(times: usize, once: impl Fn() -> F) -> OpResult<T>
where
    F: Future<Output = OpResult<T>>,
{
    for _ in 1..times {
        match once().await {
            Err(OpError::Store(StoreError::Conflict { .. })) => {}
            done => return done,
        }
    }
    once().await
}

/// A unit of work in the making; dropped, it never was.
pub(super) struct Unit<'a> {
    pub(super) app: &'a App,
    pub(super) who: &'a Who,
    pub(super) now: Timestamp,
    pub(super) tx: Tx,
    changes: Vec<Change>,
    hints: Vec<Hints>,
    routers: BTreeSet<RouterId>,
    delivers: bool,
    alerts: bool,
}

impl<'a> Unit<'a> {
    pub(super) async fn begin(app: &'a App, who: &'a Who) -> OpResult<Self> {
        Ok(Self {
            app,
            who,
            now: app.clock.now(),
            tx: app.store.begin().await?,
            changes: Vec::new(),
            hints: Vec::new(),
            routers: BTreeSet::new(),
            delivers: false,
            alerts: false,
        })
    }

    /// Writes to the audit what was done.
    pub(super) async fn audit(&mut self, action: &str, subject: &str, detail: Option<&str>) -> OpResult<()> {
        let id = audit(&mut self.tx, self.now, self.who, action, subject, detail).await?;
        self.changes.push(Change::Audit { id });
        Ok(())
    }

    /// Will be told after the commit.
    pub(super) fn tell(&mut self, change: Change) {
        self.changes.push(change);
    }

    /// Makes an event of a session happen in this unit. That the rules refuse is no error: the session has
    /// moved on by itself.
    pub(super) async fn session(&mut self, target: &Target, event: &Event) -> OpResult<()> {
        match apply_in(self.app, &mut self.tx, target, event, self.who).await {
            Ok((_, hints)) => {
                self.hints.push(hints);
                Ok(())
            }
            Err(OpError::Refused(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Wishes that something on the router be so, outside of any session.
    pub(super) async fn wish(&mut self, router: &RouterRecord, wish: &Wish) -> OpResult<()> {
        let written = write_down(&mut self.tx, (router.id, router.mode), None, wish, self.now).await?;
        if written {
            self.routers.insert(router.id);
        }
        Ok(())
    }

    /// Tells the person something in Telegram, if they have it.
    pub(super) async fn message(&mut self, user: &UserRecord, message: Message) -> OpResult<()> {
        let Some(chat) = user.telegram else { return Ok(()) };
        let body = serde_json::to_value(Delivery::Tell { message })
            .map_err(|error| OpError::Internal(error.to_string()))?;
        self.tx.deliver(chat, &body, Some(user.id), None, self.now).await?;
        self.delivers = true;
        Ok(())
    }

    /// Tells a chat that is no person's something in Telegram.
    pub(super) async fn letter(
        &mut self,
        chat: TelegramId,
        language: Language,
        message: Message,
    ) -> OpResult<()> {
        let to = Addressee { chat, user: None, language: Some(language) };
        letter_to(&mut self.tx, to, Delivery::Tell { message }, self.now).await?;
        self.delivers = true;
        Ok(())
    }

    /// An alert was settled in this unit.
    pub(super) fn alerts_changed(&mut self) {
        self.alerts = true;
    }

    /// Settles alerts.
    pub(super) async fn resolve(&mut self, which: AlertMatch) -> OpResult<()> {
        self.alerts |= self.tx.resolve_alerts(which, self.now).await? > 0;
        Ok(())
    }

    /// Settles the open alerts of which this is true.
    pub(super) async fn settle(&mut self, is_over: impl Fn(&NewAlert) -> bool) -> OpResult<()> {
        self.alerts |= alarms::settle(&mut self.tx, self.now, is_over).await?;
        Ok(())
    }

    /// Settles the alerts that speak of no ban in force any more.
    pub(super) async fn settle_bans(&mut self) -> OpResult<()> {
        self.alerts |= alarms::settle_bans(&mut self.tx, self.now).await?;
        Ok(())
    }

    /// Makes it so, then tells.
    pub(super) async fn commit(self) -> OpResult<()> {
        self.tx.commit().await?;
        for hints in &self.hints {
            hints.tell(self.app);
        }
        for change in self.changes {
            self.app.bus.tell(change);
        }
        for router in self.routers {
            self.app.bus.router(router).notify_one();
        }
        if self.delivers {
            self.app.bus.deliveries.notify_one();
        }
        if self.alerts {
            self.app.bus.alerts.notify_one();
        }
        Ok(())
    }
}
