//! `api-ssl`, seen by a client that knows only the router's CA.

use std::{io, sync::Arc};

use rustls::{ClientConfig, ProtocolVersion, RootCertStore};
use rustls_pki_types::{CertificateDer, ServerName};
use sim::routeros::{RouterSim, Tls};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::support::{Wire, furnished};

async fn shake_hands(router: &RouterSim) -> io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(router.ca_certificate().unwrap().to_vec())).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(router.tls_addr().unwrap()).await?;
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("127.0.0.1").unwrap(), stream).await
}

#[tokio::test]
async fn the_certificate_is_trusted_by_its_ca_and_commands_work() {
    let router = furnished("7.22.3").tls(Tls::Certificate).start().await.unwrap();
    let stream = shake_hands(&router).await.unwrap();
    let (_, session) = stream.get_ref();
    assert_eq!(session.protocol_version(), Some(ProtocolVersion::TLSv1_3));
    assert_eq!(session.peer_certificates().unwrap()[0].as_ref(), router.certificate().unwrap());
    let mut wire = Wire::over(stream);
    wire.done(&["/login", "=name=sallyport", "=password=secret"]).await;
    assert_eq!(router.rows("user/active")[0].text("via").unwrap(), "api-ssl");

    router.set("ip/service", "api-ssl", &[("tls-version", "only-1.2")]).unwrap();
    let stream = shake_hands(&router).await.unwrap();
    assert_eq!(stream.get_ref().1.protocol_version(), Some(ProtocolVersion::TLSv1_2));
}

#[tokio::test]
async fn without_a_certificate_the_handshake_fails_until_one_is_set() {
    let router = furnished("7.22.3").tls(Tls::Anonymous).start().await.unwrap();
    let error = shake_hands(&router).await.unwrap_err();
    let alert = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    assert_eq!(alert, Some(&rustls::Error::AlertReceived(rustls::AlertDescription::HandshakeFailure)));
    let unknown = router.set("ip/service", "api-ssl", &[("certificate", "api")]).unwrap_err();
    assert_eq!(unknown.to_string(), "input does not match any value of certificate");
    router.add("certificate", &[("name", "api"), ("common-name", "router")]).unwrap();
    router.set("ip/service", "api-ssl", &[("certificate", "api")]).unwrap();
    shake_hands(&router).await.unwrap();
}

#[tokio::test]
async fn plain_words_on_the_tls_port_lead_nowhere() {
    let router = furnished("7.22.3").tls(Tls::Certificate).start().await.unwrap();
    let mut wire = Wire::open(router.tls_addr().unwrap()).await;
    wire.send(&["/login", "=name=sallyport", "=password=secret"]).await;
    // What comes is a TLS alert and no sentence: 0x15 announces a word of 21 bytes that never arrives.
    assert!(wire.read_bytes().await.is_empty());
    assert_eq!(router.commands(), 0);
}
