//! What the rules must see besides the scene itself: the hour, the caller's country, what happened lately, and
//! whether Telegram can be reached.

use super::{OpResult, hours::moment, outage};
use crate::{
    app::App,
    store::{Tx, records::AccountScene},
};
use sallyport_shared::{
    policy::Moment,
    router::ban_target,
    session::{Event, Fresh, Recent, Scene, Session},
    time::Timestamp,
};

/// The surroundings of one event.
pub(super) struct Surroundings {
    local: Moment,
    country: Option<String>,
    banned: bool,
    recent: Recent,
    telegram_out: bool,
    telegram_silent: bool,
}

impl Surroundings {
    /// Looks around, as far as the event needs it.
    pub(super) async fn of(
        app: &App,
        tx: &mut Tx,
        scene: &AccountScene,
        session: Option<&Session>,
        event: &Event,
        now: Timestamp,
    ) -> OpResult<Self> {
        let caller = match event {
            Event::TunnelSeen { tunnel } => tunnel.caller_id.as_deref(),
            _ => None,
        };
        let matters = caller.is_some() || matches!(event, Event::CodeEntered { .. });
        let looks_back = match event {
            Event::TunnelSeen { .. } | Event::Ask { .. } => true,
            Event::Tick => session.is_some_and(|session| session.live_connections().any(|c| c.is_unasked())),
            _ => false,
        };
        let recent = if looks_back {
            tx.recent(scene.person.id, scene.account.router, now.minus(Recent::reach(&scene.policy))).await?
        } else {
            Recent::default()
        };
        let banned = match caller.and_then(ban_target) {
            Some(target) => tx.is_banned(scene.account.router, &target, now).await?,
            None => false,
        };
        Ok(Self {
            local: moment(&scene.policy, now),
            country: caller.and_then(|caller| app.countries.of(caller)),
            banned,
            recent,
            telegram_out: matters && outage::holds(tx, now).await?,
            telegram_silent: matters && outage::is_silent(tx, now).await?,
        })
    }

    /// The scene as the rules see it.
    pub(super) fn view<'a>(
        &'a self,
        scene: &'a AccountScene,
        session: Option<&'a Session>,
        fresh: Fresh,
    ) -> Scene<'a> {
        Scene {
            person: &scene.person,
            account: &scene.account,
            policy: &scene.policy,
            session,
            local: self.local,
            country: self.country.as_deref(),
            banned: self.banned,
            recent: &self.recent,
            telegram_out: self.telegram_out,
            telegram_silent: self.telegram_silent,
            fresh,
        }
    }
}
