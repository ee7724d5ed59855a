//! Page tokens as clients see them: base64url of a check and Temporal's own token.
//!
//! The check binds a token to the query that it goes on with. It is no secret: a forged token only
//! names another place in the same list.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use fast_temporal_protocol::ErrorBody;
use ring::digest::{Context, SHA256};

use crate::verb::field::invalid;

/// The longest token that is looked at, in bytes of text.
const MAX_BYTES: usize = 8192;
const CHECK_BYTES: usize = 8;

pub(super) fn encode(query: &str, token: &[u8]) -> String {
    let mut bytes = check(query, token).to_vec();
    bytes.extend_from_slice(token);
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(super) fn decode(query: &str, text: &str) -> Result<Vec<u8>, ErrorBody> {
    let bytes = if text.len() <= MAX_BYTES {
        URL_SAFE_NO_PAD.decode(text).unwrap_or_default()
    } else {
        Vec::new()
    };
    match bytes.split_first_chunk() {
        Some((given, token)) if *given == check(query, token) => Ok(token.to_vec()),
        _ => Err(invalid(
            "page_token: must be the next_page_token of the page before, with everything else as it was",
        )),
    }
}

fn check(query: &str, token: &[u8]) -> [u8; CHECK_BYTES] {
    let mut hash = Context::new(&SHA256);
    hash.update(&(query.len() as u64).to_be_bytes());
    hash.update(query.as_bytes());
    hash.update(token);
    let digest = hash.finish();
    let mut check = [0; CHECK_BYTES];
    check.copy_from_slice(&digest.as_ref()[..CHECK_BYTES]);
    check
}
