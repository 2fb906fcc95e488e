//! A Python environment with the clients that others wrote for RouterOS and Telegram; the simulators are tested with
//! them. Made once per machine and list of versions.

use std::env;
use std::fs;
use std::path::PathBuf;

use crate::digest::Digest;
use crate::failure::{Failure, Result};
use crate::place::{Place, make_folder, on_path};
use crate::system::{self, Need};
use crate::{run, say};

/// The list of exact versions, in the checkout.
const REQUIREMENTS: &str = "sim/tests/python/requirements.txt";

/// A Python that can make virtual environments with pip in them.
pub(crate) fn interpreter() -> Option<PathBuf> {
    let path = on_path("python3")?;
    run::succeeds(run::program(&path).args(["-c", "import venv, ensurepip"])).then_some(path)
}

/// Finds or makes the environment; gives its interpreter, which tests know as `SALLYPORT_PYTHON`.
///
/// # Errors
/// When Python is missing and cannot be installed, or a package cannot be had.
pub(crate) fn ensure(place: &Place) -> Result<PathBuf> {
    if let Some(given) = env::var_os("SALLYPORT_PYTHON") {
        return Ok(given.into());
    }
    let list = place.root.join(REQUIREMENTS);
    let mut digest = Digest::new();
    digest.file(&list)?;
    let home = place.tools.join(format!("python-{digest}"));
    let python = home.join("bin/python");
    // Written last, so that a half-made environment is never taken for a whole one.
    let stamp = home.join("complete");
    if stamp.is_file() && run::succeeds(run::program(&python).arg("--version")) {
        return Ok(python);
    }
    system::ensure(place, &[Need::Python])?;
    let Some(system_python) = interpreter() else {
        return Err(Failure::Unexpected("python3 vanished".into()));
    };
    say::step("Making a Python environment with the third-party clients (once per machine)");
    make_folder(&place.tools)?;
    let log = place.notes()?.join("python.log");
    run::logged(run::program(system_python).args(["-m", "venv", "--clear"]).arg(&home), &log)?;
    let mut pip = run::program(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]).arg(&list);
    run::logged(&mut pip, &log)?;
    fs::write(&stamp, "").map_err(Failure::file(&stamp))?;
    Ok(python)
}
