//! Carries out what is wished of a router, in order for each account, several accounts at a time.

use crate::{
    app::App,
    bus::Change,
    driver::carry::{Circumstances, carry},
    ops::{
        OpResult, Who, audit,
        wishes::{Hindrance, done, hindered},
    },
    store::records::{RouterRecord, WishRecord},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use routeros_api::{Connection, menus::user_manager::Edition};
use sallyport_shared::{
    session::{ConnectionState, Wish},
    time::Timestamp,
};
use std::{collections::BTreeMap, time::Duration};

/// How many wishes are taken at once.
const BATCH: i64 = 256;
/// How many accounts are worked at a time: routers have small processors.
const ACCOUNTS: usize = 4;

/// Carries out every wish that is due. Tells whether there was any.
pub(super) async fn carry_due(
    app: &App,
    router: &RouterRecord,
    wire: &Connection,
    edition: Option<Edition>,
) -> OpResult<bool> {
    let mut any = false;
    loop {
        let due = app.store.read().await?.due_wishes(router.id, app.clock.now(), BATCH).await?;
        if due.is_empty() || wire.close_reason().is_some() {
            return Ok(any);
        }
        any = true;
        let mut accounts: BTreeMap<String, Vec<WishRecord>> = BTreeMap::new();
        for wish in due {
            accounts.entry(account_of(&wish.wish)).or_default().push(wish);
        }
        stream::iter(accounts.into_values().map(Ok))
            .try_for_each_concurrent(ACCOUNTS, |wishes| in_order(app, router, wire, edition, wishes))
            .await?;
    }
}

/// Permission goes before the tunnel: the wishes of one account are carried out in the order they were made.
async fn in_order(
    app: &App,
    router: &RouterRecord,
    wire: &Connection,
    edition: Option<Edition>,
    wishes: Vec<WishRecord>,
) -> OpResult<()> {
    for wish in wishes {
        let mut tx = app.store.read().await?;
        // A newer wish may have replaced it since it was read.
        if !tx.is_pending(wish.id).await? {
            continue;
        }
        drop(tx);
        let circumstances = circumstances(app, edition, &wish).await?;
        match carry(wire, router, &wish.wish, &circumstances).await {
            Ok(carried) => done(app, &wish, &carried).await?,
            Err(hindrance) => {
                tracing::warn!(router = %router.name, wish = %wish.wish.key(), ?hindrance, "a wish has to wait");
                hindered(app, &wish, &hindrance).await?;
            }
        }
    }
    Ok(())
}

/// Wishes with the same answer are carried out one after the other.
fn account_of(wish: &Wish) -> String {
    match wish {
        Wish::Account { username, .. } => username.clone(),
        Wish::Open { tunnel, .. } | Wish::Close { tunnel, .. } | Wish::Cut { tunnel, .. } => {
            tunnel.username.clone()
        }
        Wish::Ban { .. } | Wish::Unban { .. } => wish.key(),
    }
}

async fn circumstances(app: &App, edition: Option<Edition>, record: &WishRecord) -> OpResult<Circumstances> {
    let ban_left = ban_left(record, app.clock.now());
    let (account, this) = match &record.wish {
        Wish::Open { account, connection, .. } | Wish::Close { account, connection, .. } => {
            (*account, *connection)
        }
        _ => return Ok(Circumstances { rule: None, rule_needed: false, ban_left, edition }),
    };
    let Some(scene) = app.store.read().await?.scene(account).await? else {
        return Ok(Circumstances { rule: None, rule_needed: false, ban_left, edition });
    };
    let rule_needed = scene.live.as_ref().is_some_and(|loaded| {
        loaded
            .session
            .connections
            .iter()
            .any(|other| other.id != this && other.state == ConnectionState::Confirmed)
    });
    Ok(Circumstances { rule: scene.rule, rule_needed, ban_left, edition })
}

/// A ban runs from its decision on, however late the router hears of it.
fn ban_left(record: &WishRecord, now: Timestamp) -> Option<Duration> {
    let Wish::Ban { seconds, .. } = &record.wish else { return None };
    let left = record.created_at.plus(*seconds).micros() - now.micros();
    u64::try_from(left).ok().filter(|left| *left > 0).map(Duration::from_micros)
}

/// The router does not answer: those who wait for a wish that was not tried before are told.
pub(super) async fn hinder_new(app: &App, router: &RouterRecord, hindrance: &Hindrance) -> OpResult<()> {
    let due = app.store.read().await?.due_wishes(router.id, app.clock.now(), BATCH).await?;
    stream::iter(due.iter().filter(|wish| wish.attempts == 0))
        .map(Ok)
        .try_for_each(|wish| hindered(app, wish, hindrance))
        .await
}

/// Writes a drift down where administrators see it.
pub(super) async fn note_drift(
    app: &App,
    router: &RouterRecord,
    description: &str,
    mended: bool,
) -> OpResult<()> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    tx.insert_drift(router.id, now, description, mended).await?;
    let what = if mended { "router.drift-repaired" } else { "router.drift" };
    let subject = format!("router:{}", router.id);
    let id = audit(&mut tx, now, &Who::System, what, &subject, Some(description)).await?;
    tx.commit().await?;
    app.bus.tell(Change::Router { id: router.id });
    app.bus.tell(Change::Audit { id });
    app.fleet.wants_doctor(router.id);
    app.bus.doctor.notify_one();
    Ok(())
}
