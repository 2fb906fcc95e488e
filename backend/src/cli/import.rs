//! `sallyport import`.

use super::Failure;
use crate::{
    app::App,
    ops::{
        authority::{Manager, Viewer},
        import::{self, Offer, Standing},
    },
};
use clap::Args;

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The router's name in the console.
    router: String,
    /// Link accounts whose comment names a Telegram chat, and make the people who are not known yet.
    #[arg(long, requires = "by")]
    link: bool,
    /// The administrator who does it, for the audit.
    #[arg(long, value_name = "USERNAME")]
    by: Option<String>,
}

pub(super) async fn execute(app: &App, arguments: Arguments) -> Result<(), Failure> {
    let routers = app.store.read().await?.routers().await?;
    let router = routers
        .into_iter()
        .find(|router| router.name == arguments.router)
        .ok_or_else(|| Failure::Other(format!("no router is called {}", arguments.router)))?;
    let by = match arguments.by.as_deref().filter(|_| arguments.link) {
        Some(username) => Some(manager(app, username).await?),
        None => None,
    };
    let mut failed = 0;
    for offer in import::list(app, &router).await? {
        let Some(by) = &by else {
            println!("{}", line(&offer));
            continue;
        };
        match import::take(app, by, &router, &offer).await {
            Ok(Some(owner)) => println!("{:<24} now linked to {owner}", offer.row.username),
            Ok(None) => println!("{}", line(&offer)),
            Err(error) => {
                failed += 1;
                println!("{:<24} not linked: {error}", offer.row.username);
            }
        }
    }
    if failed == 0 { Ok(()) } else { Err(Failure::Other(format!("{failed} accounts could not be linked"))) }
}

/// An administrator who may manage people.
async fn manager(app: &App, username: &str) -> Result<Manager, Failure> {
    let admins = app.store.read().await?.admins().await?;
    let admin = admins
        .iter()
        .find(|admin| admin.username == username)
        .ok_or_else(|| Failure::Other(format!("no administrator is called {username}")))?;
    Ok(Viewer::of(admin, None, None)?.manager()?)
}

/// An account in a line: its name, whose it is, which chat it offers.
fn line(offer: &Offer) -> String {
    let standing = match &offer.standing {
        Standing::Linked(owner) => format!("linked to {owner}"),
        Standing::NoOwner => "no owner".to_owned(),
        Standing::NeverUsed => "never used".to_owned(),
    };
    let chat = offer.chat.map(|chat| format!("; its comment names the chat {}", chat.0)).unwrap_or_default();
    format!("{:<24} {standing}{chat}", offer.row.username)
}
