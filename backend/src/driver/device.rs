//! Which device a router is, by whatever address it was reached.

use super::wire;
use routeros_api::{Connection, Error, Row, Trap, menus::items};

/// By what a device is known: its board's serial number, or, on virtual and other foreign machines, the id of its licence
/// together with the address of its first port, because copies of a machine have one id. None: it does not tell, or this
/// API user may not read it.
///
/// # Errors
/// If the connection is lost, or the router says no for any other reason than that it has not got it or this API user may
/// not read it: what it refuses for once it may tell the next time, and till then nobody knows which device it is.
pub(crate) async fn known_by(wire: &Connection) -> Result<Option<String>, Error> {
    let board = first(wire, "/system/routerboard", &["serial-number"]).await?;
    if let Some(serial) = board.and_then(|row| value(&row, "serial-number")) {
        return Ok(Some(format!("serial:{serial}")));
    }
    let Some(license) = first(wire, "/system/license", &["system-id", "software-id"]).await? else {
        return Ok(None);
    };
    let Some(id) = value(&license, "system-id").or_else(|| value(&license, "software-id")) else {
        return Ok(None);
    };
    let port = first(wire, "/interface/ethernet", &["orig-mac-address", "mac-address"]).await?;
    let port = port.and_then(|row| value(&row, "orig-mac-address").or_else(|| value(&row, "mac-address")));
    Ok(Some(format!("license:{id}/{}", port.unwrap_or_default())))
}

/// The first row of a menu; none if there is none, or the API user may not read it.
async fn first(wire: &Connection, menu: &str, attributes: &[&str]) -> Result<Option<Row>, Error> {
    let rows = items::rows(wire, menu, attributes, None).await;
    let rows = wire::unless_refused(rows, Trap::is_not_permitted)?.flatten();
    Ok(rows.unwrap_or_default().into_iter().next())
}

fn value(row: &Row, name: &str) -> Option<String> {
    row.text(name).map(|text| text.to_string()).filter(|text| !text.is_empty())
}
