//! `sallyport router`.

use super::Failure;
use crate::{
    app::App,
    ops::{
        authority::Installer,
        secrets, settings,
        setup::{self, Report},
    },
    store::records::RouterRecord,
};
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
    /// Show what a set-up of a router would do; changes nothing.
    Plan {
        /// Its name in the console.
        name: String,
    },
    /// Set a router up: carry out what the plan shows, and prove it by reading back.
    Apply {
        /// Its name in the console.
        name: String,
        /// Only this step, by its key in the plan; may be given several times. Optional steps are done only so.
        #[arg(long = "only", value_name = "KEY")]
        only: Vec<String>,
    },
    /// Take back what a set-up changed, as far as nobody has changed it since.
    Undo {
        /// Its name in the console.
        name: String,
        /// Only this step, by its key in the plan; may be given several times.
        #[arg(long = "only", value_name = "KEY")]
        only: Vec<String>,
    },
}

/// What is said where there is nothing to be listed or looked at.
pub(super) const NONE: &str = "There are no routers yet.";

pub(super) async fn execute(app: &App, command: Command) -> Result<(), Failure> {
    match command {
        Command::List => list(app).await,
        Command::Check { name } => check(app, &name).await,
        Command::Plan { name } => plan(app, &name).await,
        Command::Apply { name, only } => apply(app, &name, only).await,
        Command::Undo { name, only } => undo(app, &name, only).await,
    }
}

async fn list(app: &App) -> Result<(), Failure> {
    let mut tx = app.store.read().await?;
    let routers = tx.routers().await?;
    if routers.is_empty() {
        println!("{NONE}");
    }
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
    let router = named(app, name).await?;
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

async fn named(app: &App, name: &str) -> Result<RouterRecord, Failure> {
    let routers = app.store.read().await?.routers().await?;
    let found = routers.into_iter().find(|router| router.name == name);
    found.ok_or_else(|| Failure::Other(format!("no router is called {name}")))
}

async fn plan(app: &App, name: &str) -> Result<(), Failure> {
    let router = named(app, name).await?;
    let report = setup::plan(app, &Installer::of_command_line(), router.id).await?;
    print(app, &report).await?;
    let language = settings::load(app).await?.language;
    let script = report.script(language);
    if !script.is_empty() {
        println!("\n{script}");
    }
    Ok(())
}

async fn apply(app: &App, name: &str, only: Vec<String>) -> Result<(), Failure> {
    let router = named(app, name).await?;
    let keys = (!only.is_empty()).then_some(only);
    let whole = keys.is_none();
    let report = setup::apply(app, &Installer::of_command_line(), router.id, keys).await?;
    print(app, &report).await?;
    let language = settings::load(app).await?.language;
    for opening in report.openings(language) {
        println!("OPEN       {opening}");
    }
    if !report.failed.is_empty() {
        return Err(Failure::Other(format!("{} steps were not done; see above", report.failed.len())));
    }
    // Of single steps nobody expects that they close everything.
    match report.box_holds().filter(|_| whole) {
        Some(false) => {
            Err(Failure::Other("everything is as planned, but the box does not hold; see above".to_owned()))
        }
        None if whole => {
            Err(Failure::Other(format!("the doctor could not look at {name}; try sallyport doctor {name}")))
        }
        _ => Ok(()),
    }
}

async fn undo(app: &App, name: &str, only: Vec<String>) -> Result<(), Failure> {
    let router = named(app, name).await?;
    let keys = (!only.is_empty()).then_some(only);
    let report = setup::undo(app, &Installer::of_command_line(), router.id, keys.clone()).await?;
    print(app, &report).await?;
    let wanted = |step: &String| keys.as_ref().is_none_or(|keys| keys.contains(step));
    let standing: usize =
        report.undoable.iter().filter(|(step, _)| wanted(step)).map(|(_, count)| count).sum();
    match standing {
        0 => Ok(()),
        count => Err(Failure::Other(format!("{count} changes are still to be taken back; see above"))),
    }
}

/// The steps, one a paragraph, in the language of the settings.
async fn print(app: &App, report: &Report) -> Result<(), Failure> {
    let language = settings::load(app).await?.language;
    for line in report.lines(language) {
        let optional = if line.optional { " (optional)" } else { "" };
        println!("{:<10} {}{optional}: {}", line.state, line.key, line.title);
        println!("           {}", line.detail);
    }
    for said in report.left.iter().map(|words| words.say(language)).chain(report.remarks(language)) {
        println!("{said}");
    }
    Ok(())
}
