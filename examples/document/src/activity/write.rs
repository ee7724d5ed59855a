//! Writing the result to a file.

use std::{io, path::Path};

use serde::{Deserialize, Serialize};

/// Where a document was written to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// The file's path.
    pub path: String,
    /// The file's length.
    pub bytes: usize,
}

/// Writes `text` to `document-{run}.txt` in `folder`, which is made where it is missing. The file
/// appears whole or not at all, and a retry writes the same file again.
pub(super) async fn write(folder: &Path, run: &str, text: &str) -> io::Result<Written> {
    tokio::fs::create_dir_all(folder).await?;
    let path = folder.join(format!("document-{run}.txt"));
    let part = path.with_extension("part");
    tokio::fs::write(&part, text).await?;
    tokio::fs::rename(&part, &path).await?;
    Ok(Written {
        path: path.display().to_string(),
        bytes: text.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_document_is_written_whole_and_again_on_a_retry() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let folder = dir.path().join("made/on/demand");
        for text in ["größer", "again"] {
            let written = write(&folder, "run-1", text)
                .await
                .expect("a folder to write to");
            assert_eq!(written.bytes, text.len());
            assert_eq!(
                std::fs::read_to_string(&written.path).expect("the file"),
                text
            );
        }
        assert_eq!(std::fs::read_dir(&folder).expect("the folder").count(), 1);
    }
}
