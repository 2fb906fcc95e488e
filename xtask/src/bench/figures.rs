//! How quick the server is, against the simulators: from tunnel to prompt, from tap to allow entry, and what a look
//! at a big router costs. And how much of the console has to be fetched.

use super::Figure;
use crate::failure::{Failure, Result};
use crate::place::Place;
use crate::{cargo, console, run};

const EXAMPLE: &str = "figures";

/// From tunnel to prompt and from tap to allow entry, with 1,000 prompts pending.
pub(super) fn latency(place: &Place) -> Result<Vec<Figure>> {
    measure(place, "latency")
}

/// Processor time of a look at 10,000 tunnels at which nothing has changed.
pub(super) fn reconcile(place: &Place) -> Result<Vec<Figure>> {
    measure(place, "reconcile")
}

/// Whether 100 routers with 1,000 tunnels each are polled in time.
pub(super) fn scale(place: &Place) -> Result<Vec<Figure>> {
    measure(place, "scale")
}

/// What a browser fetches for the first view of the console.
pub(super) fn wire(place: &Place) -> Result<Vec<Figure>> {
    console::build(place)?;
    measure(place, "wire")
}

fn measure(place: &Place, what: &str) -> Result<Vec<Figure>> {
    let mut build = cargo::cargo(place);
    build.args(["build", "--release", "--package", "sallyport", "--example", EXAMPLE]);
    run::check(&mut build)?;
    let example = place.programs("release").join("examples").join(EXAMPLE);
    // As the unit and the image start it.
    let lines = run::output(run::program(&example).arg(what).env("MALLOC_ARENA_MAX", "4"))?;
    lines.lines().map(read).collect()
}

/// A line like `{"what": "…", "value": 1.5, "unit": "ms", "remark": "…"}`.
fn read(line: &str) -> Result<Figure> {
    let figure: serde_json::Value = serde_json::from_str(line)
        .map_err(|error| Failure::Unexpected(format!("{error} in the figure {line}")))?;
    let text = |name: &str| figure[name].as_str().unwrap_or_default().to_owned();
    let unit = ["ms", "MB", "kB"].into_iter().find(|unit| figure["unit"] == *unit).unwrap_or("ms CPU");
    let value = figure["value"]
        .as_f64()
        .ok_or_else(|| Failure::Unexpected(format!("no value in the figure {line}")))?;
    Ok(Figure { what: text("what"), value, unit, remark: text("remark") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_read() {
        let figure =
            read(r#"{"what":"Tap → entry, p99","value":7.25,"unit":"ms","remark":"1,000 pending"}"#).unwrap();
        assert_eq!((figure.what.as_str(), figure.value, figure.unit), ("Tap → entry, p99", 7.25, "ms"));
        assert!(read("nonsense").is_err() && read("{}").is_err());
    }
}
