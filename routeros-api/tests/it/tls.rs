//! TLS against servers as routers are: TLS 1.2 with RSA, no certificate, the wrong one, none at all.

use std::{sync::Arc, time::Duration};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, PKCS_RSA_SHA256,
    PublicKeyData, SanType, date_time_ymd,
};
use routeros_api::{
    ConnectOptions, Connection, Credentials, Endpoint, Error, Fingerprint, Remedy, Security, TlsError,
    TlsMode, tls::learn_fingerprint,
};
use rustls::{
    ServerConfig,
    crypto::ring::{cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, default_provider, kx_group::X25519},
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};
use sha2::{Digest, Sha256};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

use crate::fake::Peer;

/// An RSA key as RouterOS makes them. Guards nothing.
const RSA: &str = include_str!("fixtures/rsa.key.pem");

fn rsa() -> KeyPair {
    KeyPair::from_pkcs8_pem_and_sign_algo(RSA, &PKCS_RSA_SHA256).expect("an RSA key")
}

fn leaf() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "router");
    params.subject_alt_names.push(SanType::IpAddress([127, 0, 0, 1].into()));
    params
}

/// A server of one certificate, that speaks exactly what a RouterOS 7 has been seen to speak.
fn like_a_router(certificate: CertificateDer<'static>, key: &KeyPair) -> ServerConfig {
    let mut provider = default_provider();
    provider.cipher_suites = vec![TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384];
    provider.kx_groups = vec![X25519];
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    ServerConfig::builder_with_provider(provider.into())
        .with_protocol_versions(&[&rustls::version::TLS12])
        .expect("TLS 1.2")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a certificate")
}

/// Accepts for ever; logs in whoever gets so far.
async fn serve(config: ServerConfig) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                if let Ok(tls) = acceptor.accept(tcp).await {
                    let mut peer = Peer { io: tls };
                    while let Some(heard) = peer.try_hear().await {
                        peer.done(&heard.tag).await;
                    }
                }
            });
        }
    });
    port
}

/// Answers the first bytes of each client with these.
async fn answer(bytes: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    tokio::spawn(async move {
        while let Ok((mut tcp, _)) = listener.accept().await {
            let mut hello = [0; 4096];
            let _ = tcp.read(&mut hello).await;
            let _ = tcp.write_all(bytes).await;
            // Wait for the client to hang up, so that what was written isn't lost in a reset.
            let _ = tcp.read(&mut hello).await;
        }
    });
    port
}

async fn connect(host: &str, port: u16, mode: TlsMode) -> Result<Connection, Error> {
    let endpoint = Endpoint { host: host.to_owned(), port, security: Security::Tls(mode) };
    Connection::connect(&endpoint, &Credentials::new("api", "secret"), ConnectOptions::default()).await
}

fn pin(byte: u8) -> TlsMode {
    TlsMode::Pinned(Fingerprint::new([byte; 32]))
}

/// Made while the router believed it was 1970, and used: a pin looks at the key alone.
#[tokio::test]
async fn a_pinned_key_is_learned_and_let_in_whatever_the_dates() {
    let key = rsa();
    let mut params = leaf();
    (params.not_before, params.not_after) = (date_time_ymd(1970, 1, 2), date_time_ymd(1971, 1, 2));
    let certificate = params.self_signed(&key).expect("signed");
    let port = serve(like_a_router(certificate.der().clone(), &key)).await;

    let learned = learn_fingerprint("127.0.0.1", port, Duration::from_secs(10)).await.expect("learned");
    let spki = Fingerprint::new(Sha256::digest(key.subject_public_key_info()).into());
    assert_eq!(learned, spki, "it is the SHA-256 of the SubjectPublicKeyInfo");
    assert_eq!(learned.to_string().parse(), Ok(learned));
    let connection = connect("127.0.0.1", port, TlsMode::Pinned(learned)).await.expect("logged in");
    connection.ping(Duration::from_secs(10)).await.expect("answered");

    let error = connect("127.0.0.1", port, pin(7)).await.expect_err("another pin");
    let Error::Tls(TlsError::PinMismatch { pinned, seen }) = &error else { panic!("{error:?}") };
    assert_eq!((*pinned, *seen), (Fingerprint::new([7; 32]), learned));
    assert_eq!(error.remedy(), Some(Remedy::ComparePin));
}

#[tokio::test]
async fn a_certificate_authority_is_followed_to_the_address() {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.distinguished_name.push(DnType::CommonName, "ca");
    let authority =
        CertifiedIssuer::self_signed(authority, KeyPair::generate().expect("a key")).expect("signed");
    let key = rsa();
    let certificate = leaf().signed_by(&key, &authority).expect("signed");
    let port = serve(like_a_router(certificate.der().clone(), &key)).await;
    let ca = |pem: String, server_name: Option<&str>| TlsMode::Ca {
        pem: pem.into_bytes().into(),
        server_name: server_name.map(str::to_owned),
    };

    connect("127.0.0.1", port, ca(authority.pem(), None)).await.expect("logged in");
    connect("localhost", port, ca(authority.pem(), Some("127.0.0.1")))
        .await
        .expect("logged in by its address");

    let error = connect("localhost", port, ca(authority.pem(), None)).await.expect_err("another name");
    assert!(matches!(&error, Error::Tls(TlsError::WrongName(name)) if name == "localhost"), "{error:?}");
    assert_eq!(error.remedy(), Some(Remedy::AddSubjectAltName));

    let mut other = CertificateParams::default();
    other.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let other = other.self_signed(&KeyPair::generate().expect("a key")).expect("signed");
    let error = connect("127.0.0.1", port, ca(other.pem(), None)).await.expect_err("another authority");
    assert!(matches!(error, Error::Tls(TlsError::UnknownIssuer)), "{error:?}");
    assert_eq!(error.remedy(), Some(Remedy::UploadRightCa));

    for pem in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let error = connect("127.0.0.1", port, ca(pem.to_owned(), None)).await.expect_err("no authority");
        assert!(matches!(error, Error::Tls(TlsError::BadCa(_))), "{error:?}");
    }
}

#[tokio::test]
async fn expired_and_self_signed_certificates_name_their_remedy() {
    let key = rsa();
    let mut params = leaf();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = params.self_signed(&key).expect("signed");
    let port = serve(like_a_router(certificate.der().clone(), &key)).await;
    let mode = TlsMode::Ca { pem: certificate.pem().into_bytes().into(), server_name: None };
    let error = connect("127.0.0.1", port, mode).await.expect_err("an authority as a server");
    assert!(matches!(error, Error::Tls(TlsError::Unusable(_))), "{error:?}");
    assert_eq!(error.remedy(), Some(Remedy::PinInstead));

    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority =
        CertifiedIssuer::self_signed(authority, KeyPair::generate().expect("a key")).expect("signed");
    let mut params = leaf();
    (params.not_before, params.not_after) = (date_time_ymd(1970, 1, 2), date_time_ymd(1971, 1, 2));
    let certificate = params.signed_by(&key, &authority).expect("signed");
    let port = serve(like_a_router(certificate.der().clone(), &key)).await;
    let mode = TlsMode::Ca { pem: authority.pem().into_bytes().into(), server_name: None };
    let error = connect("127.0.0.1", port, mode).await.expect_err("expired");
    assert!(matches!(error, Error::Tls(TlsError::WrongDates)), "{error:?}");
    assert_eq!(error.remedy(), Some(Remedy::RenewCertificate));
}

/// What a router without a certificate answers, since we offer no anonymous suite: the alert, as bytes.
#[tokio::test]
async fn alerts_and_strangers_name_their_remedy() {
    for (bytes, remedy) in [
        (&b"\x15\x03\x03\x00\x02\x02\x28"[..], Remedy::InstallCertificate),
        (b"\x15\x03\x01\x00\x02\x02\x28", Remedy::InstallCertificate),
        (b"\x15\x03\x03\x00\x02\x02\x46", Remedy::RequireTls12),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", Remedy::UseTlsPort),
    ] {
        let port = answer(bytes).await;
        let error = connect("127.0.0.1", port, pin(1)).await.expect_err("no TLS");
        assert_eq!(error.remedy(), Some(remedy), "{error:?}");
        let error = learn_fingerprint("127.0.0.1", port, Duration::from_secs(10)).await.expect_err("no TLS");
        assert_eq!(error.remedy(), Some(remedy), "{error:?}");
        assert!(matches!(error, Error::Tls(_)) && !error.was_sent());
    }
    assert!(Remedy::InstallCertificate.script().is_some_and(|script| script.contains("/certificate sign")));
}

/// The plain API port takes the hello for the beginning of a word and waits for the rest.
#[tokio::test]
async fn the_plain_port_is_recognised_by_its_silence() {
    let port = answer(b"").await;
    let endpoint = Endpoint { host: "127.0.0.1".to_owned(), port, security: Security::Tls(pin(1)) };
    let options = ConnectOptions { connect_timeout: Duration::from_millis(300), ..ConnectOptions::default() };
    let error = Connection::connect(&endpoint, &Credentials::new("api", "secret"), options)
        .await
        .expect_err("silent");
    assert!(matches!(error, Error::Tls(TlsError::Silent { .. })), "{error:?}");
    assert_eq!(error.remedy(), Some(Remedy::UseTlsPort));
}

#[tokio::test]
async fn a_host_that_is_none_is_refused() {
    let port = answer(b"").await;
    let mode = TlsMode::Ca { pem: b"".as_slice().into(), server_name: Some("not a name".to_owned()) };
    let error = connect("127.0.0.1", port, mode).await.expect_err("no name");
    assert!(matches!(error, Error::Tls(TlsError::BadCa(_) | TlsError::BadName(_))), "{error:?}");
}

#[test]
fn fingerprints_are_read_as_people_write_them() {
    let digest = Fingerprint::new([0xAB; 32]);
    let colons = vec!["AB"; 32].join(":");
    assert_eq!(colons.parse(), Ok(digest));
    assert_eq!("ab".repeat(32).parse(), Ok(digest));
    assert!("ab".repeat(31).parse::<Fingerprint>().is_err() && "".parse::<Fingerprint>().is_err());
}
