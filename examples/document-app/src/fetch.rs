//! What is fetched once, from PyPI, into a folder of the cache: whole or not at all, by one program
//! at a time, and with news of how far it is.

mod growth;
mod pip;
mod staging;

use std::{io, path::PathBuf};

use self::growth::STALL;
pub use self::{growth::size_of, pip::Pip, staging::Staging};

/// Why something was not fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// Python has no pip.
    #[error("the Python on the PATH has no pip")]
    NoPip,
    /// pip says so.
    #[error("pip does not fetch it: {0}")]
    Pip(String),
    /// Nothing comes any more.
    #[error("nothing came for {} s", STALL.as_secs())]
    Stalled,
    /// The cache can't be used.
    #[error("{}: {source}", .path.display())]
    Io {
        /// What was to be made.
        path: PathBuf,
        /// Why it was not.
        source: io::Error,
    },
}

impl FetchError {
    fn at(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}
