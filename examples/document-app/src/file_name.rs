//! Names of files as users give them: one name, never a path.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The longest name, in bytes: file systems take 255, and endings are added to it.
const MAX_BYTES: usize = 120;
/// What no system takes in a name, or what some take for something else: separators, streams,
/// wildcards, redirections.
const FORBIDDEN: &[char] = &['/', '\\', ':', '*', '?', '"', '<', '>', '|'];
/// Names that are devices on Windows, whatever their ending.
const DEVICES: &[&str] = &[
    "con", "prn", "aux", "nul", "conin$", "conout$", "com0", "com1", "com2", "com3", "com4",
    "com5", "com6", "com7", "com8", "com9", "com¹", "com²", "com³", "lpt0", "lpt1", "lpt2", "lpt3",
    "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9", "lpt¹", "lpt²", "lpt³",
];

/// The name of a file in the folder of documents. It holds no separator and is neither `.` nor
/// `..`, so that whatever it is joined to, it stays in there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct FileName(String);

/// Why a text is no name of a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileNameError {
    /// Nothing, or blanks.
    #[error("it is blank")]
    Blank,
    /// Too long.
    #[error("it has {0} bytes, and {MAX_BYTES} are allowed")]
    TooLong(usize),
    /// A separator, a control character, or another one that file names can't have.
    #[error("it holds {0:?}")]
    Character(char),
    /// Hidden, or a folder: `.`, `..`, `.bashrc`.
    #[error("it begins with a dot")]
    Dot,
    /// Windows drops dots and spaces at the end, which makes it another name.
    #[error("it begins or ends with a space, or ends with a dot")]
    Edge,
    /// A device.
    #[error("it is the name of a device")]
    Device,
}

impl FileName {
    /// The name as it is.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Another name for what is made of this file: `notes.txt` becomes `notes.wav`. It is another
    /// one always, also where case does not count: `notes.WAV` becomes `notes.WAV.wav`.
    #[must_use]
    pub fn with_ending(&self, ending: &str) -> Self {
        let stem = match self.0.rsplit_once('.') {
            Some((_, same)) if same.eq_ignore_ascii_case(ending) => &self.0,
            Some((stem, _)) => stem,
            None => &self.0,
        };
        Self(format!("{stem}.{ending}"))
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for FileName {
    type Err = FileNameError;

    fn from_str(name: &str) -> Result<Self, FileNameError> {
        if name.trim().is_empty() {
            return Err(FileNameError::Blank);
        }
        if name.len() > MAX_BYTES {
            return Err(FileNameError::TooLong(name.len()));
        }
        let forbidden = |c: &char| c.is_control() || FORBIDDEN.contains(c);
        if let Some(c) = name.chars().find(forbidden) {
            return Err(FileNameError::Character(c));
        }
        if name.starts_with('.') {
            return Err(FileNameError::Dot);
        }
        if name.trim() != name || name.ends_with('.') {
            return Err(FileNameError::Edge);
        }
        let stem = name.split('.').next().unwrap_or_default().trim_end();
        if DEVICES.contains(&stem.to_lowercase().as_str()) {
            return Err(FileNameError::Device);
        }
        Ok(Self(name.to_owned()))
    }
}

impl TryFrom<String> for FileName {
    type Error = FileNameError;

    fn try_from(name: String) -> Result<Self, FileNameError> {
        name.parse()
    }
}

impl From<FileName> for String {
    fn from(name: FileName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_are_taken_as_they_are() {
        for name in [
            "notes.txt",
            "Größe 2.md",
            "a",
            "conduct.txt",
            "a..b",
            "~x",
            "-rf",
        ] {
            assert_eq!(name.parse::<FileName>().map(String::from), Ok(name.into()));
        }
    }

    #[test]
    fn what_could_lead_elsewhere_is_refused() {
        let long = "x".repeat(MAX_BYTES + 1);
        for (name, error) in [
            ("", FileNameError::Blank),
            (" \t", FileNameError::Blank),
            (".", FileNameError::Dot),
            ("..", FileNameError::Dot),
            (".bashrc", FileNameError::Dot),
            ("../up.txt", FileNameError::Character('/')),
            ("/etc/passwd", FileNameError::Character('/')),
            ("a\\b", FileNameError::Character('\\')),
            ("C:evil", FileNameError::Character(':')),
            ("a\0b", FileNameError::Character('\0')),
            ("a\nb", FileNameError::Character('\n')),
            ("name ", FileNameError::Edge),
            (" name", FileNameError::Edge),
            ("name.", FileNameError::Edge),
            ("NUL", FileNameError::Device),
            ("com1.tar.gz", FileNameError::Device),
            ("aux .txt", FileNameError::Device),
            ("COM¹.txt", FileNameError::Device),
            (&long, FileNameError::TooLong(MAX_BYTES + 1)),
        ] {
            assert_eq!(name.parse::<FileName>(), Err(error), "{name:?}");
        }
    }

    #[test]
    fn a_name_out_of_json_is_checked_too() {
        let read = serde_json::from_str::<FileName>(r#""../x""#);
        assert!(read.unwrap_err().to_string().contains("it holds '/'"));
    }

    #[test]
    fn an_ending_takes_the_place_of_the_last_one_and_makes_another_name() {
        for (name, sound) in [
            ("a.b.txt", "a.b.wav"),
            ("notes", "notes.wav"),
            ("notes.wav", "notes.wav.wav"),
            ("Notes.WAV", "Notes.WAV.wav"),
            ("notes.wav.txt", "notes.wav.wav"),
        ] {
            let name: FileName = name.parse().expect("a name");
            assert_eq!(name.with_ending("wav").as_str(), sound);
        }
    }
}
