//! The failures that a subscriber retries, and those that end it.

use std::time::Duration;

use fast_temporal_workflow::stream::{
    PollFailure, RunState, SourceError, SubscribeError, SubscriberConfig,
};
use futures::StreamExt as _;
use tokio::time::Instant;

use super::subscriber::{
    all, draining, error, failed, partial_result, result, subscribe, subscribe_with, then_end,
    until_error,
};
use crate::support::scripted_source::{CURRENT, Step};

#[tokio::test(start_paused = true)]
async fn failed_poll_is_retried_with_the_same_update_id() {
    let blip = || {
        [
            Step::Poll(1, failed(None, SourceError::Retryable)),
            Step::Describe(None, Ok(RunState::Running)),
        ]
    };
    let mut steps = vec![Step::Poll(0, Ok(result(0..1)))];
    steps.extend(blip());
    steps.extend(blip());
    steps.push(Step::Poll(1, Ok(result(1..2))));
    let (script, subscriber) = subscribe(then_end(steps, 2));
    all((script.clone(), subscriber)).await;
    let ids = script.polls().into_iter().map(|(_, id)| id);
    let ids: Vec<_> = ids.collect();
    assert_eq!((&ids[1], &ids[1]), (&ids[2], &ids[3]));
    assert_ne!(ids[0], ids[1]);
    assert_ne!(ids[3], ids[4]);
}

#[tokio::test(start_paused = true)]
async fn temporary_failures_are_retried() {
    let steps = vec![
        Step::Poll(0, failed(None, SourceError::Retryable)),
        Step::Describe(None, Ok(RunState::Running)),
        Step::Poll(0, failed(None, SourceError::Retryable)),
        Step::Describe(None, Err(error(SourceError::Retryable))),
        Step::Poll(0, Ok(result(0..1))),
        Step::Poll(1, failed(Some("run"), SourceError::NotFound)),
        Step::Describe(Some("run"), Ok(RunState::Closed)),
        Step::Read(Some("run"), 1, Err(error(SourceError::Retryable))),
        Step::Read(Some("run"), 1, Ok(result(1..2))),
    ];
    assert_eq!(all(subscribe(steps)).await, [(0, false), (1, false)]);
}

#[tokio::test(start_paused = true)]
async fn busy_workflow_is_queried_once_a_second() {
    let busy = || {
        [
            Step::Poll(1, failed(None, SourceError::Busy)),
            Step::Describe(None, Ok(RunState::Running)),
        ]
    };
    let mut steps = vec![Step::Poll(0, Ok(partial_result(0..1)))];
    // Longer than the retry limit: a busy workflow is not a failure.
    for _ in 0..1000 {
        steps.extend(busy());
        steps.push(Step::Read(None, 1, Ok(result(1..1))));
    }
    steps.extend(busy());
    steps.push(Step::Read(None, 1, Ok(result(1..2))));
    let before = Instant::now();
    assert_eq!(
        all(subscribe(then_end(steps, 2))).await,
        [(0, false), (1, false)]
    );
    let looked = before.elapsed().as_secs();
    assert!((1002..1252).contains(&looked), "{looked}");
}

#[tokio::test(start_paused = true)]
async fn missing_workflow_is_an_error() {
    let steps = vec![
        Step::Poll(0, failed(None, SourceError::NotFound)),
        Step::Describe(None, Err(error(SourceError::NotFound))),
    ];
    let (_, error) = until_error(subscribe(steps)).await;
    assert!(matches!(error, SubscribeError::NotFound(_)), "{error}");
}

#[tokio::test(start_paused = true)]
async fn workflow_without_a_stream_is_an_error() {
    let steps = vec![
        Step::Poll(0, failed(None, SourceError::Permanent)),
        Step::Describe(None, Ok(RunState::Running)),
    ];
    let (_, error) = until_error(subscribe(steps)).await;
    assert!(matches!(error, SubscribeError::Rejected(_)), "{error}");
}

#[tokio::test(start_paused = true)]
async fn closed_run_without_poll_query_is_an_error() {
    let steps = vec![
        Step::Poll(0, Ok(result(0..1))),
        Step::Poll(1, failed(Some("run"), SourceError::NotFound)),
        Step::Describe(Some("run"), Ok(RunState::Closed)),
        Step::Read(Some("run"), 1, Err(error(SourceError::NoHandler))),
    ];
    let (offsets, error) = until_error(subscribe(steps)).await;
    let SubscribeError::TailUnreadable { run_id } = error else {
        panic!("{error}");
    };
    assert_eq!(offsets, [0]);
    assert_eq!(run_id, "run");
}

#[tokio::test(start_paused = true)]
async fn lasting_failures_are_an_error() {
    let config = SubscriberConfig {
        retry_limit: Duration::from_mins(1),
        ..SubscriberConfig::default()
    };
    let mut steps = Vec::new();
    for _ in 0..1000 {
        steps.push(Step::Poll(0, failed(None, SourceError::Retryable)));
        steps.push(Step::Describe(None, Ok(RunState::Running)));
    }
    let (script, mut subscriber) = subscribe_with(config, steps);
    let before = Instant::now();
    let error = subscriber.next().await.unwrap().unwrap_err();
    assert!(
        matches!(error, SubscribeError::Unreachable { .. }),
        "{error}"
    );
    let tried = before.elapsed();
    assert!(
        tried >= Duration::from_mins(1) && tried < Duration::from_secs(70),
        "{tried:?}"
    );
    let tries = (2000 - script.left()) / 2;
    assert!((12..=40).contains(&tries), "{tries}");
}

/// A poll that fails after a while, and the description of the workflow then.
fn blip(run_id: Option<&'static str>, after: Duration) -> Vec<Step> {
    vec![
        Step::Wait(after),
        Step::Poll(0, failed(run_id, SourceError::Retryable)),
        Step::Describe(run_id, Ok(RunState::Running)),
    ]
}

#[tokio::test(start_paused = true)]
async fn failures_after_a_long_successful_wait_start_a_new_streak() {
    let quiet = Duration::from_mins(15);
    let steps = [
        // The workflow had accepted the poll, or the poll lasted longer than a request can.
        blip(None, Duration::ZERO),
        blip(Some(CURRENT), quiet),
        blip(None, Duration::ZERO),
        blip(None, quiet),
        blip(Some(CURRENT), quiet),
        vec![Step::Poll(0, Ok(result(0..1)))],
    ];
    let steps = steps.into_iter().flatten().collect();
    assert_eq!(all(subscribe(then_end(steps, 1))).await, [(0, false)]);
}

#[tokio::test(start_paused = true)]
async fn draining_or_truncated_stream_ends_the_failure_streak() {
    for (reached, next) in [
        (draining(), Some(Step::Read(None, 0, Ok(result(0..0))))),
        (PollFailure::Truncated, None),
    ] {
        let mut steps = blip(None, Duration::ZERO);
        steps.extend([
            Step::Wait(Duration::from_mins(15)),
            Step::Poll(0, Err(reached)),
        ]);
        steps.extend(next);
        steps.extend(blip(None, Duration::ZERO));
        steps.push(Step::Poll(0, Ok(result(0..1))));
        assert_eq!(all(subscribe(then_end(steps, 1))).await.len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn requests_that_all_time_out_are_an_error() {
    let steps = std::iter::repeat_with(|| blip(None, Duration::from_secs(30)));
    let steps = steps.take(100).flatten().collect();
    let (script, mut subscriber) = subscribe(steps);
    let error = subscriber.next().await.unwrap().unwrap_err();
    assert!(
        matches!(error, SubscribeError::Unreachable { .. }),
        "{error}"
    );
    assert!(script.left() > 0);
}
