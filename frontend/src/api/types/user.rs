//! People and their linked accounts.

use super::{AccountSource, ChangeKind, FirewallRule, IdOnly, Language, Named, RouterMode, UserStatus};
use crate::api::json::{Read, Unreadable, field, shapes};
use crate::time::Moment;

shapes! {
    /// A person, as a row of the list.
    #[derive(Clone, Debug, PartialEq)]
    pub struct User {
        /// Its id.
        pub id: String,
        /// Where the person stands.
        pub status: UserStatus,
        /// The name that admins see.
        pub display_name: String,
        /// Telegram's number of the person.
        pub telegram_id: Option<String>,
        /// The name without @.
        pub telegram_username: Option<String>,
        /// Since when the bot may not write to them.
        pub telegram_blocked_at: Option<Moment>,
        /// The language the bot speaks to them.
        pub language: Language,
        /// What they wrote, or what an admin noted.
        pub note: Option<String>,
        /// Why they were rejected or blocked.
        pub rejection_reason: Option<String>,
        /// When they registered or were made.
        pub created_at: Moment,
        /// The policy in force.
        pub policy: Named,
        /// Linked accounts, named only.
        pub accounts: Vec<AccountName>,
    }

    /// A linked account that is only named.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AccountName {
        /// Its id.
        pub id: String,
        /// The name on the router.
        pub username: String,
        /// The router.
        pub router: Named,
    }
}

/// A person with all that their page shows.
#[derive(Clone, Debug, PartialEq)]
pub struct UserDetail {
    /// What the list shows too.
    pub user: User,
    /// E-mail.
    pub email: Option<String>,
    /// Phone.
    pub phone: Option<String>,
    /// When the registration was decided.
    pub decided_at: Option<Moment>,
    /// By whom.
    pub decided_by: Option<AdminName>,
    /// A policy of their own; none: the default one.
    pub policy_override: Option<IdOnly>,
    /// The link that ties a Telegram account to this person, while it is open.
    pub invitation_url: Option<String>,
    /// One-time codes were set up in the bot.
    pub one_time_codes: bool,
    /// Linked accounts with everything.
    pub linked: Vec<Account>,
}

impl Read for UserDetail {
    fn read(value: &serde_json::Value) -> Result<Self, Unreadable> {
        Ok(Self {
            user: User::read(value)?,
            email: field(value, "email", None)?,
            phone: field(value, "phone", None)?,
            decided_at: field(value, "decided_at", None)?,
            decided_by: field(value, "decided_by", None)?,
            policy_override: field(value, "policy_override", None)?,
            invitation_url: field(value, "invitation_url", None)?,
            one_time_codes: field(value, "one_time_codes", None)?,
            linked: field(value, "linked", None)?,
        })
    }
}

shapes! {
    /// An admin who is only named.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AdminName {
        /// The sign-in name.
        pub username: String,
    }

    /// A MikroTik username linked to a person.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Account {
        /// Its id.
        pub id: String,
        /// The name on the router.
        pub username: String,
        /// Where the router keeps it.
        pub source: Option<AccountSource>,
        /// As last read from the router; `None`: not known.
        pub enabled: Option<bool>,
        /// Whether it is decided to be so, until that was read back; none: nothing waits.
        pub wished: Option<bool>,
        /// When it was linked.
        pub created_at: Moment,
        /// The router.
        pub router: AccountRouter,
        /// The rule that its confirmation opens.
        pub firewall_rule: Option<FirewallRule>,
    }

    /// The router of an account.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AccountRouter {
        /// Its id.
        pub id: String,
        /// Its name.
        pub name: String,
        /// Whether anything is written to it.
        pub mode: RouterMode,
    }

    /// What the live feed says about a person.
    #[derive(Clone, Debug, PartialEq)]
    pub struct UserChange {
        /// Whether they are there still.
        pub kind: ChangeKind,
        /// The person after the change.
        pub user: User,
    }

    /// The answer to a new invitation.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Invitation {
        /// The link.
        pub invitation_url: Option<String>,
    }
}
