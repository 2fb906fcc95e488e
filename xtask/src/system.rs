//! What comes from the system's packages: found, or installed by root from Debian's, or asked for in words.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Failure, Result};
use crate::place::{Place, on_path};
use crate::{run, say};

/// Something of the system that chores use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// A C compiler and linker.
    Compiler,
    /// A Rust compiler with the sources of its standard library, to make the WASM target from.
    RustSources,
    /// A linker for WASM.
    WasmLinker,
    /// PostgreSQL's server programs.
    Postgres,
    /// Chromium.
    Chromium,
    /// ChromeDriver.
    ChromeDriver,
    /// Python with virtual environments.
    Python,
}

impl Need {
    const fn what(self) -> &'static str {
        match self {
            Self::Compiler => "a C compiler",
            Self::RustSources => {
                "a Rust compiler with its library's sources (the wasm32 target is built from them)"
            }
            Self::WasmLinker => "a linker for WASM (lld)",
            Self::Postgres => "PostgreSQL's server programs (initdb, postgres)",
            Self::Chromium => "Chromium",
            Self::ChromeDriver => "ChromeDriver",
            Self::Python => "Python 3 with venv and pip",
        }
    }

    const fn debian(self) -> &'static [&'static str] {
        match self {
            Self::Compiler => &["gcc", "libc6-dev"],
            Self::RustSources => &["rustc-web", "cargo-web", "rust-web-src"],
            Self::WasmLinker => &["lld"],
            Self::Postgres => &["postgresql"],
            Self::Chromium => &["chromium"],
            Self::ChromeDriver => &["chromium-driver"],
            Self::Python => &["python3", "python3-venv", "python3-pip"],
        }
    }

    fn is_there(self) -> bool {
        match self {
            Self::Compiler => on_path("cc").is_some(),
            Self::RustSources => crate::wasm::debian_sources().is_some(),
            Self::WasmLinker => crate::wasm::linker().is_some(),
            Self::Postgres => crate::postgres::programs().is_some(),
            Self::Chromium => crate::browser::chromium().is_some(),
            Self::ChromeDriver => crate::browser::driver().is_some(),
            Self::Python => crate::python::interpreter().is_some(),
        }
    }
}

/// Sees to it that everything needed is there.
///
/// # Errors
/// [`Failure::Missing`] with the command that installs it, when this user may not install packages or the system has
/// no `apt-get`; or the package manager's failure.
pub(crate) fn ensure(place: &Place, needs: &[Need]) -> Result<()> {
    let missing: Vec<Need> = needs.iter().copied().filter(|need| !need.is_there()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().flat_map(|need| need.debian()).copied().collect();
    if !is_root() || on_path("apt-get").is_none() {
        return Err(asked_for(&missing, &packages));
    }
    say::step(&format!("Installing from Debian's packages: {}", packages.join(" ")));
    let log = place.notes()?.join("apt.log");
    // Package lists may be absent or old. Asking for them takes longer than the whole installation, so it comes second.
    if !run::succeeds(&mut install(&packages)) {
        run::logged(run::program("apt-get").arg("update"), &log)?;
        run::logged(&mut install(&packages), &log)?;
    }
    let still: Vec<Need> = missing.into_iter().filter(|need| !need.is_there()).collect();
    if still.is_empty() { Ok(()) } else { Err(asked_for(&still, &packages)) }
}

fn install(packages: &[&str]) -> Command {
    let mut command = run::program("apt-get");
    command.args(["install", "-y", "--no-install-recommends"]).args(packages);
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn asked_for(missing: &[Need], packages: &[&str]) -> Failure {
    Failure::Missing {
        what: missing.iter().map(|need| need.what()).collect(),
        remedy: format!("sudo apt-get install --no-install-recommends {}", packages.join(" ")),
    }
}

/// Whether this process may do everything.
pub(crate) fn is_root() -> bool {
    id(&["-u"]) == Some(0)
}

/// Asks `id` for a number (`-u` or `-g`, and a user's name).
pub(crate) fn id(arguments: &[&str]) -> Option<u32> {
    run::output(run::program("id").args(arguments)).ok()?.trim().parse().ok()
}

/// The first of the files that exists.
pub(crate) fn first_of<'a>(files: impl IntoIterator<Item = &'a str>) -> Option<PathBuf> {
    files.into_iter().map(Path::new).find(|path| path.is_file()).map(Path::to_path_buf)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_without_root_is_told_the_command() {
        let needs = [Need::Chromium, Need::Postgres];
        let packages: Vec<&str> = needs.iter().flat_map(|need| need.debian()).copied().collect();
        let text = asked_for(&needs, &packages).to_string();
        assert!(text.contains("  - Chromium\n"), "{text}");
        assert!(text.contains("sudo apt-get install --no-install-recommends chromium postgresql"), "{text}");
    }
}
