//! Routers and what is on them.

use super::{AccountSource, ConnectionState, Person, RouterMode, RouterState, TlsMode};
use crate::api::json::shapes;
use crate::time::Moment;

shapes! {
    /// A router. Lengths are in seconds.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Router {
        /// Its id.
        pub id: String,
        /// The name that admins and people see.
        pub name: String,
        /// Where its API listens.
        pub host: String,
        /// 8728 plain, 8729 TLS, unless changed there.
        pub port: i64,
        /// How it is spoken to.
        pub tls: TlsMode,
        /// The fingerprint of its certificate that is trusted.
        pub pinned_sha256: Option<String>,
        /// The API user.
        pub username: String,
        /// It logs in by an MD5 challenge, as RouterOS before 6.43 wants it.
        pub md5_login: bool,
        /// Whether anything is written to it.
        pub mode: RouterMode,
        /// Whether it is worked with at all.
        pub enabled: bool,
        /// Whether it answers.
        pub state: RouterState,
        /// What went wrong last.
        pub last_error: Option<String>,
        /// When it last answered.
        pub last_seen_at: Option<Moment>,
        /// Tunnels are pushed by the router, not only polled.
        pub push: bool,
        /// Its own name.
        pub identity: Option<String>,
        /// RouterOS.
        pub version: Option<String>,
        /// The hardware.
        pub board: Option<String>,
        /// Since its start.
        pub uptime_seconds: Option<i64>,
        /// How far its clock is from the server's.
        pub clock_skew_seconds: Option<i64>,
        /// How often it is read.
        pub poll_seconds: i64,
        /// The list that boxes.
        pub sandbox_list: String,
        /// The list that lets through.
        pub allow_list: String,
        /// The list that bans.
        pub ban_list: String,
        /// How long an allow entry lasts without renewal.
        pub allow_seconds: i64,
        /// Where its accounts are, as found.
        pub account_source: Option<AccountSource>,
        /// Commands that wait for it.
        pub pending_commands: i64,
        /// Where its hooks call; carries the token, so only its own page asks.
        pub hook_url: Option<String>,
    }

    /// A VPN account as it is on a router.
    #[derive(Clone, Debug, PartialEq)]
    pub struct RouterAccount {
        /// The name on the router.
        pub username: String,
        /// Where the router keeps it.
        pub source: AccountSource,
        /// Whether it may connect.
        pub enabled: bool,
        /// Whether it is decided to be so, until that was read back; none: nothing waits.
        pub wished: Option<bool>,
        /// Its profile or group.
        pub profile: Option<String>,
        /// Its comment.
        pub comment: Option<String>,
        /// When it last connected; none: never.
        pub last_seen_at: Option<Moment>,
        /// Whose it is.
        pub linked_to: Option<Person>,
        /// A Telegram number found in the comment.
        pub suggested_telegram_id: Option<String>,
    }

    /// A firewall rule whose comment contains `2FA`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct FirewallRule {
        /// Its id here.
        pub id: String,
        /// The router it is on.
        pub router_id: String,
        /// The router's own `.id`.
        pub rule_id: String,
        /// Its exact comment, which binds together with the `.id`.
        pub comment: String,
        /// Its chain.
        pub chain: String,
        /// What it does.
        pub action: String,
        /// Whether it works now.
        pub enabled: bool,
        /// Its place in the chain.
        pub position: i64,
        /// The account that opens it.
        pub bound_to: Option<BoundAccount>,
    }

    /// The account a rule is bound to.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct BoundAccount {
        /// Its id.
        pub id: String,
        /// The name on the router.
        pub username: String,
        /// Whose it is.
        pub user: Person,
    }

    /// A tunnel as it is on a router.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Tunnel {
        /// The router's own id for it.
        pub router_session_id: String,
        /// The account that called.
        pub username: String,
        /// L2TP, SSTP, …
        pub service: String,
        /// The public address that called.
        pub caller_id: Option<String>,
        /// The address inside the VPN.
        pub address: Option<String>,
        /// Since it came up.
        pub uptime_seconds: i64,
        /// What Sallyport knows about it; none: unknown here.
        pub connection: Option<TunnelConnection>,
    }

    /// What Sallyport knows about a tunnel.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct TunnelConnection {
        /// The connection's id.
        pub id: String,
        /// Where it stands.
        pub state: ConnectionState,
        /// Whether the router lets it through.
        pub open: bool,
    }

    /// A difference between what was wanted and what was found.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Drift {
        /// When it was found.
        pub at: Moment,
        /// What it was.
        pub description: String,
        /// Whether it was put right.
        pub repaired: bool,
    }

    /// The tunnels of a router.
    #[derive(Clone, Debug, PartialEq)]
    pub struct WithTunnels {
        /// The tunnels.
        pub tunnels: Vec<Tunnel>,
    }

    /// The accounts of a router.
    #[derive(Clone, Debug, PartialEq)]
    pub struct WithAccounts {
        /// Whether anything is written to it.
        pub mode: RouterMode,
        /// The accounts.
        pub accounts: Vec<RouterAccount>,
    }

    /// Where a router can keep accounts; the first is taken if none is named.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct WithPlaces {
        /// The places.
        pub account_places: Vec<AccountPlace>,
    }

    /// A place where a router can keep accounts.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AccountPlace {
        /// Which.
        pub source: AccountSource,
        /// The profiles that an account can have there, the best first.
        pub profiles: Vec<AccountProfile>,
    }

    /// A profile that an account can have.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AccountProfile {
        /// Its name.
        pub name: String,
        /// Whether its tunnels start in the box; none: not known.
        pub boxed: Option<bool>,
    }

    /// What the settings say of accounts on routers.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct AccountsAllowed {
        /// Whether they may be made and deleted.
        pub allow_account_management: bool,
    }

    /// The 2FA rules of a router.
    #[derive(Clone, Debug, PartialEq)]
    pub struct WithRules {
        /// The rules.
        pub firewall_rules: Vec<FirewallRule>,
    }

    /// The drift of a router.
    #[derive(Clone, Debug, PartialEq)]
    pub struct WithDrift {
        /// The differences, newest first.
        pub drift: Vec<Drift>,
    }

    /// What a try to connect found.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct RouterTest {
        /// Whether it can be worked with.
        pub ok: bool,
        /// The router's own name.
        pub identity: Option<String>,
        /// RouterOS.
        pub version: Option<String>,
        /// The fingerprint it showed.
        pub certificate_sha256: Option<String>,
        /// What went wrong.
        pub error: Option<String>,
        /// What would put it right, as a RouterOS script or in words.
        pub remedy: Option<String>,
        /// The rights the API user has.
        pub rights: Vec<String>,
        /// The rights it lacks.
        pub missing_rights: Vec<String>,
    }

    /// What would be, or was, set up on a router.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SetupPlan {
        /// Nothing is left to do.
        pub clean: bool,
        /// All steps as one RouterOS script.
        pub script: String,
        /// How many changes can be taken back.
        pub undoable: i64,
        /// What an undo left as it is, and why.
        pub left: Vec<String>,
        /// After applying: the box holds, by the doctor's proof.
        pub box_holds: Option<bool>,
        /// Why it does not.
        pub openings: Vec<String>,
        /// The steps.
        pub steps: Vec<SetupStep>,
    }

    /// One step of a plan.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SetupStep {
        /// Its name in the API.
        pub key: String,
        /// What it does.
        pub title: String,
        /// The same as RouterOS script.
        pub script: String,
        /// `PRESENT`, `MISSING`, `DIFFERENT`, `APPLIED` or `FAILED`.
        pub state: String,
        /// What it is for, what was found, or went wrong.
        pub detail: Option<String>,
        /// Only done when it is chosen.
        pub optional: bool,
        /// How many of its changes can be taken back.
        pub undoable: i64,
    }

    /// Whether the box holds, and what was looked at.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct DoctorReport {
        /// When it was looked at.
        pub at: Moment,
        /// The verdict.
        pub box_holds: bool,
        /// The findings.
        pub findings: Vec<Finding>,
    }

    /// One thing the doctor looked at.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Finding {
        /// Its name in the API.
        pub key: String,
        /// `OK`, `WARNING` or `DANGER`.
        pub severity: String,
        /// What was looked at.
        pub title: String,
        /// What was found.
        pub detail: String,
        /// What would put it right.
        pub remedy: Option<String>,
    }
}

#[cfg(test)]
impl RouterAccount {
    /// An account that nobody has, and of which nothing else is known.
    pub(crate) fn sample(username: &str) -> Self {
        Self {
            username: username.into(),
            source: AccountSource::PppSecret,
            enabled: true,
            wished: None,
            profile: None,
            comment: None,
            last_seen_at: None,
            linked_to: None,
            suggested_telegram_id: None,
        }
    }
}

#[cfg(test)]
impl FirewallRule {
    /// A rule that nobody has, and that is off.
    pub(crate) fn sample(id: &str) -> Self {
        Self {
            id: id.into(),
            router_id: "r".into(),
            rule_id: id.into(),
            comment: String::new(),
            chain: "forward".into(),
            action: "accept".into(),
            enabled: false,
            position: 0,
            bound_to: None,
        }
    }
}

#[cfg(test)]
impl SetupStep {
    /// A step of a plan that is not left to choice.
    pub(crate) fn sample(key: &str, state: &str) -> Self {
        Self {
            key: key.into(),
            title: String::new(),
            script: String::new(),
            state: state.into(),
            detail: None,
            optional: false,
            undoable: 0,
        }
    }
}
