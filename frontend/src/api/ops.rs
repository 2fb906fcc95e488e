//! Every operation of the console. The documents are in `src/queries/`; the derive reads them and `schema.graphql`
//! while compiling, so a field that the contract does not know does not build.

use super::json::Read;
use super::types::*;
use graphql_client::GraphQLQuery;

/// Times as variables: RFC 3339.
pub type DateTime = String;

/// A document with what it answers.
pub trait Operation: GraphQLQuery {
    /// The shape of `data`.
    type Data: Read + 'static;
}

/// The generated input of each operation is a type of its own; this makes one of another with the same fields. What
/// stands after a semicolon is taken from the variable of that name instead.
#[macro_export]
macro_rules! same_fields {
    ($value:expr => $Type:path { $($field:ident),+ $(; $($own:ident),+)? $(,)? }) => {{
        let value = $value;
        $Type { $($field: value.$field,)+ $($($own),+)? }
    }};
}

macro_rules! operations {
    ($($path:tt { $($Name:ident => $Data:ty),+ $(,)? })+) => {$($(
        #[doc = concat!("`", stringify!($Name), "` of `", $path, "`.")]
        #[derive(GraphQLQuery)]
        #[graphql(
            schema_path = "../schema.graphql",
            query_path = $path,
            variables_derives = "Clone, Debug, PartialEq",
            extern_enums(
                "AccessMode", "AccountSource", "AttentionKind", "Confirmation", "ConnectionState", "EndReason",
                "CloseReason", "Language", "OutageMode", "Role", "RouterMode", "RouterState", "SessionState",
                "TelegramUpdates", "TlsMode", "UserStatus", "ChangeKind"
            ),
            skip_serializing_none
        )]
        pub struct $Name;

        impl Operation for $Name {
            type Data = $Data;
        }
    )+)+

        /// Every operation with its document's file and what reads its answer, for the test against the contract.
        #[cfg(test)]
        fn readers() -> Vec<(&'static str, &'static str, fn(&serde_json::Value) -> Result<(), super::json::Unreadable>)> {
            vec![$($(($path, stringify!($Name), |answer| {
                <$Data as Read>::read(answer).map(drop)
            })),+),+]
        }
    };
}

operations! {
    "src/queries/auth.graphql" {
        SetupNeeded => Out<bool>,
        Login => Out<AuthPayload>,
        Refresh => Out<AuthPayload>,
        Logout => Out<bool>,
        CompleteSetup => Out<AuthPayload>,
        ChangePassword => Out<Admin>,
        SetPreferences => Out<Preferences>,
        SignIns => Out<Vec<SignIn>>,
        RevokeSignIn => Out<String>,
        BeginTotp => Out<TotpSetup>,
        EnableTotp => Out<Admin>,
        DisableTotp => Out<Admin>,
        CreateTelegramLinkCode => Out<String>,
        UnlinkOwnTelegram => Out<Admin>,
    }
    "src/queries/sessions.graphql" {
        Sessions => Out<Page<Session>>,
        SessionDetail => Out<Option<Session>>,
        SessionChanged => Out<SessionChange>,
        GrantSession => Out<Session>,
        ApproveSession => Out<Session>,
        RefuseSession => Out<Session>,
        ExtendSession => Out<Session>,
        EndSession => Out<Session>,
        ConfirmConnection => Out<Connection>,
        DenyConnection => Out<Connection>,
    }
    "src/queries/users.graphql" {
        Users => Out<Page<User>>,
        UserCounts => Out<super::types::UserCounts>,
        UserDetail => Out<Option<super::types::UserDetail>>,
        UserChanged => Out<UserChange>,
        CreateUser => Out<User>,
        UpdateUser => Out<User>,
        ApproveUser => Out<User>,
        RejectUser => Out<User>,
        BlockUser => Out<User>,
        UnblockUser => Out<User>,
        DeleteUser => Out<String>,
        CreateInvitation => Out<Invitation>,
        UnlinkTelegram => Out<User>,
        RemoveOneTimeCodes => Out<User>,
        LinkAccount => Out<IdOnly>,
        UnlinkAccount => Out<User>,
        BindFirewallRule => Out<IdOnly>,
        UnbindFirewallRule => Out<IdOnly>,
    }
    "src/queries/routers.graphql" {
        Routers => Out<Vec<Router>>,
        RouterDetail => Out<Option<Router>>,
        RouterTunnels => Out<Option<WithTunnels>>,
        RouterAccounts => Out<Option<WithAccounts>>,
        RouterAccountPlaces => Out<Option<WithPlaces>>,
        AccountsAllowed => Out<super::types::AccountsAllowed>,
        RouterRules => Out<Option<WithRules>>,
        RouterDrift => Out<Option<WithDrift>>,
        RouterChanged => Out<Router>,
        TestRouter => Out<RouterTest>,
        CreateRouter => Out<Router>,
        UpdateRouter => Out<Router>,
        RotateHookToken => Out<Router>,
        DeleteRouter => Out<String>,
        DisconnectTunnel => Out<bool>,
        SetRouterAccountEnabled => Out<RouterAccount>,
        CreateRouterAccount => Out<RouterAccount>,
        SetRouterAccountPassword => Out<RouterAccount>,
        DeleteRouterAccount => Out<String>,
        PlanRouterSetup => Out<SetupPlan>,
        ApplyRouterSetup => Out<SetupPlan>,
        UndoRouterSetup => Out<SetupPlan>,
        RunDoctor => Out<DoctorReport>,
    }
    "src/queries/policies.graphql" {
        Policies => Out<Vec<Policy>>,
        PolicyNames => Out<Vec<PolicyName>>,
        PolicyDetail => Out<Option<Policy>>,
        CreatePolicy => Out<Policy>,
        UpdatePolicy => Out<Policy>,
        DeletePolicy => Out<String>,
        WhatIf => Out<super::types::WhatIf>,
    }
    "src/queries/overview.graphql" {
        Overview => super::types::Overview,
        Due => super::types::Due,
        Figures => Out<Statistics>,
        SettleAttention => Out<String>,
    }
    "src/queries/records.graphql" {
        AuditEvents => Out<Page<AuditEvent>>,
        AuditEventAdded => Out<AuditEvent>,
        Bans => Out<Vec<Ban>>,
        RemoveBan => Out<String>,
    }
    "src/queries/system.graphql" {
        Settings => Out<super::types::Settings>,
        UpdateSettings => Out<super::types::Settings>,
        TestTelegramToken => Out<BotTest>,
        Messages => Out<Templates>,
        PreviewMessage => Out<String>,
        SetMessage => Out<MessageTemplate>,
        Admins => Out<Vec<Admin>>,
        CreateAdmin => Out<Admin>,
        UpdateAdmin => Out<Admin>,
        UnlinkAdminTelegram => Out<Admin>,
        DeleteAdmin => Out<String>,
    }
}

#[cfg(test)]
mod tests {
    use super::readers;
    use crate::api::contract::Contract;

    #[test]
    fn every_answer_that_the_contract_allows_can_be_read() {
        let contract = Contract::load();
        let mut unread = Vec::new();
        for (path, name, read) in readers() {
            for with_nulls in [false, true] {
                if let Err(error) = read(&contract.answer(path, name, with_nulls)) {
                    unread.push(format!("{name} (nulls: {with_nulls}): {error}"));
                }
            }
        }
        assert_eq!(unread, Vec::<String>::new());
    }
}
