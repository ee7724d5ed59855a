//! The programs that the tests need beside Rust: Debian packages, which are installed if this user can
//! do so, and named otherwise. No test is skipped because a program is missing.

use anyhow::{Result, bail};

use crate::{
    process::{command, read, report, run},
    workspace::Workspace,
};

/// A program that the tests need.
struct Need {
    /// Why the tests need it.
    purpose: &'static str,
    /// The Debian packages that contain it.
    packages: &'static [&'static str],
    /// A shell command that succeeds if it is installed.
    probe: &'static str,
}

const NEEDS: &[Need] = &[
    Need {
        purpose: "the Python package's own workers and clients run in virtual environments",
        packages: &["python3", "python3-venv"],
        probe: "python3 -c 'import venv, ensurepip'",
    },
    Need {
        purpose: "the page at / is shown in a real browser",
        packages: &["chromium"],
        probe: "for name in chromium chromium-browser google-chrome chrome; do \
                command -v $name && exit 0; done; exit 1",
    },
    Need {
        purpose: "the browser is driven by a script",
        packages: &["nodejs", "npm"],
        probe: "command -v node && command -v npm",
    },
];

/// Installs missing programs.
pub fn install_missing(workspace: &Workspace) -> Result<()> {
    let is_installed =
        |need: &Need| read(command(&workspace.root, "sh").args(["-c", need.probe])).is_ok();
    let missing: Vec<_> = NEEDS.iter().filter(|need| !is_installed(need)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<_> = missing
        .iter()
        .flat_map(|need| need.packages)
        .copied()
        .collect();
    for need in &missing {
        report(&format!(
            "missing: {} ({})",
            need.packages.join(", "),
            need.purpose
        ));
    }
    let user = read(command(&workspace.root, "id").arg("-u")).unwrap_or_default();
    if user.trim() != "0" {
        bail!(
            "install them first; on Debian: apt-get install {}",
            packages.join(" ")
        );
    }
    let apt = || {
        let mut apt = command(&workspace.root, "apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        apt
    };
    run(apt().args(["update", "--quiet"]))?;
    run(apt()
        .args(["install", "--yes", "--quiet", "--no-install-recommends"])
        .args(&packages))?;
    match missing.iter().find(|need| !is_installed(need)) {
        None => Ok(()),
        Some(need) => bail!(
            "{} is installed, but `{}` still fails",
            need.packages.join(", "),
            need.probe
        ),
    }
}
