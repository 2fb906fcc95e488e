//! `api-ssl`: with a certificate of a CA made at the start, or, as routers come out of the box, without any.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::{ServerConfig, SupportedProtocolVersion, version};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use thiserror::Error;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::Shared;

/// What every certificate made here is valid for.
const NAMES: [&str; 2] = ["127.0.0.1", "localhost"];
/// A TLS 1.2 record with the alert `handshake_failure`: what a client without anonymous suites gets from a router whose
/// `api-ssl` has no certificate.
const HANDSHAKE_FAILURE: [u8; 7] = [0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28];

/// The router's certificates could not be made.
#[derive(Debug, Error)]
pub(crate) enum TlsError {
    #[error("making a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    #[error("setting TLS up: {0}")]
    Config(#[from] rustls::Error),
}

/// A CA, a leaf that it signed, and what is needed to answer with it.
pub(crate) struct Certificates {
    pub(crate) ca: CertificateDer<'static>,
    pub(crate) leaf: CertificateDer<'static>,
    any: TlsAcceptor,
    only_12: TlsAcceptor,
}

impl std::fmt::Debug for Certificates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificates").finish_non_exhaustive()
    }
}

impl Certificates {
    pub(crate) fn generate() -> Result<Self, TlsError> {
        let ca_key = KeyPair::generate()?;
        let mut ca = CertificateParams::new(Vec::<String>::new())?;
        ca.distinguished_name.push(DnType::CommonName, "simulated router CA");
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let ca_certificate = ca.self_signed(&ca_key)?;
        let leaf_key = KeyPair::generate()?;
        let mut leaf = CertificateParams::new(NAMES.map(str::to_owned).to_vec())?;
        leaf.distinguished_name.push(DnType::CommonName, "simulated router");
        let leaf_certificate = leaf.signed_by(&leaf_key, &Issuer::new(ca, ca_key))?;
        let chain = vec![leaf_certificate.der().clone(), ca_certificate.der().clone()];
        let key = leaf_key.serialize_der();
        Ok(Self {
            any: acceptor(&chain, &key, &[&version::TLS12, &version::TLS13])?,
            only_12: acceptor(&chain, &key, &[&version::TLS12])?,
            ca: ca_certificate.der().clone(),
            leaf: leaf_certificate.der().clone(),
        })
    }

    /// Shakes hands as `/ip/service` says. `None` if that fails: the connection is closed.
    pub(crate) async fn accept(
        &self,
        shared: &Shared,
        mut stream: TcpStream,
    ) -> Option<TlsStream<TcpStream>> {
        let (certificate, only_12) = shared.look(|world| {
            let services = world.table("ip/service");
            let service = services.by_key(&[b"api-ssl"])?;
            let named = !matches!(services.text(service, "certificate"), "" | "none");
            Some((named, services.text(service, "tls-version") == "only-1.2"))
        })?;
        if certificate {
            let acceptor = if only_12 { &self.only_12 } else { &self.any };
            return acceptor.accept(stream).await.ok();
        }
        // The client speaks first; its hello is read so that the alert is not lost in a reset.
        let mut hello = [0; 4096];
        let _ = stream.read(&mut hello).await;
        let _ = stream.write_all(&HANDSHAKE_FAILURE).await;
        let _ = stream.shutdown().await;
        None
    }
}

fn acceptor(
    chain: &[CertificateDer<'static>],
    key: &[u8],
    versions: &[&'static SupportedProtocolVersion],
) -> Result<TlsAcceptor, TlsError> {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.to_vec()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)?
        .with_no_client_auth()
        .with_single_cert(chain.to_vec(), key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
