//! The command line. Exit codes: 0 done, 1 failed, 2 wrong usage (of the command line or the configuration), 3 the doctor
//! has looked, and a box does not hold.

mod admin;
mod audit;
mod doctor;
mod import;
mod router;
mod serve;

use crate::{
    app::{App, StartError},
    clock::Clock,
    config::{Config, ConfigError},
    graphql,
    ops::OpError,
    store::{Store, StoreError},
    telemetry,
};
use clap::{Parser, Subcommand};
use std::{path::PathBuf, process::ExitCode};
use thiserror::Error;

/// A second door for MikroTik VPNs: the router holds every new tunnel in a box until its owner confirms it in
/// Telegram.
#[derive(Parser, Debug)]
#[command(name = "sallyport", version, propagate_version = true)]
struct Arguments {
    /// The configuration file (TOML); `sallyport.toml` is read if it is there. `SALLYPORT_*` variables come first.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Run the server: console, API, bot and the routers' workers.
    Serve,
    /// Bring the database up to date and say what was done.
    Migrate,
    /// Print the GraphQL schema.
    Schema,
    /// Administrators of the console.
    #[command(subcommand)]
    Admin(admin::Command),
    /// The routers.
    #[command(subcommand)]
    Router(router::Command),
    /// Look at a router, or at all: does the box hold, and is the rest as it should be? Exit code 0: every box holds; 3: one
    /// does not; 1: a router could not be looked at.
    Doctor(doctor::Arguments),
    /// List the accounts that a router has already: whose they are, and which chats their comments name.
    Import(import::Arguments),
    /// What was done, by whom.
    #[command(subcommand)]
    Audit(audit::Command),
}

/// Why a command failed.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Op(#[from] OpError),
    #[error("{what}: {source}")]
    Io { what: String, source: std::io::Error },
    #[error("the box does not hold: {0}")]
    BoxOpen(String),
    #[error("{0}")]
    Other(String),
}

impl Failure {
    fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }

    fn code(&self) -> ExitCode {
        match self {
            Self::Config(_) => ExitCode::from(2),
            Self::BoxOpen(_) => ExitCode::from(3),
            _ => ExitCode::FAILURE,
        }
    }
}

/// Runs the program.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("sallyport: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(execute(arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("sallyport: {failure}");
            failure.code()
        }
    }
}

async fn execute(arguments: Arguments) -> Result<(), Failure> {
    if matches!(arguments.command, Command::Schema) {
        print!("{}", graphql::sdl());
        return Ok(());
    }
    let config = Config::load(arguments.config.as_deref(), std::env::vars())?;
    telemetry::start(&config);
    match arguments.command {
        Command::Serve => serve::serve(config).await,
        Command::Migrate => migrate(&config).await,
        Command::Schema => Ok(()),
        Command::Admin(command) => admin::execute(&beside(config).await?, command).await,
        Command::Router(command) => router::execute(&beside(config).await?, command).await,
        Command::Doctor(arguments) => doctor::execute(&beside(config).await?, arguments).await,
        Command::Import(arguments) => import::execute(&beside(config).await?, arguments).await,
        Command::Audit(command) => audit::execute(&beside(config).await?, command).await,
    }
}

/// The app beside a server that may be running on the same data.
async fn beside(config: Config) -> Result<App, Failure> {
    Ok(App::beside(config, Clock::system()).await?)
}

async fn migrate(config: &Config) -> Result<(), Failure> {
    let store = Store::open(&config.database_url, &config.data_dir)?;
    let done = store.migrate().await?;
    if done.is_empty() {
        println!("The database is up to date.");
    }
    for name in done {
        println!("{name}");
    }
    Ok(())
}
