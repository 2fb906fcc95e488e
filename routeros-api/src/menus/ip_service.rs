//! `/ip/service`: how the router can be managed.

use super::{Fields, FromRow};
use crate::{
    conn::Connection,
    error::Error,
    value::{Id, Text},
};

/// A service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IpService {
    /// Row.
    pub id: Id,
    /// `api`, `api-ssl`, `ftp`, `ssh`, `telnet`, `winbox`, `www`, `www-ssl`.
    pub name: Text,
    /// TCP port.
    pub port: Option<u64>,
    /// Networks that may use it; empty is everybody.
    pub address: Vec<Text>,
    /// Its certificate; `None` if it has none, with which TLS is anonymous.
    pub certificate: Option<Text>,
    /// `any` or `only-1.2`.
    pub tls_version: Text,
    /// Sessions at a time.
    pub max_sessions: Option<u64>,
    /// Whether it is off.
    pub disabled: bool,
}

/// A row of the menu, which in newer versions also lists the connections that are up.
struct Listed {
    service: IpService,
    dynamic: bool,
}

impl FromRow for Listed {
    const MENU: &'static str = "/ip/service";
    /// `available-from` is what newer versions call `address`.
    const PROPLIST: &'static [&'static str] = &[
        ".id",
        "name",
        "port",
        "address",
        "available-from",
        "certificate",
        "tls-version",
        "max-sessions",
        "disabled",
        "dynamic",
    ];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        let mut address = row.list("address");
        address.extend(row.list("available-from"));
        address.dedup();
        let service = IpService {
            id: row.id()?,
            name: row.text("name")?,
            port: row.number("port"),
            address,
            certificate: row.optional_text("certificate").filter(|name| name != "none"),
            tls_version: row.text_or_empty("tls-version"),
            max_sessions: row.number("max-sessions"),
            disabled: row.flag("disabled")?,
        };
        Ok(Self { service, dynamic: row.flag("dynamic")? })
    }
}

/// All services, without the connections that newer versions list among them.
///
/// # Errors
/// As [`super::print`].
pub async fn print(connection: &Connection) -> Result<Vec<IpService>, Error> {
    let listed = super::print::<Listed>(connection).await?;
    Ok(listed.into_iter().filter(|row| !row.dynamic).map(|row| row.service).collect())
}
