//! The console: built by Trunk for WASM into `frontend/dist`, from where the server takes it into itself.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::slice;

use crate::digest::Digest;
use crate::failure::{Failure, Result};
use crate::place::Place;
use crate::system::{self, Need};
use crate::wasm::Toolchain;
use crate::{run, say, split, tools};

/// What the built console depends on, apart from the tools.
const FOLDERS: [&str; 2] = ["frontend", "shared"];
const FILES: [&str; 5] = [".cargo/config.toml", "Cargo.lock", "Cargo.toml", "Trunk.toml", "schema.graphql"];

/// In these folders nothing is a source.
const SKIPPED: [&str; 4] = ["dist", "target", "node_modules", ".git"];

/// Builds the console unless the built one is of the very same sources.
///
/// # Errors
/// When a tool cannot be had, or the console does not compile.
pub(crate) fn build(place: &Place) -> Result<()> {
    let sources = sources(place)?;
    let stamp = stamp(place)?;
    let page = place.root.join("frontend/dist/index.html");
    if page.is_file() && fs::read_to_string(&stamp).is_ok_and(|built| built == sources) {
        say::done("The console is up to date");
        return Ok(());
    }
    system::ensure(place, &[Need::Compiler])?;
    let toolchain = Toolchain::ensure(place)?;
    let tools = tools::ensure(place)?;
    say::step("Building the console");
    let mut trunk = run::program("trunk");
    trunk
        .args(["build", "--features", "split"])
        .current_dir(&place.root)
        .env("CARGO_TARGET_DIR", &place.target);
    if env::var_os("NO_COLOR").is_some() {
        // Trunk wants a truth value where everybody else takes any.
        trunk.env("NO_COLOR", "true");
    }
    toolchain.apply(&mut trunk, slice::from_ref(&tools));
    run::check(&mut trunk)?;
    split::apply(place, &tools)?;
    fs::write(&stamp, sources).map_err(Failure::file(&stamp))?;
    say::done("The console is built");
    Ok(())
}

fn sources(place: &Place) -> Result<String> {
    let mut digest = Digest::new();
    for folder in FOLDERS {
        digest.folder(&place.root.join(folder), &SKIPPED)?;
    }
    for file in FILES.map(|file| place.root.join(file)) {
        if file.is_file() {
            digest.file(&file)?;
        }
    }
    Ok(digest.to_string())
}

/// Target folders are shared between checkouts, built consoles are not.
fn stamp(place: &Place) -> Result<PathBuf> {
    let mut checkout = Digest::new();
    checkout.bytes(place.root.as_os_str().as_encoded_bytes());
    Ok(place.notes()?.join(format!("console-{checkout}")))
}
