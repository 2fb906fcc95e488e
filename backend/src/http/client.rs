//! Who is at the other end, trusted proxies looked through.

use super::{Shared, tls::TlsListener};
use crate::{graphql::REFRESH_COOKIE, ops::sign_in::Origin};
use axum::{
    extract::{ConnectInfo, FromRequestParts, connect_info::Connected},
    http::{HeaderMap, header, request::Parts},
    serve::IncomingStream,
};
use ipnet::IpNet;
use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
};
use tokio::net::TcpListener;

/// The socket's other end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) SocketAddr);

impl Connected<IncomingStream<'_, TcpListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TcpListener>) -> Self {
        Self(*stream.remote_addr())
    }
}

impl Connected<IncomingStream<'_, TlsListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TlsListener>) -> Self {
        Self(*stream.remote_addr())
    }
}

/// What is known of a request's sender.
#[derive(Clone, Debug)]
pub(super) struct Client {
    /// From where, and with what.
    pub(super) origin: Origin,
    /// The refresh token, if the request comes from a page of this server.
    pub(super) refresh_token: Option<String>,
    /// It comes from a page of this server, as far as its browser says.
    pub(super) own_page: bool,
    /// The access token.
    pub(super) bearer: Option<String>,
    /// It came by `https`, to this server or to the trusted proxy in front of it.
    pub(super) secure: bool,
}

impl FromRequestParts<Shared> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<Peer>>().map(|info| info.0.0.ip());
        let config = &shared.app.config;
        let address = peer.map(|peer| address(peer, &parts.headers, &config.trusted_proxies));
        let proxied = peer.is_some_and(|peer| is_trusted(&peer, &config.trusted_proxies));
        let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let user_agent = text(header::USER_AGENT).map(|agent| agent.chars().take(300).collect());
        let forwarded = |name| text(header::HeaderName::from_static(name)).filter(|_| proxied);
        let hosts = [text(header::HOST), forwarded("x-forwarded-host")];
        let own = is_own_page(&parts.headers, &hosts, config.public_url.as_deref());
        Ok(Self {
            origin: Origin { address, user_agent },
            own_page: own,
            refresh_token: own.then(|| cookie(&parts.headers, REFRESH_COOKIE)).flatten(),
            bearer: text(header::AUTHORIZATION)
                .and_then(|value| value.strip_prefix("Bearer "))
                .map(|token| token.trim().to_owned()),
            secure: config.is_https() || forwarded("x-forwarded-proto") == Some("https"),
        })
    }
}

fn is_trusted(address: &IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|network| network.contains(&address.to_canonical()))
}

/// The client's address: the last one in `X-Forwarded-For` that no trusted proxy has, if a trusted one asks.
fn address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    if !is_trusted(&peer, trusted) {
        return peer;
    }
    let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = forwarded.flat_map(|value| value.split(',')).map(str::trim).collect();
    // From the nearest on: what stands left of something strange may be anybody's invention.
    for hop in hops.iter().rev() {
        match hop.parse() {
            Ok(hop) if is_trusted(&hop, trusted) => {}
            Ok(hop) => return hop,
            Err(_) => break,
        }
    }
    peer
}

/// A browser says from which page a request comes; cookies of requests from foreign pages do not count. `hosts` are
/// the names by which this server was asked.
fn is_own_page(headers: &HeaderMap, hosts: &[Option<&str>], public_url: Option<&str>) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = text(header::ORIGIN) else {
        // No browser's cross-site request comes without an origin on a POST.
        return text(header::HeaderName::from_static("sec-fetch-site"))
            .is_none_or(|site| site == "same-origin");
    };
    let host = origin.split_once("://").map(|(_, host)| host);
    host.is_some() && (hosts.contains(&host) || public_url.is_some_and(|url| url == origin))
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, value)| *key == name && !value.is_empty())
        .map(|(_, value)| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| ((*name).parse().unwrap(), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn only_trusted_proxies_may_say_where_a_request_comes_from() {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let peer: IpAddr = "10.1.1.1".parse().unwrap();
        let forged = headers(&[("x-forwarded-for", "1.2.3.4, 198.51.100.7, 10.2.2.2")]);
        assert_eq!(address(peer, &forged, &trusted).to_string(), "198.51.100.7");
        assert_eq!(address(peer, &forged, &[]), peer);
        let stranger: IpAddr = "203.0.113.5".parse().unwrap();
        assert_eq!(address(stranger, &forged, &trusted), stranger);
        assert_eq!(address(peer, &headers(&[("x-forwarded-for", "nonsense")]), &trusted), peer);
        let invented = headers(&[("x-forwarded-for", "1.2.3.4, nonsense, 10.2.2.2")]);
        assert_eq!(address(peer, &invented, &trusted), peer);
    }

    #[test]
    fn cookies_of_foreign_pages_do_not_count() {
        let from = |origin| headers(&[("origin", origin)]);
        let console = [Some("console:8080"), None];
        assert!(is_own_page(&from("http://console:8080"), &console, None));
        assert!(!is_own_page(&from("http://evil.example"), &console, None));
        assert!(!is_own_page(&from("null"), &console, None));
        assert!(!is_own_page(&headers(&[("sec-fetch-site", "cross-site")]), &console, None));
        let proxied = from("https://vpn.example");
        assert!(!is_own_page(&proxied, &[Some("127.0.0.1:8080"), None], None));
        assert!(is_own_page(&proxied, &[Some("127.0.0.1:8080"), None], Some("https://vpn.example")));
        assert!(is_own_page(&proxied, &[Some("127.0.0.1:8080"), Some("vpn.example")], None));
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let sent = headers(&[("cookie", "a=1; sallyport_refresh=xyz; b=2")]);
        assert_eq!(cookie(&sent, REFRESH_COOKIE).as_deref(), Some("xyz"));
        assert_eq!(cookie(&headers(&[("cookie", "sallyport_refresh=")]), REFRESH_COOKIE), None);
    }
}
