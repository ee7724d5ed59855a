//! Workflow ids in URL paths: unchanged if they match `[A-Za-z0-9._~-]+` and are neither `.` nor
//! `..`, otherwise `=` followed by base64url.

use std::borrow::Cow;

use data_encoding::BASE64URL_NOPAD;

/// Temporal's limit on the length of ids, in bytes.
pub const MAX_WORKFLOW_ID_BYTES: usize = 1000;

/// A path segment that is not a workflow id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "invalid workflow id in the path: expected 1 to 1000 bytes, unchanged if they match \
     [A-Za-z0-9._~-]+ and are neither . nor .., otherwise = and base64url without padding"
)]
pub struct PathIdError;

/// Writes a workflow id as one path segment.
pub fn encode_workflow_id(workflow_id: &str) -> Cow<'_, str> {
    if is_plain(workflow_id) {
        Cow::Borrowed(workflow_id)
    } else {
        Cow::Owned(format!(
            "={}",
            BASE64URL_NOPAD.encode(workflow_id.as_bytes())
        ))
    }
}

/// Reads a path segment, already percent-decoded.
///
/// # Errors
/// The segment is not a workflow id in this form.
pub fn decode_workflow_id(segment: &str) -> Result<String, PathIdError> {
    let id = match segment.strip_prefix('=') {
        Some(encoded) => {
            let bytes = BASE64URL_NOPAD.decode(encoded.as_bytes());
            let bytes = bytes.map_err(|_| PathIdError)?;
            String::from_utf8(bytes).map_err(|_| PathIdError)?
        }
        None if is_plain(segment) => segment.to_owned(),
        None => return Err(PathIdError),
    };
    if id.is_empty() || id.len() > MAX_WORKFLOW_ID_BYTES {
        Err(PathIdError)
    } else {
        Ok(id)
    }
}

fn is_plain(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._~-".contains(&byte);
    !id.is_empty() && id != "." && id != ".." && id.bytes().all(plain)
}
