//! What a person can choose about the demo.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::failure::{Failure, Result};
use crate::place::Place;
use crate::postgres;

/// The command line of `cargo xtask demo`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Options {
    /// The server's data folder; it is kept from one demo to the next.
    pub(super) data: PathBuf,
    /// Whether to throw the data away first.
    pub(super) fresh: bool,
    /// Whether to start what was built before, without a look at the sources.
    pub(super) as_built: bool,
    /// The console's port; without it 8080, or another when that is taken.
    pub(super) port: Option<u16>,
}

impl Options {
    /// Reads the arguments.
    ///
    /// # Errors
    /// [`Failure::Usage`] for anything that is not understood.
    pub(super) fn read(place: &Place, arguments: &[OsString]) -> Result<Self> {
        let mut options = Self { data: place.tools.join("demo"), fresh: false, as_built: false, port: None };
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let mut value =
                || words.next().ok_or_else(|| Failure::Usage(format!("{} wants a value", word.display())));
            match word.to_str() {
                Some("--fresh") => options.fresh = true,
                Some("--as-built") => options.as_built = true,
                Some("--data") => {
                    let given = PathBuf::from(value()?);
                    options.data = std::path::absolute(&given).map_err(Failure::file(&given))?;
                }
                Some("--port") => {
                    let text = value()?;
                    let port = text.to_str().and_then(|text| text.parse().ok());
                    options.port =
                        Some(port.ok_or_else(|| Failure::Usage(format!("{} is no port", text.display())))?);
                }
                _ => return Err(Failure::Usage(format!("demo: {} is not understood", word.display()))),
            }
        }
        Ok(options)
    }
}

/// The port that people know, or a free one when somebody else listens there.
///
/// # Errors
/// When no port is free.
pub(super) fn port_near(known: u16) -> Result<u16> {
    if std::net::TcpListener::bind(("127.0.0.1", known)).is_ok() { Ok(known) } else { postgres::free_port() }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn read(words: &[&str]) -> Result<Options> {
        let folder = Path::new("/nowhere").to_path_buf();
        let place = Place { root: folder.clone(), target: folder.clone(), tools: folder };
        Options::read(&place, &words.iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn options_are_read() {
        let options = read(&["--fresh", "--data", "/tmp/d", "--port", "9000"]).unwrap();
        assert_eq!(
            options,
            Options { data: "/tmp/d".into(), fresh: true, as_built: false, port: Some(9000) }
        );
        assert!(read(&["--as-built"]).unwrap().as_built);
        assert_eq!(read(&[]).unwrap().data, Path::new("/nowhere/demo"));
    }

    #[test]
    fn nonsense_is_refused() {
        for words in [&["--data"][..], &["--port", "x"], &["--fresher"]] {
            assert!(matches!(read(words), Err(Failure::Usage(_))), "{words:?}");
        }
    }
}
