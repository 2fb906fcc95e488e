//! A Rust compiler that has the `wasm32-unknown-unknown` target.
//!
//! rustup downloads it in seconds. Where rustup's server cannot be reached, Debian's Rust comes with the sources of its
//! standard library, from which the target is made once per machine. Nothing outside the tools folder is changed for
//! that: the compiler gets a folder of its own that borrows everything else from the system.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::failure::{Failure, Result};
use crate::place::{Place, make_folder, on_path};
use crate::system::{self, Need};
use crate::{run, say};

/// The target's name.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// The oldest Rust that compiles the project, as in the workspace's `rust-version`.
const OLDEST: (u32, u32) = (1, 95);

/// Debian's compiler, and its library's sources.
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_SOURCES: &str = "/usr/lib/rustlib/src/rust/library/std/Cargo.toml";

/// How long a download by rustup may take before the other way is tried.
const RUSTUP: Duration = Duration::from_secs(180);

/// The compiler that builds the console.
#[derive(Debug, Clone)]
pub(crate) struct Toolchain {
    /// In front of `PATH`; nothing when the ordinary compiler has the target.
    folder: Option<PathBuf>,
}

impl Toolchain {
    /// Finds or makes a compiler with the target.
    ///
    /// # Errors
    /// When rustup cannot download the target and the packages to make it from are missing.
    pub(crate) fn ensure(place: &Place) -> Result<Self> {
        if ordinary_has_target(&place.root) {
            return Ok(Self { folder: None });
        }
        let own = place.tools.join("wasm-rust");
        if own.join("complete").is_file() && has_target(&own.join("bin/rustc"), &own) {
            return Ok(Self { folder: Some(own.join("bin")) });
        }
        if on_path("rustup").is_some() {
            say::step("Adding the wasm32 target with rustup");
            let mut add = run::program("rustup");
            add.args(["target", "add", TARGET]).current_dir(&place.root);
            if run::succeeds_within(&mut add, RUSTUP) && ordinary_has_target(&place.root) {
                return Ok(Self { folder: None });
            }
            say::warn(
                "rustup cannot download it here; it is made from the sources in Debian's packages instead",
            );
        }
        system::ensure(place, &[Need::RustSources, Need::WasmLinker])?;
        say::step("Building Rust's library for wasm32: about a minute, once per machine");
        make_own(place, &own)?;
        Ok(Self { folder: Some(own.join("bin")) })
    }

    /// Whether clippy comes with it.
    pub(crate) fn has_clippy(&self) -> bool {
        self.folder.is_none()
    }

    /// Lets `command` find the tools in `folders`, and this compiler before any other.
    pub(crate) fn apply(&self, command: &mut Command, folders: &[PathBuf]) {
        let mut path: Vec<PathBuf> = self.folder.iter().chain(folders).cloned().collect();
        path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        // A folder whose name has a colon cannot be on a path; then the tools are looked for where they were.
        if let Ok(joined) = std::env::join_paths(path) {
            command.env("PATH", joined);
        }
        if self.folder.is_some() {
            command.env_remove("RUSTUP_TOOLCHAIN").env_remove("RUSTC");
        }
    }
}

fn ordinary_has_target(root: &Path) -> bool {
    on_path("rustc").is_some_and(|rustc| has_target(&rustc, root))
}

fn has_target(rustc: &Path, folder: &Path) -> bool {
    let mut ask = run::program(rustc);
    ask.args(["--print", "target-libdir", "--target", TARGET]).current_dir(folder);
    let Ok(answer) = run::output(&mut ask) else { return false };
    fs::read_dir(answer.trim()).is_ok_and(|entries| {
        entries.flatten().any(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with("libstd-") && name.ends_with(".rlib")
        })
    })
}

/// Debian's compiler, if it is new enough and has its library's sources.
pub(crate) fn debian_sources() -> Option<PathBuf> {
    system::first_of([DEBIAN_SOURCES])?;
    system::first_of([DEBIAN_CARGO])?;
    let rustc = system::first_of([DEBIAN_RUSTC])?;
    let version = run::output(run::program(&rustc).arg("--version")).ok()?;
    let mut numbers = version.split_whitespace().nth(1)?.split('.').map(|part| part.parse::<u32>().ok());
    ((numbers.next()??, numbers.next()??) >= OLDEST).then_some(rustc)
}

/// A linker that can be called as `rust-lld`: on `PATH`, or rustup's, which hides it, or LLVM's own.
pub(crate) fn linker() -> Option<PathBuf> {
    let hidden = || {
        let sysroot = run::output(run::program("rustc").args(["--print", "sysroot"])).ok()?;
        let host = host(Path::new("rustc"))?;
        let path = Path::new(sysroot.trim()).join("lib/rustlib").join(host).join("bin/rust-lld");
        path.is_file().then_some(path)
    };
    on_path("rust-lld").or_else(hidden).or_else(|| on_path("lld"))
}

fn host(rustc: &Path) -> Option<String> {
    let version = run::output(run::program(rustc).arg("-vV")).ok()?;
    version.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned)
}

/// Builds the library for the target and puts a compiler together that has it.
fn make_own(place: &Place, own: &Path) -> Result<()> {
    let missing = |what: &str| Failure::Unexpected(format!("{what} vanished"));
    let rustc = debian_sources().ok_or_else(|| missing("Debian's Rust"))?;
    let host = host(&rustc).ok_or_else(|| missing("Debian's Rust"))?;
    let linker = linker().ok_or_else(|| missing("the linker"))?;
    let workshop = place.tools.join("wasm-rust-build");
    build_library(place, &rustc, &workshop)?;

    let bin = own.join("bin");
    let rustlib = own.join("lib/rustlib");
    let library = rustlib.join(TARGET).join("lib");
    let _ = fs::remove_dir_all(own);
    make_folder(&bin)?;
    make_folder(&library)?;
    let built = workshop.join("target").join(TARGET).join("release/deps");
    for entry in fs::read_dir(&built).map_err(Failure::file(&built))?.flatten() {
        let name = entry.file_name();
        let text = name.to_string_lossy();
        if text.ends_with(".rlib") && !text.starts_with("libempty") {
            let to = library.join(&name);
            fs::copy(entry.path(), &to).map_err(Failure::file(&to))?;
        }
    }
    link(&Path::new("/usr/lib/rustlib").join(&host), &rustlib.join(&host))?;
    link(Path::new(DEBIAN_CARGO), &bin.join("cargo"))?;
    link(&linker, &bin.join("rust-lld"))?;
    for program in ["rustc", "rustdoc"] {
        wrap(&rustc.with_file_name(program), own, &bin.join(program))?;
    }
    let stamp = own.join("complete");
    fs::write(&stamp, "").map_err(Failure::file(&stamp))?;
    // Some hundred megabytes that nobody needs again.
    let _ = fs::remove_dir_all(&workshop);
    Ok(())
}

/// Compiles the standard library, as the dependency of an empty crate. With bitcode: the console is linked with
/// link-time optimisation, which reads it.
fn build_library(place: &Place, rustc: &Path, workshop: &Path) -> Result<()> {
    let write = |name: &str, text: &str| {
        let path = workshop.join(name);
        fs::write(&path, text).map_err(Failure::file(&path))
    };
    make_folder(&workshop.join("src"))?;
    write(
        "Cargo.toml",
        "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n",
    )?;
    write("src/lib.rs", "")?;
    let mut build = run::program(DEBIAN_CARGO);
    build.args(["build", "--release", "--target", TARGET, "-Z", "build-std=std,panic_abort,proc_macro,test"]);
    build.current_dir(workshop).env("CARGO_TARGET_DIR", workshop.join("target")).env("RUSTC", rustc);
    build.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", "-C embed-bitcode=yes").env_remove("RUSTUP_TOOLCHAIN");
    run::logged(&mut build, &place.notes()?.join("wasm-rust.log"))
}

fn link(to: &Path, at: &Path) -> Result<()> {
    symlink(to, at).map_err(Failure::file(at))
}

/// A program that starts the system's own with this folder as its home.
fn wrap(program: &Path, home: &Path, at: &Path) -> Result<()> {
    let quoted =
        |path: &Path| -> OsString { format!("'{}'", path.to_string_lossy().replace('\'', r"'\''")).into() };
    let (program, home) = (quoted(program), quoted(home));
    let text = format!(
        "#!/bin/sh\nexec {} --sysroot {} \"$@\"\n",
        program.to_string_lossy(),
        home.to_string_lossy()
    );
    fs::write(at, text).map_err(Failure::file(at))?;
    fs::set_permissions(at, fs::Permissions::from_mode(0o755)).map_err(Failure::file(at))
}
