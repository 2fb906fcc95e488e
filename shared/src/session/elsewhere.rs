//! Tunnels that another router has, for accounts of this one's User Manager.

use serde::{Deserialize, Serialize};

/// A tunnel at another router, known by what that router reports to the User Manager, and by nothing else: it is in no
/// box of ours and in no table of tunnels.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Elsewhere {
    /// The other router's own number for it, which that router gives out again.
    pub acct_session_id: String,
    /// The account's username.
    pub username: String,
    /// The other router's address, as it calls itself.
    pub nas: String,
    /// The caller's public address (or MAC address).
    pub caller_id: Option<String>,
    /// The address that the other router gave to the tunnel.
    pub address: Option<String>,
}

impl Elsewhere {
    /// What tells it from every other tunnel, as far as a router can be believed.
    pub fn key(&self) -> String {
        let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let (caller, address) = (or_dash(&self.caller_id), or_dash(&self.address));
        format!("elsewhere:{}:{}:{}:{caller}:{address}", self.nas, self.acct_session_id, self.username)
    }
}
