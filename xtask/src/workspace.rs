//! The workspace's folders.

use std::path::{Path, PathBuf};

/// The folders of a workspace.
#[derive(Debug)]
pub struct Workspace {
    /// The folder with the workspace's `Cargo.toml`.
    pub root: PathBuf,
    /// Cargo's target folder.
    pub target: PathBuf,
}

impl Workspace {
    /// Returns the workspace that this program was built in.
    pub fn find() -> Self {
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = package
            .parent()
            .expect("xtask is a folder of the workspace")
            .to_owned();
        // Cargo puts programs into `<target>/<profile>/`.
        let target = std::env::current_exe()
            .ok()
            .and_then(|program| Some(program.parent()?.parent()?.to_owned()))
            .unwrap_or_else(|| root.join("target"));
        Self { root, target }
    }
}
