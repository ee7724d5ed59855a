//! Markers of SDKs whose workers are not recorded: Go and Java.

use fast_temporal_protocol::EventData;
use temporalio_common::protos::temporal::api::{common::v1::Payloads, failure::v1::Failure};

use super::history::{Script, event, json};

fn marker(name: &str, details: &[(&str, &str)], failed: bool) -> Vec<EventData> {
    let detail = |(key, value): &(&str, &str)| {
        let payloads = vec![json(value)];
        ((*key).to_owned(), Payloads { payloads })
    };
    let failure = || Failure {
        message: "no ink".to_owned(),
        ..Default::default()
    };
    Script::new().apply(event!(MarkerRecordedEventAttributes {
        marker_name: name.to_owned(),
        details: details.iter().map(detail).collect(),
        failure: failed.then(failure),
    }))
}

fn summary(made: &[EventData]) -> String {
    let (id, name, attempt, outcome) = match made {
        [EventData::LocalActivityCompleted(a)] => {
            (&a.activity_id, &a.activity_type, a.attempt, a.result.get())
        }
        [EventData::LocalActivityFailed(a)] => {
            let message = &*a.failure.message;
            (&a.activity_id, &a.activity_type, a.attempt, message)
        }
        other => panic!("not a local activity: {other:?}"),
    };
    format!("{id} {name} {attempt} {outcome}")
}

const GO: &str = r#"{"ActivityID":"1","ActivityType":"Print","ReplayTime":"2026-11-23T10:20:30Z","Attempt":2,"Backoff":-1}"#;

#[test]
fn go_marker_is_a_local_activity() {
    let made = marker("LocalActivity", &[("data", GO), ("result", "7")], false);
    assert_eq!(summary(&made), "1 Print 2 7");
    let made = marker("LocalActivity", &[("data", GO)], true);
    assert_eq!(summary(&made), "1 Print 2 no ink");
}

#[test]
fn java_marker_is_a_local_activity() {
    let details = [
        ("activityId", r#""1""#),
        ("type", r#""Print""#),
        ("time", "1795000000000"),
        (
            "meta",
            r#"{"firstSkd":1795000000000,"atpt":3,"backoff":null}"#,
        ),
    ];
    let done = [&details[..], &[("result", "7")]].concat();
    let made = marker("LocalActivity", &done, false);
    assert_eq!(summary(&made), "1 Print 3 7");
    let made = marker("LocalActivity", &details, true);
    assert_eq!(summary(&made), "1 Print 3 no ink");
}

#[test]
fn local_activity_with_another_attempt_has_not_failed() {
    let core = r#"{"seq":1,"attempt":1,"activity_id":"1","activity_type":"Print","complete_time":null,"backoff":{"seconds":1,"nanos":0},"original_schedule_time":null}"#;
    assert_eq!(marker("core_local_activity", &[("data", core)], true), []);
    let go = GO.replace("-1", "1000000000");
    assert_eq!(marker("LocalActivity", &[("data", &go)], true), []);
    let java = [
        ("activityId", r#""1""#),
        ("meta", r#"{"atpt":1,"backoff":1000}"#),
    ];
    assert_eq!(marker("LocalActivity", &java, true), []);
}

#[test]
fn other_and_malformed_markers_make_no_events() {
    for name in [
        "core_patch",
        "Version",
        "SideEffect",
        "LocalActivity",
        "core_local_activity",
        "",
    ] {
        for data in ["null", "7", "{}", r#"{"ActivityID":7}"#] {
            assert_eq!(marker(name, &[("data", data)], true), [], "{name} {data}");
        }
        assert_eq!(marker(name, &[], false), [], "{name}");
    }
}
