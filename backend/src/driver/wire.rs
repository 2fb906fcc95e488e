//! A logged-in connection to one router, and the plain words for what may go wrong with it.

use crate::{
    ops::{OpError, wishes::Hindrance},
    store::records::{RouterRecord, TlsMode},
};
use routeros_api::{
    ConnectOptions, Connection, Credentials, Endpoint, Error, Fingerprint, Id, LoginMethod, Query, Security,
    Text, TlsMode as Proof, Trap,
    menus::{
        self, ip_firewall_filter, ppp_active, ppp_active::PppActive, ppp_secret, system_resource::Version,
        user_manager::Edition, user_manager_user,
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

/// Connects and logs in: by the one way that the settings name, and by no other, whatever the router (or whoever is in
/// between) offers. A challenge that nobody asked for gets no answer, and where one is asked for the password is not sent.
pub(crate) async fn connect(router: &RouterRecord, password: &str) -> Result<Connection, OpError> {
    let endpoint = endpoint(router)?;
    let method = if router.md5_login { LoginMethod::Challenge } else { LoginMethod::Password };
    let credentials = Credentials::new(router.username.clone(), password.to_owned()).method(method);
    let options =
        ConnectOptions { connect_timeout: PATIENCE, command_timeout: PATIENCE, ..ConnectOptions::default() };
    let connected = Connection::connect(&endpoint, &credentials, options).await;
    connected.map_err(|error| match (op_error(&error), &error) {
        (OpError::RouterRefused { message, router_message }, _) if router.md5_login => {
            OpError::RouterRefused { message: format!("{message} {NEWER_REFUSE_MD5}"), router_message }
        }
        (OpError::RouterUnreachable { message }, Error::Closed { .. }) => {
            OpError::RouterUnreachable { message: format!("{message}. {LET_GO}") }
        }
        (other, _) => other,
    })
}

/// What may be behind a connection that the router takes and closes without a word.
const LET_GO: &str = "The router took the connection and let it go before the login: either as many sessions are open as \
                      the service takes (/ip service print shows max-sessions, /user active print who has them), or the \
                      service may not be used from this server's address.";

/// What else may be behind a refused login by challenge.
const NEWER_REFUSE_MD5: &str = "The MD5 login is switched on for this router, and RouterOS since 6.45 refuses it: if the \
                                router is not older, switch it off in its settings.";

/// What to say of a router that was logged in to by a challenge and does not need it.
pub(crate) fn needless_md5(router: &RouterRecord, version: &str) -> Option<String> {
    let needless = router.md5_login && Version::parse(version.as_bytes()).is_some_and(has_plain_login);
    needless.then(|| {
        format!("RouterOS {version} needs no MD5 login, which is weaker: switch it off in the settings of the router.")
    })
}

/// 6.43 brought the login by name and password.
fn has_plain_login(version: Version) -> bool {
    (version.major, version.minor) >= (6, 43)
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

/// A router's no of such a kind counts as nothing. Any other failure stays one, a lost connection above all.
pub(crate) fn unless_refused<T>(
    answer: Result<T, Error>,
    is_nothing: impl Fn(&Trap) -> bool,
) -> Result<Option<T>, Error> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(Error::Trap(trap)) if is_nothing(&trap) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A row of `/ppp/active`, read in this boot of the router, as a tunnel.
pub(crate) fn tunnel(row: &PppActive, boot: Boot) -> Tunnel {
    let optional = |text: &Text| (!text.is_empty()).then(|| String::from(text));
    Tunnel {
        boot,
        router_session_id: String::from(&row.session_id),
        username: String::from(&row.name),
        service: String::from(&row.service),
        caller_id: optional(&row.caller_id),
        address: optional(&row.address),
    }
}

/// Does the row show this tunnel, the same in every respect? As [`tunnel`] and a comparison, without making one: a big router
/// shows ten thousand rows that are as they were.
pub(crate) fn shows(row: &PppActive, boot: Boot, known: &Tunnel) -> bool {
    let reads = |text: &Text, known: &str| text.to_text().text == known;
    let optional = |text: &Text, known: &Option<String>| reads(text, known.as_deref().unwrap_or_default());
    known.boot == boot
        && reads(&row.session_id, &known.router_session_id)
        && reads(&row.name, &known.username)
        && reads(&row.service, &known.service)
        && optional(&row.caller_id, &known.caller_id)
        && optional(&row.address, &known.address)
}

/// This very tunnel, read now; none if it is gone or if what has its id or name now is another one.
pub(crate) async fn find_tunnel(
    wire: &Connection,
    boot: Boot,
    wanted: &Tunnel,
) -> Result<Option<PppActive>, Error> {
    let is_it = |row: &PppActive| tunnel(row, boot).is_same(wanted);
    Ok(ppp_active::print_by_name(wire, &wanted.username).await?.into_iter().find(is_it))
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
    /// The profile of a secret.
    pub(crate) profile: Option<String>,
    pub(crate) comment: Option<String>,
}

/// Looks for an account in PPP secrets and in the User Manager, whichever the router has; a name may be in both, and in
/// each of them once in each encoding. The router looks among the secrets first.
pub(crate) async fn find_accounts(
    wire: &Connection,
    edition: Option<Edition>,
    username: &str,
) -> Result<Vec<FoundAccount>, Error> {
    let mut found = find_secrets(wire, username).await?;
    if let Some(edition) = edition {
        found.extend(find_users(wire, edition, username).await?);
    }
    Ok(found)
}

/// Looks for an account among the PPP secrets.
pub(crate) async fn find_secrets(wire: &Connection, username: &str) -> Result<Vec<FoundAccount>, Error> {
    let secrets = ppp_secret::find(wire, username).await?.into_iter();
    let found = secrets.map(|secret| FoundAccount {
        source: AccountSource::PppSecret,
        enabled: !secret.disabled,
        profile: filled(&secret.profile),
        comment: filled(&secret.comment),
        id: secret.id,
    });
    Ok(found.collect())
}

/// Looks for an account in the User Manager.
pub(crate) async fn find_users(
    wire: &Connection,
    edition: Edition,
    username: &str,
) -> Result<Vec<FoundAccount>, Error> {
    let users = user_manager_user::find(wire, edition, username).await?.into_iter();
    let found = users.map(|user| FoundAccount {
        source: source_of(edition),
        enabled: !user.disabled,
        profile: None,
        comment: filled(&user.comment),
        id: user.id,
    });
    Ok(found.collect())
}

fn filled(text: &Text) -> Option<String> {
    (!text.is_empty()).then(|| text.to_string())
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

#[cfg(test)]
mod tests {
    use super::*;
    use routeros_api::Generation;
    use sallyport_shared::text::readable;

    #[test]
    fn what_is_kept_in_an_old_code_page_reads_alike_everywhere() {
        for byte in 0..=u8::MAX {
            // Behind a letter that is no UTF-8 by itself.
            let bytes = [0xC8, byte, b'!'];
            assert_eq!(readable(&bytes), Text::copy_from(&bytes).to_string(), "{byte:#x}");
        }
        assert_eq!(readable("Иван".as_bytes()), "Иван");
    }

    fn row() -> PppActive {
        PppActive {
            id: Id::new(Generation::fresh(), "*1"),
            name: Text::copy_from(b"\xc8\xe2\xe0\xed"),
            service: "l2tp".into(),
            caller_id: "203.0.113.7".into(),
            address: "10.8.0.2".into(),
            uptime: None,
            session_id: "0x81300077".into(),
            radius: false,
        }
    }

    #[test]
    fn a_row_shows_the_tunnel_that_is_made_of_it_and_no_other() {
        let known = tunnel(&row(), Boot(1));
        assert!(shows(&row(), Boot(1), &known));
        assert!(!shows(&row(), Boot(2), &known), "another boot");
        let other: [fn(&mut PppActive); 6] = [
            |row| row.name = "Иванов".into(),
            |row| row.service = "sstp".into(),
            |row| row.caller_id = "203.0.113.8".into(),
            |row| row.address = "10.8.0.3".into(),
            |row| row.address = Text::default(),
            |row| row.session_id = "0x81300078".into(),
        ];
        for (number, change) in other.iter().enumerate() {
            let mut row = row();
            change(&mut row);
            assert!(!shows(&row, Boot(1), &known), "change {number}");
            assert!(shows(&row, Boot(1), &tunnel(&row, Boot(1))), "change {number}");
        }
    }
}
