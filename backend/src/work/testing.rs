//! What tests of the workers begin with.

use crate::{
    app::App,
    store::records::{RouterMode, RouterRecord, TlsMode},
};
use sallyport_shared::{ids::RouterId, time::Seconds};
use std::net::SocketAddr;

/// A router that is entered, and that nobody works.
pub(super) async fn entered(app: &App, name: &str, at: SocketAddr) -> RouterRecord {
    let id = RouterId(app.clock.new_id());
    let record = RouterRecord {
        id,
        name: name.to_owned(),
        host: at.ip().to_string(),
        port: at.port(),
        tls: TlsMode::Plain,
        pinned_sha256: None,
        ca_pem: None,
        username: "sallyport".to_owned(),
        password_enc: Vec::new(),
        md5_login: false,
        mode: RouterMode::Enforce,
        enabled: true,
        poll_seconds: Seconds(1),
        sandbox_list: "boxed".to_owned(),
        allow_list: "allowed".to_owned(),
        ban_list: "banned".to_owned(),
        allow_seconds: Seconds(120),
        account_source: None,
        hook_token_hash: id.to_string(),
        hook_token_enc: Vec::new(),
        created_at: app.clock.now(),
        deleted_at: None,
        version: 0,
    };
    let mut tx = app.store.begin().await.unwrap();
    tx.insert_router(&record).await.unwrap();
    tx.commit().await.unwrap();
    record
}
