//! Python's pip, which fetches packages and takes none that has another checksum than it should.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::process::Command;

use super::{FetchError, Staging, growth::while_it_grows};
use crate::program::{Limits, find_in, run};

/// The package is unpacked and not built, none that it depends on is fetched, and nothing stays
/// behind but the package.
const ARGUMENTS: [&str; 12] = [
    "-m",
    "pip",
    "--disable-pip-version-check",
    "--no-input",
    "--no-cache-dir",
    "install",
    "--quiet",
    "--no-deps",
    "--no-compile",
    "--only-binary",
    ":all:",
    "--require-hashes",
];
/// What pip has for temporary files, by the system.
const TEMPORARY: [&str; 3] = ["TMPDIR", "TEMP", "TMP"];
/// It says little, and may take as long as something comes.
const LIMITS: Limits = Limits {
    time: Duration::from_hours(12),
    output_bytes: 64 * 1024,
};

/// Python with pip.
#[derive(Clone, Debug)]
pub struct Pip {
    python: PathBuf,
}

impl Pip {
    /// Finds Python in the folders of a `PATH`. Whether it has pip shows later.
    pub fn find(path_var: Option<&OsStr>) -> Option<Self> {
        let python = ["python3", "python"]
            .into_iter()
            .find_map(|name| find_in(path_var, name))?;
        Some(Self { python })
    }

    /// Python itself.
    pub fn python(&self) -> &Path {
        &self.python
    }

    /// Fetches what a line of a requirements file names, with its checksums, and gives the folder
    /// that it is unpacked to, in the staging folder. `news` is told of how much has come, in bytes:
    /// at most twice the package, which is packed first, then both. Dropped, it ends pip.
    pub async fn unpack(
        &self,
        requirement: &str,
        staging: &Staging,
        news: impl FnMut(u64),
    ) -> Result<PathBuf, FetchError> {
        let [requirements, package, temporary] =
            ["requirements.txt", "package", "temporary"].map(|name| staging.path().join(name));
        fs::create_dir_all(&temporary).map_err(FetchError::at(&temporary))?;
        fs::write(&requirements, requirement).map_err(FetchError::at(&requirements))?;
        let mut command = Command::new(&self.python);
        command
            .args(ARGUMENTS)
            .arg("--target")
            .arg(&package)
            .arg("--requirement")
            .arg(&requirements)
            // What comes is put there first, and goes with the rest where pip is ended.
            .envs(TEMPORARY.map(|name| (name, &temporary)));
        let running = run(&mut command, b"", LIMITS);
        match while_it_grows(staging.path(), running, news).await? {
            Ok(_) => Ok(package),
            Err(reason) if reason.contains("No module named pip") => Err(FetchError::NoPip),
            Err(reason) => Err(FetchError::Pip(reason)),
        }
    }
}
