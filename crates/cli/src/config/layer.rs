//! Where settings come from: defaults < `.env` < environment < flags.

mod dotenv;

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fmt, io,
};

use super::error::{ConfigError, ConfigErrors};

/// The file, in the working folder.
const DOTENV: &str = ".env";

/// Where a setting's value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said anything.
    Default,
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
            Self::DotEnv(line) => write!(f, ".env line {line}"),
            Self::Environment => f.write_str("environment"),
            Self::Flag(flag) => write!(f, "flag {flag}"),
        }
    }
}

/// A flag that stands for a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// As it is written on the command line: `--port`.
    pub flag: &'static str,
    /// The variable that it wins over.
    pub variable: &'static str,
    /// What was given.
    pub value: String,
}

/// What was said in all places.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The flags of the command line.
    pub flags: Vec<Flag>,
    /// The environment.
    pub environment: BTreeMap<OsString, OsString>,
    /// The text of the `.env` file, where there is one.
    pub dotenv: Option<String>,
}

impl Sources {
    /// What this process was given: its environment, and `.env` in its working folder.
    ///
    /// # Errors
    /// A `.env` that is there and can't be read.
    pub fn gather(flags: Vec<Flag>) -> Result<Self, ConfigErrors> {
        let environment = std::env::vars_os().collect();
        Ok(Self {
            flags,
            environment,
            dotenv: read_dotenv()?,
        })
    }
}

/// Reads `.env` in the working folder, where there is one.
///
/// # Errors
/// It is there and can't be read, or is no text.
pub fn read_dotenv() -> Result<Option<String>, ConfigErrors> {
    match std::fs::read_to_string(DOTENV) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ConfigError::DotEnvFile(error.to_string()).into()),
    }
}

/// The values in force, by variable. Empty ones are left out: empty means unset, and hides what
/// a layer below says.
pub(super) struct Layers {
    values: BTreeMap<String, (String, Origin)>,
}

impl Layers {
    pub(super) fn new(sources: &Sources, errors: &mut Vec<ConfigError>) -> Self {
        let mut values = BTreeMap::new();
        let outer = |name: &str| {
            sources
                .environment
                .get(OsStr::new(name))?
                .to_str()
                .map(str::to_owned)
        };
        if let Some(text) = &sources.dotenv {
            let (entries, bad) = dotenv::parse(text, outer);
            for entry in entries {
                values.insert(entry.name, (entry.value, Origin::DotEnv(entry.line)));
            }
            let bad = bad.into_iter();
            errors.extend(bad.map(|bad| ConfigError::DotEnvLine {
                line: bad.line,
                reason: bad.reason,
            }));
        }
        for (name, value) in &sources.environment {
            let Some(name) = name.to_str() else { continue };
            // What is no text is no value of ours, and says so only where it is asked for.
            let value = value
                .to_str()
                .map_or_else(|| NOT_TEXT.to_owned(), str::to_owned);
            values.insert(name.to_owned(), (value, Origin::Environment));
        }
        for flag in &sources.flags {
            values.insert(
                flag.variable.to_owned(),
                (flag.value.clone(), Origin::Flag(flag.flag)),
            );
        }
        values.retain(|_, (value, _)| !value.trim().is_empty());
        Self { values }
    }

    pub(super) fn get(&self, name: &str) -> Option<(&str, Origin)> {
        self.values
            .get(name)
            .map(|(value, origin)| (value.trim(), *origin))
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }
}

/// Stands for a value that is no UTF-8. No kind of setting takes a control character.
const NOT_TEXT: &str = "\u{0}";

pub(super) fn is_text(value: &str) -> bool {
    !value.contains(char::is_control)
}
