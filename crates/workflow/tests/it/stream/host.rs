//! The host by itself.

use std::time::Duration;

use fast_temporal_workflow::stream::{
    Host, PollError, PublishEntry, PublishInput, Received, State, TruncateError,
};
use temporalio_common::error::ApplicationFailure;

use super::sample::{at, batch, from, json, of_topics, read};

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

fn with_items(texts: &[&str]) -> Host {
    let mut host = Host::default();
    for text in texts {
        host.publish("t", json(text));
    }
    host
}

#[test]
fn items_of_both_sources_stand_in_one_order() {
    let mut host = Host::default();
    host.publish("status", json("1"));
    assert_eq!(
        host.receive(batch("a", 1, &[("token", "2"), ("token", "3")]), at(0)),
        added(2)
    );
    host.publish("status", json("4"));
    let answer = host.read(&from(0)).unwrap();
    let expected = [
        (0, "status", "1"),
        (1, "token", "2"),
        (2, "token", "3"),
        (3, "status", "4"),
    ];
    let expected = expected.map(|(offset, topic, text)| (offset, topic.into(), text.into()));
    assert_eq!(read(&answer), expected);
    assert_eq!((answer.next_offset, answer.more_ready), (4, false));
    assert_eq!(host.offset(), 4);
}

#[test]
fn batch_that_was_taken_before_is_dropped_as_a_whole() {
    let mut host = Host::default();
    assert_eq!(host.receive(batch("a", 1, &[("t", "1")]), at(0)), added(1));
    assert_eq!(
        host.receive(batch("a", 1, &[("t", "1"), ("t", "2")]), at(1)),
        DUPLICATE
    );
    assert_eq!(host.receive(batch("b", 1, &[("t", "3")]), at(2)), added(1));
    assert_eq!(host.receive(batch("a", 5, &[("t", "4")]), at(3)), added(1));
    assert_eq!(host.receive(batch("a", 4, &[("t", "5")]), at(4)), DUPLICATE);
    assert_eq!(host.offset(), 3);
}

#[test]
fn batches_of_a_publisher_that_does_not_number_them_are_all_taken() {
    let mut host = Host::default();
    for _ in 0..2 {
        assert_eq!(host.receive(batch("", 0, &[("t", "1")]), at(0)), added(1));
    }
    assert_eq!(host.to_state(at(0)).publishers.len(), 0);
}

#[test]
fn what_is_no_payload_is_left_out_of_its_batch() {
    let mut host = Host::default();
    let mut input = batch("a", 1, &[("t", "1"), ("t", "2")]);
    for data in ["no base64!", "/////w=="] {
        let entry = PublishEntry {
            topic: "t".to_owned(),
            data: data.to_owned(),
        };
        input.items.insert(1, entry);
    }
    let received = host.receive(input, at(0));
    assert_eq!((received.added, received.malformed), (2, 2));
    let texts: Vec<_> = read(&host.read_held(&from(0)));
    assert_eq!(texts[1], (1, "t".to_owned(), "2".to_owned()));
}

#[test]
fn reader_gets_the_topics_that_it_asks_for_and_goes_on_after_all_that_was_there() {
    let mut host = Host::default();
    for (topic, text) in [("a", "1"), ("b", "2"), ("c", "3"), ("a", "4")] {
        host.publish(topic, json(text));
    }
    let answer = host.read(&of_topics(&["a", "c"], 1)).unwrap();
    assert_eq!(
        read(&answer),
        [(2, "c".into(), "3".into()), (3, "a".into(), "4".into())]
    );
    assert_eq!(answer.next_offset, 4);
    let answer = host.read(&of_topics(&["none"], 0)).unwrap();
    assert_eq!((answer.items.len(), answer.next_offset), (0, 4));
}

#[test]
fn answer_ends_at_a_megabyte_and_says_that_there_is_more() {
    let text = "x".repeat(300_000);
    let mut host = with_items(&[&*text; 6]);
    // Each is 400,000 bytes in base64.
    let answer = host.read(&from(0)).unwrap();
    assert_eq!(
        (answer.items.len(), answer.next_offset, answer.more_ready),
        (2, 2, true)
    );
    let answer = host.read(&from(4)).unwrap();
    assert_eq!(
        (answer.items.len(), answer.next_offset, answer.more_ready),
        (2, 6, false)
    );
    // One that exceeds it alone is given alone.
    host.publish("t", json(&"x".repeat(900_000)));
    host.publish("t", json("1"));
    let answer = host.read(&from(6)).unwrap();
    assert_eq!(
        (answer.items.len(), answer.next_offset, answer.more_ready),
        (1, 7, true)
    );
}

#[test]
fn what_the_topics_leave_out_does_not_fill_an_answer() {
    let mut host = with_items(&[&*"x".repeat(900_000); 3]);
    host.publish("small", json("1"));
    let answer = host.read(&of_topics(&["small"], 0)).unwrap();
    assert_eq!(
        (answer.items.len(), answer.next_offset, answer.more_ready),
        (1, 4, false)
    );
}

#[test]
fn poll_from_before_what_is_held_fails_and_a_query_reads_what_is_held() {
    let mut host = with_items(&["1", "2", "3"]);
    host.truncate(2).unwrap();
    let truncated = PollError::Truncated {
        requested: 1,
        base: 2,
    };
    assert_eq!(host.read(&from(1)), Err(truncated));
    assert_eq!(
        read(&host.read_held(&from(1))),
        [(2, "t".into(), "3".into())]
    );
    // 0 means the first that is held.
    assert_eq!(
        read(&host.read(&from(0)).unwrap()),
        [(2, "t".into(), "3".into())]
    );
    assert_eq!(host.read(&from(2)).unwrap().items.len(), 1);
}

#[test]
fn truncating_keeps_offsets_and_refuses_what_has_not_come() {
    let mut host = with_items(&["1", "2", "3"]);
    assert_eq!(host.truncate(4), Err(TruncateError { up_to: 4, end: 3 }));
    assert_eq!((host.base_offset(), host.offset()), (0, 3));
    host.truncate(2).unwrap();
    host.truncate(1).unwrap();
    assert_eq!((host.base_offset(), host.offset()), (2, 3));
    host.truncate(3).unwrap();
    assert_eq!((host.base_offset(), host.offset()), (3, 3));
    host.publish("t", json("4"));
    assert_eq!(
        read(&host.read(&from(3)).unwrap()),
        [(3, "t".into(), "4".into())]
    );
}

#[test]
fn reader_that_is_ahead_gets_nothing_until_the_stream_is_there() {
    let mut host = with_items(&["1"]);
    let answer = host.read(&from(5)).unwrap();
    assert_eq!((answer.items.len(), answer.next_offset), (0, 1));
    for text in ["2", "3", "4", "5", "6"] {
        host.publish("t", json(text));
    }
    assert_eq!(
        read(&host.read(&from(5)).unwrap()),
        [(5, "t".into(), "6".into())]
    );
}

#[test]
fn draining_stream_still_takes_items_and_answers_queries() {
    let mut host = with_items(&["1"]);
    host.start_draining();
    assert!(host.is_draining());
    assert_eq!(host.receive(batch("a", 1, &[("t", "2")]), at(0)), added(1));
    assert_eq!(host.read_held(&from(0)).items.len(), 2);
}

#[test]
fn next_run_has_the_items_the_offsets_and_the_publishers_and_does_not_drain() {
    let mut host = with_items(&["1", "2", "3"]);
    host.receive(batch("a", 7, &[("t", "4")]), at(0));
    host.truncate(2).unwrap();
    host.start_draining();
    let text = serde_json::to_string(&host.to_state(at(60))).unwrap();
    let mut next = Host::from_state(serde_json::from_str(&text).unwrap());
    assert!(!next.is_draining());
    assert_eq!((next.base_offset(), next.offset()), (2, 4));
    assert_eq!(
        next.receive(batch("a", 7, &[("t", "4")]), at(61)),
        DUPLICATE
    );
    assert_eq!(next.receive(batch("a", 8, &[("t", "5")]), at(62)), added(1));
    assert_eq!(
        read(&next.read(&from(2)).unwrap()),
        [
            (2, "t".into(), "3".into()),
            (3, "t".into(), "4".into()),
            (4, "t".into(), "5".into())
        ]
    );
}

#[test]
fn next_run_has_the_newest_items_up_to_a_mebibyte_and_readers_of_others_are_told() {
    let text = "x".repeat(300_000);
    let host = with_items(&[&*text; 5]);
    // Each is 400,000 bytes in base64.
    let state = host.to_state(at(0));
    assert_eq!((state.log.len(), state.base_offset), (2, 3));
    assert!(serde_json::to_string(&state).unwrap().len() < 1 << 20);
    let next = Host::from_state(state);
    assert_eq!((next.base_offset(), next.offset()), (3, 5));
    let truncated = PollError::Truncated {
        requested: 2,
        base: 3,
    };
    assert_eq!(next.read(&from(2)), Err(truncated));
    // What this run holds stays.
    assert_eq!((host.base_offset(), host.offset()), (0, 5));
}

#[test]
fn small_items_are_carried_with_all_that_they_weigh_as_json() {
    let mut host = Host::default();
    for _ in 0..20_000 {
        // Six bytes each as JSON.
        host.publish("\u{1}".repeat(10), json("1"));
    }
    let state = host.to_state(at(0));
    let bytes = serde_json::to_string(&state.log).unwrap().len();
    assert!((1_000_000..=1 << 20).contains(&bytes), "{bytes}");
    assert_eq!(state.base_offset + state.log.len() as u64, 20_000);
}

#[test]
fn item_that_is_too_large_to_be_carried_is_not() {
    let mut host = with_items(&["1"]);
    host.publish("t", json(&"x".repeat(900_000)));
    let state = host.to_state(at(0));
    assert_eq!((state.log.len(), state.base_offset), (0, 2));
}

#[test]
fn publishers_are_forgotten_after_fifteen_silent_minutes() {
    let mut host = Host::default();
    host.receive(batch("old", 1, &[]), at(0));
    host.receive(batch("new", 1, &[]), at(1));
    let known = |state: &State| state.publishers.keys().cloned().collect::<Vec<_>>();
    assert_eq!(known(&host.to_state(at(899))), ["new", "old"]);
    assert_eq!(known(&host.to_state(at(900))), ["new"]);
    let ttl = Duration::from_secs(5);
    assert_eq!(known(&host.to_state_with_ttl(at(5), ttl)), ["new"]);
    // Clocks of workers differ a little.
    assert_eq!(known(&host.to_state_with_ttl(at(0), ttl)), ["new", "old"]);
    // The next run knows a publisher until it has been silent for as long.
    let mut next = Host::from_state(host.to_state(at(900)));
    assert_eq!(next.receive(batch("old", 1, &[]), at(900)), added(0));
    assert_eq!(known(&next.to_state(at(1000))), ["old"]);
}

#[test]
fn failures_have_the_types_that_readers_go_by() {
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
    let mut host = Host::default();
    let input = PublishInput {
        publisher_id: "a".to_owned(),
        sequence: 3,
        ..PublishInput::default()
    };
    assert_eq!(host.receive(input, at(0)), added(0));
    assert_eq!(host.receive(batch("a", 3, &[("t", "1")]), at(0)), DUPLICATE);
}
