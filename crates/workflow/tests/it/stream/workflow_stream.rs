//! The workflow's stream as plain data.

use std::time::{Duration, SystemTime};

use fast_temporal_workflow::stream::{
    PollError, PollResult, PublishEntry, PublishInput, Received, TruncateError, WorkflowStream,
    WorkflowStreamState,
};
use temporalio_common::error::ApplicationFailure;

use crate::support::stream_sample::{at, batch, expect_items, from, json, of_topics};

fn added(added: usize) -> Received {
    Received {
        added,
        ..Received::default()
    }
}

const DUPLICATE: Received = Received {
    added: 0,
    malformed: 0,
    duplicate: true,
};

#[track_caller]
fn expect_received(
    stream: &mut WorkflowStream,
    batch: PublishInput,
    at: SystemTime,
    expected: Received,
) {
    assert_eq!(stream.receive(batch, at), expected);
}

/// Asserts the number of items, the next offset, and whether more are ready.
#[track_caller]
fn expect_page(page: &PollResult, items: usize, next_offset: u64, more_ready: bool) {
    let found = (page.items.len(), page.next_offset, page.more_ready);
    assert_eq!(found, (items, next_offset, more_ready));
}

fn with_items(texts: &[&str]) -> WorkflowStream {
    let mut stream = WorkflowStream::default();
    for text in texts {
        stream.publish("t", json(text));
    }
    stream
}

#[test]
fn items_from_workflow_and_signals_share_one_order() {
    let mut stream = WorkflowStream::default();
    stream.publish("status", json("1"));
    expect_received(
        &mut stream,
        batch("a", 1, &[("token", "2"), ("token", "3")]),
        at(0),
        added(2),
    );
    stream.publish("status", json("4"));
    let result = stream.read(&from(0)).unwrap();
    let expected = [
        (0, "status", "1"),
        (1, "token", "2"),
        (2, "token", "3"),
        (3, "status", "4"),
    ];
    expect_items(&result, &expected);
    assert_eq!((result.next_offset, result.more_ready), (4, false));
    assert_eq!(stream.offset(), 4);
}

#[test]
fn resent_batch_is_ignored() {
    let mut stream = WorkflowStream::default();
    expect_received(&mut stream, batch("a", 1, &[("t", "1")]), at(0), added(1));
    expect_received(
        &mut stream,
        batch("a", 1, &[("t", "1"), ("t", "2")]),
        at(1),
        DUPLICATE,
    );
    expect_received(&mut stream, batch("b", 1, &[("t", "3")]), at(2), added(1));
    expect_received(&mut stream, batch("a", 5, &[("t", "4")]), at(3), added(1));
    expect_received(&mut stream, batch("a", 4, &[("t", "5")]), at(4), DUPLICATE);
    assert_eq!(stream.offset(), 3);
}

#[test]
fn batches_without_publisher_id_are_all_accepted() {
    let mut stream = WorkflowStream::default();
    for _ in 0..2 {
        expect_received(&mut stream, batch("", 0, &[("t", "1")]), at(0), added(1));
    }
    assert_eq!(stream.to_state(at(0)).publishers.len(), 0);
}

#[test]
fn invalid_payloads_are_dropped_from_a_batch() {
    let mut stream = WorkflowStream::default();
    let mut input = batch("a", 1, &[("t", "1"), ("t", "2")]);
    for data in ["no base64!", "/////w=="] {
        let entry = PublishEntry {
            topic: "t".to_owned(),
            data: data.to_owned(),
        };
        input.items.insert(1, entry);
    }
    let received = stream.receive(input, at(0));
    assert_eq!((received.added, received.malformed), (2, 2));
    expect_items(
        &stream.read_available(&from(0)),
        &[(0, "t", "1"), (1, "t", "2")],
    );
}

#[test]
fn poll_returns_the_requested_topics_and_the_end_offset() {
    let mut stream = WorkflowStream::default();
    for (topic, text) in [("a", "1"), ("b", "2"), ("c", "3"), ("a", "4")] {
        stream.publish(topic, json(text));
    }
    let result = stream.read(&of_topics(&["a", "c"], 1)).unwrap();
    expect_items(&result, &[(2, "c", "3"), (3, "a", "4")]);
    assert_eq!(result.next_offset, 4);
    let result = stream.read(&of_topics(&["none"], 0)).unwrap();
    assert_eq!((result.items.len(), result.next_offset), (0, 4));
}

#[test]
fn poll_result_ends_at_a_megabyte_and_has_more_ready() {
    let text = "x".repeat(300_000);
    let mut stream = with_items(&[&*text; 6]);
    // Each is 400,000 bytes in base64.
    let result = stream.read(&from(0)).unwrap();
    expect_page(&result, 2, 2, true);
    let result = stream.read(&from(4)).unwrap();
    expect_page(&result, 2, 6, false);
    // An item that exceeds the limit is returned alone.
    stream.publish("t", json(&"x".repeat(900_000)));
    stream.publish("t", json("1"));
    let result = stream.read(&from(6)).unwrap();
    expect_page(&result, 1, 7, true);
}

#[test]
fn items_of_other_topics_do_not_count_towards_the_size_limit() {
    let mut stream = with_items(&[&*"x".repeat(900_000); 3]);
    stream.publish("small", json("1"));
    let result = stream.read(&of_topics(&["small"], 0)).unwrap();
    expect_page(&result, 1, 4, false);
}

#[test]
fn poll_of_a_truncated_offset_fails_and_a_query_returns_the_rest() {
    let mut stream = with_items(&["1", "2", "3"]);
    stream.truncate(2).unwrap();
    let truncated = PollError::Truncated {
        requested: 1,
        base: 2,
    };
    assert_eq!(stream.read(&from(1)), Err(truncated));
    expect_items(&stream.read_available(&from(1)), &[(2, "t", "3")]);
    // 0 means the first item in the stream.
    expect_items(&stream.read(&from(0)).unwrap(), &[(2, "t", "3")]);
    assert_eq!(stream.read(&from(2)).unwrap().items.len(), 1);
}

#[test]
fn truncation_keeps_offsets_and_fails_beyond_the_end() {
    let mut stream = with_items(&["1", "2", "3"]);
    assert_eq!(stream.truncate(4), Err(TruncateError { up_to: 4, end: 3 }));
    assert_eq!((stream.base_offset(), stream.offset()), (0, 3));
    stream.truncate(2).unwrap();
    stream.truncate(1).unwrap();
    assert_eq!((stream.base_offset(), stream.offset()), (2, 3));
    stream.truncate(3).unwrap();
    assert_eq!((stream.base_offset(), stream.offset()), (3, 3));
    stream.publish("t", json("4"));
    expect_items(&stream.read(&from(3)).unwrap(), &[(3, "t", "4")]);
}

#[test]
fn poll_beyond_the_end_returns_nothing() {
    let mut stream = with_items(&["1"]);
    let result = stream.read(&from(5)).unwrap();
    assert_eq!((result.items.len(), result.next_offset), (0, 1));
    for text in ["2", "3", "4", "5", "6"] {
        stream.publish("t", json(text));
    }
    expect_items(&stream.read(&from(5)).unwrap(), &[(5, "t", "6")]);
}

#[test]
fn draining_stream_accepts_items_and_queries() {
    let mut stream = with_items(&["1"]);
    stream.start_draining();
    assert!(stream.is_draining());
    expect_received(&mut stream, batch("a", 1, &[("t", "2")]), at(0), added(1));
    assert_eq!(stream.read_available(&from(0)).items.len(), 2);
}

#[test]
fn next_run_keeps_items_offsets_and_publishers_and_does_not_drain() {
    let mut stream = with_items(&["1", "2", "3"]);
    stream.receive(batch("a", 7, &[("t", "4")]), at(0));
    stream.truncate(2).unwrap();
    stream.start_draining();
    let text = serde_json::to_string(&stream.to_state(at(60))).unwrap();
    let mut next = WorkflowStream::from_state(serde_json::from_str(&text).unwrap());
    assert!(!next.is_draining());
    assert_eq!((next.base_offset(), next.offset()), (2, 4));
    expect_received(&mut next, batch("a", 7, &[("t", "4")]), at(61), DUPLICATE);
    expect_received(&mut next, batch("a", 8, &[("t", "5")]), at(62), added(1));
    expect_items(
        &next.read(&from(2)).unwrap(),
        &[(2, "t", "3"), (3, "t", "4"), (4, "t", "5")],
    );
}

#[test]
fn next_run_keeps_the_newest_items_up_to_a_mebibyte() {
    let text = "x".repeat(300_000);
    let stream = with_items(&[&*text; 5]);
    // Each is 400,000 bytes in base64.
    let state = stream.to_state(at(0));
    assert_eq!((state.log.len(), state.base_offset), (2, 3));
    assert!(serde_json::to_string(&state).unwrap().len() < 1 << 20);
    let next = WorkflowStream::from_state(state);
    assert_eq!((next.base_offset(), next.offset()), (3, 5));
    let truncated = PollError::Truncated {
        requested: 2,
        base: 3,
    };
    assert_eq!(next.read(&from(2)), Err(truncated));
    // The current run keeps all items.
    assert_eq!((stream.base_offset(), stream.offset()), (0, 5));
}

#[test]
fn state_size_counts_json_escapes() {
    let mut stream = WorkflowStream::default();
    for _ in 0..20_000 {
        // Six bytes each as JSON.
        stream.publish("\u{1}".repeat(10), json("1"));
    }
    let state = stream.to_state(at(0));
    let bytes = serde_json::to_string(&state.log).unwrap().len();
    assert!((1_000_000..=1 << 20).contains(&bytes), "{bytes}");
    assert_eq!(state.base_offset + state.log.len() as u64, 20_000);
}

#[test]
fn too_large_item_is_left_out_of_the_state() {
    let mut stream = with_items(&["1"]);
    stream.publish("t", json(&"x".repeat(900_000)));
    let state = stream.to_state(at(0));
    assert_eq!((state.log.len(), state.base_offset), (0, 2));
}

#[test]
fn silent_publishers_are_forgotten_after_fifteen_minutes() {
    let mut stream = WorkflowStream::default();
    stream.receive(batch("old", 1, &[]), at(0));
    stream.receive(batch("new", 1, &[]), at(1));
    let known = |state: &WorkflowStreamState| state.publishers.keys().cloned().collect::<Vec<_>>();
    assert_eq!(known(&stream.to_state(at(899))), ["new", "old"]);
    assert_eq!(known(&stream.to_state(at(900))), ["new"]);
    let ttl = Duration::from_secs(5);
    assert_eq!(known(&stream.to_state_with_ttl(at(5), ttl)), ["new"]);
    // The clocks of workers differ slightly.
    assert_eq!(known(&stream.to_state_with_ttl(at(0), ttl)), ["new", "old"]);
    // The next run remembers a publisher for the same time.
    let mut next = WorkflowStream::from_state(stream.to_state(at(900)));
    expect_received(&mut next, batch("old", 1, &[]), at(900), added(0));
    assert_eq!(known(&next.to_state(at(1000))), ["old"]);
}

#[test]
fn failures_have_the_types_of_the_wire_format() {
    let truncated = PollError::Truncated {
        requested: 1,
        base: 2,
    };
    let name = |failure: ApplicationFailure| failure.type_name().unwrap().to_owned();
    assert_eq!(name(truncated.into()), "TruncatedOffset");
    assert_eq!(name(PollError::Draining.into()), "StreamDraining");
    let truncate = TruncateError { up_to: 4, end: 3 };
    assert_eq!(name(truncate.into()), "TruncateOutOfRange");
}

#[test]
fn empty_batch_counts_as_one() {
    let mut stream = WorkflowStream::default();
    let input = PublishInput {
        publisher_id: "a".to_owned(),
        sequence: 3,
        ..PublishInput::default()
    };
    assert_eq!(stream.receive(input, at(0)), added(0));
    expect_received(&mut stream, batch("a", 3, &[("t", "1")]), at(0), DUPLICATE);
}
