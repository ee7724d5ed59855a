//! What the workflow is asked to do, checked.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The longest text that is taken: what becomes of it has to fit into Temporal's 2 MB payloads.
const MAX_TEXT_BYTES: usize = 256 * 1024;

/// A text and what to do with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The text.
    pub text: String,
    /// What to do with it, for instance `upper case` or `summarize`.
    pub instruction: String,
}

/// Why a request was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// Not an object.
    #[error(
        "the request must be an object like {{\"text\": \"…\", \"instruction\": \"upper case\"}}"
    )]
    NotAnObject,
    /// A field is missing, or is no text, or is blank.
    #[error("`{0}` must be a text that is not blank")]
    Field(&'static str),
    /// The text is too long.
    #[error("`text` has {bytes} bytes, and {MAX_TEXT_BYTES} are allowed")]
    TooLong {
        /// The text's length.
        bytes: usize,
    },
}

impl TryFrom<&Value> for Request {
    type Error = RequestError;

    fn try_from(value: &Value) -> Result<Self, RequestError> {
        let object = value.as_object().ok_or(RequestError::NotAnObject)?;
        let field = |name: &'static str| {
            let text = object.get(name).and_then(Value::as_str).unwrap_or_default();
            if text.trim().is_empty() {
                return Err(RequestError::Field(name));
            }
            Ok(text.to_owned())
        };
        let request = Self {
            text: field("text")?,
            instruction: field("instruction")?,
        };
        match request.text.len() {
            bytes if bytes > MAX_TEXT_BYTES => Err(RequestError::TooLong { bytes }),
            _ => Ok(request),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_is_read() {
        let request = Request::try_from(&json!({"text": "a", "instruction": "b", "more": 1}));
        assert_eq!(
            request,
            Ok(Request {
                text: "a".into(),
                instruction: "b".into()
            })
        );
    }

    #[test]
    fn each_fault_is_named() {
        let long = "x".repeat(MAX_TEXT_BYTES + 1);
        for (value, error) in [
            (json!(null), RequestError::NotAnObject),
            (json!(["text"]), RequestError::NotAnObject),
            (json!({}), RequestError::Field("text")),
            (json!({"text": "a"}), RequestError::Field("instruction")),
            (
                json!({"text": "  ", "instruction": "b"}),
                RequestError::Field("text"),
            ),
            (
                json!({"text": "a", "instruction": 1}),
                RequestError::Field("instruction"),
            ),
            (
                json!({"text": long, "instruction": "b"}),
                RequestError::TooLong {
                    bytes: MAX_TEXT_BYTES + 1,
                },
            ),
        ] {
            assert_eq!(Request::try_from(&value), Err(error), "{value:.60}");
        }
    }
}
