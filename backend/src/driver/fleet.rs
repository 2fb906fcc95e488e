//! The routers that are being worked, for questions that only they can answer.

use crate::{app::App, ops::OpResult, store::records::RouterRecord};
use sallyport_shared::{
    ids::RouterId,
    person::AccountSource,
    session::Tunnel,
    time::Timestamp,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

/// A tunnel as last seen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SeenTunnel {
    /// The tunnel.
    pub tunnel: Tunnel,
    /// When it came up, by our clock.
    pub since: Timestamp,
}

/// An account on a router.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccountRow {
    /// Its name.
    pub username: String,
    /// Where the router keeps it.
    pub source: AccountSource,
    /// May it log in?
    pub enabled: bool,
    /// Its PPP profile, if any.
    pub profile: Option<String>,
    /// Its comment as text.
    pub comment: Option<String>,
}

/// A firewall rule whose comment contains `2FA`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RuleRow {
    /// The router's `.id`.
    pub rule_id: String,
    /// The comment as text.
    pub comment: String,
    /// The comment's bytes.
    pub comment_bytes: Vec<u8>,
    /// The chain.
    pub chain: String,
    /// The action.
    pub action: String,
    /// Is it on?
    pub enabled: bool,
    /// Its place in the table, from 0.
    pub position: usize,
}

/// What a test of a router found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TestReport {
    /// Everything that is needed is there.
    pub ok: bool,
    /// The router's name for itself.
    pub identity: Option<String>,
    /// RouterOS's version.
    pub version: Option<String>,
    /// SHA-256 of the certificate's public key, in hex.
    pub certificate_sha256: Option<String>,
    /// What is wrong.
    pub error: Option<String>,
    /// What to do about it.
    pub remedy: Option<String>,
    /// The rights of the API user's group.
    pub rights: Vec<String>,
    /// The rights that are needed and missing.
    pub missing_rights: Vec<String>,
}

/// The routers that this process works. Cheap to clone.
#[derive(Clone, Default)]
pub struct Fleet {
    seen: Arc<Mutex<HashMap<RouterId, Vec<SeenTunnel>>>>,
}

impl Fleet {
    /// The tunnels of a router as last seen; empty if it is not being worked.
    pub fn tunnels(&self, router: RouterId) -> Vec<SeenTunnel> {
        let seen = self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        seen.get(&router).cloned().unwrap_or_default()
    }

    /// The accounts of a router, read now.
    ///
    /// # Errors
    /// `RouterUnreachable` or `RouterRefused`, in plain words.
    pub async fn accounts(&self, app: &App, router: &RouterRecord) -> OpResult<Vec<AccountRow>> {
        super::look::accounts(app, router).await
    }

    /// The firewall rules whose comment contains `2FA`, read now.
    ///
    /// # Errors
    /// `RouterUnreachable` or `RouterRefused`, in plain words.
    pub async fn rules(&self, app: &App, router: &RouterRecord) -> OpResult<Vec<RuleRow>> {
        super::look::rules(app, router).await
    }

    /// Tries a router's settings without keeping anything: connects, logs in, looks at identity, version and rights.
    pub async fn test(&self, app: &App, router: &RouterRecord, password: &str) -> TestReport {
        super::look::test(app, router, password).await
    }
}
