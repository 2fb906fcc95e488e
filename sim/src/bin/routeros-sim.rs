//! A simulated MikroTik router as a program, for the demo and for end-to-end tests.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::Parser;
use sim::routeros::{RouterSim, Scenario, ScenarioError, Tls, control};
use thiserror::Error;
use tokio::net::TcpListener;

/// A simulated MikroTik router that speaks the RouterOS API.
#[derive(Debug, Parser)]
#[command(disable_version_flag = true)]
struct Arguments {
    /// Where the API listens; port 0 picks a free one.
    #[arg(long, default_value = "127.0.0.1:8728", value_parser = sim::address)]
    listen: SocketAddr,
    /// Where the API with TLS listens; there is none without this.
    #[arg(long, value_parser = sim::address)]
    listen_tls: Option<SocketAddr>,
    /// Leaves api-ssl without a certificate, so that it refuses handshakes as a router out of the box does.
    #[arg(long, requires = "listen_tls")]
    anonymous_tls: bool,
    /// Where the control page and its HTTP API listen; the first line that is printed says where that is.
    #[arg(long, default_value = "127.0.0.1:0", value_parser = sim::address)]
    control: SocketAddr,
    /// The RouterOS version; comes before the scenario's.
    #[arg(long)]
    version: Option<String>,
    /// A JSON file that says what is on the router.
    #[arg(long)]
    scenario: Option<PathBuf>,
}

#[derive(Debug, Error)]
enum Failure {
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    #[error(transparent)]
    Start(#[from] sim::routeros::StartError),
    #[error("control: {0}")]
    Control(std::io::Error),
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("routeros-sim: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Failure> {
    let scenario = match &arguments.scenario {
        Some(path) => Scenario::read(path)?,
        None => Scenario::default(),
    };
    let mut builder = scenario.furnish(RouterSim::builder()).listen(arguments.listen);
    if let Some(version) = &arguments.version {
        builder = builder.version(version);
    }
    if let Some(address) = arguments.listen_tls {
        let tls = if arguments.anonymous_tls { Tls::Anonymous } else { Tls::Certificate };
        builder = builder.tls(tls).listen_tls(address);
    }
    let router = builder.start().await?;
    scenario.play(&router)?;
    let mut ready = format!("ready api={}", router.addr());
    if let Some(address) = router.tls_addr() {
        ready.push_str(&format!(" api-ssl={address}"));
    }
    let listener = TcpListener::bind(arguments.control).await.map_err(Failure::Control)?;
    let address = listener.local_addr().map_err(Failure::Control)?;
    println!("{ready} control=http://{address}/");
    let stop = async {
        // Without the signal there is nothing to wait for but the end of the process.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        served = axum::serve(listener, control(router)) => served.map_err(Failure::Control),
        () = stop => Ok(()),
    }
}
