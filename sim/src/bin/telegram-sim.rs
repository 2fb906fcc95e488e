//! A simulated Telegram on the command line: the Bot API, a chat page at `/`, and a control API under `/control`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use sim::telegram::{Options, Scenario, TelegramSim};

/// A simulated Telegram Bot API server with people to play.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen; port 0 picks one
    #[arg(long, default_value = "127.0.0.1:8081", value_parser = sim::address)]
    listen: SocketAddr,
    /// The bot's token
    #[arg(long, default_value = "123456789:simulated-telegram-token", value_parser = token)]
    token: String,
    /// The bot's username, without the @
    #[arg(long, default_value = "sallyport_bot")]
    bot_username: String,
    /// The bot's name
    #[arg(long, default_value = "Sallyport")]
    bot_name: String,
    /// People, groups and faults to begin with (JSON)
    #[arg(long)]
    scenario: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::from_default_env()).init();
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("telegram-sim: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let scenario = match &arguments.scenario {
        Some(path) => {
            let text =
                std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
            Scenario::parse(&text)?
        }
        None => Scenario::default(),
    };
    let telegram = TelegramSim::start_with(Options {
        listen: arguments.listen,
        token: arguments.token,
        bot_username: arguments.bot_username,
        bot_name: arguments.bot_name,
    })
    .await
    .map_err(|error| format!("cannot listen on {}: {error}", arguments.listen))?;
    scenario.play(&telegram).await?;
    println!("telegram-sim ready: {0} control={0}/control", telegram.url());
    tokio::signal::ctrl_c().await?;
    Ok(())
}

/// `<number>:<secret>`, as Telegram's tokens are.
fn token(text: &str) -> Result<String, String> {
    let (id, secret) = text.split_once(':').ok_or("a token is <bot id>:<secret>")?;
    if id.parse::<i64>().is_err() || secret.is_empty() || secret.contains('/') {
        return Err("a token is <bot id>:<secret>".to_owned());
    }
    Ok(text.to_owned())
}
