//! The enums of the contract, each the twin of one of the domain or of the store.

use async_graphql::Enum;

macro_rules! twins {
    ($($(#[$doc:meta])* $name:ident = $remote:literal { $($(#[$item_attr:meta])* $item:ident),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Enum, Clone, Copy, PartialEq, Eq, Debug)]
        #[graphql(remote = $remote)]
        pub enum $name {
            $($(#[$item_attr])* $item,)*
        }
    )*};
}

twins! {
    /// What an administrator may do.
    Role = "crate::store::records::Role" { Owner, Admin, Operator, Viewer }
    /// Where a person stands.
    UserStatus = "sallyport_shared::person::UserStatus" { Pending, Approved, Rejected, Blocked }
    /// What somebody reads.
    Language = "sallyport_shared::language::Language" { Ru, En }
    /// How Telegram's updates come: it is asked for them, or delivers them to the public URL.
    TelegramUpdates = "crate::ops::settings::Updates" { Polling, Webhook }
    /// Where a router keeps an account.
    AccountSource = "sallyport_shared::person::AccountSource" {
        PppSecret,
        #[graphql(name = "USER_MANAGER_7")]
        UserManager7,
        #[graphql(name = "USER_MANAGER_6")]
        UserManager6,
    }
    /// When an account may be used.
    AccessMode = "sallyport_shared::policy::AccessMode" { Always, OnRequest }
    /// What opens a tunnel.
    Confirmation = "sallyport_shared::policy::Confirmation" { None, Telegram, TelegramNumber }
    /// What happens while Telegram is out of reach.
    OutageMode = "sallyport_shared::policy::OutageMode" { WaitClosed, OfflineCode, Open }
    /// Where a session stands.
    SessionState = "sallyport_shared::session::SessionState" { Requested, Granted, Confirming, Active, Ended }
    /// Why a session ended.
    EndReason = "sallyport_shared::session::EndReason" {
        FinishedByUser, EndedByAdmin, Expired, Denied, ConfirmTimeout, Banned, UserBlocked, AccountRemoved,
        NeverConnected, Refused,
    }
    /// Where a connection stands.
    ConnectionState = "sallyport_shared::session::ConnectionState" { Pending, Confirmed, Closed }
    /// Why a connection was closed.
    CloseReason = "sallyport_shared::session::CloseReason" {
        Disconnected, Denied, ConfirmTimeout, Expired, EndedByAdmin, EndedByUser, Banned, TooMany, Policy,
        RouterRestarted,
    }
    /// How the connection to a router is.
    RouterState = "crate::store::records::RouterState" { Connecting, Online, Degraded, Offline, Disabled }
    /// May a router be written to?
    RouterMode = "crate::store::records::RouterMode" { Enforce, Observe }
    /// How the API connection is protected.
    TlsMode = "crate::store::records::TlsMode" { Plain, Pinned, Ca }
    /// What was done to a thing.
    ChangeKind = "crate::bus::ChangeKind" { Created, Updated, Removed }
    /// Which end of a list comes first.
    SortDirection = "crate::store::records::Direction" { Asc, Desc }
    /// By what people are sorted.
    UserSort = "crate::store::records::UserSort" { Name, Status, CreatedAt, LastSeen }
    /// By what sessions are sorted.
    SessionSort = "crate::store::records::SessionSort" { NeedsAttention, StartedAt, ExpiresAt, User }
    /// Of what kind something is that waits for a human.
    AttentionKind = "crate::store::records::AlertKind" {
        Registration, SessionApproval, Confirmation, Denial, RouterTrouble, BoxOpen, CommandFailing, Drift, Ban,
    }
}
