//! The items of a publisher that is closed or dropped.

use std::time::Duration;

use fast_temporal_workflow::stream::PublishError;
use tokio::time::{Instant, advance, sleep};

use super::publisher::{configured, publisher, settle};
use crate::support::recording_sink::{Failure, RecordingSink, numbers};

#[tokio::test(start_paused = true)]
async fn close_sends_the_items_of_all_handles_and_rejects_later_ones() {
    let sink = RecordingSink::new();
    let publisher = configured(&sink, |config| config.max_batch_items = 2);
    let other = publisher.topic("t");
    for n in 1..=5_u32 {
        other.publish(&n).await.unwrap();
    }
    publisher.close().await.unwrap();
    assert_eq!(sink.texts(), numbers(1, 5));
    let error = other.publish(&6).await.unwrap_err();
    assert!(matches!(error, PublishError::Closed), "{error}");
}

#[tokio::test(start_paused = true)]
async fn close_fails_after_its_limit() {
    let sink = RecordingSink::new();
    sink.block();
    let publisher = configured(&sink, |config| config.close_limit = Duration::from_secs(3));
    publisher.publish("t", &1).await.unwrap();
    let before = Instant::now();
    let error = publisher.close().await.unwrap_err();
    assert!(matches!(error, PublishError::CloseTimeout(_)), "{error}");
    assert_eq!(before.elapsed(), Duration::from_secs(3));
    sink.unblock();
    advance(Duration::from_mins(1)).await;
    settle().await;
    assert_eq!(sink.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn second_close_does_not_stop_the_first() {
    let sink = RecordingSink::with(&[Failure::Retryable; 6]);
    let publisher = publisher(&sink);
    publisher.publish("t", &1).await.unwrap();
    let other = publisher.clone();
    let second = async {
        sleep(Duration::from_secs(1)).await;
        assert_eq!(sink.count(), 0);
        other.close().await
    };
    let (first, second) = tokio::join!(publisher.close(), second);
    first.unwrap();
    assert!(matches!(second, Err(PublishError::Closed)), "{second:?}");
    assert_eq!(sink.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn both_closes_receive_the_reason_of_a_failure() {
    let failures = [[Failure::Retryable; 6].as_slice(), &[Failure::Permanent]].concat();
    let sink = RecordingSink::with(&failures);
    let publisher = publisher(&sink);
    publisher.publish("t", &1).await.unwrap();
    let other = publisher.clone();
    let second = async {
        sleep(Duration::from_secs(1)).await;
        other.close().await
    };
    let (first, second) = tokio::join!(publisher.close(), second);
    for outcome in [first, second] {
        assert!(
            matches!(outcome, Err(PublishError::Rejected(_))),
            "{outcome:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn dropped_publisher_sends_its_items() {
    let sink = RecordingSink::new();
    let publisher = publisher(&sink);
    publisher.publish("t", &1).await.unwrap();
    settle().await;
    publisher.publish("t", &2).await.unwrap();
    drop(publisher);
    settle().await;
    sink.expect_batches(&[(0, 1, 1), (0, 2, 2)]);
}
