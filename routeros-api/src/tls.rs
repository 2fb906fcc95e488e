//! TLS as routers speak it, and how a router proves who it is.
//!
//! RouterOS negotiates TLS 1.2 with ECDHE at best, and out of the box has no certificate at all (anonymous
//! Diffie-Hellman), which is open to anybody in between and is refused here. Two proofs are accepted: a *pin*, the
//! SHA-256 of the certificate's public key (SubjectPublicKeyInfo), or a certificate authority.
//!
//! The pin is of the key and not of the certificate, because a certificate is renewed with the same key, and because the
//! dates of a certificate made while the router believed it was 1970 are worthless; a pin doesn't look at them.

use std::{fmt, io, str::FromStr, sync::Arc, time::Duration};

use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, OtherError, PeerIncompatible,
    RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{self, CryptoProvider},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
    server::ParsedCertificate,
};
use sha2::{Digest, Sha256};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout_at},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::{
    conn::{Endpoint, dial},
    error::{Error, Remedy},
};

/// SHA-256 of a certificate's SubjectPublicKeyInfo (DER), written as 64 hexadecimal digits.
///
/// The same as `openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | sha256sum`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// From the digest.
    #[must_use]
    pub fn new(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// The digest.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Of the key in a certificate.
    fn of(certificate: &CertificateDer<'_>) -> Result<Self, rustls::Error> {
        let key = ParsedCertificate::try_from(certificate)?.subject_public_key_info();
        Ok(Self(Sha256::digest(key.as_ref()).into()))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// The text is no fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a fingerprint is 64 hexadecimal digits")]
pub struct BadFingerprint;

/// Reads 64 hexadecimal digits; colons and blanks between them are skipped.
impl FromStr for Fingerprint {
    type Err = BadFingerprint;

    fn from_str(text: &str) -> Result<Self, BadFingerprint> {
        let digits: String = text.chars().filter(|c| !matches!(c, ':' | ' ')).collect();
        let mut digest = [0; 32];
        hex::decode_to_slice(digits, &mut digest).map_err(|_| BadFingerprint)?;
        Ok(Self(digest))
    }
}

/// How a router proves who it is.
#[derive(Debug, Clone)]
pub enum TlsMode {
    /// By a known key. Name, dates and issuer of the certificate don't matter.
    Pinned(Fingerprint),
    /// By a certificate that an authority signed for the name or address.
    Ca {
        /// Certificates of the authorities, PEM.
        pem: Arc<[u8]>,
        /// Name or IP address in the certificate, if it isn't the host that is connected to.
        server_name: Option<String>,
    },
}

/// Why no trustworthy TLS connection came about.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The host is neither a DNS name nor an IP address.
    #[error("{0:?} is neither a DNS name nor an IP address")]
    BadName(String),
    /// The PEM holds no usable certificate.
    #[error("no usable certificate in the PEM: {0}")]
    BadCa(String),
    /// The router found no cipher suite: `api-ssl` without a certificate, or DHE only.
    #[error("the router has no certificate for api-ssl, or no ECDHE cipher suite")]
    NoCertificate,
    /// The router speaks neither TLS 1.2 nor 1.3.
    #[error("the router speaks neither TLS 1.2 nor 1.3")]
    OldProtocol,
    /// What answered isn't TLS.
    #[error("the port does not speak TLS")]
    NotTls,
    /// The connection was closed in the middle of the handshake.
    #[error("the connection was closed during the TLS handshake")]
    Closed,
    /// Nothing came back, as from the plain API port, which waits for more.
    #[error("no TLS handshake within {after:?}")]
    Silent {
        /// The deadline.
        after: Duration,
    },
    /// The key isn't the pinned one.
    #[error("the key of the router is {seen}, pinned is {pinned}")]
    PinMismatch {
        /// The pin.
        pinned: Fingerprint,
        /// The key that was shown.
        seen: Fingerprint,
    },
    /// Another authority signed the certificate.
    #[error("the certificate was signed by another authority")]
    UnknownIssuer,
    /// The certificate is made out to another name or address.
    #[error("the certificate is not valid for {0}")]
    WrongName(String),
    /// The certificate has expired or isn't valid yet.
    #[error("the certificate has expired or is not valid yet")]
    WrongDates,
    /// The certificate can't be used for a server, as a self-signed one of an authority.
    #[error("the certificate cannot be used: {0}")]
    Unusable(String),
    /// Something else went wrong in TLS.
    #[error("TLS: {0}")]
    Other(rustls::Error),
    /// The network failed during the handshake.
    #[error("TLS handshake: {0}")]
    Io(Arc<io::Error>),
}

impl TlsError {
    /// What an administrator should do.
    #[must_use]
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::NoCertificate => Some(Remedy::InstallCertificate),
            Self::OldProtocol => Some(Remedy::RequireTls12),
            Self::NotTls | Self::Silent { .. } => Some(Remedy::UseTlsPort),
            // Routers without a usable certificate close the connection in some versions instead of sending an alert.
            Self::Closed => Some(Remedy::InstallCertificate),
            Self::PinMismatch { .. } => Some(Remedy::ComparePin),
            Self::UnknownIssuer | Self::BadCa(_) => Some(Remedy::UploadRightCa),
            Self::WrongName(_) => Some(Remedy::AddSubjectAltName),
            Self::WrongDates => Some(Remedy::RenewCertificate),
            Self::Unusable(_) => Some(Remedy::PinInstead),
            Self::BadName(_) | Self::Other(_) | Self::Io(_) => None,
        }
    }
}

/// Finds out a router's key without trusting it, for a person to look at before it is pinned.
///
/// Shakes hands and hangs up; no name and no password is sent.
///
/// # Errors
/// [`Error::Connect`] and [`Error::Tls`].
pub async fn learn_fingerprint(host: &str, port: u16, after: Duration) -> Result<Fingerprint, Error> {
    let endpoint = Endpoint { host: host.to_owned(), port, security: crate::Security::Plain };
    let deadline = Instant::now() + after;
    let tcp = dial(&endpoint, after, None).await?;
    let shaking = shake(tcp, host, Arc::new(KeyVerifier { pinned: None, provider: provider() }));
    let stream = timeout_at(deadline, shaking).await.map_err(|_| TlsError::Silent { after })??;
    let certificate =
        stream.get_ref().1.peer_certificates().and_then(<[_]>::first).ok_or(TlsError::NoCertificate)?;
    Ok(Fingerprint::of(certificate).map_err(|error| classify_tls(error, host))?)
}

/// Shakes hands and checks the router's proof.
pub(crate) async fn handshake(
    tcp: TcpStream,
    host: &str,
    mode: &TlsMode,
) -> Result<TlsStream<TcpStream>, TlsError> {
    match mode {
        TlsMode::Pinned(pin) => {
            shake(tcp, host, Arc::new(KeyVerifier { pinned: Some(*pin), provider: provider() })).await
        }
        TlsMode::Ca { pem, server_name } => {
            let verifier =
                rustls::client::WebPkiServerVerifier::builder_with_provider(roots(pem)?.into(), provider())
                    .build()
                    .map_err(|error| TlsError::BadCa(error.to_string()))?;
            shake(tcp, server_name.as_deref().unwrap_or(host), verifier).await
        }
    }
}

async fn shake(
    tcp: TcpStream,
    name: &str,
    verifier: Arc<dyn ServerCertVerifier>,
) -> Result<TlsStream<TcpStream>, TlsError> {
    let server_name =
        ServerName::try_from(name.to_owned()).map_err(|_| TlsError::BadName(name.to_owned()))?;
    let config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS12, &rustls::version::TLS13])
        .map_err(TlsError::Other)?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
        .connect(server_name, tcp)
        .await
        .map_err(|error| classify(error, name))
}

/// The provider is named and not taken from the process, where there may be none or several.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(crypto::ring::default_provider())
}

fn roots(pem: &[u8]) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| TlsError::BadCa(error.to_string()))?;
        roots.add(certificate).map_err(|error| TlsError::BadCa(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(TlsError::BadCa("it is empty".to_owned()));
    }
    Ok(roots)
}

/// Accepts one key, or, to learn it, any. That the peer holds the key is proven by the handshake's signature.
#[derive(Debug)]
struct KeyVerifier {
    pinned: Option<Fingerprint>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for KeyVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let seen = Fingerprint::of(end_entity)?;
        match self.pinned {
            Some(pinned) if pinned != seen => {
                let mismatch = OtherError(Arc::new(Mismatch { pinned, seen }));
                Err(CertificateError::Other(mismatch).into())
            }
            _ => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Carries the two keys through rustls.
#[derive(Debug, thiserror::Error)]
#[error("the key is {seen}, pinned is {pinned}")]
struct Mismatch {
    pinned: Fingerprint,
    seen: Fingerprint,
}

fn classify(error: io::Error, name: &str) -> TlsError {
    if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return classify_tls(tls.clone(), name);
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
            TlsError::Closed
        }
        _ => TlsError::Io(Arc::new(error)),
    }
}

fn classify_tls(error: rustls::Error, name: &str) -> TlsError {
    use rustls::Error as E;
    match error {
        E::AlertReceived(AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity) => {
            TlsError::NoCertificate
        }
        E::AlertReceived(AlertDescription::ProtocolVersion)
        | E::PeerIncompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13) => TlsError::OldProtocol,
        E::InvalidMessage(_) => TlsError::NotTls,
        E::InvalidCertificate(error) => classify_certificate(error, name),
        other => TlsError::Other(other),
    }
}

fn classify_certificate(error: CertificateError, name: &str) -> TlsError {
    use CertificateError as C;
    match error {
        C::UnknownIssuer | C::BadSignature => TlsError::UnknownIssuer,
        C::NotValidForName | C::NotValidForNameContext { .. } => TlsError::WrongName(name.to_owned()),
        C::Expired | C::ExpiredContext { .. } | C::NotValidYet | C::NotValidYetContext { .. } => {
            TlsError::WrongDates
        }
        C::Other(OtherError(inner)) => match inner.downcast_ref::<Mismatch>() {
            Some(&Mismatch { pinned, seen }) => TlsError::PinMismatch { pinned, seen },
            None => TlsError::Unusable(inner.to_string()),
        },
        other => TlsError::Unusable(other.to_string()),
    }
}
