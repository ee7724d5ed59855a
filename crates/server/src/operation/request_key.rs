//! Ids of requests: the key that makes a retry the same request, and random ids.
//!
//! The key of a request is the same on every node and in every version, as a client's retry can reach
//! another node than its first request did.

use data_encoding::BASE32_NOPAD;
use fast_temporal_core::Principal;
use fast_temporal_protocol::ErrorBody;
use ring::{
    digest::{Context, SHA256},
    rand::{SecureRandom as _, SystemRandom},
};

use super::validation::check_name;

/// Maximum length of a request id or update id, in bytes.
const MAX_BYTES: usize = 256;

/// The key of a request without an owner, whose id is checked first.
pub(super) fn of_request(
    principal: &Principal,
    request_id: Option<&str>,
) -> Result<Option<String>, ErrorBody> {
    check("request_id", request_id)?;
    Ok(request_id.map(|request_id| of(principal, None, request_id)))
}

/// Checks an id that makes a request idempotent.
pub(super) fn check(field: &str, id: Option<&str>) -> Result<(), ErrorBody> {
    id.map_or(Ok(()), |id| check_name(field, id, MAX_BYTES))
}

/// The key of a request: SHA-256 over the principal's subject, the owner and the request id, and over
/// the backend if the principal has no subject; as 52 letters and digits. Requests of different
/// principals never share a key.
pub(super) fn of(principal: &Principal, owner: Option<&str>, request_id: &str) -> String {
    let mut hash = Context::new(&SHA256);
    let backend = principal
        .backend
        .as_deref()
        .filter(|_| principal.subject.is_none());
    let parts = [principal.subject.as_deref(), owner, Some(request_id)];
    for part in parts.into_iter().chain(backend.map(Some)) {
        // The length before each part keeps different lists of parts apart.
        match part {
            None => hash.update(&[0]),
            Some(text) => {
                hash.update(&[1]);
                hash.update(&(text.len() as u64).to_be_bytes());
                hash.update(text.as_bytes());
            }
        }
    }
    lowercase_base32(hash.finish().as_ref())
}

/// A random id for a workflow or an update: 128 bits, as 26 letters and digits.
pub(crate) fn random_id() -> String {
    let mut bytes = [0; 16];
    SystemRandom::new()
        .fill(&mut bytes)
        .expect("the system provides random numbers");
    lowercase_base32(&bytes)
}

fn lowercase_base32(bytes: &[u8]) -> String {
    let mut text = BASE32_NOPAD.encode(bytes);
    text.make_ascii_lowercase();
    text
}
