//! Who a workflow belongs to stands in its id: `~<base32 lower case of the subject>.`, put there
//! by the gateway at start. Any node can check it without asking anyone.

use data_encoding::{BASE32_NOPAD, DecodeError};

/// The longest subject whose prefix leaves room for an id within Temporal's 1,000 bytes.
pub const MAX_SUBJECT_BYTES: usize = 256;

/// The prefix of all workflow ids that belong to a subject.
pub fn prefix(subject: &str) -> String {
    let mut text = BASE32_NOPAD.encode(subject.as_bytes());
    text.make_ascii_lowercase();
    format!("~{text}.")
}

/// The subject that a workflow id belongs to; `None` for an id without a prefix.
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
