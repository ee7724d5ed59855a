//! Origins of items, and superseded attempts.

use fast_temporal_workflow::stream::{Attempts, ItemStatus, Origin};

use crate::support::stream_sample::json;

fn origin(run_id: &str, activity_id: &str, attempt: u32) -> Origin {
    Origin {
        run_id: run_id.to_owned(),
        activity_id: activity_id.to_owned(),
        attempt,
    }
}

#[test]
fn origin_is_added_to_the_metadata_of_a_payload() {
    let mut payload = json("1");
    assert_eq!(Origin::from_payload(&payload), None);
    origin("run", "write", 2).attach_to(&mut payload);
    assert_eq!(
        Origin::from_payload(&payload),
        Some(origin("run", "write", 2))
    );
    assert_eq!(payload.metadata["encoding"], b"json/plain");
    assert_eq!(payload.data, b"1");
}

#[test]
fn invalid_attempt_is_no_origin() {
    for attempt in ["", "-1", "one", "1.5"] {
        let mut payload = json("1");
        origin("run", "write", 2).attach_to(&mut payload);
        let attempt = attempt.as_bytes().to_vec();
        payload
            .metadata
            .insert("fast-temporal.attempt".to_owned(), attempt);
        assert_eq!(Origin::from_payload(&payload), None);
    }
}

#[test]
fn higher_attempt_supersedes_earlier_and_later_items_of_a_lower_one() {
    let mut attempts = Attempts::default();
    let mut classify =
        |topic, attempt| attempts.classify(topic, Some(&origin("run", "write", attempt)));
    assert_eq!(classify("text", 1), ItemStatus::Current);
    assert_eq!(classify("text", 1), ItemStatus::Current);
    assert_eq!(classify("text", 2), ItemStatus::Supersedes);
    assert_eq!(classify("text", 1), ItemStatus::Superseded);
    assert_eq!(classify("text", 2), ItemStatus::Current);
    assert_eq!(classify("text", 4), ItemStatus::Supersedes);
}

#[test]
fn topics_activities_and_runs_are_classified_separately() {
    let mut attempts = Attempts::default();
    let newest = origin("run", "write", 3);
    assert_eq!(
        attempts.classify("text", Some(&newest)),
        ItemStatus::Current
    );
    for (topic, origin) in [
        ("other", origin("run", "write", 1)),
        ("text", origin("run", "read", 1)),
        ("text", origin("next", "write", 1)),
    ] {
        assert_eq!(attempts.classify(topic, Some(&origin)), ItemStatus::Current);
    }
    let late = origin("run", "write", 1);
    assert_eq!(
        attempts.classify("text", Some(&late)),
        ItemStatus::Superseded
    );
    assert_eq!(attempts.classify("text", None), ItemStatus::Current);
}
