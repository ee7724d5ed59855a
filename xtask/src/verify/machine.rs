//! The programs that the tests need beside Rust: Debian packages, which are installed if this user can
//! do so, and named otherwise. No test is skipped because a program is missing.

use anyhow::{Result, bail};

use crate::workspace::{Workspace, read, report, run};

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
    let is_installed = |need: &Need| read(workspace.command("sh").args(["-c", need.probe])).is_ok();
    let missing: Vec<_> = NEEDS.iter().filter(|need| !is_installed(need)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages = missing.iter().flat_map(|need| need.packages).copied();
    let packages: Vec<_> = packages.collect();
    for need in &missing {
        let names = need.packages.join(", ");
        report(&format!("missing: {names} ({})", need.purpose));
    }
    let user = read(workspace.command("id").arg("-u")).unwrap_or_default();
    if user.trim() != "0" {
        let packages = packages.join(" ");
        bail!("install them first; on Debian: apt-get install {packages}");
    }
    let apt = || {
        let mut apt = workspace.command("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        apt
    };
    run(apt().args(["update", "--quiet"]))?;
    run(apt()
        .args(["install", "--yes", "--quiet", "--no-install-recommends"])
        .args(&packages))?;
    if let Some(need) = missing.iter().find(|need| !is_installed(need)) {
        let names = need.packages.join(", ");
        bail!("{names} is installed, but `{}` still fails", need.probe);
    }
    Ok(())
}
