//! Calling cargo, and reading what it wrote down.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Failure, Result};
use crate::place::Place;
use crate::run;

/// The programs of the product and of its simulators.
#[derive(Debug, Clone)]
pub(crate) struct Programs {
    /// The server and its command line.
    pub(crate) server: PathBuf,
    /// A router that is not there.
    pub(crate) router: PathBuf,
    /// A Telegram that is not there.
    pub(crate) telegram: PathBuf,
}

impl Programs {
    /// Where cargo leaves them.
    pub(crate) fn in_folder(folder: &Path) -> Self {
        Self {
            server: folder.join("sallyport"),
            router: folder.join("routeros-sim"),
            telegram: folder.join("telegram-sim"),
        }
    }
}

/// Cargo in the checkout, with the one target folder.
pub(crate) fn cargo(place: &Place) -> Command {
    let mut command = run::program("cargo");
    command.current_dir(&place.root).env("CARGO_TARGET_DIR", &place.target);
    command
}

/// Builds the server and the simulators for development.
///
/// # Errors
/// When they do not compile.
pub(crate) fn build_programs(place: &Place) -> Result<Programs> {
    run::check(cargo(place).args(["build", "--package", "sallyport", "--package", "sim", "--bins"]))?;
    Ok(Programs::in_folder(&place.programs("debug")))
}

/// Builds the server for use, as locked; gives its path.
///
/// # Errors
/// When it does not compile.
pub(crate) fn build_release(place: &Place) -> Result<PathBuf> {
    run::check(cargo(place).args(["build", "--release", "--locked", "--package", "sallyport", "--bins"]))?;
    Ok(Programs::in_folder(&place.programs("release")).server)
}

/// The version of a package in `Cargo.lock`.
///
/// # Errors
/// When the file cannot be read or does not have the package.
pub(crate) fn locked_version(place: &Place, package: &str) -> Result<String> {
    let path = place.root.join("Cargo.lock");
    let lock = fs::read_to_string(&path).map_err(Failure::file(&path))?;
    version_in(&lock, package)
        .map(str::to_owned)
        .ok_or_else(|| Failure::Unexpected(format!("Cargo.lock has no package {package}")))
}

fn version_in<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name).skip(1);
    lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_file_tells_a_version() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(version_in(lock, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(version_in(lock, "wasm"), None);
    }
}
