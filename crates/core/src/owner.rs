//! The owner of a workflow, which its id starts with: `~<lower-case base32 of the subject>.`. The gateway
//! adds it at start, and any node can check it without a request.

use data_encoding::{BASE32_NOPAD, DecodeError};

/// Maximum length of a subject, so that its prefix leaves room for an id within Temporal's 1,000 bytes.
pub const MAX_SUBJECT_BYTES: usize = 256;

/// Returns the prefix of all workflow ids that belong to a subject.
pub fn prefix(subject: &str) -> String {
    let mut text = BASE32_NOPAD.encode(subject.as_bytes());
    text.make_ascii_lowercase();
    format!("~{text}.")
}

/// Returns the subject that a workflow id belongs to; `None` for an id without a prefix.
pub fn of(workflow_id: &str) -> Option<String> {
    let (encoded, _) = workflow_id.strip_prefix('~')?.split_once('.')?;
    if encoded.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let decoded: Result<Vec<u8>, DecodeError> =
        BASE32_NOPAD.decode(encoded.to_ascii_uppercase().as_bytes());
    String::from_utf8(decoded.ok()?).ok()
}

/// Whether a workflow id belongs to a subject, byte for byte: Temporal's own prefix match ignores
/// case.
pub fn owns(subject: &str, workflow_id: &str) -> bool {
    workflow_id.starts_with(&prefix(subject))
}
