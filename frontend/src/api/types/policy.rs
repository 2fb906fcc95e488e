//! Policies.

use super::{AccessMode, Confirmation, Decision, OutageMode};
use crate::api::json::shapes;
use crate::time::Moment;

shapes! {
    /// How people get in, for how long, and what they must answer. Lengths are in seconds.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Policy {
        /// Its id.
        pub id: String,
        /// Its name.
        pub name: String,
        /// For everyone without a policy of their own.
        pub is_default: bool,
        /// How many people it is in force for.
        pub user_count: i64,
        /// How many sessions run under it.
        pub live_session_count: i64,
        /// The way of working.
        pub access_mode: AccessMode,
        /// An operator decides each request.
        pub needs_approval: bool,
        /// What is asked in Telegram.
        pub confirmation: Confirmation,
        /// How long a prompt waits.
        pub confirm_seconds: i64,
        /// How long a session lasts.
        pub session_seconds: i64,
        /// How long an allowed person may take to connect.
        pub connect_window_seconds: i64,
        /// How long before the end the reminder comes.
        pub remind_before_seconds: i64,
        /// How many extensions the person may take.
        pub max_extensions: i64,
        /// What one extension adds.
        pub extension_seconds: i64,
        /// Cut the tunnel at the end.
        pub cut_at_end: bool,
        /// Disable the account at the end.
        pub disable_account_at_end: bool,
        /// Disable the account after "Not me".
        pub disable_account_on_deny: bool,
        /// Tunnels at once.
        pub max_tunnels: i64,
        /// Unanswered prompts before a ban.
        pub max_unconfirmed: i64,
        /// The window they are counted in.
        pub unconfirmed_window_seconds: i64,
        /// How long a ban lasts.
        pub ban_seconds: i64,
        /// Prompts before they are held back.
        pub prompt_limit: i64,
        /// The window they are counted in.
        pub prompt_window_seconds: i64,
        /// How long the same account from the same address is not asked again; 0: always ask.
        pub trusted_reconnect_seconds: i64,
        /// While Telegram cannot be reached.
        pub outage: OutageMode,
        /// CIDR; empty: any.
        pub allowed_networks: Vec<String>,
        /// ISO 3166 codes; empty: any.
        pub allowed_countries: Vec<String>,
        /// The zone of the working hours.
        pub time_zone: String,
        /// Empty: at any time.
        pub working_hours: Vec<WorkingHours>,
    }

    /// Hours of one weekday, in the policy's zone.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct WorkingHours {
        /// 1 = Monday.
        pub weekday: i64,
        /// "09:00".
        pub from: String,
        /// "18:00".
        pub to: String,
    }

    /// What a choice of policy shows.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PolicyName {
        /// Its id.
        pub id: String,
        /// Its name.
        pub name: String,
        /// For everyone without a policy of their own.
        pub is_default: bool,
    }

    /// What a policy would have made of the last days.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct WhatIf {
        /// Tunnels that came up.
        pub connections: i64,
        /// How many of them would have been asked about.
        pub prompted: i64,
        /// How many would have been let in unasked.
        pub opened_silently: i64,
        /// How many would have been cut at once.
        pub refused: i64,
        /// How many that were turned away would have been let in.
        pub let_in: i64,
        /// How many that were let in would have been turned away.
        pub kept_out: i64,
        /// Sessions that would have ended before they did.
        pub sessions_ended_earlier: i64,
        /// Sessions that began, or were asked for.
        pub sessions: i64,
        /// How many of them began with a tunnel, and would have had to be asked for.
        pub sessions_to_ask_for: i64,
        /// How many of them would have had to be approved.
        pub sessions_to_approve: i64,
        /// How many of them were asked for, and a tunnel would have been enough.
        pub sessions_without_asking: i64,
        /// How many of them waited for an approval, and would not have.
        pub sessions_without_approval: i64,
        /// What came before was not looked at.
        pub since: Moment,
        /// There was more: only the newest were looked at, back to `since`.
        pub truncated: bool,
        /// Some of what would have been decided.
        pub examples: Vec<Decision>,
    }
}
