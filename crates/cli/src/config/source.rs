//! The sources of settings: the settings file, `.env`, the environment and flags.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fmt, io,
    path::{Path, PathBuf},
};

use fast_temporal_core::settings::Setting;

use super::{
    dotenv,
    error::{ConfigError, ConfigErrors, Origin},
};

/// The prefix of the variables that only Fast Temporal uses.
pub(super) const PREFIX: &str = "FAST_TEMPORAL_";
/// Variables that begin like this can be set without [`PREFIX`] too.
const SHORT_PREFIX: &str = "AUTH";

const DOTENV: &str = ".env";
pub(super) const DEFAULT_FILE: &str = "fast-temporal.toml";

pub(super) const CONFIG: Setting = Setting::new(
    "",
    "FAST_TEMPORAL_CONFIG",
    "Path of the settings file. By default, `fast-temporal.toml` in the working directory, if it exists.",
)
.flag("--config");

/// A flag of the command line that sets a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// The flag, such as `--port`.
    pub name: &'static str,
    /// The value.
    pub value: String,
}

/// The settings file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The path, as it was given.
    pub path: PathBuf,
    /// The content.
    pub text: String,
}

/// Reads the files that settings name: schemas, certificates, keys.
#[derive(Clone, Copy)]
pub struct Files(pub fn(&Path) -> io::Result<Vec<u8>>);

impl Default for Files {
    /// Returns a reader that finds no file.
    fn default() -> Self {
        Self(|_| Err(io::ErrorKind::NotFound.into()))
    }
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Files").finish_non_exhaustive()
    }
}

/// The contents of all sources.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The flags on the command line.
    pub flags: Vec<Flag>,
    /// The environment.
    pub environment: BTreeMap<OsString, OsString>,
    /// The text of the `.env` file, if it exists.
    pub dotenv: Option<String>,
    /// The settings file, if it exists.
    pub file: Option<File>,
    /// Reads the files that settings name.
    pub files: Files,
}

impl Sources {
    /// Returns the sources of this process.
    ///
    /// # Errors
    /// A file exists, or is required, and can't be read.
    pub fn gather(flags: Vec<Flag>) -> Result<Self, ConfigErrors> {
        let sources = Self {
            flags,
            environment: std::env::vars_os().collect(),
            files: Files(|path| std::fs::read(path)),
            ..Self::default()
        };
        sources.reread()
    }

    /// Returns the same flags and environment with the files as they are now.
    ///
    /// # Errors
    /// A file exists, or is required, and can't be read.
    pub fn reread(&self) -> Result<Self, ConfigErrors> {
        let mut sources = self.clone();
        sources.dotenv = read_dotenv()?;
        // Loading the settings reports the errors in .env.
        let (variables, _) = sources.variables();
        sources.file = read_file(variables.of(&CONFIG).map(|(path, _)| path))?;
        Ok(sources)
    }

    /// Returns whether the files have the same content.
    pub fn same_files(&self, other: &Self) -> bool {
        self.dotenv == other.dotenv && self.file == other.file
    }

    /// Returns the value of a variable that isn't one of the gateway's settings, from the environment or `.env`. An
    /// empty value means unset.
    #[cfg(feature = "dev")]
    pub fn variable(&self, name: &str) -> Option<OsString> {
        let from_dotenv = || Some(self.variables().0.by_name.remove(name)?.0.into());
        let value = self.environment.get(OsStr::new(name)).cloned();
        value.or_else(from_dotenv).filter(|value| !value.is_empty())
    }

    /// Merges flags, environment and `.env`.
    pub(super) fn variables(&self) -> (Variables, Vec<ConfigError>) {
        let environment = |name: &str| self.environment.get(OsStr::new(name))?.to_str();
        let (entries, errors) = match &self.dotenv {
            Some(text) => dotenv::parse(text, |name| environment(name).map(str::to_owned)),
            None => Default::default(),
        };
        let from_dotenv = entries
            .into_iter()
            .map(|entry| (entry.name, (entry.value, Origin::DotEnv(entry.line))));
        let from_environment = self.environment.iter().filter_map(|(name, value)| {
            // No setting accepts this character, so a value that isn't UTF-8 is an error if it is used.
            let value = value.to_str().unwrap_or("\u{0}").to_owned();
            Some((name.to_str()?.to_owned(), (value, Origin::Environment)))
        });
        let flags = self
            .flags
            .iter()
            .map(|flag| (flag.name, flag.value.clone()));
        let variables = Variables {
            by_name: from_dotenv.chain(from_environment).collect(),
            flags: flags.collect(),
        };
        let errors = errors.into_iter().map(|bad| ConfigError::DotEnvLine {
            line: bad.line,
            reason: bad.reason,
        });
        (variables, errors.collect())
    }
}

/// The values of all variables and flags.
pub(super) struct Variables {
    by_name: BTreeMap<String, (String, Origin)>,
    flags: BTreeMap<&'static str, String>,
}

impl Variables {
    /// Returns the value of a setting with its surrounding whitespace removed. An empty value means unset.
    pub(super) fn of(&self, setting: &Setting) -> Option<(String, Origin)> {
        let flag = setting.flag.and_then(|flag| {
            let value = self.flags.get(flag)?;
            Some((value.trim().to_owned(), Origin::Flag(flag)))
        });
        let short = setting.variable.strip_prefix(PREFIX);
        let short = short.filter(|name| name.starts_with(SHORT_PREFIX));
        let names = short.into_iter().chain([setting.variable]);
        let found = names.filter_map(|name| self.by_name.get(name));
        flag.or_else(|| {
            let (value, origin) = found.max_by_key(|(_, origin)| origin)?;
            Some((value.trim().to_owned(), origin.clone()))
        })
    }

    /// Returns the names of the set variables that begin with [`PREFIX`].
    pub(super) fn own_names(&self) -> impl Iterator<Item = &str> {
        let set = self.by_name.iter();
        set.filter(|(name, (value, _))| name.starts_with(PREFIX) && !value.trim().is_empty())
            .map(|(name, _)| name.as_str())
    }
}

fn read_dotenv() -> Result<Option<String>, ConfigErrors> {
    match std::fs::read_to_string(DOTENV) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ConfigError::DotEnvFile(error.to_string()).into()),
    }
}

/// Reads the file that was given, or the default file, which doesn't have to exist.
fn read_file(given: Option<String>) -> Result<Option<File>, ConfigErrors> {
    let given = given.filter(|path| !path.is_empty());
    let (name, path) = match &given {
        Some(path) => (CONFIG.variable, PathBuf::from(path)),
        None => (DEFAULT_FILE, PathBuf::from(DEFAULT_FILE)),
    };
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(File { path, text })),
        Err(error) if error.kind() == io::ErrorKind::NotFound && given.is_none() => Ok(None),
        Err(error) => Err(ConfigError::File {
            name: name.to_owned(),
            path: path.display().to_string(),
            reason: error.to_string(),
        }
        .into()),
    }
}
