//! What tests of the workers begin with.

use crate::{
    app::App,
    store::{records::RouterRecord, testing},
};
use sallyport_shared::ids::RouterId;
use std::net::SocketAddr;

/// A router that is entered, and that nobody works.
pub(super) async fn entered(app: &App, name: &str, at: SocketAddr) -> RouterRecord {
    let id = RouterId(app.clock.new_id());
    let record = RouterRecord { host: at.ip().to_string(), port: at.port(), ..testing::router(id, name) };
    let mut tx = app.store.begin().await.unwrap();
    tx.insert_router(&record).await.unwrap();
    tx.commit().await.unwrap();
    record
}
