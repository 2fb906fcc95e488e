//! Why a chore stopped, worded for the person at the terminal.

use std::fmt;
use std::path::Path;

/// The result of every step.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// What went wrong, and with it what to do about it where that is known.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line cannot be understood.
    Usage(String),
    /// Something has to be installed, and this user may not do it.
    Missing {
        /// What is missing, in words.
        what: Vec<&'static str>,
        /// The command that installs it.
        remedy: String,
    },
    /// A program could not be started, or ended with a failure.
    Program {
        /// The program and the beginning of its arguments.
        command: String,
        /// How it ended.
        how: String,
    },
    /// A file or folder could not be read or written.
    File {
        /// Where.
        path: String,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A check of the project found something; the details were printed where they were found.
    Check(String),
    /// Something answered otherwise than expected.
    Unexpected(String),
}

impl Failure {
    /// For `map_err`: an input/output error at `path`.
    pub(crate) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self + use<'_> {
        move |source| Self::File { path: path.display().to_string(), source }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text) | Self::Check(text) | Self::Unexpected(text) => f.write_str(text),
            Self::Missing { what, remedy } => {
                writeln!(f, "this machine lacks:")?;
                for thing in what {
                    writeln!(f, "  - {thing}")?;
                }
                write!(f, "install it, for example with\n\n    {remedy}\n\nand start again.")
            }
            Self::Program { command, how } => write!(f, "`{command}` {how}"),
            Self::File { path, source } => write!(f, "{path}: {source}"),
        }
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::File { source, .. } => Some(source),
            _ => None,
        }
    }
}
