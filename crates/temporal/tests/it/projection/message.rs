//! Signals, stream items and updates that no recording contains.

use data_encoding::BASE64;
use fast_temporal_protocol::{EventData, event::StreamItem};
use prost::Message as _;
use temporalio_common::protos::temporal::api::{
    common::v1::Payloads,
    failure::v1::Failure,
    history::v1::history_event::Attributes,
    update::v1::{Input, Meta, Request},
};

use super::history::{Script, event, json, only};

fn signal(name: &str, input: &str) -> Attributes {
    let payloads = vec![json(input)];
    event!(WorkflowExecutionSignaledEventAttributes {
        signal_name: name.to_owned(),
        input: Some(Payloads { payloads }),
    })
}

fn publish(input: &str) -> Attributes {
    signal("__temporal_workflow_stream_publish", input)
}

fn batch(publisher: &str, sequence: i64, items: &[&str]) -> Attributes {
    let item = |text: &&str| {
        let data = BASE64.encode(&json(text).encode_to_vec());
        serde_json::json!({"topic": "t", "data": data})
    };
    let items: Vec<_> = items.iter().map(item).collect();
    let batch =
        serde_json::json!({"items": items, "publisher_id": publisher, "sequence": sequence});
    publish(&batch.to_string())
}

fn items(made: &[EventData]) -> Vec<&str> {
    made.iter()
        .map(|data| match data {
            EventData::StreamItem(item) => item.data.get(),
            other => panic!("not a stream item: {other:?}"),
        })
        .collect()
}

// Covers EV-24.
#[test]
fn repeated_batch_is_dropped() {
    let mut script = Script::new();
    assert_eq!(items(&script.apply(batch("a", 1, &["1", "2"]))), ["1", "2"]);
    assert_eq!(script.apply(batch("a", 1, &["1", "2"])), []);
    assert_eq!(items(&script.apply(batch("b", 1, &["3"]))), ["3"]);
    assert_eq!(items(&script.apply(batch("a", 3, &["4"]))), ["4"]);
    assert_eq!(script.apply(batch("a", 2, &["5"])), []);
    assert_eq!(items(&script.apply(batch("", 0, &["6"]))), ["6"]);
    assert_eq!(items(&script.apply(batch("", 0, &["6"]))), ["6"]);
}

/// The item of a payload with these metadata entries.
fn marked(marks: &[(&str, &str)]) -> StreamItem {
    let mut payload = json("1");
    let marks = marks
        .iter()
        .map(|(key, value)| ((*key).to_owned(), value.as_bytes().to_vec()));
    payload.metadata.extend(marks);
    let data = BASE64.encode(&payload.encode_to_vec());
    let input = serde_json::json!({"items": [{"topic": "t", "data": data}]});
    let made = Script::new().apply(publish(&input.to_string()));
    only!(made, StreamItem).clone()
}

// Covers EV-25.
#[test]
fn item_names_the_attempt_that_published_it() {
    let of = |run_id| {
        marked(&[
            ("fast-temporal.run-id", run_id),
            ("fast-temporal.activity-id", "write"),
            ("fast-temporal.attempt", "2"),
        ])
    };
    let item = of(Script::RUN_ID);
    assert_eq!(item.data.get(), "1");
    assert_eq!(item.activity_id.as_deref(), Some("write"));
    assert_eq!((item.attempt, item.activity_run_id), (Some(2), None));
    // A late item may arrive in the next run.
    let item = of("an earlier one");
    assert_eq!(item.activity_run_id.as_deref(), Some("an earlier one"));
    assert_eq!(item.attempt, Some(2));
}

// Covers EV-25.
#[test]
fn item_with_malformed_metadata_has_no_attempt() {
    for attempt in ["", "-1", "two", "4294967296"] {
        let item = marked(&[
            ("fast-temporal.run-id", Script::RUN_ID),
            ("fast-temporal.activity-id", "write"),
            ("fast-temporal.attempt", attempt),
        ]);
        assert_eq!((item.activity_id, item.attempt), (None, None), "{attempt}");
        assert_eq!(item.activity_run_id, None);
    }
    let item = marked(&[("fast-temporal.attempt", "2")]);
    assert_eq!(item.attempt, None);
}

#[test]
fn malformed_batches_make_no_events() {
    let mut script = Script::new();
    for input in [
        "null",
        "[]",
        "{}",
        r#"{"items":7}"#,
        r#"{"items":[7]}"#,
        r#"{"items":[{"topic":"t"}]}"#,
        r#"{"items":[{"topic":"t","data":"no base64!"}]}"#,
        r#"{"items":[{"topic":"t","data":"/////w=="}]}"#,
        r#"{"items":[],"sequence":"1"}"#,
    ] {
        assert_eq!(script.apply(publish(input)), [], "{input}");
    }
    let bare = event!(WorkflowExecutionSignaledEventAttributes {
        signal_name: "__temporal_workflow_stream_publish".to_owned(),
    });
    assert_eq!(script.apply(bare), []);
}

#[test]
fn items_keep_their_index_beside_a_malformed_one() {
    let good = BASE64.encode(&json("1").encode_to_vec());
    let input =
        format!(r#"{{"items":[{{"topic":"t","data":"?"}},{{"topic":"t","data":"{good}"}}]}}"#);
    let mut script = Script::new();
    let made = script.events(publish(&input));
    assert_eq!(made.len(), 1);
    assert_eq!(made[0].cursor.position.index, 1);
}

// Covers EV-22.
#[test]
fn reserved_signals_and_updates_are_not_events() {
    let mut script = Script::new();
    assert_eq!(script.apply(signal("__temporal_any", "1")), []);
    assert_eq!(script.apply(signal("_temporal_any", "1")).len(), 1);
    let reserved = Some(request("u", "__temporal_poll"));
    assert_eq!(script.apply(accepted("u", reserved)), []);
    assert_eq!(script.apply(completed(script.last_id())), []);
}

fn request(update_id: &str, name: &str) -> Request {
    Request {
        meta: Some(Meta {
            update_id: update_id.to_owned(),
            ..Default::default()
        }),
        input: Some(Input {
            name: name.to_owned(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn accepted(update_id: &str, request: Option<Request>) -> Attributes {
    event!(WorkflowExecutionUpdateAcceptedEventAttributes {
        protocol_instance_id: update_id.to_owned(),
        accepted_request: request,
    })
}

fn completed(accepted_event_id: i64) -> Attributes {
    event!(WorkflowExecutionUpdateCompletedEventAttributes { accepted_event_id })
}

#[test]
fn update_carried_over_by_a_reset_keeps_its_name() {
    let mut script = Script::new();
    let admitted = event!(WorkflowExecutionUpdateAdmittedEventAttributes {
        request: Some(request("u", "add")),
    });
    assert_eq!(script.apply(admitted), []);
    let made = script.apply(accepted("u", None));
    let accepted = only!(made, UpdateAccepted);
    assert_eq!((&*accepted.update_id, &*accepted.name), ("u", "add"));
    let made = script.apply(completed(script.last_id()));
    let completed = only!(made, UpdateCompleted);
    assert_eq!(completed.name, "add");
    assert!(completed.result.as_ref().unwrap().is_null());
}

#[test]
fn rejected_update_has_its_failure() {
    let mut script = Script::new();
    let failure = Failure {
        message: "not that".to_owned(),
        ..Default::default()
    };
    let made = script.apply(event!(WorkflowExecutionUpdateRejectedEventAttributes {
        protocol_instance_id: "u".to_owned(),
        rejected_request: Some(request("u", "add")),
        failure: Some(failure),
    }));
    let rejected = only!(made, UpdateRejected);
    assert_eq!((&*rejected.update_id, &*rejected.name), ("u", "add"));
    assert_eq!(rejected.failure.message, "not that");
}
