//! One change of one account: announced, done, tried again if the answer was lost, and written down.

use super::{
    LIFE, Trouble, Wanted, in_order,
    left::{self, End},
    open_to_changes,
};
use crate::{
    app::App,
    bus::{Change, ChangeKind},
    config::Secret,
    driver::{
        AccountRow, Place,
        accounts::{self as driver, Fault, NewAccount},
        carry::Make,
        look,
        wire::{self, FoundAccount},
    },
    ops::{OpError, OpResult, Who, accounts::align, devices, secrets, sessions::Target, unit::Unit},
    store::{
        StoreError,
        records::{AccountChange, AccountVerb, ChangeState, RouterRecord},
    },
};
use routeros_api::Connection;
use sallyport_shared::{
    ids::{AccountId, RouterId},
    person::AccountSource,
    router::BoundRule,
    session::{Event, Wish},
};
use std::time::Duration;
use uuid::Uuid;

/// How often a change is tried before the router's worker is left to find out what became of it.
const ATTEMPTS: usize = 3;
/// How long is waited between two attempts.
const PAUSE: Duration = Duration::from_millis(300);
/// How long all attempts together may take; who asked waits as long.
const LIMIT: Duration = Duration::from_secs(45);

/// What is done.
pub(super) enum Deed {
    Create { password: Secret, profile: Option<String>, begun: bool },
    Password { password: Secret },
    Delete { rule: Option<BoundRule> },
}

impl Deed {
    fn verb(&self) -> AccountVerb {
        match self {
            Self::Create { .. } => AccountVerb::Create,
            Self::Password { .. } => AccountVerb::Password,
            Self::Delete { .. } => AccountVerb::Delete,
        }
    }

    fn password(&self) -> Option<&Secret> {
        match self {
            Self::Create { password, .. } | Self::Password { password } => Some(password),
            Self::Delete { .. } => None,
        }
    }
}

/// A change of one account under way.
pub(super) struct Work {
    app: App,
    who: Who,
    router: RouterRecord,
    wire: Connection,
    make: Make,
    username: String,
}

impl Work {
    pub(super) async fn begin(app: App, who: Who, id: RouterId, username: &str) -> Result<Self, Trouble> {
        let router = open_to_changes(&mut app.store.read().await?, id).await?;
        let wire = look::ask(&app, &router).await?;
        devices::claim_to_write(&app, &router, &wire).await?;
        let (boot, _) = app.store.read().await?.boot(id).await?;
        let make = look::make(&wire, boot).await.map_err(|error| wire::op_error(&error))?;
        let work = Self { app, who, router, wire, make, username: username.to_owned() };
        if let Some(left) = work.latest().await?.filter(|latest| latest.state == ChangeState::Announced) {
            left::look_into(&work.app, &work.router, &work.wire, work.make, &left).await?;
        }
        Ok(work)
    }

    async fn latest(&self) -> OpResult<Option<AccountChange>> {
        Ok(self.app.store.read().await?.latest_account_change(self.router.id, &self.username).await?)
    }

    pub(super) async fn create(self, wanted: Wanted) -> Result<AccountRow, Trouble> {
        let places = driver::places(&self.wire, &self.router, self.make.edition).await;
        let places = in_order(&self.router, places.map_err(|error| wire::op_error(&error))?);
        let place = self.place(&places, wanted.source)?;
        let profile = self.profile(place, wanted.profile)?;
        let there = self.named().await?;
        let begun = self.is_begun(&there, place.source).await?;
        if let (Some(first), false) = (there.first(), begun) {
            return Err(self.exists(first.source));
        }
        let deed = Deed::Create { password: wanted.password, profile, begun };
        self.carry_through(place.source, deed).await?.ok_or(Trouble::Op(OpError::NotFound("account")))
    }

    fn place<'a>(&self, places: &'a [Place], wanted: Option<AccountSource>) -> Result<&'a Place, Trouble> {
        let found = match wanted.or(self.router.account_source) {
            Some(source) => places.iter().find(|place| place.source == source).ok_or(source),
            None => places.first().ok_or(AccountSource::PppSecret),
        };
        found.map_err(|place| Trouble::NoPlace { router: self.router.name.clone(), place })
    }

    fn profile(&self, place: &Place, wanted: Option<String>) -> Result<Option<String>, Trouble> {
        let Some(wanted) = wanted.filter(|wanted| !wanted.is_empty()) else {
            let first = place.profiles.first().map(|profile| profile.name.clone());
            return Ok(first.filter(|_| place.source == AccountSource::PppSecret));
        };
        if place.profiles.iter().any(|profile| profile.name == wanted) {
            return Ok(Some(wanted));
        }
        let known = place.profiles.iter().map(|profile| profile.name.clone()).collect();
        Err(Trouble::UnknownProfile { router: self.router.name.clone(), profile: wanted, known })
    }

    async fn named(&self) -> OpResult<Vec<FoundAccount>> {
        let found = wire::find_accounts(&self.wire, self.make.edition, &self.username).await;
        found.map_err(|error| wire::op_error(&error))
    }

    /// Is what is there an account that was being made when the server died, or the connection broke off, and that
    /// nobody has been told of or done anything with since?
    async fn is_begun(&self, there: &[FoundAccount], source: AccountSource) -> OpResult<bool> {
        let [only] = there else { return Ok(false) };
        if only.enabled || only.source != source {
            return Ok(false);
        }
        let left = self.latest().await?.is_some_and(|latest| {
            latest.verb == AccountVerb::Create
                && latest.state == ChangeState::Found
                && latest.source == source
        });
        let owned = self.app.store.read().await?.account_by_username(self.router.id, &self.username).await?;
        Ok(left && owned.is_none())
    }

    /// The account of the name, in the place that is meant.
    pub(super) async fn the_one(&self, source: Option<AccountSource>) -> Result<FoundAccount, Trouble> {
        let mut there = self.named().await?;
        match source {
            Some(source) => there.retain(|found| found.source == source),
            None if there.iter().any(|found| found.source != there[0].source) => {
                let (name, router) = (self.username.clone(), self.router.name.clone());
                return Err(Trouble::Twice { name, router });
            }
            None => {}
        }
        there.pop().ok_or(Trouble::Op(OpError::NotFound("account")))
    }

    /// Announces it, does it, and writes down what became of it. Gives the account as it was read back.
    pub(super) async fn carry_through(
        mut self,
        source: AccountSource,
        mut deed: Deed,
    ) -> Result<Option<AccountRow>, Trouble> {
        let change = self.announce(source, &mut deed).await?;
        let done = tokio::time::timeout(LIMIT, self.attempts(source, &deed)).await;
        let done = done.unwrap_or_else(|_| Err(self.lost(deed.verb())));
        let done = done.map_err(|trouble| trouble.without(deed.password()));
        match self.ended(&change, &done).await {
            Some(ended) => left::end(&self.app, &self.who, &self.router, &change, ended).await?,
            None => left::leave(&self.app, &self.router, &change, &self.who).await?,
        }
        Ok(done?.map(|found| row(&self.username, found, &deed)))
    }

    /// What has become of the change; none: that cannot be said now.
    async fn ended(
        &self,
        change: &AccountChange,
        done: &Result<Option<FoundAccount>, Trouble>,
    ) -> Option<End> {
        match done {
            Ok(_) if change.verb == AccountVerb::Delete => self.is_gone().await.map(End::done),
            Ok(_) => Some(End::done(false)),
            Err(Trouble::Lost { .. }) => None,
            Err(trouble) if change.verb == AccountVerb::Delete => {
                // Its first steps may have been done.
                let why = trouble.to_string();
                let read = left::not_removed(&self.router, &self.wire, self.make, change, &why).await;
                Some(read.unwrap_or_else(|_| End::refused(why)))
            }
            Err(trouble) => Some(End::refused(trouble.to_string())),
        }
    }

    /// Is there none of the name left, in no place? None: that cannot be said now, and whose the name was is not forgotten
    /// as long as it may let somebody in.
    async fn is_gone(&self) -> Option<bool> {
        self.named().await.ok().map(|left| left.is_empty())
    }

    /// Writes down that the account is about to be changed. With the decision to remove it, its session ends and it goes
    /// out of use: whatever happens from then on, nobody gets in by it.
    async fn announce(&mut self, source: AccountSource, deed: &mut Deed) -> Result<AccountChange, Trouble> {
        let mut unit = Unit::begin(&self.app, &self.who).await?;
        self.router = open_to_changes(&mut unit.tx, self.router.id).await?;
        let change = AccountChange {
            // Later changes have larger ids, also within a millisecond.
            id: unit.tx.fresh_id(unit.now),
            router: self.router.id,
            username: self.username.clone(),
            source,
            verb: deed.verb(),
            actor: self.who.actor(),
            state: ChangeState::Announced,
            alive_until: unit.now.plus(LIFE),
        };
        unit.tx.announce_account_change(&change, unit.now).await.map_err(|error| match error {
            StoreError::Conflict { .. } => {
                Trouble::UnderWay { name: self.username.clone(), router: self.router.name.clone() }
            }
            error => error.into(),
        })?;
        if let Deed::Delete { rule } = deed {
            *rule = end_session(&mut unit, self.router.id, &self.username).await?;
        }
        let detail = left::describe(&self.router, &change);
        unit.audit(left::action(change.verb), &left::subject(&self.router), Some(&detail)).await?;
        unit.tell(Change::Router { id: self.router.id });
        unit.commit().await?;
        Ok(change)
    }

    /// Does it, again if the answer was lost. From the first attempt of which that is so on, nothing but a success says what
    /// is so on the router: what is refused later may have been done before.
    async fn attempts(
        &mut self,
        source: AccountSource,
        deed: &Deed,
    ) -> Result<Option<FoundAccount>, Trouble> {
        for attempt in 0..ATTEMPTS {
            let again = attempt > 0;
            if again {
                tokio::time::sleep(PAUSE).await;
                if let Err(why) = self.reconnect().await {
                    tracing::warn!(router = %self.router.name, %why, "a change of an account cannot be gone on with");
                    continue;
                }
            }
            match self.attempt(source, deed, again).await {
                Ok(found) => return Ok(found),
                Err(fault) if again || matches!(fault, Fault::Lost(_)) => {
                    tracing::warn!(router = %self.router.name, ?fault, "what became of a change of an account is not known");
                }
                Err(fault) => return Err(self.trouble(source, fault)),
            }
        }
        Err(self.lost(deed.verb()))
    }

    async fn attempt(
        &self,
        source: AccountSource,
        deed: &Deed,
        again: bool,
    ) -> Result<Option<FoundAccount>, Fault> {
        let username = self.username.as_str();
        match deed {
            Deed::Create { password, profile, begun } => {
                let new = NewAccount { source, username, password, profile: profile.as_deref() };
                driver::make(&self.wire, &new, *begun || again).await.map(Some)
            }
            Deed::Password { password } => {
                driver::set_password(&self.wire, source, username, password).await.map(Some)
            }
            Deed::Delete { rule } => {
                let which = (source, username);
                driver::remove(&self.wire, &self.router, self.make, which, rule.as_ref()).await?;
                Ok(None)
            }
        }
    }

    /// Comes in anew, if that is still wanted.
    async fn reconnect(&mut self) -> Result<(), Trouble> {
        self.router = open_to_changes(&mut self.app.store.read().await?, self.router.id).await?;
        let password = secrets::router_password(&self.app, &self.router)?;
        self.wire = wire::connect(&self.router, &password).await?;
        Ok(())
    }

    fn trouble(&self, source: AccountSource, fault: Fault) -> Trouble {
        let (name, router) = (self.username.clone(), self.router.name.clone());
        match fault {
            Fault::Exists => self.exists(source),
            Fault::Gone => Trouble::Op(OpError::NotFound("account")),
            Fault::Unproven => Trouble::Unproven { name, router },
            Fault::Refused { words, rights } => Trouble::Refused { router, words, rights },
            Fault::Lost(words) => Trouble::Op(OpError::RouterUnreachable { message: words }),
        }
    }

    fn exists(&self, place: AccountSource) -> Trouble {
        Trouble::Exists { name: self.username.clone(), router: self.router.name.clone(), place }
    }

    fn lost(&self, verb: AccountVerb) -> Trouble {
        Trouble::Lost { verb, name: self.username.clone(), router: self.router.name.clone() }
    }
}

/// Ends the session of an account that is to be removed, and takes the account out of use. Gives the rule that is bound
/// to it.
async fn end_session(unit: &mut Unit<'_>, router: RouterId, username: &str) -> OpResult<Option<BoundRule>> {
    let Some(record) = unit.tx.account_by_username(router, username).await? else {
        // Nobody's may still wait to be switched.
        let account = AccountId(Uuid::nil());
        let switch = Wish::Account { account, username: username.to_owned(), enabled: false };
        unit.tx.withdraw_wish(router, &switch.key(), unit.now).await?;
        return Ok(None);
    };
    let id = record.account.id;
    unit.session(&Target::Account(id), &Event::AccountRemoved).await?;
    unit.tx.suspend_account(id, true).await?;
    align(unit, id).await?;
    unit.tell(Change::User { id: record.account.user, kind: ChangeKind::Updated });
    Ok(record.rule)
}

/// An account as it was read back.
fn row(username: &str, found: FoundAccount, deed: &Deed) -> AccountRow {
    let given = match deed {
        Deed::Create { profile, .. } => profile.clone(),
        Deed::Password { .. } | Deed::Delete { .. } => None,
    };
    AccountRow {
        username: username.to_owned(),
        source: found.source,
        enabled: found.enabled,
        profile: found.profile.or(given),
        comment: found.comment,
        last_seen_at: None,
    }
}
