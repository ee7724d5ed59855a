//! The publisher, on a recording sink and with paused time.

use std::time::Duration;

use fast_temporal_workflow::stream::{
    Origin, PublishError, Publisher, PublisherConfig, decode_payload,
};
use tokio::time::{Instant, sleep};

use crate::support::recording_sink::{Failure, RecordingSink, numbers, texts};

const INTERVAL: Duration = Duration::from_millis(100);

pub(super) fn publisher(sink: &RecordingSink) -> Publisher {
    configured(sink, |_| {})
}

pub(super) fn configured(
    sink: &RecordingSink,
    set: impl FnOnce(&mut PublisherConfig),
) -> Publisher {
    let mut config = PublisherConfig::default();
    set(&mut config);
    Publisher::to_sink(sink.clone(), config, None)
}

/// Lets the publisher's task run until it waits.
pub(super) async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn first_item_is_sent_at_once_and_then_one_batch_per_interval() {
    let sink = RecordingSink::new();
    let publisher = publisher(&sink);
    for n in 1..=10_u32 {
        publisher.publish("t", &n).await.unwrap();
        sleep(Duration::from_millis(30)).await;
    }
    sleep(INTERVAL).await;
    let batches = [(0, 1, 1), (100, 2, 4), (200, 5, 7), (300, 8, 10)];
    sink.expect_batches(&batches);
    // After a pause, an item is sent at once again.
    publisher.publish("t", &11_u32).await.unwrap();
    settle().await;
    sink.expect_batches(&[&batches[..], &[(400, 11, 11)]].concat());
}

#[tokio::test(start_paused = true)]
async fn queued_items_are_sent_in_one_batch() {
    let sink = RecordingSink::new();
    let publisher = publisher(&sink);
    for n in 1..=20_u32 {
        publisher.try_publish("t", &n).unwrap();
    }
    settle().await;
    sink.expect_batches(&[(0, 1, 20)]);
}

#[tokio::test(start_paused = true)]
async fn full_batch_is_sent_at_once() {
    let sink = RecordingSink::new();
    let publisher = configured(&sink, |config| config.max_batch_items = 3);
    for n in 1..=8_u32 {
        publisher.publish("t", &n).await.unwrap();
    }
    settle().await;
    sink.expect_batches(&[(0, 1, 3), (0, 4, 6)]);
    sleep(INTERVAL).await;
    settle().await;
    sink.expect_batches(&[(0, 1, 3), (0, 4, 6), (100, 7, 8)]);
}

#[tokio::test(start_paused = true)]
async fn large_batch_is_sent_at_once() {
    let sink = RecordingSink::new();
    let publisher = configured(&sink, |config| config.max_batch_bytes = 1000);
    publisher.publish("t", &1).await.unwrap();
    settle().await;
    publisher.publish("t", &"x".repeat(400)).await.unwrap();
    settle().await;
    assert_eq!(sink.count(), 1);
    publisher.publish("t", &"x".repeat(400)).await.unwrap();
    settle().await;
    assert_eq!(sink.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn flush_sends_at_once_and_waits_for_delivery() {
    let sink = RecordingSink::new();
    let publisher = publisher(&sink);
    publisher.publish("t", &1).await.unwrap();
    settle().await;
    publisher.publish("t", &2).await.unwrap();
    let before = Instant::now();
    publisher.flush().await.unwrap();
    assert_eq!(before.elapsed(), Duration::ZERO);
    sink.expect_batches(&[(0, 1, 1), (0, 2, 2)]);
    // With nothing to send there is nothing to wait for.
    publisher.flush().await.unwrap();
    assert_eq!(sink.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn batch_with_a_lost_response_is_resent_unchanged() {
    let sink = RecordingSink::with(&[Failure::Late, Failure::Retryable, Failure::Late]);
    let publisher = publisher(&sink);
    publisher.publish("t", &1).await.unwrap();
    settle().await;
    publisher.publish("t", &2).await.unwrap();
    publisher.flush().await.unwrap();
    let sent = sink.inputs();
    assert_eq!(sent[0], sent[1]);
    assert_eq!(sent[1], sent[2]);
    assert_eq!((sent[3].sequence, texts(&sent[3])), (2, numbers(2, 2)));
    assert!(
        sent.iter()
            .all(|batch| batch.publisher_id == publisher.id())
    );
    assert_eq!(publisher.id().len(), 16);
}

#[tokio::test(start_paused = true)]
async fn publishers_have_distinct_ids() {
    let sink = RecordingSink::new();
    assert_ne!(publisher(&sink).id(), publisher(&sink).id());
}

#[tokio::test(start_paused = true)]
async fn undelivered_batch_ends_the_publisher() {
    let sink = RecordingSink::with(&[Failure::Retryable; 10_000]);
    let publisher = configured(&sink, |config| config.retry_limit = Duration::from_mins(1));
    publisher.publish("t", &1).await.unwrap();
    let before = Instant::now();
    let error = publisher.flush().await.unwrap_err();
    assert!(matches!(error, PublishError::Undelivered { .. }), "{error}");
    let tried = before.elapsed();
    assert!(
        tried > Duration::from_secs(50) && tried <= Duration::from_mins(1),
        "{tried:?}"
    );
    // With pauses of up to 5 s, a minute has about 20 attempts.
    let tries = 10_000 - sink.failures_left();
    assert!((12..=40).contains(&tries), "{tries}");
    for error in [
        publisher.publish("t", &2).await.unwrap_err(),
        publisher.try_publish("t", &3).unwrap_err(),
        publisher.flush().await.unwrap_err(),
        publisher.close().await.unwrap_err(),
    ] {
        assert!(matches!(error, PublishError::Undelivered { .. }), "{error}");
    }
    assert_eq!(sink.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn retry_limit_is_shorter_than_the_workflow_remembers_a_publisher() {
    let sink = RecordingSink::with(&[Failure::Retryable; 10_000]);
    let publisher = configured(&sink, |config| config.retry_limit = Duration::from_hours(1));
    publisher.publish("t", &1).await.unwrap();
    let before = Instant::now();
    let error = publisher.flush().await.unwrap_err();
    let PublishError::Undelivered { limit, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(limit, Duration::from_mins(14));
    assert!(before.elapsed() <= limit);
}

#[tokio::test(start_paused = true)]
async fn rejected_batch_ends_the_publisher_and_all_handles_receive_the_reason() {
    let sink = RecordingSink::with(&[Failure::Permanent]);
    let publisher = publisher(&sink);
    publisher.publish("t", &1).await.unwrap();
    let other = publisher.clone();
    let (one, two) = tokio::join!(publisher.flush(), other.flush());
    for error in [one.unwrap_err(), two.unwrap_err()] {
        assert!(matches!(error, PublishError::Rejected(_)), "{error}");
        assert!(error.to_string().contains("never"), "{error}");
    }
    let error = publisher.close().await.unwrap_err();
    assert!(matches!(error, PublishError::Rejected(_)), "{error}");
    assert_eq!(sink.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn full_queue_blocks_publish_and_fails_try_publish() {
    let sink = RecordingSink::new();
    sink.block();
    let publisher = configured(&sink, |config| config.queue_items = 2);
    publisher.publish("t", &1_u32).await.unwrap();
    settle().await;
    for n in 2..=3_u32 {
        publisher.publish("t", &n).await.unwrap();
    }
    let error = publisher.try_publish("t", &4_u32).unwrap_err();
    assert!(matches!(error, PublishError::Full), "{error}");
    let waiting = publisher.publish("t", &4_u32);
    let opened = async {
        sleep(Duration::from_secs(1)).await;
        sink.unblock();
    };
    let (published, ()) = tokio::join!(waiting, opened);
    published.unwrap();
    publisher.close().await.unwrap();
    assert_eq!(sink.texts(), numbers(1, 4));
}

#[tokio::test(start_paused = true)]
async fn queue_is_bounded_by_bytes_and_sending_frees_them() {
    let sink = RecordingSink::new();
    sink.block();
    let publisher = configured(&sink, |config| config.queue_bytes = 2000);
    let text = "x".repeat(1000);
    publisher.publish("t", &text).await.unwrap();
    let error = publisher.try_publish("t", &text).unwrap_err();
    assert!(matches!(error, PublishError::Full), "{error}");
    sink.unblock();
    publisher.flush().await.unwrap();
    publisher.try_publish("t", &text).unwrap();
    // An item that is larger than the queue is queued alone.
    publisher.publish("t", &"x".repeat(5000)).await.unwrap();
    publisher.close().await.unwrap();
    assert_eq!(sink.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn too_large_item_is_rejected_alone() {
    let sink = RecordingSink::new();
    let publisher = publisher(&sink);
    let error = publisher
        .publish("t", &"x".repeat(800_000))
        .await
        .unwrap_err();
    let PublishError::TooLarge { limit, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(limit, 1_000_000);
    publisher.publish("t", &1).await.unwrap();
    publisher.close().await.unwrap();
    assert_eq!(sink.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn items_of_an_activity_contain_its_origin() {
    let sink = RecordingSink::new();
    let origin = Origin {
        run_id: "run".to_owned(),
        activity_id: "write".to_owned(),
        attempt: 2,
    };
    let config = PublisherConfig::default();
    let publisher = Publisher::to_sink(sink.clone(), config, Some(origin.clone()));
    publisher.publish("t", &"text").await.unwrap();
    publisher.close().await.unwrap();
    let payload = decode_payload(&sink.inputs()[0].items[0].data).unwrap();
    assert_eq!(Origin::from_payload(&payload), Some(origin));
    assert_eq!(payload.data, br#""text""#);
}
