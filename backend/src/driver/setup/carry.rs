//! One command of the set-up.

use routeros_api::{
    Connection, Error, Id,
    menus::{certificate, items},
};
use sallyport_shared::router::setup::{Command, Menu, Raw};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long the key of a certificate may take on a small router, and how often it is looked for.
const SIGNING: Duration = Duration::from_secs(90);
const LOOK: Duration = Duration::from_millis(250);

/// Carries a command out; of an addition gives the new `.id`. The password goes into a new user, and nowhere else.
pub(crate) async fn carry(
    wire: &Connection,
    command: &Command,
    password: Option<&str>,
) -> Result<Option<String>, Error> {
    let known = |id: &str| Id::new(wire.generation(), id.as_bytes().to_vec());
    match command {
        Command::Add { menu, values, before } => {
            let password = password.filter(|_| *menu == Menu::User).map(|word| ("password", word.as_bytes()));
            let values = borrowed(values).chain(password);
            let before = before.as_deref().map(known);
            let id = items::add(wire, menu.path(), values, before.as_ref()).await?;
            return Ok(Some(String::from_utf8_lossy(id.raw()).into_owned()));
        }
        Command::Set { menu, id, values } => {
            let id = (!menu.is_single()).then(|| known(id));
            items::set(wire, menu.path(), id.as_ref(), borrowed(values)).await?;
        }
        Command::Unset { menu, id, names } => {
            for name in names {
                items::unset(wire, menu.path(), &known(id), name).await?;
            }
        }
        Command::Move { menu, id, before } => {
            let before = before.as_deref().map(known);
            items::move_before(wire, menu.path(), &known(id), before.as_ref()).await?;
        }
        Command::Sign { name, ca } => sign(wire, name, ca.as_deref()).await?,
        Command::Remove { menu, id } => items::remove(wire, menu.path(), &known(id)).await?,
    }
    Ok(None)
}

fn borrowed(values: &[(String, Raw)]) -> impl Iterator<Item = (&str, &[u8])> {
    values.iter().map(|(name, value)| (name.as_str(), value.as_bytes()))
}

/// Signs, and waits for the key: on a small router the command may be over long before.
async fn sign(wire: &Connection, name: &str, ca: Option<&str>) -> Result<(), Error> {
    let found = certificate::find(wire, name.as_bytes()).await?;
    let found = found.ok_or_else(|| Error::Row { menu: "/certificate", attribute: "name" })?;
    certificate::sign(wire, &found.id, ca.map(str::as_bytes)).await?;
    let until = Instant::now() + SIGNING;
    loop {
        let now = certificate::find(wire, name.as_bytes()).await?;
        if now.is_none_or(|now| now.private_key) || Instant::now() >= until {
            // Whether it is there is read back by whoever asked.
            return Ok(());
        }
        sleep(LOOK).await;
    }
}
