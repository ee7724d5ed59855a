//! What makes a request the same as an earlier one: who sent it, for whom, and the id that the
//! client gave it.
//!
//! The key is the same on every node, and in every version: a client's retry may meet another one
//! than its first request did.

use data_encoding::BASE32_NOPAD;
use fast_temporal_core::Principal;
use fast_temporal_protocol::ErrorBody;
use ring::digest::{Context, SHA256};

use super::field::check_name;

/// The longest request id or update id, in bytes.
const MAX_BYTES: usize = 256;

/// Checks an id that makes a request idempotent.
pub(super) fn check(field: &str, id: Option<&str>) -> Result<(), ErrorBody> {
    id.map_or(Ok(()), |id| check_name(field, id, MAX_BYTES))
}

/// The key of a request: SHA-256 over the principal's subject, the owner and the request id, as 52
/// letters and digits; and over which backend it is, where it has no subject. Nobody's request has
/// the key of somebody else's.
pub(super) fn of(principal: &Principal, owner: Option<&str>, request_id: &str) -> String {
    let mut hash = Context::new(&SHA256);
    let backend = principal
        .backend
        .as_deref()
        .filter(|_| principal.subject.is_none());
    let parts = [principal.subject.as_deref(), owner, Some(request_id)];
    for part in parts.into_iter().chain(backend.map(Some)) {
        // Each with its length before it, so that no two lists of parts read the same.
        match part {
            None => hash.update(&[0]),
            Some(text) => {
                hash.update(&[1]);
                hash.update(&(text.len() as u64).to_be_bytes());
                hash.update(text.as_bytes());
            }
        }
    }
    let mut key = BASE32_NOPAD.encode(hash.finish().as_ref());
    key.make_ascii_lowercase();
    key
}
