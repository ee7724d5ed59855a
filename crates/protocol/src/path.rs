//! Workflow ids in URL paths: as they are where they match `[A-Za-z0-9._~-]+` and are neither `.`
//! nor `..`, else as `=` and base64url.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// Temporal's limit on the length of ids, in bytes.
pub const MAX_WORKFLOW_ID_BYTES: usize = 1000;

/// Why a path segment names no workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a workflow id in a path stands as it is where it matches [A-Za-z0-9._~-]+ and is neither . nor .., \
     else as = and base64url without padding; it has 1 to 1000 bytes"
)]
pub struct PathIdError;

/// Writes a workflow id as one path segment.
pub fn encode_workflow_id(workflow_id: &str) -> Cow<'_, str> {
    if stands_as_it_is(workflow_id) {
        Cow::Borrowed(workflow_id)
    } else {
        Cow::Owned(format!("={}", URL_SAFE_NO_PAD.encode(workflow_id)))
    }
}

/// Reads a path segment, already percent-decoded.
pub fn decode_workflow_id(segment: &str) -> Result<String, PathIdError> {
    let id = match segment.strip_prefix('=') {
        Some(encoded) => {
            let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| PathIdError)?;
            String::from_utf8(bytes).map_err(|_| PathIdError)?
        }
        None if stands_as_it_is(segment) => segment.to_owned(),
        None => return Err(PathIdError),
    };
    if id.is_empty() || id.len() > MAX_WORKFLOW_ID_BYTES {
        Err(PathIdError)
    } else {
        Ok(id)
    }
}

fn stands_as_it_is(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._~-".contains(&byte);
    !id.is_empty() && id != "." && id != ".." && id.bytes().all(plain)
}
