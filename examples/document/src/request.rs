//! The request of a workflow.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{FileName, StepError};

/// The longest text, in bytes: with the generated text, it must fit into Temporal's 2 MB payloads.
const MAX_TEXT_BYTES: usize = 256 * 1024;

/// A text and what to do with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The text.
    pub text: String,
    /// What to do with the text, in words.
    pub instruction: String,
    /// The name of the file to write.
    #[serde(default, deserialize_with = "or_default")]
    pub file: FileName,
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
        for (name, text) in [
            ("text", &request.text),
            ("instruction", &request.instruction),
        ] {
            if text.trim().is_empty() {
                return Err(invalid(format!("`{name}` is blank")));
            }
            if text.len() > MAX_TEXT_BYTES {
                let bytes = text.len();
                return Err(invalid(format!(
                    "`{name}` has {bytes} bytes; the limit is {MAX_TEXT_BYTES}"
                )));
            }
        }
        Ok(request)
    }
}

/// Reads `null` as the default.
fn or_default<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<FileName, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn request_without_options_gets_the_defaults() {
        for value in [
            json!({"text": "a", "instruction": "b", "more": 1}),
            json!({"text": "a", "instruction": "b", "file": null, "fail": null}),
        ] {
            let request = Request::parse(value).expect("a valid request");
            assert_eq!((&*request.text, &*request.instruction), ("a", "b"));
            assert_eq!(
                (request.file.as_str(), request.fail),
                ("document.txt", None)
            );
        }
    }

    #[test]
    fn invalid_requests_are_rejected_with_the_reason() {
        let with = |name: &str, value: Value| {
            let mut request = json!({"text": "a", "instruction": "b"});
            request[name] = value;
            request
        };
        for (value, reason) in [
            (json!(null), "invalid type: null"),
            (json!({}), "missing field `text`"),
            (json!({"text": "a"}), "missing field `instruction`"),
            (with("text", json!("  ")), "`text` is blank"),
            (with("instruction", json!(1)), "invalid type: integer"),
            (
                with("text", json!("x".repeat(MAX_TEXT_BYTES + 1))),
                "the limit is",
            ),
            (with("file", json!(7)), "invalid type: integer"),
            (with("file", json!("../x")), "invalid file name"),
            (with("fail", json!("write")), "unknown variant `write`"),
        ] {
            let error = Request::parse(value).expect_err(reason);
            assert!(error.message.contains(reason), "{error}");
        }
    }
}
