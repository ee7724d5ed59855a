//! What the `dev` command needs of the machine.

use std::{ffi::OsString, path::PathBuf};

use fast_temporal_temporal::cli::CliSearch;

use super::reader::{Reader, kind};

/// What the `dev` command needs of the machine.
#[derive(Clone, Debug)]
pub struct ToolSettings {
    /// Temporal's CLI. `TEMPORAL_CLI_PATH`; default: looked for on `PATH`, then in the cache
    /// folder, then fetched.
    pub cli: Option<PathBuf>,
    /// The folders of programs, from `PATH`.
    path_var: Option<OsString>,
    /// The folder that a fetched CLI is kept in, by `XDG_CACHE_HOME` or `HOME`.
    cache_dir: PathBuf,
}

impl ToolSettings {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let path = |name| reader.environment(name).map(PathBuf::from);
        let cache_dir = CliSearch::default_cache_dir(path("XDG_CACHE_HOME"), path("HOME"));
        let path_var = reader.environment("PATH");
        Self {
            cli: reader.optional("TEMPORAL_CLI_PATH", &kind::path()),
            path_var,
            cache_dir,
        }
    }

    /// Where to look for the CLI.
    pub fn search(&self) -> CliSearch {
        CliSearch {
            cli_path: self.cli.clone(),
            path_var: self.path_var.clone(),
            cache_dir: self.cache_dir.clone(),
        }
    }
}
