//! Measures what the design promises, against the simulators, and prints a JSON line a figure. `cargo xtask
//! bench` runs it in release and makes a table of it.
//!
//! `figures latency`: from tunnel to prompt and from tap to allow entry, with 1,000 prompts pending.
//! `figures reconcile`: processor time of a look at 10,000 tunnels at which nothing has changed.
//! `figures scale`: whether 100 routers with 1,000 tunnels each are polled in time.
//! `figures wire`: what a browser fetches for the first view of the console, which has to be built.

#[path = "../../tests/cast/mod.rs"]
mod cast;
mod farm;
mod latency;
mod reconcile;
mod scale;
mod wire;

use serde_json::json;
use std::time::Duration;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("latency") => latency::measure().await,
        Some("reconcile") => reconcile::measure().await,
        Some("scale") => scale::measure().await,
        Some("wire") => wire::measure(),
        Some(farm::ARGUMENT) => farm::be(arguments.get(1..).unwrap_or_default()).await,
        _ => {
            eprintln!("usage: figures latency | reconcile | scale | wire");
            std::process::exit(2);
        }
    }
}

/// Prints one figure.
fn figure(what: &str, value: f64, unit: &str, remark: &str) {
    println!("{}", json!({ "what": what, "value": value, "unit": unit, "remark": remark }));
}

/// Prints the median and the 99th percentile of `samples`.
fn percentiles(what: &str, mut samples: Vec<Duration>, remark: &str) {
    samples.sort_unstable();
    let at = |share: usize| {
        let index = (samples.len() * share / 100).min(samples.len().saturating_sub(1));
        samples.get(index).map_or(f64::NAN, |sample| sample.as_secs_f64() * 1_000.0)
    };
    figure(&format!("{what}, p50"), at(50), "ms", remark);
    figure(&format!("{what}, p99"), at(99), "ms", remark);
}
