//! What the workflow returns.

use serde::{Deserialize, Serialize};

use crate::{Analysis, Audio};

/// What became of a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The text that was generated.
    pub text: String,
    /// Who wrote it.
    pub model: String,
    /// What a reader should know of the text, if anything.
    pub note: Option<String>,
    /// Figures about the text that came.
    pub analysis: Analysis,
    /// The file that the text was written to.
    pub path: String,
    /// That file's length.
    pub bytes: usize,
    /// The text, spoken; `None` where that failed.
    pub audio: Option<Audio>,
    /// The step that failed, and which the document is there without.
    pub failed: Option<Failed>,
}

/// A step that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// The activity.
    pub activity: String,
    /// The failure's type.
    pub r#type: String,
    /// What went wrong.
    pub message: String,
}
