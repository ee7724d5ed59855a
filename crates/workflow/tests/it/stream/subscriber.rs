//! The subscriber, on a source that says what a test tells it to, and with paused time.

mod failure;

use std::{sync::Arc, time::Duration};

use fast_temporal_workflow::stream::{
    Item, PollAnswer, PollFailure, RunState, SourceError, SubscribeError, Subscriber,
    SubscriberConfig, WireItem,
};
use futures::{StreamExt as _, TryStreamExt as _};
use tokio::time::Instant;

use super::{
    sample::held,
    script::{CURRENT, Script, Step},
};

fn subscribe(steps: Vec<Step>) -> (Script, Subscriber) {
    subscribe_with(SubscriberConfig::default(), steps)
}

fn subscribe_with(config: SubscriberConfig, steps: Vec<Step>) -> (Script, Subscriber) {
    let script = Script::new(steps);
    let subscriber = Subscriber::from_source(script.clone(), config);
    (script, subscriber)
}

/// Reads to the end, which the script must have, too.
async fn all((script, subscriber): (Script, Subscriber)) -> Vec<(u64, bool)> {
    let items: Vec<Item> = subscriber.try_collect().await.unwrap();
    assert_eq!(script.left(), 0);
    items
        .iter()
        .map(|item| (item.offset, item.is_after_gap))
        .collect()
}

/// Reads to an error, which must be the end: the offsets before it, and the error.
async fn failing((script, mut subscriber): (Script, Subscriber)) -> (Vec<u64>, SubscribeError) {
    let mut offsets = Vec::new();
    let error = loop {
        match subscriber.next().await.expect("it fails before it ends") {
            Ok(item) => offsets.push(item.offset),
            Err(error) => break error,
        }
    };
    assert!(subscriber.next().await.is_none());
    assert_eq!(script.left(), 0);
    (offsets, error)
}

fn answer(offsets: std::ops::Range<u64>) -> PollAnswer {
    PollAnswer {
        next_offset: offsets.end,
        items: offsets.map(|offset| held(offset, "t", "1")).collect(),
        more_ready: false,
    }
}

fn more(offsets: std::ops::Range<u64>) -> PollAnswer {
    PollAnswer {
        more_ready: true,
        ..answer(offsets)
    }
}

type Kind = fn(Arc<dyn std::error::Error + Send + Sync>) -> SourceError;

fn error(kind: Kind) -> SourceError {
    kind(Arc::from(Box::from("told to")))
}

fn failed(run_id: Option<&str>, kind: Kind) -> Result<PollAnswer, PollFailure> {
    Err(PollFailure::Failed {
        run_id: run_id.map(str::to_owned),
        error: error(kind),
    })
}

fn draining() -> PollFailure {
    PollFailure::Draining { run_id: None }
}

/// How the current run ends where it held no more.
fn end(from: u64) -> Vec<Step> {
    end_of(CURRENT, from)
}

fn end_of(run_id: &'static str, from: u64) -> Vec<Step> {
    vec![
        Step::Poll(from, failed(None, SourceError::NotFound)),
        Step::Describe(Some(run_id), Ok(RunState::Closed)),
        Step::Read(Some(run_id), from, Ok(answer(from..from))),
    ]
}

fn then_end(mut steps: Vec<Step>, from: u64) -> Vec<Step> {
    steps.extend(end(from));
    steps
}

#[tokio::test(start_paused = true)]
async fn answers_follow_each_other_without_gap_and_with_a_pause_once_all_is_read() {
    let steps = vec![
        Step::Poll(0, Ok(more(0..2))),
        Step::Poll(2, Ok(more(2..3))),
        Step::Poll(3, Ok(answer(3..4))),
        Step::Poll(4, Ok(answer(4..4))),
        Step::Poll(4, Ok(answer(4..5))),
    ];
    let before = Instant::now();
    let items = all(subscribe(then_end(steps, 5))).await;
    assert_eq!(
        items,
        [(0, false), (1, false), (2, false), (3, false), (4, false)]
    );
    // Three answers left nothing more. Each pause is up to a quarter longer.
    let paused = before.elapsed().as_millis();
    assert!((301..=378).contains(&paused), "{paused}");
}

#[tokio::test(start_paused = true)]
async fn reader_begins_where_it_is_told_to() {
    let config = SubscriberConfig {
        from_offset: 7,
        ..SubscriberConfig::default()
    };
    let steps = then_end(vec![Step::Poll(7, Ok(answer(7..8)))], 8);
    assert_eq!(all(subscribe_with(config, steps)).await, [(7, false)]);
}

#[tokio::test(start_paused = true)]
async fn what_was_truncated_is_told_of() {
    let config = SubscriberConfig {
        from_offset: 3,
        ..SubscriberConfig::default()
    };
    let steps = vec![
        Step::Poll(3, Err(PollFailure::Truncated)),
        Step::Poll(0, Ok(answer(5..7))),
    ];
    let items = all(subscribe_with(config, then_end(steps, 7))).await;
    assert_eq!(items, [(5, true), (6, false)]);
}

#[tokio::test(start_paused = true)]
async fn what_a_closed_run_no_longer_holds_is_told_of() {
    let steps = vec![
        Step::Poll(0, Ok(answer(0..2))),
        Step::Poll(2, failed(Some("run"), SourceError::Retryable)),
        Step::Describe(Some("run"), Ok(RunState::Closed)),
        Step::Read(Some("run"), 2, Ok(more(4..5))),
        Step::Read(Some("run"), 5, Ok(answer(5..6))),
    ];
    let items = all(subscribe(steps)).await;
    assert_eq!(items, [(0, false), (1, false), (4, true), (5, false)]);
}

#[tokio::test(start_paused = true)]
async fn what_a_draining_workflow_publishes_is_read_by_query() {
    let mut steps = vec![
        Step::Poll(0, Ok(answer(0..1))),
        Step::Poll(1, Err(draining())),
        Step::Read(None, 1, Ok(more(1..2))),
        Step::Poll(2, Err(draining())),
        Step::Read(None, 2, Ok(answer(2..3))),
    ];
    // For longer than failures are lived through: a handler that runs for long is none.
    for _ in 0..1000 {
        steps.push(Step::Poll(3, Err(draining())));
        steps.push(Step::Read(None, 3, Ok(answer(3..3))));
    }
    steps.push(Step::Poll(3, Ok(answer(3..4))));
    let before = Instant::now();
    assert_eq!(
        all(subscribe(then_end(steps, 4))).await,
        [(0, false), (1, false), (2, false), (3, false)]
    );
    let waited = before.elapsed();
    assert!(
        waited > Duration::from_secs(500) && waited < Duration::from_secs(1300),
        "looked about once a second: {waited:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn draining_workflow_that_knows_no_query_is_asked_again() {
    let mut steps = vec![Step::Poll(0, Ok(answer(0..1)))];
    for kind in [SourceError::NoHandler, SourceError::Retryable] {
        steps.push(Step::Poll(1, Err(draining())));
        steps.push(Step::Read(None, 1, Err(error(kind))));
    }
    steps.push(Step::Poll(1, Ok(answer(1..2))));
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
async fn reader_goes_on_with_the_runs_that_continue_the_first_and_with_no_other() {
    let mut steps = vec![
        Step::Poll(0, Ok(answer(0..1))),
        Step::Poll(1, failed(None, SourceError::NotFound)),
        Step::Describe(None, Ok(continued("second"))),
        Step::Poll(1, failed(Some("second"), SourceError::Retryable)),
        Step::Describe(Some("second"), Ok(continued("third"))),
        Step::Poll(1, Ok(answer(1..2))),
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
async fn run_that_refuses_or_has_no_room_is_stayed_with_too() {
    let refused_by = |run: &str| PollFailure::Draining {
        run_id: Some(run.to_owned()),
    };
    let mut drains = vec![
        Step::Poll(0, Err(refused_by("run"))),
        Step::Read(Some("run"), 0, Ok(answer(0..1))),
    ];
    drains.extend(end_of("run", 1));
    let mut busy = vec![
        Step::Poll(0, failed(None, SourceError::Busy)),
        Step::Describe(None, Ok(RunState::Running)),
        Step::Read(Some(CURRENT), 0, Ok(answer(0..1))),
    ];
    busy.extend(end(1));
    for (steps, run_id) in [(drains, "run"), (busy, CURRENT)] {
        let (script, subscriber) = subscribe(steps);
        assert_eq!(all((script.clone(), subscriber)).await, [(0, false)]);
        assert_eq!(script.polls()[1].0.as_deref(), Some(run_id));
    }
}

#[tokio::test(start_paused = true)]
async fn item_that_is_no_payload_is_an_error_that_says_where_after_the_items_before_it() {
    let mut bad = answer(0..3);
    bad.items[1] = WireItem {
        data: "?".to_owned(),
        ..bad.items[1].clone()
    };
    let (offsets, error) = failing(subscribe(vec![Step::Poll(0, Ok(bad))])).await;
    assert_eq!(offsets, [0]);
    assert!(
        matches!(error, SubscribeError::Malformed { offset: 1, .. }),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn value_is_read_by_the_payload_converter() {
    let (_script, mut subscriber) = subscribe(vec![Step::Poll(0, Ok(answer(0..1)))]);
    let item = subscriber.next().await.unwrap().unwrap();
    assert_eq!(item.value::<u32>().unwrap(), 1);
    assert!(item.value::<String>().is_err());
    assert_eq!((&*item.topic, item.origin()), ("t", None));
}
