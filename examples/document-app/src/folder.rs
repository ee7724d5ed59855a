//! The one folder that files are written to.

mod private;

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
    /// The folder is to be private, and is not: somebody else made it, or may write to it.
    #[error(
        "{} is not this user's alone: nothing is written there. DOCUMENT_FOLDER names another one",
        .0.display()
    )]
    NotPrivate(PathBuf),
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
pub struct Folder {
    path: PathBuf,
    private: bool,
}

impl Folder {
    /// A folder, which is made when it is first needed. Who may read it is for whoever chose it.
    pub fn new(path: PathBuf) -> Self {
        let private = false;
        Self { path, private }
    }

    /// A folder at a place where everybody may make one: it has to be this user's alone.
    pub fn private(path: PathBuf) -> Self {
        let private = true;
        Self { path, private }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
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
        let part = Part(folder.join(format!(".{name}-{:08x}.part", fastrand::u32(..))));
        let moved = async {
            new_file(&part.0, content).await?;
            tokio::fs::rename(&part.0, &path).await
        };
        let failed = |source| WriteError::Io {
            path: path.clone(),
            source,
        };
        moved.await.map_err(failed)?;
        Ok(Written {
            path: path.display().to_string(),
            bytes: content.len(),
        })
    }

    /// The folder of a run, made where it is missing.
    async fn own(&self, run: &FileName) -> Result<PathBuf, WriteError> {
        let path = self.path.join(run.as_str());
        let failed = |source| WriteError::Io {
            path: path.clone(),
            source,
        };
        if self.private {
            private::make(&self.path).await?;
        } else {
            tokio::fs::create_dir_all(&self.path)
                .await
                .map_err(failed)?;
        }
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

/// A file that goes with this, unless it was moved to its place.
struct Part(PathBuf);

impl Drop for Part {
    fn drop(&mut self) {
        // Mostly, it is not there any more.
        let _gone = std::fs::remove_file(&self.0);
    }
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
mod tests;
