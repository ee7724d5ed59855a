//! Workflow ids in paths.

use fast_temporal_protocol::path::{PathIdError, decode_workflow_id, encode_workflow_id};
use proptest::prelude::*;

use crate::support::strategy;

// Covers HTTP-1.
#[test]
fn plain_ids_are_unchanged_in_paths() {
    for id in ["order-42", "a", "A.b_c~d", "...", "~ne.x"] {
        assert_eq!(encode_workflow_id(id), id);
        assert_eq!(decode_workflow_id(id).as_deref(), Ok(id));
    }
}

// Covers HTTP-1.
#[test]
fn other_ids_are_encoded() {
    for (id, segment) in [
        (".", "=Lg"),
        ("..", "=Li4"),
        ("a/b", "=YS9i"),
        ("=x", "=PXg"),
        ("ü", "=w7w"),
        ("a b", "=YSBi"),
    ] {
        assert_eq!(encode_workflow_id(id), segment);
        assert_eq!(decode_workflow_id(segment).as_deref(), Ok(id));
    }
}

// Covers HTTP-2.
#[test]
fn invalid_path_segments_are_rejected() {
    let long = "a".repeat(1001);
    let not_utf8 = "=_w";
    for segment in [
        "", ".", "..", "a/b", "a b", "ü", "=", "==", "=!", "=YQ==", not_utf8, &long,
    ] {
        assert_eq!(decode_workflow_id(segment), Err(PathIdError), "{segment:?}");
    }
    let encoded = encode_workflow_id(&"/".repeat(1001)).into_owned();
    assert_eq!(decode_workflow_id(&encoded), Err(PathIdError));
}

proptest! {
    // Covers HTTP-1.
    #[test]
    fn any_id_round_trips_through_its_path(id in strategy::id()) {
        let segment = encode_workflow_id(&id).into_owned();
        prop_assert_eq!(decode_workflow_id(&segment), Ok(id));
    }

    #[test]
    fn a_segment_needs_no_escaping_in_a_url(id in strategy::id()) {
        let segment = encode_workflow_id(&id).into_owned();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._~=-".contains(&byte);
        prop_assert!(segment.bytes().all(plain) && segment != "." && segment != "..");
    }
}
