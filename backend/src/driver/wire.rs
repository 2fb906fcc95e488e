//! A logged-in connection to one router, and the plain words for what may go wrong with it.

use crate::{
    ops::{OpError, wishes::Hindrance},
    store::records::{RouterRecord, TlsMode},
};
use routeros_api::{
    ConnectOptions, Connection, Credentials, Endpoint, Error, Fingerprint, Id, Query, Security,
    TlsMode as Proof,
    menus::{
        self, ip_firewall_filter, ppp_active, ppp_active::PppActive, ppp_secret, user_manager::Edition,
        user_manager_user,
    },
};
use sallyport_shared::{
    person::AccountSource,
    session::{Boot, Tunnel},
};
use std::time::Duration;

/// How long a router may take to answer one command.
const PATIENCE: Duration = Duration::from_secs(10);

/// The address and the proof of identity that the settings ask for.
pub(crate) fn endpoint(router: &RouterRecord) -> Result<Endpoint, OpError> {
    let security = match router.tls {
        TlsMode::Plain => Security::Plain,
        TlsMode::Pinned => {
            let pin = router.pinned_sha256.as_deref().unwrap_or_default();
            let pin: Fingerprint = pin.parse().map_err(|_| {
                OpError::invalid(
                    "pinnedSha256",
                    "Trust the router's certificate first: test the router and accept its fingerprint",
                )
            })?;
            Security::Tls(Proof::Pinned(pin))
        }
        TlsMode::Ca => {
            let pem = router.ca_pem.clone().unwrap_or_default().into_bytes();
            Security::Tls(Proof::Ca { pem: pem.into(), server_name: None })
        }
    };
    Ok(Endpoint { host: router.host.clone(), port: router.port, security })
}

/// Connects and logs in.
pub(crate) async fn connect(router: &RouterRecord, password: &str) -> Result<Connection, OpError> {
    let endpoint = endpoint(router)?;
    let credentials = Credentials::new(router.username.clone(), password.to_owned());
    let options =
        ConnectOptions { connect_timeout: PATIENCE, command_timeout: PATIENCE, ..ConnectOptions::default() };
    Connection::connect(&endpoint, &credentials, options).await.map_err(|error| op_error(&error))
}

/// What happened and what to do, in plain words.
pub(crate) fn words(error: &Error) -> String {
    match error.remedy() {
        Some(remedy) => format!("{error}. {remedy}"),
        None => error.to_string(),
    }
}

/// A router's failure as the answer to somebody who asked.
pub(crate) fn op_error(error: &Error) -> OpError {
    match error.trap() {
        Some(trap) => {
            OpError::RouterRefused { message: words(error), router_message: trap.message.to_string() }
        }
        None if matches!(error, Error::Login(_)) => {
            OpError::RouterRefused { message: words(error), router_message: error.to_string() }
        }
        None => OpError::RouterUnreachable { message: words(error) },
    }
}

/// A router's failure as the reason why a wish has to wait.
pub(crate) fn hindrance(error: &Error) -> Hindrance {
    if error.trap().is_some() {
        Hindrance::Refused(words(error))
    } else {
        Hindrance::Unreachable(words(error))
    }
}

/// A row of `/ppp/active`, read in this boot of the router, as a tunnel.
pub(crate) fn tunnel(row: &PppActive, boot: Boot) -> Tunnel {
    let optional = |text: &routeros_api::Text| (!text.is_empty()).then(|| text.to_string());
    Tunnel {
        boot,
        router_session_id: row.session_id.to_string(),
        username: row.name.to_string(),
        service: row.service.to_string(),
        caller_id: optional(&row.caller_id),
        address: optional(&row.address),
    }
}

/// This very tunnel, read now; none if it is gone or if what has its id or name now is another one.
pub(crate) async fn find_tunnel(
    wire: &Connection,
    boot: Boot,
    wanted: &Tunnel,
) -> Result<Option<PppActive>, Error> {
    let is_it = |row: &PppActive| tunnel(row, boot).is_same(wanted);
    let found = ppp_active::print_by_name(wire, wanted.username.as_bytes()).await?.into_iter().find(is_it);
    if found.is_some() || wanted.username.is_ascii() {
        return Ok(found);
    }
    // The name may be kept in another encoding than ours, which a query by bytes does not find.
    Ok(ppp_active::print(wire).await?.into_iter().find(is_it))
}

/// Has another tunnel the address of this one as well?
pub(crate) async fn is_shared(
    wire: &Connection,
    boot: Boot,
    tunnel: &Tunnel,
    address: &str,
) -> Result<bool, Error> {
    let rows: Vec<PppActive> = menus::print_where(wire, Query::eq("address", address)).await?;
    Ok(rows.iter().any(|row| !self::tunnel(row, boot).is_same(tunnel)))
}

/// Where an account was found.
pub(crate) struct FoundAccount {
    pub(crate) id: Id,
    pub(crate) source: AccountSource,
    pub(crate) enabled: bool,
}

/// Looks for an account in PPP secrets and in the User Manager, whichever the router has.
pub(crate) async fn find_account(
    wire: &Connection,
    edition: Option<Edition>,
    username: &str,
) -> Result<Option<FoundAccount>, Error> {
    let secret = match ppp_secret::find(wire, username.as_bytes()).await? {
        None if !username.is_ascii() => {
            ppp_secret::print(wire).await?.into_iter().find(|secret| secret.name.to_text().text == username)
        }
        found => found,
    };
    if let Some(secret) = secret {
        let source = AccountSource::PppSecret;
        return Ok(Some(FoundAccount { id: secret.id, source, enabled: !secret.disabled }));
    }
    let Some(edition) = edition else { return Ok(None) };
    let user = match user_manager_user::find(wire, edition, username.as_bytes()).await? {
        None if !username.is_ascii() => user_manager_user::print(wire, edition)
            .await?
            .into_iter()
            .find(|user| user.name.to_text().text == username),
        found => found,
    };
    Ok(user.map(|user| FoundAccount { id: user.id, source: source_of(edition), enabled: !user.disabled }))
}

/// Switches an account where it was found.
pub(crate) async fn switch_account(
    wire: &Connection,
    found: &FoundAccount,
    enabled: bool,
) -> Result<(), Error> {
    let ids = std::slice::from_ref(&found.id);
    match found.source {
        AccountSource::PppSecret => ppp_secret::set_disabled(wire, ids, !enabled).await,
        AccountSource::UserManager7 => {
            user_manager_user::set_disabled(wire, Edition::V7, ids, !enabled).await
        }
        AccountSource::UserManager6 => {
            user_manager_user::set_disabled(wire, Edition::V6, ids, !enabled).await
        }
    }
}

/// The User Manager's edition as a source of accounts.
pub(crate) fn source_of(edition: Edition) -> AccountSource {
    match edition {
        Edition::V7 => AccountSource::UserManager7,
        Edition::V6 => AccountSource::UserManager6,
    }
}

/// What became of a bound rule.
pub(crate) enum RuleFound {
    /// It is what it was when it was bound.
    Sound { id: Id, enabled: bool },
    /// There is no rule with its id, nor one with its comment.
    Gone,
    /// It was renamed, made anew under another id, or is no longer the only one of its comment.
    Changed,
}

/// Looks at a bound rule: its id and its exact comment must both be as they were, and no other rule may have
/// that comment.
pub(crate) async fn find_rule(wire: &Connection, id: &str, comment: &[u8]) -> Result<RuleFound, Error> {
    let rules = ip_firewall_filter::named(wire).await?;
    let of_comment: Vec<_> = rules.iter().filter(|rule| rule.comment.as_bytes() == comment).collect();
    let of_id = rules.iter().find(|rule| rule.id.raw() == id.as_bytes());
    Ok(match (of_id, of_comment.as_slice()) {
        (Some(rule), [only]) if only.id == rule.id => {
            RuleFound::Sound { id: rule.id.clone(), enabled: !rule.disabled }
        }
        (None, []) => RuleFound::Gone,
        _ => RuleFound::Changed,
    })
}
