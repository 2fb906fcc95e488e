//! Which device a router is, by whatever address it was reached.

use super::wire;
use routeros_api::{Connection, Error, Row, Trap, menus::items};

/// What a device tells of which one it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Told {
    /// By this it is known.
    Known(String),
    /// Nothing: it has no number of its own.
    Nothing,
    /// This API user may not read it, or not all of it; what it may read is still better than nothing.
    Withheld(Option<String>),
}

impl Told {
    /// By what it is known as far as it tells.
    pub(crate) fn known(self) -> Option<String> {
        match self {
            Self::Known(device) => Some(device),
            Self::Nothing => None,
            Self::Withheld(device) => device,
        }
    }
}

/// By what a device is known: its board's serial number, or, on virtual and other foreign machines, the id of its licence
/// together with the address of its first port, because copies of a machine have one id.
///
/// # Errors
/// If the connection is lost, or the router says no for any other reason than that it has not got it or this API user may
/// not read it: what it refuses for once it may tell the next time, and till then nobody knows which device it is.
pub(crate) async fn told_by(wire: &Connection) -> Result<Told, Error> {
    let board = first(wire, "/system/routerboard", &["serial-number"]).await?;
    if let Some(serial) = board.value("serial-number") {
        return Ok(Told::Known(format!("serial:{serial}")));
    }
    let license = first(wire, "/system/license", &["system-id", "software-id"]).await?;
    let Some(id) = license.value("system-id").or_else(|| license.value("software-id")) else {
        let is_withheld = board.is_withheld() || license.is_withheld();
        return Ok(if is_withheld { Told::Withheld(None) } else { Told::Nothing });
    };
    let port = first(wire, "/interface/ethernet", &["orig-mac-address", "mac-address"]).await?;
    let address = port.value("orig-mac-address").or_else(|| port.value("mac-address"));
    let device = format!("license:{id}/{}", address.unwrap_or_default());
    // The same device would be another one by what is left of it.
    let is_whole = !board.is_withheld() && !port.is_withheld();
    Ok(if is_whole { Told::Known(device) } else { Told::Withheld(Some(device)) })
}

/// Are two devices certainly not one, as far as what may be read of them goes? A licence is compared without the port
/// where that is not known of one of them; a serial number and a licence say nothing of each other.
pub(crate) fn are_apart(one: &str, other: &str) -> bool {
    let parts = |device: &str| {
        let (id, port) = device.strip_prefix("license:")?.rsplit_once('/')?;
        Some((id.to_owned(), Some(port.to_owned()).filter(|port| !port.is_empty())))
    };
    match (parts(one), parts(other)) {
        (Some((one, port)), Some((other, other_port))) => {
            one != other || port.zip(other_port).is_some_and(|(one, other)| one != other)
        }
        (None, None) => one != other,
        _ => false,
    }
}

/// The first row of a menu.
enum First {
    /// It, if there is one.
    Read(Option<Row>),
    /// The API user may not read it.
    Withheld,
}

impl First {
    fn is_withheld(&self) -> bool {
        matches!(self, Self::Withheld)
    }

    fn value(&self, name: &str) -> Option<String> {
        let Self::Read(Some(row)) = self else { return None };
        row.text(name).map(|text| text.to_string()).filter(|text| !text.is_empty())
    }
}

async fn first(wire: &Connection, menu: &str, attributes: &[&str]) -> Result<First, Error> {
    let rows = items::rows(wire, menu, attributes, None).await;
    let rows = wire::unless_refused(rows, Trap::is_not_permitted)?;
    Ok(rows.map_or(First::Withheld, |rows| First::Read(rows.unwrap_or_default().into_iter().next())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licences_are_compared_as_far_as_both_are_known() {
        assert!(are_apart("license:A/02", "license:B/02") && are_apart("license:A/02", "license:A/03"));
        assert!(are_apart("license:a/b/02", "license:a/c/02"), "an id may have a slash in it");
        assert!(!are_apart("license:A/02", "license:A/") && !are_apart("license:A/02", "license:A/02"));
        assert!(!are_apart("license:A/02", "serial:1") && !are_apart("serial:1", "license:A/02"));
        assert!(are_apart("serial:2", "serial:1") && !are_apart("serial:1", "serial:1"));
    }
}
