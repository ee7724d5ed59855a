//! The files of a run, in a folder of its own, so that users can't overwrite each other's files.

use std::{
    fs::create_dir_all,
    io::{self, Write as _},
    path::Path,
};

use serde::{Deserialize, Serialize};

use crate::StepError;

/// The longest name, in bytes. File systems allow 255, and the audio file's is longer.
const MAX_NAME_BYTES: usize = 120;

/// A written file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// The file's path.
    pub path: String,
    /// The file's length.
    pub bytes: usize,
}

/// Checks a file name from a client. It is never a path, so that the file stays in its folder.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    let is_path = name.contains(['/', '\\']) || name.starts_with('.');
    let is_text = !name.trim().is_empty() && !name.contains(char::is_control);
    if is_path || !is_text || name.len() > MAX_NAME_BYTES {
        return Err(format!(
            "invalid file name {name:?}: expected at most {MAX_NAME_BYTES} bytes without a \
             path, control characters or a dot at the start"
        ));
    }
    Ok(())
}

/// Returns the name of the audio file: `notes.wav` for `notes.txt`.
pub(crate) fn audio_name(name: &str) -> String {
    let renamed = Path::new(name).with_extension("wav").display().to_string();
    if renamed.eq_ignore_ascii_case(name) {
        return format!("{name}.wav");
    }
    renamed
}

/// Writes a file in the folder of a run. The file appears complete or not at all, so a retry after
/// a crash finds no partial file, and replaces the file of an earlier attempt.
pub(crate) async fn write(
    documents: &Path,
    run_id: &str,
    name: &str,
    content: Vec<u8>,
) -> Result<Written, StepError> {
    check_name(name).map_err(|message| StepError::permanent("InvalidFileName", message))?;
    let folder = documents.join(run_id);
    let path = folder.join(name);
    let written = Written {
        path: path.display().to_string(),
        bytes: content.len(),
    };
    let write = move || -> io::Result<()> {
        create_dir_all(&folder)?;
        let mut file = tempfile::NamedTempFile::new_in(&folder)?;
        file.write_all(&content)?;
        file.as_file().sync_all()?;
        file.persist(&path)?;
        Ok(())
    };
    let result = tokio::task::spawn_blocking(write).await;
    match result.map_err(io::Error::other).flatten() {
        Ok(()) => Ok(written),
        Err(error) => {
            let message = format!("cannot write {}: {error}", written.path);
            Err(StepError::transient("WriteFailed", message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_out_of_the_folder_are_invalid() {
        let long = "x".repeat(MAX_NAME_BYTES + 1);
        let paths = ["../x", "/etc/passwd", "a\\b", ".", "..", ".bashrc"];
        for name in paths.into_iter().chain(["", " ", "a\0b", &long]) {
            assert!(check_name(name).is_err(), "{name:?}");
        }
        for name in ["notes.txt", "Größe 2.md", "a..b", "-rf"] {
            assert_eq!(check_name(name), Ok(()));
        }
    }

    #[test]
    fn audio_file_has_another_name_than_the_text() {
        for (text, audio) in [
            ("a.b.txt", "a.b.wav"),
            ("notes", "notes.wav"),
            ("Notes.WAV", "Notes.WAV.wav"),
        ] {
            assert_eq!(audio_name(text), audio);
        }
    }

    #[tokio::test]
    async fn retry_replaces_the_file_and_leaves_nothing_else() {
        let root = tempfile::tempdir().expect("a folder");
        let documents = root.path().join("documents");
        for text in ["first", "second"] {
            let written = write(&documents, "run", "a.txt", text.into()).await;
            let written = written.expect("a written file");
            let content = std::fs::read_to_string(&written.path).expect("the file");
            assert_eq!((&*content, written.bytes), (text, text.len()));
        }
        let files = std::fs::read_dir(documents.join("run")).expect("the folder");
        assert_eq!(files.count(), 1);
    }
}
