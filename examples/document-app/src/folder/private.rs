//! Folders that are one user's alone.

use std::path::Path;

use super::WriteError;

/// Makes a folder that nobody else can look into, or sees that one is such a folder.
#[cfg(unix)]
pub(super) async fn make(path: &Path) -> Result<(), WriteError> {
    use std::{
        io,
        os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    };

    let failed = |source| WriteError::Io {
        path: path.to_owned(),
        source,
    };
    let made = tokio::fs::DirBuilder::new().mode(0o700).create(path).await;
    match made {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(failed(error)),
        _ => {}
    }
    // Of a link, the link itself: it is no folder.
    let found = tokio::fs::symlink_metadata(path).await.map_err(failed)?;
    let ours = found.uid() == rustix::process::geteuid().as_raw();
    let writable = found.permissions().mode() & 0o022 != 0;
    if found.is_dir() && ours && !writable {
        Ok(())
    } else {
        Err(WriteError::NotPrivate(path.to_owned()))
    }
}

/// Makes a folder: the system's folder for temporary files is each user's own already.
#[cfg(not(unix))]
pub(super) async fn make(path: &Path) -> Result<(), WriteError> {
    let made = tokio::fs::create_dir_all(path).await;
    made.map_err(|source| WriteError::Io {
        path: path.to_owned(),
        source,
    })
}

#[cfg(all(test, unix))]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use super::*;

    #[tokio::test]
    async fn a_folder_is_made_that_nobody_else_can_look_into() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("documents");
        for _ in 0..2 {
            make(&path).await.expect("a folder");
            let mode = fs::metadata(&path).expect("it").permissions().mode();
            assert_eq!(mode & 0o777, 0o700);
        }
    }

    #[tokio::test]
    async fn what_others_can_write_to_or_lead_elsewhere_is_refused() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let [open, link] = ["open", "link"].map(|name| dir.path().join(name));
        fs::create_dir(&open).expect("a folder");
        fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).expect("it is ours");
        std::os::unix::fs::symlink(dir.path(), &link).expect("a link");
        for path in [open, link] {
            let refused = make(&path).await.expect_err("it is not private");
            assert!(matches!(refused, WriteError::NotPrivate(_)));
            assert!(refused.to_string().contains("DOCUMENT_FOLDER"), "{refused}");
        }
    }
}
