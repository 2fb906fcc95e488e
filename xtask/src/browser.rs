//! The browser that the end-to-end tests drive: the system's Chromium and its ChromeDriver; and the rules of
//! accessibility that they apply in it.

use std::env;
use std::path::PathBuf;

use crate::axe;
use crate::failure::Result;
use crate::place::{Place, on_path};
use crate::system::{self, Need};

/// Chromium: `SALLYPORT_CHROMIUM`, else the one on `PATH`.
pub(crate) fn chromium() -> Option<PathBuf> {
    given("SALLYPORT_CHROMIUM")
        .or_else(|| ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(on_path))
}

/// ChromeDriver: `SALLYPORT_CHROMEDRIVER`, else the one on `PATH`, else where distributions hide it.
pub(crate) fn driver() -> Option<PathBuf> {
    given("SALLYPORT_CHROMEDRIVER").or_else(|| on_path("chromedriver")).or_else(|| {
        system::first_of(["/usr/lib/chromium/chromedriver", "/usr/lib/chromium-browser/chromedriver"])
    })
}

fn given(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).map(PathBuf::from).filter(|path| path.is_file())
}

/// Finds or installs all of it; gives the variables by which tests find them.
///
/// # Errors
/// When the browser or its driver is missing and cannot be installed.
pub(crate) fn ensure(place: &Place) -> Result<Vec<(&'static str, PathBuf)>> {
    system::ensure(place, &[Need::Chromium, Need::ChromeDriver])?;
    let found = [
        ("SALLYPORT_CHROMIUM", chromium()),
        ("SALLYPORT_CHROMEDRIVER", driver()),
        ("SALLYPORT_AXE", axe::find(place)?),
    ];
    Ok(found.into_iter().filter_map(|(variable, path)| Some((variable, path?))).collect())
}
