//! The subscriber, on a scripted source and with paused time.

use std::{sync::Arc, time::Duration};

use fast_temporal_workflow::stream::{
    Item, PollFailure, PollResult, RunState, SourceError, SubscribeError, Subscriber,
    SubscriberConfig, WireItem,
};
use futures::{StreamExt as _, TryStreamExt as _};
use tokio::time::Instant;

use crate::support::{
    scripted_source::{CURRENT, ScriptedSource, Step},
    stream_sample::stream_item,
};

pub(super) fn subscribe(steps: Vec<Step>) -> (ScriptedSource, Subscriber) {
    subscribe_with(SubscriberConfig::default(), steps)
}

pub(super) fn subscribe_with(
    config: SubscriberConfig,
    steps: Vec<Step>,
) -> (ScriptedSource, Subscriber) {
    let script = ScriptedSource::new(steps);
    let subscriber = Subscriber::from_source(script.clone(), config);
    (script, subscriber)
}

/// Reads all items, and asserts that the script is finished.
pub(super) async fn all((script, subscriber): (ScriptedSource, Subscriber)) -> Vec<(u64, bool)> {
    let items: Vec<Item> = subscriber.try_collect().await.unwrap();
    assert_eq!(script.left(), 0);
    items
        .iter()
        .map(|item| (item.offset, item.is_after_gap))
        .collect()
}

/// Reads to an error, which must end the stream and the script. Returns the offsets before the
/// error, and the error.
pub(super) async fn until_error(
    (script, mut subscriber): (ScriptedSource, Subscriber),
) -> (Vec<u64>, SubscribeError) {
    let mut offsets = Vec::new();
    let error = loop {
        match subscriber.next().await.expect("an error before the end") {
            Ok(item) => offsets.push(item.offset),
            Err(error) => break error,
        }
    };
    assert!(subscriber.next().await.is_none());
    assert_eq!(script.left(), 0);
    (offsets, error)
}

pub(super) fn result(offsets: std::ops::Range<u64>) -> PollResult {
    PollResult {
        next_offset: offsets.end,
        items: offsets
            .map(|offset| stream_item(offset, "t", "1"))
            .collect(),
        more_ready: false,
    }
}

pub(super) fn partial_result(offsets: std::ops::Range<u64>) -> PollResult {
    PollResult {
        more_ready: true,
        ..result(offsets)
    }
}

pub(super) type Kind = fn(Arc<dyn std::error::Error + Send + Sync>) -> SourceError;

pub(super) fn error(kind: Kind) -> SourceError {
    kind(Arc::from(Box::from("scripted")))
}

pub(super) fn failed(run_id: Option<&str>, kind: Kind) -> Result<PollResult, PollFailure> {
    Err(PollFailure::Failed {
        run_id: run_id.map(str::to_owned),
        error: error(kind),
    })
}

pub(super) fn draining() -> PollFailure {
    PollFailure::Draining { run_id: None }
}

/// The steps of a current run that closes without further items.
fn end(from: u64) -> Vec<Step> {
    end_of(CURRENT, from)
}

fn end_of(run_id: &'static str, from: u64) -> Vec<Step> {
    vec![
        Step::Poll(from, failed(None, SourceError::NotFound)),
        Step::Describe(Some(run_id), Ok(RunState::Closed)),
        Step::Read(Some(run_id), from, Ok(result(from..from))),
    ]
}

pub(super) fn then_end(mut steps: Vec<Step>, from: u64) -> Vec<Step> {
    steps.extend(end(from));
    steps
}

#[tokio::test(start_paused = true)]
async fn polls_continue_without_gap_and_pause_once_all_items_are_read() {
    let steps = vec![
        Step::Poll(0, Ok(partial_result(0..2))),
        Step::Poll(2, Ok(partial_result(2..3))),
        Step::Poll(3, Ok(result(3..4))),
        Step::Poll(4, Ok(result(4..4))),
        Step::Poll(4, Ok(result(4..5))),
    ];
    let before = Instant::now();
    let items = all(subscribe(then_end(steps, 5))).await;
    assert_eq!(
        items,
        [(0, false), (1, false), (2, false), (3, false), (4, false)]
    );
    // Three results were complete. Each pause has up to 25 % jitter.
    let paused = before.elapsed().as_millis();
    assert!((301..=378).contains(&paused), "{paused}");
}

#[tokio::test(start_paused = true)]
async fn subscriber_starts_at_the_requested_offset() {
    let config = SubscriberConfig {
        from_offset: 7,
        ..SubscriberConfig::default()
    };
    let steps = then_end(vec![Step::Poll(7, Ok(result(7..8)))], 8);
    assert_eq!(all(subscribe_with(config, steps)).await, [(7, false)]);
}

#[tokio::test(start_paused = true)]
async fn truncated_items_are_reported_as_a_gap() {
    let config = SubscriberConfig {
        from_offset: 3,
        ..SubscriberConfig::default()
    };
    let steps = vec![
        Step::Poll(3, Err(PollFailure::Truncated)),
        Step::Poll(0, Ok(result(5..7))),
    ];
    let items = all(subscribe_with(config, then_end(steps, 7))).await;
    assert_eq!(items, [(5, true), (6, false)]);
}

#[tokio::test(start_paused = true)]
async fn discarded_items_of_a_closed_run_are_reported_as_a_gap() {
    let steps = vec![
        Step::Poll(0, Ok(result(0..2))),
        Step::Poll(2, failed(Some("run"), SourceError::Retryable)),
        Step::Describe(Some("run"), Ok(RunState::Closed)),
        Step::Read(Some("run"), 2, Ok(partial_result(4..5))),
        Step::Read(Some("run"), 5, Ok(result(5..6))),
    ];
    let items = all(subscribe(steps)).await;
    assert_eq!(items, [(0, false), (1, false), (4, true), (5, false)]);
}

#[tokio::test(start_paused = true)]
async fn items_of_a_draining_workflow_are_read_by_query() {
    let mut steps = vec![
        Step::Poll(0, Ok(result(0..1))),
        Step::Poll(1, Err(draining())),
        Step::Read(None, 1, Ok(partial_result(1..2))),
        Step::Poll(2, Err(draining())),
        Step::Read(None, 2, Ok(result(2..3))),
    ];
    // Longer than the retry limit: a long-running handler is not a failure.
    for _ in 0..1000 {
        steps.push(Step::Poll(3, Err(draining())));
        steps.push(Step::Read(None, 3, Ok(result(3..3))));
    }
    steps.push(Step::Poll(3, Ok(result(3..4))));
    let before = Instant::now();
    assert_eq!(
        all(subscribe(then_end(steps, 4))).await,
        [(0, false), (1, false), (2, false), (3, false)]
    );
    let waited = before.elapsed();
    assert!(
        waited > Duration::from_secs(500) && waited < Duration::from_secs(1300),
        "about one query a second: {waited:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn draining_workflow_without_poll_query_is_polled_again() {
    let mut steps = vec![Step::Poll(0, Ok(result(0..1)))];
    for kind in [SourceError::NoHandler, SourceError::Retryable] {
        steps.push(Step::Poll(1, Err(draining())));
        steps.push(Step::Read(None, 1, Err(error(kind))));
    }
    steps.push(Step::Poll(1, Ok(result(1..2))));
    assert_eq!(
        all(subscribe(then_end(steps, 2))).await,
        [(0, false), (1, false)]
    );
}

fn continued(next: &str) -> RunState {
    RunState::ContinuedAsNew {
        next_run_id: next.to_owned(),
    }
}

#[tokio::test(start_paused = true)]
async fn subscriber_follows_continued_runs_only() {
    let mut steps = vec![
        Step::Poll(0, Ok(result(0..1))),
        Step::Poll(1, failed(None, SourceError::NotFound)),
        Step::Describe(None, Ok(continued("second"))),
        Step::Poll(1, failed(Some("second"), SourceError::Retryable)),
        Step::Describe(Some("second"), Ok(continued("third"))),
        Step::Poll(1, Ok(result(1..2))),
    ];
    steps.extend(end_of("third", 2));
    let (script, subscriber) = subscribe(steps);
    assert_eq!(
        all((script.clone(), subscriber)).await,
        [(0, false), (1, false)]
    );
    let runs = script.polls().into_iter().map(|(run_id, _)| run_id);
    let runs: Vec<_> = runs.map(Option::unwrap_or_default).collect();
    assert_eq!(runs, ["", CURRENT, "second", "third", "third"]);
}

#[tokio::test(start_paused = true)]
async fn subscriber_stays_with_a_draining_or_busy_run() {
    let draining_run = |run: &str| PollFailure::Draining {
        run_id: Some(run.to_owned()),
    };
    let mut drains = vec![
        Step::Poll(0, Err(draining_run("run"))),
        Step::Read(Some("run"), 0, Ok(result(0..1))),
    ];
    drains.extend(end_of("run", 1));
    let mut busy = vec![
        Step::Poll(0, failed(None, SourceError::Busy)),
        Step::Describe(None, Ok(RunState::Running)),
        Step::Read(Some(CURRENT), 0, Ok(result(0..1))),
    ];
    busy.extend(end(1));
    for (steps, run_id) in [(drains, "run"), (busy, CURRENT)] {
        let (script, subscriber) = subscribe(steps);
        assert_eq!(all((script.clone(), subscriber)).await, [(0, false)]);
        assert_eq!(script.polls()[1].0.as_deref(), Some(run_id));
    }
}

#[tokio::test(start_paused = true)]
async fn invalid_item_is_an_error_after_the_items_before_it() {
    let mut bad = result(0..3);
    bad.items[1] = WireItem {
        data: "?".to_owned(),
        ..bad.items[1].clone()
    };
    let (offsets, error) = until_error(subscribe(vec![Step::Poll(0, Ok(bad))])).await;
    assert_eq!(offsets, [0]);
    assert!(
        matches!(error, SubscribeError::Malformed { offset: 1, .. }),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn payload_converter_decodes_values() {
    let (_script, mut subscriber) = subscribe(vec![Step::Poll(0, Ok(result(0..1)))]);
    let item = subscriber.next().await.unwrap().unwrap();
    assert_eq!(item.value::<u32>().unwrap(), 1);
    assert!(item.value::<String>().is_err());
    assert_eq!((&*item.topic, item.origin()), ("t", None));
}
