//! `/healthz`: the process is alive. `/readyz`: it can do its work, and what of it it cannot.

use super::Shared;
use crate::store::records::RouterState;
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

/// The process answers.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// Without the database nothing works: not ready. A router or a bot that is away is told, but others are served.
pub(super) async fn ready(State(shared): State<Shared>) -> Response {
    let app = &shared.app;
    let routers = async {
        let mut tx = app.store.read().await?;
        let enabled: Vec<_> =
            tx.routers().await?.into_iter().filter(|router| router.enabled).map(|r| r.id).collect();
        let statuses = tx.router_statuses(&enabled).await?;
        let answers = |status: &&crate::store::records::RouterStatus| {
            matches!(status.state, RouterState::Online | RouterState::Degraded)
        };
        Ok::<_, crate::store::StoreError>((statuses.values().filter(answers).count(), enabled.len()))
    };
    let bot = app.bot.health();
    match routers.await {
        Ok((online, total)) => {
            // Another server does the work: whoever shares requests out sends them there.
            let works = app.duty.is_on();
            let status = if works { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            let body = json!({
                "ready": works,
                "works": works,
                "database": true,
                "bot": bot.is_ok(),
                "botDetail": bot.describe(),
                "routersOnline": online,
                "routersTotal": total,
            });
            (status, Json(body)).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "not ready: the database does not answer");
            let body = json!({ "ready": false, "database": false, "bot": bot.is_ok() });
            (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response()
        }
    }
}
