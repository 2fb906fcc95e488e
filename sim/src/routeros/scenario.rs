//! A router described in a JSON file: what the program starts with.
//!
//! ```json
//! {
//!   "version": "7.22.3",
//!   "identity": "office",
//!   "userManager": false,
//!   "users": [{"name": "sallyport", "password": "secret", "rights": "read,write,api"}],
//!   "rows": {"ppp/profile": [{"name": "vpn", "address-list": "pending", "remote-address": "vpn"}]},
//!   "secrets": [{"name": "ivan", "password": "pass", "profile": "vpn"}],
//!   "tunnels": [{"name": "ivan", "service": "l2tp", "callerId": "203.0.113.7"}]
//! }
//! ```
//! Everything may be left out. `rows` are added to any menu before the secrets, in the order of the menus' names.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use thiserror::Error;

use super::{
    builder::{Builder, StartError},
    handle::RouterSim,
    world::ConnectError,
};

/// A scenario could not be read or played.
#[derive(Debug, Error)]
pub enum ScenarioError {
    /// The file could not be read.
    #[error("{path}: {error}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The file is not a scenario.
    #[error("{path}: {error}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where and why.
        error: serde_json::Error,
    },
    /// The router did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A tunnel did not come up.
    #[error("tunnel: {0}")]
    Tunnel(#[from] ConnectError),
    /// The router's name is refused.
    #[error("identity: {0}")]
    Identity(#[from] super::trap::Trap),
}

/// What a file says.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Scenario {
    /// The RouterOS version.
    pub version: Option<String>,
    /// The router's name.
    pub identity: Option<String>,
    /// Whether User Manager is installed.
    pub user_manager: bool,
    /// Seconds east of Greenwich.
    pub gmt_offset: i32,
    /// API users.
    pub users: Vec<ApiUser>,
    /// Rows of any menu.
    pub rows: BTreeMap<String, Vec<BTreeMap<String, String>>>,
    /// PPP secrets.
    pub secrets: Vec<BTreeMap<String, String>>,
    /// Tunnels that are up from the start.
    pub tunnels: Vec<Dial>,
}

/// An API user of a scenario.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApiUser {
    /// The name.
    pub name: String,
    /// The password.
    pub password: String,
    /// The rights, separated by commas.
    #[serde(default = "daily_rights")]
    pub rights: String,
}

fn daily_rights() -> String {
    "read,write,api".to_owned()
}

/// A tunnel to bring up.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Dial {
    /// The account.
    pub name: String,
    /// The kind of tunnel.
    #[serde(default = "usual_service")]
    pub service: String,
    /// Where the peer dials in from.
    #[serde(default = "usual_caller")]
    pub caller_id: String,
}

fn usual_service() -> String {
    "l2tp".to_owned()
}

fn usual_caller() -> String {
    "203.0.113.7".to_owned()
}

impl Scenario {
    /// Reads a file.
    ///
    /// # Errors
    /// If it cannot be read or is not a scenario.
    pub fn read(path: &Path) -> Result<Self, ScenarioError> {
        let text =
            fs::read_to_string(path).map_err(|error| ScenarioError::Read { path: path.to_owned(), error })?;
        serde_json::from_str(&text).map_err(|error| ScenarioError::Parse { path: path.to_owned(), error })
    }

    /// Furnishes a router as the scenario says.
    #[must_use]
    pub fn furnish(&self, mut builder: Builder) -> Builder {
        builder = builder.gmt_offset(self.gmt_offset);
        if let Some(version) = &self.version {
            builder = builder.version(version);
        }
        if self.user_manager {
            builder = builder.user_manager();
        }
        for user in &self.users {
            builder = builder.user(&user.name, &user.password, &user.rights);
        }
        let rows = self.rows.iter().flat_map(|(menu, rows)| rows.iter().map(move |row| (menu.as_str(), row)));
        for (menu, row) in rows.chain(self.secrets.iter().map(|row| ("ppp/secret", row))) {
            let values: Vec<_> = row.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            builder = builder.row(menu, &values);
        }
        builder
    }

    /// Brings up what runs from the start.
    ///
    /// # Errors
    /// If the router refuses a tunnel.
    pub fn play(&self, router: &RouterSim) -> Result<(), ScenarioError> {
        if let Some(identity) = &self.identity {
            router.set("system/identity", "", &[("name", identity)])?;
        }
        for dial in &self.tunnels {
            router.connect(&dial.name, &dial.service, &dial.caller_id)?;
        }
        Ok(())
    }
}
