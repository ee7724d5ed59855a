//! Where values came from, and all errors in the settings at once.

use std::{fmt, sync::Arc};

/// Where the value of a setting came from, in ascending precedence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The setting is not set.
    Default,
    /// The settings file.
    File {
        /// The path of the file, as it was given.
        path: Arc<str>,
        /// The line, from 1.
        line: usize,
    },
    /// The `.env` file, at this line.
    DotEnv(usize),
    /// The environment.
    Environment,
    /// This flag on the command line.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{path} line {line}"),
            Self::DotEnv(line) => write!(f, ".env line {line}"),
            Self::Environment => f.write_str("environment"),
            Self::Flag(flag) => write!(f, "flag {flag}"),
        }
    }
}

/// An error in the settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The setting doesn't accept the value.
    #[error("{name}: found {found} ({origin}); expected {expected}")]
    Value {
        /// The name of the setting in the place where it was set: its variable, or its key in the file.
        name: String,
        /// The value: text in quotes, secrets masked.
        found: String,
        /// Where the value was set.
        origin: Origin,
        /// What the setting accepts.
        expected: String,
    },
    /// Another setting requires this one.
    #[error("{name}: not set; {because}")]
    Missing {
        /// The setting that isn't set.
        name: String,
        /// Why it is required.
        because: String,
    },
    /// The key doesn't exist, in a table where an unknown key is an error.
    #[error("{key}: unknown setting ({origin}); expected one of {expected}")]
    Unknown {
        /// The key.
        key: String,
        /// Where it was set.
        origin: Origin,
        /// The keys that exist.
        expected: String,
    },
    /// A file that a setting names can't be read.
    #[error("{name}: cannot read {path:?}: {reason}")]
    File {
        /// The setting.
        name: String,
        /// The path.
        path: String,
        /// The reason.
        reason: String,
    },
    /// A line of the settings file is invalid TOML.
    #[error("{file} line {line}: {reason}; expected TOML, such as key = \"value\" below [table]")]
    FileLine {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The reason.
        reason: String,
    },
    /// A line of the `.env` file is invalid.
    #[error(
        ".env line {line}: {reason}; expected NAME=value, NAME='value', NAME=\"value\" or # comment"
    )]
    DotEnvLine {
        /// The line, from 1.
        line: usize,
        /// The reason.
        reason: &'static str,
    },
    /// The `.env` file exists and can't be read.
    #[error(".env: cannot be read: {0}; expected a readable file of UTF-8 text")]
    DotEnvFile(String),
}

/// All errors in the settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
pub struct ConfigErrors(pub Vec<ConfigError>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        let plural = if count == 1 { "" } else { "s" };
        write!(f, "{count} error{plural} in the settings:")?;
        self.0.iter().try_for_each(|error| write!(f, "\n  {error}"))
    }
}

impl From<ConfigError> for ConfigErrors {
    fn from(error: ConfigError) -> Self {
        Self(vec![error])
    }
}
