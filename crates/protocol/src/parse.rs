//! What the dialects share in parsing the messages of clients: JSON objects, whose fields stay text until
//! their types are known. Errors name the invalid field.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{ErrorBody, ErrorCode};

/// Temporal's limit on the length of names, in bytes.
pub(crate) const MAX_NAME_BYTES: usize = 1000;
/// The pattern of names, as a regular expression: no control characters.
pub(crate) const NAME: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";

/// Checks that a text is a JSON object.
pub(crate) fn check_object(text: &str) -> Result<(), ErrorBody> {
    let value = serde_json::from_str::<&RawValue>(text)
        .map_err(|error| ErrorBody::new(ErrorCode::InvalidJson, format!("not JSON: {error}")))?;
    if value.get().starts_with('{') {
        Ok(())
    } else {
        Err(ErrorBody::new(
            ErrorCode::ExpectedObject,
            "expected a JSON object",
        ))
    }
}

/// Reads the fields of a JSON object.
pub(crate) fn parse_fields<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, ErrorBody> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let cause = error.into_inner().to_string();
        let message = match &*path {
            "." => cause.clone(),
            path => format!("{path}: {cause}"),
        };
        if cause.starts_with("missing field") {
            ErrorBody::new(ErrorCode::MissingField, message)
        } else {
            invalid(message)
        }
    })
}

/// Reads a string. Absent, `null` and empty are the same.
pub(crate) fn parse_text(
    field: &str,
    value: Option<&RawValue>,
    max_bytes: usize,
) -> Result<Option<String>, ErrorBody> {
    match value.map(|value| serde_json::from_str::<Option<String>>(value.get())) {
        None | Some(Ok(None)) => Ok(None),
        Some(Ok(Some(text))) if text.is_empty() => Ok(None),
        Some(Ok(Some(text))) if text.len() <= max_bytes => Ok(Some(text)),
        Some(_) => Err(invalid(format!(
            "{field}: must be a string of at most {max_bytes} bytes"
        ))),
    }
}

/// Reads a string that must not be absent.
pub(crate) fn parse_required(
    field: &str,
    value: Option<&RawValue>,
    max_bytes: usize,
) -> Result<String, ErrorBody> {
    parse_text(field, value, max_bytes)?.ok_or_else(|| missing(field))
}

/// Returns the error of a missing field.
pub(crate) fn missing(field: &str) -> ErrorBody {
    ErrorBody::new(ErrorCode::MissingField, format!("{field}: missing"))
}

/// Returns the error of an invalid field.
pub(crate) fn invalid(message: impl Into<Cow<'static, str>>) -> ErrorBody {
    ErrorBody::new(ErrorCode::InvalidField, message)
}
