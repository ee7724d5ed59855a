//! Failures as Temporal records them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Json;

const APPLICATION: &str = "application";

/// A failure and its cause.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// A message for people.
    pub message: String,
    /// The kind of failure: `application`, `timeout`, `canceled`, `terminated`, `server`,
    /// `activity`, `child_workflow`, `nexus`, or `unknown`.
    pub kind: String,
    /// The error's type in the worker's code, if the worker named one.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub error_type: Option<String>,
    /// Whether the worker ruled out a retry.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub non_retryable: bool,
    /// Details that the worker attached.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<Json>,
    /// The failure that caused this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Box<Failure>>,
}

impl Failure {
    /// Returns the message of the root cause: an activity's failure only says that an activity
    /// failed, its cause says why.
    pub fn root_message(&self) -> &str {
        let mut failure = self;
        while let Some(cause) = &failure.cause {
            failure = cause;
        }
        if failure.message.is_empty() {
            &self.message
        } else {
            &failure.message
        }
    }

    /// Writes an application failure as text: `sold out (type: SoldOut, retryable: false)`, the Go
    /// SDK's form. A failure without a type is its message alone.
    pub fn to_text(&self) -> String {
        match &self.error_type {
            Some(error_type) => format!(
                "{} (type: {error_type}, retryable: {})",
                self.message, !self.non_retryable
            ),
            None => self.message.clone(),
        }
    }

    /// Parses the text that [`to_text`](Self::to_text) writes, if it names a type.
    pub fn from_text(text: &str) -> Option<Self> {
        let (message, rest) = text.strip_suffix(')')?.rsplit_once(" (type: ")?;
        let (error_type, retryable) = rest.rsplit_once(", retryable: ")?;
        let non_retryable = match retryable {
            "true" => false,
            "false" => true,
            _ => return None,
        };
        Some(Self {
            message: message.to_owned(),
            kind: APPLICATION.to_owned(),
            error_type: Some(error_type.to_owned()),
            non_retryable,
            ..Self::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(message: &str, error_type: &str, non_retryable: bool) -> Failure {
        Failure {
            message: message.to_owned(),
            kind: APPLICATION.to_owned(),
            error_type: Some(error_type.to_owned()),
            non_retryable,
            ..Failure::default()
        }
    }

    #[test]
    fn error_type_round_trips_through_text() {
        for failure in [
            failure("sold out", "SoldOut", true),
            failure("", "a::b<C, D>", false),
            failure("nested (type: X, retryable: true)", "Y (or Z)", true),
        ] {
            assert_eq!(Failure::from_text(&failure.to_text()), Some(failure));
        }
        let text = failure("sold out", "SoldOut", true).to_text();
        assert_eq!(text, "sold out (type: SoldOut, retryable: false)");
    }

    #[test]
    fn other_text_has_no_error_type() {
        for text in [
            "",
            "sold out",
            "sold out (type: SoldOut)",
            "sold out (type: SoldOut, retryable: perhaps)",
            "sold out (type: SoldOut, retryable: true): for good",
        ] {
            assert_eq!(Failure::from_text(text), None, "{text}");
        }
        let untyped = Failure {
            message: "sold out".to_owned(),
            ..Failure::default()
        };
        assert_eq!(untyped.to_text(), "sold out");
    }
}
