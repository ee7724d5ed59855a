//! A workflow's owner stands in its id.

use fast_temporal_core::owner::{MAX_SUBJECT_BYTES, of, owns, prefix};
use proptest::prelude::*;

#[test]
fn prefix_is_base32_in_lower_case() {
    assert_eq!(prefix("alice"), "~mfwgsy3f.");
}

#[test]
fn ids_without_a_whole_prefix_have_no_owner() {
    for id in [
        "",
        "order-1",
        "~",
        "~mfwgsy3f",
        "mfwgsy3f.x",
        "~MFWGSY3F.x",
        "~1!.x",
        "~a.x",
    ] {
        assert_eq!(of(id), None, "{id}");
    }
}

#[test]
fn longest_subject_leaves_room_for_an_id() {
    let longest = prefix(&"x".repeat(MAX_SUBJECT_BYTES));
    assert!(longest.len() + 36 <= 1000, "{}", longest.len());
}

proptest! {
    #[test]
    fn every_subject_owns_its_ids_and_nobody_else_does(subject in ".{0,40}", other in ".{0,40}") {
        let id = format!("{}4a3c", prefix(&subject));
        prop_assert_eq!(of(&id), Some(subject.clone()));
        prop_assert!(owns(&subject, &id));
        prop_assert_eq!(owns(&other, &id), other == subject);
        // Temporal's prefix match would take this one for the same.
        let shouted = prefix(&subject).to_uppercase();
        prop_assert_eq!(owns(&subject, &shouted), shouted == prefix(&subject));
    }
}
