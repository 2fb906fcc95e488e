//! Where things are: the checkout, cargo's target folder, and the cache of what is made once per machine.

use std::env;
use std::path::{Path, PathBuf};

use crate::failure::{Failure, Result};

/// The folders that every chore works with, all absolute.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The checkout.
    pub(crate) root: PathBuf,
    /// Cargo's target folder (`CARGO_TARGET_DIR`, else `target` in the checkout).
    pub(crate) target: PathBuf,
    /// What takes minutes to make and outlives a checkout (`SALLYPORT_TOOLS_DIR`, else `sallyport/tools` in the user's
    /// cache folder).
    pub(crate) tools: PathBuf,
}

impl Place {
    /// Reads the environment.
    ///
    /// # Errors
    /// When there is neither a home nor a cache folder to keep tools in.
    pub(crate) fn find() -> Result<Self> {
        // Cargo sets the variable for `cargo xtask`; the built-in path serves a binary that is started by hand.
        let package = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = package.parent().unwrap_or(&package).to_path_buf();
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        let target = std::path::absolute(&target).map_err(Failure::file(&target))?;
        let tools = tools()?;
        let tools = std::path::absolute(&tools).map_err(Failure::file(&tools))?;
        Ok(Self { root, target, tools })
    }

    /// The folder of a cargo profile's programs (`debug`, `release`).
    pub(crate) fn programs(&self, profile: &str) -> PathBuf {
        self.target.join(profile)
    }

    /// A folder in the target folder for what the chores themselves remember and log; made when missing.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn notes(&self) -> Result<PathBuf> {
        let path = self.target.join("xtask");
        make_folder(&path)?;
        Ok(path)
    }
}

fn tools() -> Result<PathBuf> {
    if let Some(given) = env::var_os("SALLYPORT_TOOLS_DIR") {
        return Ok(given.into());
    }
    let cache = env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".cache")));
    cache.map(|cache| cache.join("sallyport").join("tools")).ok_or_else(|| {
        Failure::Usage("no HOME: set SALLYPORT_TOOLS_DIR to a folder where build tools may be kept".into())
    })
}

/// Makes a folder and those above it, unless it is there.
///
/// # Errors
/// When the system refuses.
pub(crate) fn make_folder(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).map_err(Failure::file(path))
}

/// Finds a program on `PATH`.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(name)).find(|path| path.is_file())
}
