//! The enums of the contract, each value with the message that names it.

use serde::{Deserialize, Serialize};

use crate::api::json::{Read, Unreadable, text};
use crate::i18n::Key;
use crate::key;

macro_rules! wire_enums {
    ($($(#[$doc:meta])* $Name:ident { $($Variant:ident $wire:literal $key:expr),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $Name { $(#[serde(rename = $wire)] #[doc = concat!("`", $wire, "`")] $Variant),+ }

        impl Read for $Name {
            fn read(value: &serde_json::Value) -> Result<Self, Unreadable> {
                let text = text(value)?;
                Self::from_wire(text)
                    .ok_or_else(|| Unreadable(format!("no {} is called {text}", stringify!($Name))))
            }
        }

        impl $Name {
            /// Every value, in the contract's order.
            pub const ALL: &'static [Self] = &[$(Self::$Variant),+];

            /// The value in the API's spelling.
            #[must_use]
            pub fn wire(self) -> &'static str {
                match self { $(Self::$Variant => $wire),+ }
            }

            /// The value in the API's spelling, read back.
            #[must_use]
            pub fn from_wire(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.wire() == text)
            }

            /// What it is called on the page.
            #[must_use]
            pub fn label(self) -> Key {
                match self { $(Self::$Variant => $key),+ }
            }
        }
    )+};
}

wire_enums! {
    /// What an admin may do.
    Role {
        Owner "OWNER" key!("role-owner"), Admin "ADMIN" key!("role-admin"),
        Operator "OPERATOR" key!("role-operator"), Viewer "VIEWER" key!("role-viewer"),
    }
    /// Where a person stands with the administrators.
    UserStatus {
        Pending "PENDING" key!("status-pending"), Approved "APPROVED" key!("status-approved"),
        Rejected "REJECTED" key!("status-rejected"), Blocked "BLOCKED" key!("status-blocked"),
    }
    /// The languages that people and admins are spoken to in.
    Language { Ru "RU" key!("language-ru"), En "EN" key!("language-en") }
    /// How the bot gets what people write and tap.
    TelegramUpdates { Polling "POLLING" key!("updates-polling"), Webhook "WEBHOOK" key!("updates-webhook") }
    /// Where a router keeps its VPN accounts.
    AccountSource {
        PppSecret "PPP_SECRET" key!("source-ppp"), UserManager7 "USER_MANAGER_7" key!("source-um7"),
        UserManager6 "USER_MANAGER_6" key!("source-um6"),
    }
    /// The two ways of working.
    AccessMode { OnRequest "ON_REQUEST" key!("access-on-request"), Always "ALWAYS" key!("access-always") }
    /// What is asked in Telegram when a tunnel comes up.
    Confirmation {
        TelegramNumber "TELEGRAM_NUMBER" key!("confirmation-number"), Telegram "TELEGRAM" key!("confirmation-tap"),
        None "NONE" key!("confirmation-none"),
    }
    /// What happens while Telegram cannot be reached.
    OutageMode {
        WaitClosed "WAIT_CLOSED" key!("outage-wait"), OfflineCode "OFFLINE_CODE" key!("outage-code"),
        Open "OPEN" key!("outage-open"),
    }
    /// Where a session stands.
    SessionState {
        Requested "REQUESTED" key!("session-requested"), Granted "GRANTED" key!("session-granted"),
        Confirming "CONFIRMING" key!("session-confirming"), Active "ACTIVE" key!("session-active"),
        Ended "ENDED" key!("session-ended"),
    }
    /// Why a session ended.
    EndReason {
        FinishedByUser "FINISHED_BY_USER" key!("end-finished"), EndedByAdmin "ENDED_BY_ADMIN" key!("end-by-admin"),
        Expired "EXPIRED" key!("end-expired"), Denied "DENIED" key!("end-denied"),
        ConfirmTimeout "CONFIRM_TIMEOUT" key!("end-timeout"), Banned "BANNED" key!("end-banned"),
        UserBlocked "USER_BLOCKED" key!("end-blocked"), AccountRemoved "ACCOUNT_REMOVED" key!("end-account-removed"),
        NeverConnected "NEVER_CONNECTED" key!("end-never-connected"), Refused "REFUSED" key!("end-refused"),
    }
    /// Where a tunnel stands.
    ConnectionState {
        Pending "PENDING" key!("connection-pending"), Confirmed "CONFIRMED" key!("connection-confirmed"),
        Closed "CLOSED" key!("connection-closed"),
    }
    /// Why a tunnel is gone.
    CloseReason {
        Disconnected "DISCONNECTED" key!("close-disconnected"), Denied "DENIED" key!("close-denied"),
        ConfirmTimeout "CONFIRM_TIMEOUT" key!("close-timeout"), Expired "EXPIRED" key!("close-expired"),
        EndedByAdmin "ENDED_BY_ADMIN" key!("close-by-admin"), EndedByUser "ENDED_BY_USER" key!("close-by-user"),
        Banned "BANNED" key!("close-banned"), TooMany "TOO_MANY" key!("close-too-many"),
        Policy "POLICY" key!("close-policy"), RouterRestarted "ROUTER_RESTARTED" key!("close-restarted"),
    }
    /// Whether a router can be worked with.
    RouterState {
        Connecting "CONNECTING" key!("router-connecting"), Online "ONLINE" key!("router-online"),
        Degraded "DEGRADED" key!("router-degraded"), Offline "OFFLINE" key!("router-offline"),
        Disabled "DISABLED" key!("router-disabled"),
    }
    /// Whether anything is written to a router.
    RouterMode { Enforce "ENFORCE" key!("mode-enforce"), Observe "OBSERVE" key!("mode-observe") }
    /// How the API of a router is spoken to.
    TlsMode { Pinned "PINNED" key!("tls-pinned"), Ca "CA" key!("tls-ca"), Plain "PLAIN" key!("tls-plain") }
    /// Why something waits for a human.
    AttentionKind {
        Registration "REGISTRATION" key!("attention-registration"),
        SessionApproval "SESSION_APPROVAL" key!("attention-approval"),
        Confirmation "CONFIRMATION" key!("attention-confirmation"), Denial "DENIAL" key!("attention-denial"),
        RouterTrouble "ROUTER_TROUBLE" key!("attention-router"), BoxOpen "BOX_OPEN" key!("attention-box"),
        CommandFailing "COMMAND_FAILING" key!("attention-command"), Drift "DRIFT" key!("attention-drift"),
        Ban "BAN" key!("attention-ban"),
    }
}

impl Role {
    /// May approve, cut and extend.
    #[must_use]
    pub fn operates(self) -> bool {
        self != Self::Viewer
    }

    /// May change users, routers and policies.
    #[must_use]
    pub fn administers(self) -> bool {
        matches!(self, Self::Owner | Self::Admin)
    }

    /// May change settings and other admins.
    #[must_use]
    pub fn owns(self) -> bool {
        self == Self::Owner
    }
}

impl SessionState {
    /// Whether the session still gives a right.
    #[must_use]
    pub fn is_live(self) -> bool {
        self != Self::Ended
    }
}

impl RouterState {
    /// Whether somebody should look.
    #[must_use]
    pub fn in_trouble(self) -> bool {
        matches!(self, Self::Degraded | Self::Offline)
    }
}
