//! The one folder that files are written to.

use std::{
    io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt as _;

use crate::FileName;

/// Where a file was written to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// The file's path.
    pub path: String,
    /// The file's length.
    pub bytes: usize,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// Somebody put something else where a folder of ours should be: a link that leads out, say.
    #[error("{} is no folder of its own: nothing is written there", .0.display())]
    NotAFolder(PathBuf),
    /// The system refused.
    #[error("cannot write {}: {source}", .path.display())]
    Io {
        /// What was to be written.
        path: PathBuf,
        /// Why it was not.
        source: io::Error,
    },
}

/// The folder of documents. Each workflow run has one of its own in it, so that users can't
/// overwrite each other's files.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// A folder, which is made when it is first needed.
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file, whole or not at all: a retry writes the same file again, and readers never
    /// see half of one. A link that stands in its place is replaced, never followed.
    pub async fn write(
        &self,
        run: &FileName,
        name: &FileName,
        content: &[u8],
    ) -> Result<Written, WriteError> {
        let folder = self.own(run).await?;
        let path = folder.join(name.as_str());
        let part = folder.join(format!(".{name}-{:08x}.part", fastrand::u32(..)));
        let moved = async {
            new_file(&part, content).await?;
            tokio::fs::rename(&part, &path).await
        };
        if let Err(source) = moved.await {
            // It may never have been there.
            let _gone = tokio::fs::remove_file(&part).await;
            return Err(WriteError::Io { path, source });
        }
        Ok(Written {
            path: path.display().to_string(),
            bytes: content.len(),
        })
    }

    /// The folder of a run, made where it is missing.
    async fn own(&self, run: &FileName) -> Result<PathBuf, WriteError> {
        let path = self.0.join(run.as_str());
        let failed = |source| WriteError::Io {
            path: path.clone(),
            source,
        };
        made_for_us(&self.0).await.map_err(failed)?;
        match tokio::fs::create_dir(&path).await {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(failed(error));
            }
            _ => {}
        }
        // What a link leads to is not looked at: the link itself is no folder.
        let found = tokio::fs::symlink_metadata(&path).await.map_err(failed)?;
        if found.is_dir() {
            Ok(path)
        } else {
            Err(WriteError::NotAFolder(path))
        }
    }
}

/// Makes the folder with those above it, unless it is there. Documents are nobody else's to read.
async fn made_for_us(path: &Path) -> io::Result<()> {
    let mut folder = tokio::fs::DirBuilder::new();
    #[cfg(unix)]
    folder.mode(0o700);
    folder.recursive(true).create(path).await
}

/// Writes a file that was not there before, down to the disk.
async fn new_file(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = tokio::fs::File::options()
        .write(true)
        .create_new(true)
        .open(path)
        .await?;
    file.write_all(content).await?;
    file.sync_all().await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> FileName {
        text.parse().expect("a name")
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn the_folder_is_nobody_else_s_to_read() {
        use std::os::unix::fs::PermissionsExt as _;

        let dir = tempfile::tempdir().expect("a temporary folder");
        let folder = Folder::new(dir.path().join("made"));
        let written = folder.write(&name("run-1"), &name("a.txt"), b"it").await;
        written.expect("a file");
        let made = std::fs::metadata(folder.path()).expect("the folder");
        assert_eq!(made.permissions().mode() & 0o777, 0o700);
    }

    #[tokio::test]
    async fn a_file_is_written_whole_and_again_on_a_retry() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let folder = Folder::new(dir.path().join("made/on/demand"));
        let (run, file) = (name("run-1"), name("a.txt"));
        for text in ["größer", "again"] {
            let written = folder.write(&run, &file, text.as_bytes()).await;
            let written = written.expect("a folder to write to");
            assert_eq!(written.bytes, text.len());
            let read = std::fs::read_to_string(&written.path).expect("the file");
            assert_eq!(read, text);
        }
        let left = std::fs::read_dir(folder.path().join("run-1")).expect("the folder");
        assert_eq!(left.count(), 1, "nothing but the file stays");
    }

    #[tokio::test]
    async fn two_runs_keep_their_files_apart() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let folder = Folder::new(dir.path().into());
        for run in ["run-1", "run-2"] {
            let (folder_name, file) = (name(run), name("a.txt"));
            let written = folder.write(&folder_name, &file, run.as_bytes()).await;
            written.expect("a folder to write to");
        }
        let first = std::fs::read_to_string(dir.path().join("run-1/a.txt"));
        assert_eq!(first.expect("the file"), "run-1");
    }

    #[tokio::test]
    async fn a_folder_that_can_not_be_made_is_an_error_that_names_it() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("file");
        std::fs::write(&file, "").expect("a file");
        let folder = Folder::new(file);
        let error = folder.write(&name("run"), &name("a.txt"), b"").await;
        assert!(error.unwrap_err().to_string().contains("file/run"));
    }

    #[cfg(unix)]
    mod link {
        use std::os::unix::fs::symlink;

        use super::*;

        #[tokio::test]
        async fn a_link_in_the_file_s_place_is_replaced_and_not_followed() {
            let dir = tempfile::tempdir().expect("a temporary folder");
            let outside = dir.path().join("outside.txt");
            std::fs::write(&outside, "untouched").expect("a file");
            let folder = Folder::new(dir.path().join("documents"));
            let own = folder.path().join("run");
            std::fs::create_dir_all(&own).expect("a folder");
            symlink(&outside, own.join("a.txt")).expect("a link");

            let written = folder.write(&name("run"), &name("a.txt"), b"new").await;
            let path = written.expect("a folder to write to").path;
            let found = std::fs::symlink_metadata(&path).expect("the file");
            assert!(found.is_file(), "the link is gone");
            let kept = std::fs::read_to_string(&outside).expect("the file outside");
            assert_eq!(kept, "untouched");
        }

        #[tokio::test]
        async fn a_link_in_the_folder_s_place_is_refused() {
            let dir = tempfile::tempdir().expect("a temporary folder");
            let outside = dir.path().join("outside");
            std::fs::create_dir(&outside).expect("a folder");
            let folder = Folder::new(dir.path().join("documents"));
            std::fs::create_dir(folder.path()).expect("a folder");
            symlink(&outside, folder.path().join("run")).expect("a link");

            let refused = folder.write(&name("run"), &name("a.txt"), b"new").await;
            assert!(matches!(refused, Err(WriteError::NotAFolder(_))));
            assert_eq!(std::fs::read_dir(&outside).expect("it").count(), 0);
        }
    }
}
