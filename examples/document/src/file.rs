//! The folder of documents, and the names of the files in it.

use std::{
    fmt,
    fs::create_dir_all,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::StepError;

/// The longest name, in bytes. File systems allow 255, and the audio file's is longer.
const MAX_NAME_BYTES: usize = 120;
const DEFAULT_NAME: &str = "document.txt";

/// A file name from a client: never a path, so that the file stays in its folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct FileName(String);

/// A written file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// The file's path.
    pub path: String,
    /// The file's length.
    pub bytes: usize,
}

/// The folder of documents. It contains a folder for each run, so that users cannot overwrite each
/// other's files.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl FileName {
    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the name of the audio file: `notes.wav` for `notes.txt`.
    #[must_use]
    pub fn of_audio(&self) -> Self {
        let renamed = Path::new(&self.0).with_extension("wav");
        let renamed = renamed.to_string_lossy();
        if renamed.eq_ignore_ascii_case(&self.0) {
            return Self(format!("{self}.wav"));
        }
        Self(renamed.into_owned())
    }
}

impl TryFrom<String> for FileName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let is_path = name.contains(['/', '\\']);
        let is_hidden = name.starts_with('.');
        let is_long = name.len() > MAX_NAME_BYTES;
        if name.trim().is_empty()
            || name.contains(char::is_control)
            || is_path
            || is_hidden
            || is_long
        {
            return Err(format!(
                "invalid file name {name:?}: expected at most {MAX_NAME_BYTES} bytes without a \
                 path, control characters or a dot at the start"
            ));
        }
        Ok(Self(name))
    }
}

impl Default for FileName {
    fn default() -> Self {
        Self(DEFAULT_NAME.to_owned())
    }
}

impl From<FileName> for String {
    fn from(name: FileName) -> Self {
        name.0
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Folder {
    /// A folder, which is created when it is first needed.
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Returns the folder's path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file in the folder of a run. The file appears complete or not at all, so an
    /// attempt after a crash finds nothing partial and replaces what is there.
    pub async fn write(
        &self,
        run_id: &str,
        name: &FileName,
        content: Vec<u8>,
    ) -> Result<Written, StepError> {
        let folder = self.0.join(run_id);
        let path = folder.join(name.as_str());
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> FileName {
        FileName::try_from(text.to_owned()).expect("a valid name")
    }

    #[test]
    fn names_that_lead_out_of_the_folder_are_invalid() {
        let long = "x".repeat(MAX_NAME_BYTES + 1);
        for text in [
            "",
            " ",
            ".",
            "..",
            ".bashrc",
            "../x",
            "/etc/passwd",
            "a\\b",
            "a\0b",
            &long,
        ] {
            assert!(FileName::try_from(text.to_owned()).is_err(), "{text:?}");
        }
        for text in ["notes.txt", "Größe 2.md", "a..b", "-rf"] {
            assert_eq!(name(text).as_str(), text);
        }
    }

    #[test]
    fn audio_file_has_another_name_than_the_text() {
        for (text, audio) in [
            ("a.b.txt", "a.b.wav"),
            ("notes", "notes.wav"),
            ("Notes.WAV", "Notes.WAV.wav"),
        ] {
            assert_eq!(name(text).of_audio().as_str(), audio);
        }
    }

    #[tokio::test]
    async fn retry_replaces_the_file_and_leaves_nothing_else() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = Folder::new(root.path().join("documents"));
        for text in ["first", "second"] {
            let written = folder.write("run", &name("a.txt"), text.into()).await;
            let written = written.expect("a written file");
            let content = std::fs::read_to_string(&written.path).expect("the file");
            assert_eq!((&*content, written.bytes), (text, text.len()));
        }
        let files = std::fs::read_dir(folder.path().join("run")).expect("the folder");
        assert_eq!(files.count(), 1);
    }
}
