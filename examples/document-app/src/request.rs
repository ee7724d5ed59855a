//! What the workflow is asked to do, checked.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{FileName, file_name::FileNameError};

/// The longest text that is taken: what becomes of it has to fit into Temporal's 2 MB payloads.
const MAX_TEXT_BYTES: usize = 256 * 1024;
/// The name of a text file that comes without one.
const DEFAULT_FILE: &str = "document.txt";

/// A text file and what to do with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// What the file holds.
    pub text: String,
    /// What to do with it, in words.
    pub instruction: String,
    /// The file's name. The result is written to a file of this name.
    pub file: FileName,
    /// A step that is to fail, to see what becomes of it.
    pub fail: Option<Step>,
}

/// A step that a request can ask to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Generating the content. Without content there is no document: the workflow fails.
    Generate,
    /// Speaking it. The document is there without: the workflow completes and says so.
    Speak,
}

/// Why a request was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// Not an object.
    #[error(
        "the request must be an object like {{\"text\": \"…\", \"instruction\": \"upper case\"}}"
    )]
    ExpectedObject,
    /// A field is missing, or is no text, or is blank.
    #[error("`{0}` must be a text that is not blank")]
    Field(&'static str),
    /// The text is too long.
    #[error("`text` has {bytes} bytes, and {MAX_TEXT_BYTES} are allowed")]
    TooLong {
        /// The text's length.
        bytes: usize,
    },
    /// The file's name is none, or would lead elsewhere.
    #[error("`file` must be the name of a file, without a path: {0}")]
    File(#[from] FileNameError),
    /// The step that is to fail is none.
    #[error("`fail` must be \"generate\" or \"speak\", where it is there")]
    Fail,
}

impl TryFrom<&Value> for Request {
    type Error = RequestError;

    fn try_from(value: &Value) -> Result<Self, RequestError> {
        let object = value.as_object().ok_or(RequestError::ExpectedObject)?;
        let text = |name: &'static str| {
            let text = object.get(name).and_then(Value::as_str).unwrap_or_default();
            if text.trim().is_empty() {
                return Err(RequestError::Field(name));
            }
            Ok(text.to_owned())
        };
        let given = |name: &str| object.get(name).filter(|value| !value.is_null());
        let request = Self {
            text: text("text")?,
            instruction: text("instruction")?,
            file: match given("file") {
                None => DEFAULT_FILE.parse()?,
                Some(Value::String(name)) => name.parse()?,
                Some(_) => return Err(RequestError::Field("file")),
            },
            fail: given("fail")
                .map(Step::deserialize)
                .transpose()
                .map_err(|_| RequestError::Fail)?,
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
        let plain = Request {
            text: "a".into(),
            instruction: "b".into(),
            file: DEFAULT_FILE.parse().expect("a name"),
            fail: None,
        };
        assert_eq!(request.as_ref(), Ok(&plain));
        let request = Request::try_from(
            &json!({"text": "a", "instruction": "b", "file": "n.md", "fail": "speak"}),
        );
        let file = "n.md".parse().expect("a name");
        let fail = Some(Step::Speak);
        assert_eq!(
            request,
            Ok(Request {
                file,
                fail,
                ..plain
            })
        );
    }

    #[test]
    fn each_fault_is_named() {
        let long = "x".repeat(MAX_TEXT_BYTES + 1);
        let with = |name: &str, value: Value| {
            let mut request = json!({"text": "a", "instruction": "b"});
            request[name] = value;
            request
        };
        for (value, error) in [
            (json!(null), RequestError::ExpectedObject),
            (json!(["text"]), RequestError::ExpectedObject),
            (json!({}), RequestError::Field("text")),
            (json!({"text": "a"}), RequestError::Field("instruction")),
            (with("text", json!("  ")), RequestError::Field("text")),
            (
                with("instruction", json!(1)),
                RequestError::Field("instruction"),
            ),
            (
                with("text", json!(long)),
                RequestError::TooLong {
                    bytes: MAX_TEXT_BYTES + 1,
                },
            ),
            (with("file", json!(7)), RequestError::Field("file")),
            (
                with("file", json!("../x")),
                RequestError::File(FileNameError::Character('/')),
            ),
            (with("fail", json!("write")), RequestError::Fail),
        ] {
            assert_eq!(Request::try_from(&value), Err(error), "{value:.60}");
        }
    }
}
