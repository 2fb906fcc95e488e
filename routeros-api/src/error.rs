//! What can go wrong, and what an administrator should do about it.

use std::{fmt, io, sync::Arc, time::Duration};

use crate::{
    command::CommandError,
    conn::CloseReason,
    proto::{ProtocolError, Trap},
    tls::TlsError,
    value::{Generation, Text},
};

/// Any failure of a connection or a command.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The router couldn't be reached.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// No trustworthy TLS connection came about.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The router didn't let us in.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// The router refused the command.
    #[error("the router refused: {0}")]
    Trap(Trap),
    /// The router closed the connection and said why.
    #[error("the router closed the connection: {message}")]
    Fatal {
        /// Its words.
        message: Text,
        /// Whether the command may have reached the router.
        sent: bool,
    },
    /// No answer in time.
    #[error("no answer within {after:?}")]
    Timeout {
        /// Whether the command may have reached the router. If so its outcome is unknown.
        sent: bool,
        /// The deadline of the command.
        after: Duration,
    },
    /// The connection is closed.
    #[error("the connection is closed: {reason}")]
    Closed {
        /// Whether the command may have reached the router. If so its outcome is unknown.
        sent: bool,
        /// Why.
        reason: CloseReason,
    },
    /// The peer doesn't speak the protocol; the connection was closed.
    #[error("not the RouterOS protocol: {error}")]
    Protocol {
        /// What was wrong.
        error: ProtocolError,
        /// Whether the command may have reached the router.
        sent: bool,
    },
    /// The answer has more rows, or bytes, than the caller is ready to hold.
    #[error("more than {rows} rows or {bytes} bytes in one answer")]
    TooMuch {
        /// Accepted rows.
        rows: usize,
        /// Accepted bytes.
        bytes: usize,
    },
    /// An id of another connection. Nothing was sent.
    #[error("an id of connection {id:?} was used on connection {connection:?}: read it again")]
    StaleId {
        /// When the id was read.
        id: Generation,
        /// The connection.
        connection: Generation,
    },
    /// The command is malformed. Nothing was sent.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// A row lacks an attribute, or its value can't be read.
    #[error("{menu}: attribute {attribute} is missing or unreadable")]
    Row {
        /// The menu.
        menu: &'static str,
        /// The attribute.
        attribute: &'static str,
    },
}

impl Error {
    /// Whether the command may have been carried out: at least a part of it had been handed to the socket.
    ///
    /// `false` is a promise, `true` is not: it means that a write has to be read back.
    #[must_use]
    pub fn was_sent(&self) -> bool {
        match self {
            Self::Fatal { sent, .. }
            | Self::Timeout { sent, .. }
            | Self::Closed { sent, .. }
            | Self::Protocol { sent, .. } => *sent,
            Self::Trap(_) | Self::TooMuch { .. } | Self::Row { .. } => true,
            Self::Connect(_) | Self::Tls(_) | Self::Login(_) | Self::StaleId { .. } | Self::Command(_) => {
                false
            }
        }
    }

    /// Whether a write of this command has an unknown outcome. A trap is an outcome: the router refused.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        self.was_sent() && !matches!(self, Self::Trap(_))
    }

    /// The refusal of the router, if this is one.
    #[must_use]
    pub fn trap(&self) -> Option<&Trap> {
        match self {
            Self::Trap(trap) => Some(trap),
            _ => None,
        }
    }

    /// What an administrator should do, where that can be told exactly.
    #[must_use]
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Connect(error) => error.remedy(),
            Self::Tls(error) => error.remedy(),
            Self::Login(error) => error.remedy(),
            Self::Trap(trap) if trap.is_device_mode() => Some(Remedy::RaiseDeviceMode),
            Self::Trap(trap) if trap.is_not_permitted() => Some(Remedy::GrantPolicies),
            _ => None,
        }
    }
}

/// Why no TCP connection came about.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ConnectError {
    /// The name can't be resolved, or the port refuses, or the network says no.
    #[error("{address}: {error}")]
    Io {
        /// Host and port.
        address: String,
        /// The system's answer.
        error: Arc<io::Error>,
    },
    /// Nothing answered in time.
    #[error("{address}: nothing answered within {after:?}")]
    Timeout {
        /// Host and port.
        address: String,
        /// The deadline.
        after: Duration,
    },
}

impl ConnectError {
    /// What an administrator should do.
    #[must_use]
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Io { error, .. } if error.kind() == io::ErrorKind::ConnectionRefused => {
                Some(Remedy::EnableService)
            }
            Self::Timeout { .. } => Some(Remedy::AllowAddress),
            Self::Io { .. } => None,
        }
    }
}

/// Why the router didn't let us in.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LoginError {
    /// Wrong name or password, or the account is disabled or bound to other addresses.
    #[error("the router refused the login: {0}")]
    Refused(Trap),
    /// The account's group lacks the `api` policy.
    #[error("the account may not use the API: {0}")]
    NotAllowed(Trap),
    /// RouterOS before 6.43 asks for the MD5 challenge login, which hasn't been allowed.
    #[error("the router is older than 6.43 and asks for the MD5 login, which is not allowed by the settings")]
    ChallengeNotAllowed,
    /// The challenge isn't 32 hexadecimal digits.
    #[error("the router sent an unreadable login challenge")]
    BadChallenge,
}

impl LoginError {
    /// What an administrator should do.
    #[must_use]
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Refused(_) => Some(Remedy::CheckAccount),
            Self::NotAllowed(_) => Some(Remedy::GrantPolicies),
            Self::ChallengeNotAllowed => Some(Remedy::UpgradeOrAllowChallenge),
            Self::BadChallenge => None,
        }
    }
}

/// The exact thing to do. A value, so that a user interface can say it in its own language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Remedy {
    /// The service is off, or the port is wrong.
    EnableService,
    /// A firewall or `/ip/service address` keeps us out.
    AllowAddress,
    /// `api-ssl` has no certificate (anonymous Diffie-Hellman), or offers no ECDHE suite.
    InstallCertificate,
    /// The service speaks no TLS version that is accepted.
    RequireTls12,
    /// The port doesn't speak TLS.
    UseTlsPort,
    /// The key isn't the pinned one: somebody is in between, or the certificate was made anew.
    ComparePin,
    /// The certificate authority isn't the one that signed the router's certificate.
    UploadRightCa,
    /// The certificate isn't made out to the address that is used.
    AddSubjectAltName,
    /// The certificate has expired or isn't valid yet.
    RenewCertificate,
    /// The certificate can't be used by a server at all, so pin its key.
    PinInstead,
    /// Name and password, and the addresses from which the account may log in.
    CheckAccount,
    /// The group of the account lacks a policy.
    GrantPolicies,
    /// RouterOS before 6.43.
    UpgradeOrAllowChallenge,
    /// Device-mode forbids what was asked.
    RaiseDeviceMode,
}

impl Remedy {
    /// Commands for the router's terminal, where commands do it. `<…>` is to be replaced.
    #[must_use]
    pub fn script(self) -> Option<&'static str> {
        Some(match self {
            Self::EnableService => "/ip service set api-ssl disabled=no port=8729",
            Self::AllowAddress => "/ip service set api-ssl address=<controller>/32",
            Self::InstallCertificate => concat!(
                "/certificate add name=ca common-name=ca key-usage=key-cert-sign,crl-sign days-valid=3650\n",
                "/certificate sign ca\n",
                "/certificate add name=api common-name=<router> subject-alt-name=IP:<router> ",
                "key-usage=digital-signature,key-encipherment,tls-server days-valid=3650\n",
                "/certificate sign api ca=ca\n",
                "/ip service set api-ssl certificate=api disabled=no tls-version=only-1.2"
            ),
            Self::RequireTls12 => "/ip service set api-ssl tls-version=only-1.2",
            Self::AddSubjectAltName | Self::RenewCertificate => concat!(
                "/certificate add name=api2 common-name=<router> subject-alt-name=IP:<router> ",
                "key-usage=digital-signature,key-encipherment,tls-server days-valid=3650\n",
                "/certificate sign api2 ca=ca\n",
                "/ip service set api-ssl certificate=api2"
            ),
            Self::GrantPolicies => "/user group set <group> policy=read,write,api",
            Self::CheckAccount => "/user print detail where name=<account>",
            Self::RaiseDeviceMode => "/system device-mode print",
            Self::UseTlsPort | Self::ComparePin | Self::UploadRightCa | Self::PinInstead => return None,
            Self::UpgradeOrAllowChallenge => "/system package update install",
        })
    }
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EnableService => "Enable the service in /ip service and check the port: api is 8728, api-ssl is 8729.",
            Self::AllowAddress => {
                "Let this machine's address through the input chain and put it into the address list of the service."
            }
            Self::InstallCertificate => {
                "api-ssl has no certificate, or only suites without ECDHE: make a certificate authority and a certificate \
                 on the router and choose it in /ip service. RouterOS 6 with DHE only has to be upgraded."
            }
            Self::RequireTls12 => "Let api-ssl speak TLS 1.2; RouterOS that has only TLS 1.0 or 1.1 has to be upgraded.",
            Self::UseTlsPort => "The port does not speak TLS: use the port of api-ssl (8729), not that of api (8728).",
            Self::ComparePin => {
                "The router's key is not the pinned one. Compare the fingerprint with the router's certificate at a \
                 place you trust; only if the certificate was made anew, pin the new key."
            }
            Self::UploadRightCa => {
                "The certificate was signed by another authority: export the one that signed it (/certificate \
                 export-certificate) and upload that, or pin the key."
            }
            Self::AddSubjectAltName => {
                "The certificate is not made out to this address: make one with subject-alt-name=IP:… or DNS:…, or pin \
                 the key."
            }
            Self::RenewCertificate => {
                "The certificate is expired or not valid yet (a router without a clock starts in 1970): set the clock \
                 and make a new one, or pin the key."
            }
            Self::PinInstead => "The certificate cannot be checked against an authority: pin its key instead.",
            Self::CheckAccount => {
                "Check name and password, that the account is enabled, and from which addresses it may log in."
            }
            Self::GrantPolicies => "Give the account's group the policies read, write and api.",
            Self::UpgradeOrAllowChallenge => {
                "Upgrade RouterOS to 6.43 or later, or allow the MD5 login for this router in its settings."
            }
            Self::RaiseDeviceMode => {
                "Device-mode forbids this: change it in /system device-mode, which has to be confirmed at the device."
            }
        })
    }
}
