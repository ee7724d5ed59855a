//! Telling the items of a superseded attempt.

use fast_temporal_workflow::stream::{Attempts, Origin, Standing};

use super::sample::json;

fn origin(run_id: &str, activity_id: &str, attempt: u32) -> Origin {
    Origin {
        run_id: run_id.to_owned(),
        activity_id: activity_id.to_owned(),
        attempt,
    }
}

#[test]
fn origin_is_noted_on_a_payload_beside_what_is_there() {
    let mut payload = json("1");
    assert_eq!(Origin::of(&payload), None);
    origin("run", "write", 2).mark(&mut payload);
    assert_eq!(Origin::of(&payload), Some(origin("run", "write", 2)));
    assert_eq!(payload.metadata["encoding"], b"json/plain");
    assert_eq!(payload.data, b"1");
}

#[test]
fn what_is_no_attempt_is_no_origin() {
    for attempt in ["", "-1", "one", "1.5"] {
        let mut payload = json("1");
        origin("run", "write", 2).mark(&mut payload);
        let attempt = attempt.as_bytes().to_vec();
        payload
            .metadata
            .insert("fast-temporal.attempt".to_owned(), attempt);
        assert_eq!(Origin::of(&payload), None);
    }
}

#[test]
fn higher_attempt_supersedes_what_came_and_what_still_comes_of_a_lower_one() {
    let mut attempts = Attempts::default();
    let mut judge = |topic, attempt| attempts.judge(topic, Some(&origin("run", "write", attempt)));
    assert_eq!(judge("text", 1), Standing::Current);
    assert_eq!(judge("text", 1), Standing::Current);
    assert_eq!(judge("text", 2), Standing::Supersedes);
    assert_eq!(judge("text", 1), Standing::Superseded);
    assert_eq!(judge("text", 2), Standing::Current);
    assert_eq!(judge("text", 4), Standing::Supersedes);
}

#[test]
fn topics_activities_and_runs_are_judged_apart() {
    let mut attempts = Attempts::default();
    let newest = origin("run", "write", 3);
    assert_eq!(attempts.judge("text", Some(&newest)), Standing::Current);
    for (topic, origin) in [
        ("other", origin("run", "write", 1)),
        ("text", origin("run", "read", 1)),
        ("text", origin("next", "write", 1)),
    ] {
        assert_eq!(attempts.judge(topic, Some(&origin)), Standing::Current);
    }
    let late = origin("run", "write", 1);
    assert_eq!(attempts.judge("text", Some(&late)), Standing::Superseded);
    assert_eq!(attempts.judge("text", None), Standing::Current);
}
