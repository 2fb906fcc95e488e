//! `sallyport router`.

use super::Failure;
use crate::{app::App, ops::secrets};
use clap::Subcommand;

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// List the routers and how they were seen last.
    List,
    /// Connect to a router and say what is found and what is missing; changes nothing.
    Check {
        /// Its name in the console.
        name: String,
    },
}

pub(super) async fn execute(app: &App, command: Command) -> Result<(), Failure> {
    match command {
        Command::List => list(app).await,
        Command::Check { name } => check(app, &name).await,
    }
}

async fn list(app: &App) -> Result<(), Failure> {
    let mut tx = app.store.read().await?;
    let routers = tx.routers().await?;
    let ids: Vec<_> = routers.iter().map(|router| router.id).collect();
    let statuses = tx.router_statuses(&ids).await?;
    for router in routers {
        let status = statuses.get(&router.id);
        let state = status.map_or_else(|| "never seen".to_owned(), |status| format!("{:?}", status.state));
        let error = status.and_then(|status| status.last_error.as_deref()).unwrap_or_default();
        println!("{:<20} {}:{}  {:?}  {state}  {error}", router.name, router.host, router.port, router.mode);
    }
    Ok(())
}

async fn check(app: &App, name: &str) -> Result<(), Failure> {
    let routers = app.store.read().await?.routers().await?;
    let router = routers
        .into_iter()
        .find(|router| router.name == name)
        .ok_or_else(|| Failure::Other(format!("no router is called {name}")))?;
    let password = secrets::router_password(app, &router)?;
    let report = app.fleet.test(app, &router, &password).await;
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
    println!("identity     {}", or_dash(report.identity));
    println!("version      {}", or_dash(report.version));
    println!("certificate  {}", or_dash(report.certificate_sha256));
    println!("rights       {}", report.rights.join(","));
    if report.ok {
        println!("Everything that is needed is there.");
        return Ok(());
    }
    if let Some(remedy) = &report.remedy {
        println!("What to do: {remedy}");
    }
    Err(Failure::Other(or_dash(report.error)))
}
