//! The request of a workflow.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{StepError, file::check_name};

/// The longest text, in bytes: with the generated text, it must fit into Temporal's 2 MB payloads.
const MAX_TEXT_BYTES: usize = 256 * 1024;
const DEFAULT_FILE: &str = "document.txt";

/// A text and what to do with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The text.
    pub text: String,
    /// What to do with the text, in words.
    pub instruction: String,
    /// The name of the file to write.
    pub file: Option<String>,
    /// A step that fails, to show how the workflow handles that.
    pub fail: Option<Step>,
}

/// A step that a request can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// `generate_content`. Without content there is no document: the workflow fails.
    Generate,
    /// `make_audio`. The document is complete without: the workflow completes and reports it.
    Speak,
}

impl Request {
    /// Reads and checks a request.
    pub fn parse(value: Value) -> Result<Self, StepError> {
        let invalid = |reason: String| {
            let message = format!("invalid request: {reason}");
            StepError::permanent("InvalidRequest", message)
        };
        let request: Self =
            serde_json::from_value(value).map_err(|error| invalid(error.to_string()))?;
        check_name(request.file()).map_err(invalid)?;
        for (name, text) in [
            ("text", &request.text),
            ("instruction", &request.instruction),
        ] {
            let bytes = text.len();
            if text.trim().is_empty() {
                return Err(invalid(format!("`{name}` is blank")));
            }
            if bytes > MAX_TEXT_BYTES {
                let reason = format!("`{name}` has {bytes} bytes; the limit is {MAX_TEXT_BYTES}");
                return Err(invalid(reason));
            }
        }
        Ok(request)
    }

    /// Returns the name of the file to write.
    pub fn file(&self) -> &str {
        self.file.as_deref().unwrap_or(DEFAULT_FILE)
    }
}
