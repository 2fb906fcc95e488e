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
    /// Link this account to the person whose Telegram chat its comment names, who is made if nobody has it; may be
    /// given several times.
    #[arg(long, requires = "by", value_name = "ACCOUNT")]
    link: Vec<String>,
    /// Link all accounts whose comment names a chat. Look at the list first: what a comment says may be wrong.
    #[arg(long, requires = "by", conflicts_with = "link")]
    link_all: bool,
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
    let links = arguments.link_all || !arguments.link.is_empty();
    let by = match arguments.by.as_deref().filter(|_| links) {
        Some(username) => Some(manager(app, username).await?),
        None => None,
    };
    let mut failed = 0;
    let offers = import::list(app, &router).await?;
    for name in arguments.link.iter().filter(|name| !offers.iter().any(|offer| offer.row.username == **name))
    {
        failed += 1;
        println!("{name:<24} not linked: the router has no such account");
    }
    for offer in offers {
        let wanted = arguments.link_all || arguments.link.contains(&offer.row.username);
        let Some(by) = by.as_ref().filter(|_| wanted) else {
            println!("{}", line(&offer));
            continue;
        };
        if offer.chat.is_none() && !arguments.link_all {
            failed += 1;
        }
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
