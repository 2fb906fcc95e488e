//! Stand-ins for the two systems that Sallyport talks to: a MikroTik router that speaks the RouterOS API and a Telegram
//! Bot API server. The demo, the tests and the benchmarks run against them; nothing here is used in production, and
//! nothing here uses the product's own code, so that the two sides check one another.

pub mod routeros;
pub mod telegram;

use std::net::SocketAddr;

/// Reads where to listen: an address and a port, or `:PORT` for this machine alone; port 0 picks a free one.
///
/// # Errors
/// Says what is expected.
pub fn address(text: &str) -> Result<SocketAddr, &'static str> {
    let port = text.strip_prefix(':').and_then(|port| port.parse::<u16>().ok());
    port.map(|port| SocketAddr::from(([127, 0, 0, 1], port)))
        .or_else(|| text.parse().ok())
        .ok_or("an address and a port such as 127.0.0.1:8081, or :8081 for this machine alone")
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn a_port_alone_is_this_machines() {
        assert_eq!(address(":0").unwrap().to_string(), "127.0.0.1:0");
        assert_eq!(address("[::1]:8728").unwrap().to_string(), "[::1]:8728");
        for wrong in ["", ":", "8728", ":65536", "localhost:1"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }
}
