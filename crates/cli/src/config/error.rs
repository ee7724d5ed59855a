//! What is wrong with the settings: all of it at once.

use std::fmt;

use super::source::Origin;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A value is none of those that the setting takes.
    #[error("{name}: read {read} ({origin}); allowed: {allowed}")]
    Value {
        /// The setting, as it is called where it was read: its variable, or its key in the file.
        name: String,
        /// What was read, texts in quotes; secrets are masked.
        read: String,
        /// Where it was read.
        origin: Origin,
        /// What the setting takes.
        allowed: String,
    },
    /// A setting needs another one beside it.
    #[error("{missing}: not set; {because}")]
    Missing {
        /// The setting that is not set.
        missing: String,
        /// Why it has to be.
        because: String,
    },
    /// The file has a key where every key has a meaning, and this one has none.
    #[error("{key}: there is no such setting ({origin}); allowed: {allowed}")]
    Unknown {
        /// The key.
        key: String,
        /// Where it stands.
        origin: Origin,
        /// The keys that there are.
        allowed: String,
    },
    /// A file that a setting names can't be read.
    #[error("{name}: cannot read {path:?}: {reason}; allowed: the path of a readable file")]
    File {
        /// The setting.
        name: String,
        /// The path that was read.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// A line of the settings' file is no TOML.
    #[error("{file} line {line}: {reason}; allowed: TOML, as in key = \"value\" below [table]")]
    FileLine {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A line of the `.env` file can't be read.
    #[error(
        ".env line {line}: {reason}; allowed: NAME=value, NAME='value', NAME=\"value\", # comment"
    )]
    DotEnvLine {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The `.env` file is there and can't be read.
    #[error(".env: cannot be read: {0}; allowed: a readable file of UTF-8 text, or none")]
    DotEnvFile(String),
}

/// Everything that is wrong with the settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
pub struct ConfigErrors(pub Vec<ConfigError>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        write!(
            f,
            "{count} error{} in the settings:",
            if count == 1 { "" } else { "s" }
        )?;
        self.0.iter().try_for_each(|error| write!(f, "\n  {error}"))
    }
}

impl From<ConfigError> for ConfigErrors {
    fn from(error: ConfigError) -> Self {
        Self(vec![error])
    }
}
