//! Build tools that cargo can make: found on `PATH`, or fetched, or built once per machine into the tools folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Result;
use crate::place::{Place, make_folder, on_path};
use crate::{cargo, run, say};

/// The version of Trunk that is installed where there is none; newer ones may be pre-releases that do not install.
const TRUNK: &str = "0.21.14";

/// The version of the tool that cuts the console into files, of the series whose macros the console is compiled with.
const SPLIT: &str = "0.2.4";

/// A tool that comes as a crate.
#[derive(Debug)]
struct Tool {
    program: &'static str,
    package: &'static str,
    /// What of the package makes the program; nothing for most.
    features: &'static [&'static str],
    version: String,
    /// Whether a found version will do.
    fits: fn(found: &str, wanted: &str) -> bool,
    /// How much the compiler tries, 0 to 3: what is spent here has to come back in the tool's few runs.
    effort: &'static str,
    /// How long building it takes on two cores, for the person who waits.
    takes: &'static str,
}

/// Sees to it that Trunk, wasm-bindgen and wasm-split are there; gives the folder to put in front of `PATH`.
///
/// # Errors
/// When one is missing and can neither be fetched nor built.
pub(crate) fn ensure(place: &Place) -> Result<PathBuf> {
    let bindgen = Tool {
        program: "wasm-bindgen",
        package: "wasm-bindgen-cli",
        features: &[],
        // The generated code speaks to exactly the library that the console is linked with.
        version: cargo::locked_version(place, "wasm-bindgen")?,
        fits: |found, wanted| found == wanted,
        effort: "1",
        takes: "2 minutes",
    };
    let trunk = Tool {
        program: "trunk",
        package: "trunk",
        features: &[],
        version: TRUNK.into(),
        fits: same_series,
        effort: "0",
        takes: "3 minutes",
    };
    let split = Tool {
        program: "wasm-split-cli",
        package: "wasm_split_cli_support",
        features: &["build-binary"],
        version: SPLIT.into(),
        fits: |found, wanted| found == wanted,
        effort: "1",
        takes: "1 minute",
    };
    for tool in [bindgen, trunk, split] {
        if !tool.is_there(place) {
            tool.install(place)?;
        }
    }
    Ok(place.tools.join("bin"))
}

impl Tool {
    /// Looks where the console's build will look: in the tools folder, then on `PATH`.
    fn is_there(&self, place: &Place) -> bool {
        let ours = place.tools.join("bin").join(self.program);
        let first = if ours.is_file() { Some(ours) } else { on_path(self.program) };
        first.is_some_and(|path| {
            let found = self.version_of(&path).or_else(|| self.installed(place));
            found.is_some_and(|found| (self.fits)(&found, &self.version))
        })
    }

    /// The version that cargo notes for what it installed into the tools folder: not every program tells its own.
    fn installed(&self, place: &Place) -> Option<String> {
        let notes = std::fs::read_to_string(place.tools.join(".crates.toml")).ok()?;
        let (_, rest) = notes.split_once(&format!("\"{} ", self.package))?;
        rest.split_whitespace().next().map(str::to_owned)
    }

    fn version_of(&self, program: &Path) -> Option<String> {
        let text = run::output(run::program(program).arg("--version")).ok()?;
        text.split_whitespace().nth(1).map(str::to_owned)
    }

    fn install(&self, place: &Place) -> Result<()> {
        make_folder(&place.tools)?;
        let Self { program, version, takes, .. } = self;
        if on_path("cargo-binstall").is_some() {
            say::step(&format!("Fetching {program} {version}"));
            if run::succeeds(&mut self.binstall(place)) && self.is_there(place) {
                return Ok(());
            }
        }
        say::step(&format!("Building {program} {version}: about {takes} on two cores, once per machine"));
        // The lock file of a published tool may name versions that a registry does not offer.
        if run::check(&mut self.cargo_install(place, true)).is_err() {
            say::warn(&format!("{program} does not install with its own lock file; trying without"));
            run::check(&mut self.cargo_install(place, false))?;
        }
        // What it was built from is of no use to anybody.
        let _ = std::fs::remove_dir_all(Self::workshop(place));
        say::done(&format!("{program} {version}"));
        Ok(())
    }

    fn binstall(&self, place: &Place) -> Command {
        let mut command = run::program("cargo-binstall");
        command.args(["--no-confirm", "--disable-strategies", "compile", "--root"]).arg(&place.tools);
        command.arg(format!("{}@{}", self.package, self.version));
        command
    }

    /// Built to be there soon: no link-time optimisation, and without the features that fetch other tools.
    fn cargo_install(&self, place: &Place, locked: bool) -> Command {
        let mut command = run::program("cargo");
        command.args(["install", self.package, "--version", &format!("={}", self.version)]);
        command.args(["--no-default-features", "--features", &self.features.join(",")]);
        command.args(["--bin", self.program, "--force", "--root"]).arg(&place.tools);
        if locked {
            command.arg("--locked");
        }
        command.env("CARGO_TARGET_DIR", Self::workshop(place));
        command.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", self.effort).env("CARGO_PROFILE_RELEASE_LTO", "off");
        command.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16").env("CARGO_PROFILE_RELEASE_DEBUG", "false");
        // Not in the checkout: its settings are for the product.
        command.current_dir(&place.tools);
        command
    }

    fn workshop(place: &Place) -> PathBuf {
        place.tools.join("build")
    }
}

/// Same major and minor version, and at least the patch: what `^0.x.y` says in a manifest.
fn same_series(found: &str, wanted: &str) -> bool {
    let parts = |text: &str| {
        let mut numbers = text.splitn(3, '.').map(|part| part.parse::<u32>().ok());
        Some((numbers.next()??, numbers.next()??, numbers.next()??))
    };
    match (parts(found), parts(wanted)) {
        (Some((major, minor, patch)), Some(wanted)) => {
            (major, minor) == (wanted.0, wanted.1) && patch >= wanted.2
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_patch_will_do_and_a_pre_release_will_not() {
        assert!(same_series("0.21.14", "0.21.14"));
        assert!(same_series("0.21.20", "0.21.14"));
        assert!(!same_series("0.21.13", "0.21.14"));
        assert!(!same_series("0.22.0", "0.21.14"));
        assert!(!same_series("0.21.15-beta.1", "0.21.14"));
    }
}
