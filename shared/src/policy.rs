//! What a person must do to get in, for how long, and what happens at the end.

use crate::{ids::PolicyId, time::Seconds};
use serde::{Deserialize, Serialize};

mod admission;
mod sentence;
pub use admission::{LocalTime, Moment, NotAdmitted};
pub use sentence::sentence;

/// When an account may be used at all.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AccessMode {
    /// The account stays enabled; every tunnel is boxed until its owner confirms it.
    Always,
    /// The account is disabled on the router until its owner asks for access.
    OnRequest,
}

/// What opens a tunnel.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Confirmation {
    /// Nothing: the password is enough.
    None,
    /// A tap on *Confirm* in Telegram.
    Telegram,
    /// Picking, in Telegram, the number that the captive page shows.
    TelegramNumber,
}

/// What happens while Telegram cannot be reached.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OutageMode {
    /// Everybody waits in the box.
    WaitClosed,
    /// A one-time code on the captive page opens.
    OfflineCode,
    /// Tunnels open without being asked for.
    Open,
}

/// A span of a weekday in which access is allowed.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct WorkingHours {
    /// 1 = Monday … 7 = Sunday.
    pub weekday: u8,
    /// Minutes after midnight, inclusive.
    pub from: u16,
    /// Minutes after midnight, exclusive; up to 1440.
    pub to: u16,
}

/// A policy. All spans are whole seconds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Policy {
    /// Which one.
    pub id: PolicyId,
    /// Its name in the console.
    pub name: String,
    /// The one for everybody without a policy of their own.
    pub is_default: bool,
    /// When the account may be used.
    pub access_mode: AccessMode,
    /// An operator must approve each request.
    pub needs_approval: bool,
    /// What opens a tunnel.
    pub confirmation: Confirmation,
    /// How long a prompt may be answered.
    pub confirm_seconds: Seconds,
    /// How long a session lasts.
    pub session_seconds: Seconds,
    /// How long after the grant the first tunnel must come.
    pub connect_window_seconds: Seconds,
    /// How long before the end the reminder is sent; 0 sends none.
    pub remind_before_seconds: Seconds,
    /// How often a person may extend.
    pub max_extensions: u32,
    /// What one extension adds.
    pub extension_seconds: Seconds,
    /// Cut the tunnel when the session ends.
    pub cut_at_end: bool,
    /// Disable the account on the router when the session ends.
    pub disable_account_at_end: bool,
    /// Disable the account after *Not me*, until an administrator acts.
    pub disable_account_on_deny: bool,
    /// Most simultaneous tunnels of one account.
    pub max_tunnels: u32,
    /// More unconfirmed connects than this within the window lead to a ban.
    pub max_unconfirmed: u32,
    /// The window in which unconfirmed connects are counted.
    pub unconfirmed_window_seconds: Seconds,
    /// How long an address stays banned.
    pub ban_seconds: Seconds,
    /// Most prompts a person gets within the window.
    pub prompt_limit: u32,
    /// The window in which prompts are counted.
    pub prompt_window_seconds: Seconds,
    /// How long a confirmed caller may come back without being asked; 0: never.
    pub trusted_reconnect_seconds: Seconds,
    /// What to do while Telegram is out of reach.
    pub outage: OutageMode,
    /// Caller networks (CIDR) from which access is allowed; empty: from anywhere.
    pub allowed_networks: Vec<String>,
    /// ISO 3166 codes of countries from which access is allowed; empty: from anywhere.
    pub allowed_countries: Vec<String>,
    /// When access is allowed; empty: always.
    pub working_hours: Vec<WorkingHours>,
    /// IANA name of the zone of the working hours and of the times told to people.
    pub time_zone: String,
}

impl Policy {
    /// The policy of a new installation: asked for in the bot, confirmed in Telegram, twelve hours.
    pub fn initial(id: PolicyId) -> Self {
        Self {
            id,
            name: "Default".to_owned(),
            is_default: true,
            access_mode: AccessMode::OnRequest,
            needs_approval: false,
            confirmation: Confirmation::Telegram,
            confirm_seconds: Seconds(60),
            session_seconds: Seconds(12 * 3_600),
            connect_window_seconds: Seconds(15 * 60),
            remind_before_seconds: Seconds(15 * 60),
            max_extensions: 2,
            extension_seconds: Seconds(2 * 3_600),
            cut_at_end: true,
            disable_account_at_end: true,
            disable_account_on_deny: true,
            max_tunnels: 1,
            max_unconfirmed: 10,
            unconfirmed_window_seconds: Seconds(30 * 60),
            ban_seconds: Seconds(30 * 60),
            prompt_limit: 3,
            prompt_window_seconds: Seconds(5 * 60),
            trusted_reconnect_seconds: Seconds(0),
            outage: OutageMode::WaitClosed,
            allowed_networks: Vec::new(),
            allowed_countries: Vec::new(),
            working_hours: Vec::new(),
            time_zone: "UTC".to_owned(),
        }
    }

    /// A tunnel may come without access having been asked for. Where an operator has to approve, it has to be.
    pub fn lets_come_unasked(&self) -> bool {
        self.access_mode == AccessMode::Always && !self.needs_approval
    }

    /// A one-time code opens while Telegram cannot be reached.
    pub fn takes_codes(&self) -> bool {
        self.confirmation != Confirmation::None && self.outage == OutageMode::OfflineCode
    }

    /// People under it need the captive page: for the number that they pick, or for a one-time code.
    pub fn needs_page(&self) -> bool {
        self.confirmation == Confirmation::TelegramNumber || self.takes_codes()
    }

    /// The account is disabled on the router whenever no session of it is live.
    pub fn account_follows_session(&self) -> bool {
        self.access_mode == AccessMode::OnRequest && self.disable_account_at_end
    }
}
