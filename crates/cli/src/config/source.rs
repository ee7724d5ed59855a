//! Where settings come from: defaults < `fast-temporal.toml` < `.env` < environment < flags.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    error::{ConfigError, ConfigErrors},
    layer::{Layers, dotenv},
    setting::{Setting, settings},
};

/// In the working folder.
const DOTENV: &str = ".env";
/// The file that is read where none is named, in the working folder.
const DEFAULT_FILE: &str = "fast-temporal.toml";

settings! {
    SOURCE: "Where the file is.";

    /// The file. The default one, in the working folder, need not be there; one that is named must
    /// be.
    CONFIG = "FAST_TEMPORAL_CONFIG", flag "--config", default "fast-temporal.toml";
}

/// Where a setting's value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// The settings' file, at this line.
    File {
        /// The file, as it was named.
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

/// A setting's flag with what was given.
#[derive(Clone, Debug)]
pub struct Flag {
    /// The setting.
    pub setting: &'static Setting,
    /// What was given.
    pub value: String,
}

/// The settings' file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Where it is, as it was named.
    pub path: PathBuf,
    /// What stands in it.
    pub text: String,
}

/// Reads the files that settings name: schemas, certificates, keys.
#[derive(Clone, Copy)]
pub struct Files(pub fn(&Path) -> io::Result<Vec<u8>>);

impl Default for Files {
    /// There are none.
    fn default() -> Self {
        Self(|_| Err(io::ErrorKind::NotFound.into()))
    }
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Files").finish_non_exhaustive()
    }
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
    /// The settings' file, where there is one.
    pub file: Option<File>,
    /// The files that the settings name.
    pub files: Files,
}

impl Sources {
    /// What this process was given: its environment, and the files.
    ///
    /// # Errors
    /// A file that is there, or has to be, and can't be read.
    pub fn gather(flags: Vec<Flag>) -> Result<Self, ConfigErrors> {
        let environment = std::env::vars_os().collect();
        let files = Files(|path| std::fs::read(path));
        let given = Self {
            flags,
            environment,
            files,
            ..Self::default()
        };
        given.reread()
    }

    /// The same flags and environment, with the files as they are now.
    ///
    /// # Errors
    /// A file that is there, or has to be, and can't be read.
    pub fn reread(&self) -> Result<Self, ConfigErrors> {
        let mut sources = self.clone();
        sources.dotenv = read_dotenv()?;
        sources.file = read_file(sources.named_file())?;
        Ok(sources)
    }

    /// Whether the files say the same.
    pub fn same_files(&self, other: &Self) -> bool {
        self.dotenv == other.dotenv && self.file == other.file
    }

    /// Returns the value of a variable that is not one of the gateway's settings, from the
    /// environment or `.env`. An empty value means unset.
    pub fn variable(&self, name: &str) -> Option<OsString> {
        let from_dotenv = || {
            let outer = |name: &str| {
                self.environment
                    .get(OsStr::new(name))?
                    .to_str()
                    .map(str::to_owned)
            };
            let (entries, _) = dotenv::parse(self.dotenv.as_deref()?, outer);
            let entry = entries.into_iter().rfind(|entry| entry.name == name);
            entry.map(|entry| OsString::from(entry.value))
        };
        let value = self.environment.get(OsStr::new(name)).cloned();
        value.or_else(from_dotenv).filter(|value| !value.is_empty())
    }

    fn named_file(&self) -> Option<String> {
        // What is wrong with the sources is told when all settings are read.
        let mut errors = Vec::new();
        let layers = Layers::new(self, &mut errors);
        layers.variable(&CONFIG).map(|(path, _)| path.to_owned())
    }
}

fn read_dotenv() -> Result<Option<String>, ConfigErrors> {
    match std::fs::read_to_string(DOTENV) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ConfigError::DotEnvFile(error.to_string()).into()),
    }
}

fn read_file(named: Option<String>) -> Result<Option<File>, ConfigErrors> {
    let name = if named.is_some() {
        CONFIG.variable
    } else {
        DEFAULT_FILE
    };
    let must_be = named.is_some();
    let path = PathBuf::from(named.unwrap_or_else(|| DEFAULT_FILE.to_owned()));
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(File { path, text })),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !must_be => Ok(None),
        Err(error) => Err(ConfigError::File {
            name: name.to_owned(),
            path: path.display().to_string(),
            reason: error.to_string(),
        }
        .into()),
    }
}
