//! `cargo xtask demo`: the product with a simulated router and a simulated Telegram, to be played with.

mod http;
mod options;
mod services;
mod story;

use std::ffi::OsString;
use std::fs;
use std::time::Duration;

use crate::cargo::Programs;
use crate::failure::{Failure, Result};
use crate::place::{Place, make_folder};
use crate::system::{self, Need};
use crate::{cargo, console, say};
use options::Options;
use services::{ADMIN, PASSWORD, Services};

/// Builds what is missing, starts everything, tells where to look, and runs until it is interrupted.
///
/// # Errors
/// When something cannot be built or started, or ends by itself.
pub(crate) fn run(place: &Place, arguments: &[OsString]) -> Result<()> {
    let options = Options::read(place, arguments)?;
    let programs = programs(place, &options)?;
    if options.fresh && options.data.exists() {
        fs::remove_dir_all(&options.data).map_err(Failure::file(&options.data))?;
    }
    make_folder(&options.data)?;
    say::step("Starting");
    let mut services = Services::start(place, &programs, &options)?;
    story::furnish(&services)?;
    println!("{}", signpost(&services, &options));
    // An interrupt ends this process; what it started is on a leash and follows.
    loop {
        std::thread::sleep(Duration::from_millis(200));
        if let Some(how) = services.ended() {
            return Err(Failure::Unexpected(how));
        }
    }
}

fn programs(place: &Place, options: &Options) -> Result<Programs> {
    if options.as_built {
        return Ok(Programs::in_folder(&place.programs("debug")));
    }
    system::ensure(place, &[Need::Compiler])?;
    console::build(place)?;
    say::step("Building the server and the simulators");
    cargo::build_programs(place)
}

/// Where to look and what to try.
fn signpost(services: &Services, options: &Options) -> String {
    let (console, telegram, router) = (services.server.at, services.telegram.at, services.router.at);
    boxed(&[
        "Sallyport is running. Ctrl-C stops everything.".into(),
        String::new(),
        format!("Console    http://{console}/"),
        format!("           sign in as {ADMIN} with the password {PASSWORD}"),
        format!("Telegram   http://{telegram}/"),
        "           Anna and Boris have access, Vera asks for it, Oleg is the owner".into(),
        format!(
            "Router     RouterOS API on {}, and what it looks like on http://{router}/",
            services.router_api
        ),
        format!("Data       {} (--fresh starts anew)", options.data.display()),
        String::new(),
        "Try        Anna has just dialled in: press Confirm in her chat, and watch the session".into(),
        "           open in the console. Or press Not me. Or wait a minute and do nothing.".into(),
        "           As Boris, ask the bot for access: /vpn. Approve Vera in the console.".into(),
        "           On the router's page let tunnels come up and drop, or pull its plug.".into(),
    ])
}

/// Lines in a frame, as wide as the longest.
fn boxed(lines: &[String]) -> String {
    let width = lines.iter().map(|line| line.chars().count()).max().unwrap_or_default();
    let edge = "─".repeat(width + 2);
    let body: String = lines
        .iter()
        .map(|line| format!("│ {line}{} │\n", " ".repeat(width - line.chars().count())))
        .collect();
    format!("\n╭{edge}╮\n{body}╰{edge}╯")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_fits_its_longest_line() {
        let text = boxed(&["ab".into(), "Анна".into()]);
        assert_eq!(text, "\n╭──────╮\n│ ab   │\n│ Анна │\n╰──────╯");
    }
}
