//! Page tokens as clients see them: base64url of a checksum and Temporal's own token.
//!
//! The checksum binds a token to its query. It is not secret: a forged token can only point at another
//! position in the same list.

use data_encoding::BASE64URL_NOPAD;
use fast_temporal_protocol::ErrorBody;
use ring::digest::{Context, SHA256};

use crate::error::invalid_field;

/// Maximum length of a token, in bytes of text.
const MAX_BYTES: usize = 8192;
const CHECKSUM_BYTES: usize = 8;

pub(super) fn encode(query: &str, token: &[u8]) -> String {
    let mut bytes = checksum(query, token).to_vec();
    bytes.extend_from_slice(token);
    BASE64URL_NOPAD.encode(&bytes)
}

pub(super) fn decode(query: &str, text: &str) -> Result<Vec<u8>, ErrorBody> {
    let bytes = if text.len() <= MAX_BYTES {
        BASE64URL_NOPAD.decode(text.as_bytes()).unwrap_or_default()
    } else {
        Vec::new()
    };
    match bytes.split_first_chunk() {
        Some((given, token)) if *given == checksum(query, token) => Ok(token.to_vec()),
        _ => Err(invalid_field(
            "page_token: expected the next_page_token of a response to the same request",
        )),
    }
}

fn checksum(query: &str, token: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let mut hash = Context::new(&SHA256);
    hash.update(&(query.len() as u64).to_be_bytes());
    hash.update(query.as_bytes());
    hash.update(token);
    let digest = hash.finish();
    let mut checksum = [0; CHECKSUM_BYTES];
    checksum.copy_from_slice(&digest.as_ref()[..CHECKSUM_BYTES]);
    checksum
}
