//! The rules by which the browser tests judge accessibility: axe-core, from npm, once per machine and version. It is
//! a tool of the tests; nothing of it gets into the product.

use std::env;
use std::path::PathBuf;
use std::time::Duration;

use crate::failure::Result;
use crate::place::{Place, make_folder, on_path};
use crate::{run, say};

/// The version; a newer one may find more.
const VERSION: &str = "4.14.1";

/// How long the download may take before the tests go on without.
const DOWNLOAD: Duration = Duration::from_secs(120);

/// Finds or fetches `axe.min.js`. Without npm, or when its registry cannot be reached, there is none: that is told,
/// and the tests then pass over accessibility.
///
/// # Errors
/// When the tools folder cannot be written.
pub(crate) fn find(place: &Place) -> Result<Option<PathBuf>> {
    if let Some(given) = env::var_os("SALLYPORT_AXE") {
        return Ok(Some(given.into()));
    }
    let home = place.tools.join(format!("axe-{VERSION}"));
    let rules = home.join("node_modules/axe-core/axe.min.js");
    if rules.is_file() {
        return Ok(Some(rules));
    }
    let Some(npm) = on_path("npm") else {
        say::warn("There is no npm to fetch axe-core with: accessibility is not tested");
        return Ok(None);
    };
    say::step(&format!("Fetching axe-core {VERSION}"));
    make_folder(&home)?;
    let mut install = run::program(npm);
    install.args(["install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]);
    install.arg(&home).arg(format!("axe-core@{VERSION}")).current_dir(&home);
    if run::succeeds_within(&mut install, DOWNLOAD) && rules.is_file() {
        return Ok(Some(rules));
    }
    say::warn("axe-core cannot be fetched: accessibility is not tested");
    Ok(None)
}
