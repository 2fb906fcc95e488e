//! Faults, double delivery, and what the bot has done.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Refused;
use crate::telegram::core::Core;
use crate::telegram::faults::FaultRule;
use crate::telegram::journal::{Call, Count};

#[derive(Deserialize)]
pub(super) struct Twice {
    count: u32,
}

#[derive(Deserialize)]
pub(super) struct Renumber {
    next: i64,
}

#[derive(Deserialize)]
pub(super) struct Page {
    #[serde(default)]
    from: u64,
    #[serde(default = "hundred")]
    limit: usize,
}

fn hundred() -> usize {
    100
}

pub(super) async fn list(State(core): State<Arc<Core>>) -> Json<Vec<FaultRule>> {
    Json(core.faults.list())
}

pub(super) async fn arm(State(core): State<Arc<Core>>, Json(rule): Json<FaultRule>) -> Json<Value> {
    core.faults.arm(rule);
    Json(json!({}))
}

pub(super) async fn heal(State(core): State<Arc<Core>>) -> Json<Value> {
    core.faults.heal();
    Json(json!({}))
}

pub(super) async fn twice(State(core): State<Arc<Core>>, Json(twice): Json<Twice>) -> Json<Value> {
    core.lock().updates.deliver_twice(twice.count);
    Json(json!({}))
}

pub(super) async fn renumber(
    State(core): State<Arc<Core>>,
    Json(renumber): Json<Renumber>,
) -> Result<Json<Value>, Refused> {
    if renumber.next <= 0 {
        return Err(Refused::bad("updates are counted by positive numbers"));
    }
    core.lock().updates.renumber(renumber.next);
    Ok(Json(json!({})))
}

pub(super) async fn repeat(State(core): State<Arc<Core>>) -> Result<Json<Value>, Refused> {
    if core.happen(|state| state.updates.repeat_last()) {
        Ok(Json(json!({})))
    } else {
        Err(Refused::bad("no update was made yet"))
    }
}

pub(super) async fn journal(State(core): State<Arc<Core>>, Query(page): Query<Page>) -> Json<Vec<Call>> {
    Json(core.journal.calls_from(page.from, page.limit.min(10_000)))
}

pub(super) async fn counts(State(core): State<Arc<Core>>) -> Json<HashMap<String, Count>> {
    Json(core.journal.counts())
}
