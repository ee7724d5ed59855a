//! The publisher, on a sink of the tests' own and with paused time.

mod end;

use std::time::Duration;

use fast_temporal_workflow::stream::{
    Origin, PublishError, Publisher, PublisherConfig, decode_payload,
};
use tokio::time::{Instant, sleep};

use super::recorder::{Failure, Recorder, texts};

const INTERVAL: Duration = Duration::from_millis(100);

fn publisher(sink: &Recorder) -> Publisher {
    configured(sink, |_| {})
}

fn configured(sink: &Recorder, set: impl FnOnce(&mut PublisherConfig)) -> Publisher {
    let mut config = PublisherConfig::default();
    set(&mut config);
    Publisher::to_sink(sink.clone(), config, None)
}

/// Lets the publisher's task do what it can do now.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

fn numbers(from: u32, to: u32) -> Vec<String> {
    (from..=to).map(|n| n.to_string()).collect()
}

#[tokio::test(start_paused = true)]
async fn first_item_goes_at_once_and_then_one_batch_per_interval() {
    let sink = Recorder::new();
    let publisher = publisher(&sink);
    for n in 1..=10_u32 {
        publisher.publish("t", &n).await.unwrap();
        sleep(Duration::from_millis(30)).await;
    }
    sleep(INTERVAL).await;
    assert_eq!(
        sink.batches(),
        [
            (0, 1, numbers(1, 1)),
            (100, 2, numbers(2, 4)),
            (200, 3, numbers(5, 7)),
            (300, 4, numbers(8, 10)),
        ]
    );
    // After a pause again at once.
    publisher.publish("t", &11_u32).await.unwrap();
    settle().await;
    assert_eq!(sink.batches()[4], (400, 5, numbers(11, 11)));
}

#[tokio::test(start_paused = true)]
async fn what_is_there_at_once_goes_in_one_batch() {
    let sink = Recorder::new();
    let publisher = publisher(&sink);
    for n in 1..=20_u32 {
        publisher.try_publish("t", &n).unwrap();
    }
    settle().await;
    assert_eq!(sink.batches(), [(0, 1, numbers(1, 20))]);
}

#[tokio::test(start_paused = true)]
async fn full_batch_does_not_wait() {
    let sink = Recorder::new();
    let publisher = configured(&sink, |config| config.max_batch_items = 3);
    for n in 1..=8_u32 {
        publisher.publish("t", &n).await.unwrap();
    }
    settle().await;
    assert_eq!(
        sink.batches(),
        [(0, 1, numbers(1, 3)), (0, 2, numbers(4, 6))]
    );
    sleep(INTERVAL).await;
    settle().await;
    assert_eq!(sink.batches()[2], (100, 3, numbers(7, 8)));
}

#[tokio::test(start_paused = true)]
async fn large_batch_does_not_wait() {
    let sink = Recorder::new();
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
async fn flush_sends_at_once_and_waits_until_it_has_arrived() {
    let sink = Recorder::new();
    let publisher = publisher(&sink);
    publisher.publish("t", &1).await.unwrap();
    settle().await;
    publisher.publish("t", &2).await.unwrap();
    let before = Instant::now();
    publisher.flush().await.unwrap();
    assert_eq!(before.elapsed(), Duration::ZERO);
    assert_eq!(
        sink.batches(),
        [(0, 1, numbers(1, 1)), (0, 2, numbers(2, 2))]
    );
    // With nothing to send there is nothing to wait for.
    publisher.flush().await.unwrap();
    assert_eq!(sink.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn batch_whose_answer_was_lost_is_sent_again_as_it_was() {
    let sink = Recorder::with(&[Failure::Late, Failure::Retryable, Failure::Late]);
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
async fn publishers_have_ids_of_their_own() {
    let sink = Recorder::new();
    assert_ne!(publisher(&sink).id(), publisher(&sink).id());
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_delivered_in_time_ends_the_publisher() {
    let sink = Recorder::with(&[Failure::Retryable; 10_000]);
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
    // With waits of up to 5 s, a minute has some 20 tries.
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
async fn batch_is_not_tried_for_as_long_as_the_workflow_remembers_it() {
    let sink = Recorder::with(&[Failure::Retryable; 10_000]);
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
async fn refused_batch_ends_the_publisher_and_everybody_learns_why() {
    let sink = Recorder::with(&[Failure::Permanent]);
    let publisher = publisher(&sink);
    publisher.publish("t", &1).await.unwrap();
    let other = publisher.clone();
    let (one, two) = tokio::join!(publisher.flush(), other.flush());
    for error in [one.unwrap_err(), two.unwrap_err()] {
        assert!(matches!(error, PublishError::Refused(_)), "{error}");
        assert!(error.to_string().contains("never"), "{error}");
    }
    let error = publisher.close().await.unwrap_err();
    assert!(matches!(error, PublishError::Refused(_)), "{error}");
    assert_eq!(sink.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn full_queue_makes_publishing_wait_and_trying_fail() {
    let sink = Recorder::new();
    sink.shut();
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
        sink.open();
    };
    let (published, ()) = tokio::join!(waiting, opened);
    published.unwrap();
    publisher.close().await.unwrap();
    let sent: Vec<_> = sink
        .batches()
        .into_iter()
        .flat_map(|(.., texts)| texts)
        .collect();
    assert_eq!(sent, numbers(1, 4));
}

#[tokio::test(start_paused = true)]
async fn queue_is_bounded_by_bytes_too_and_they_are_free_once_sent() {
    let sink = Recorder::new();
    sink.shut();
    let publisher = configured(&sink, |config| config.queue_bytes = 2000);
    let text = "x".repeat(1000);
    publisher.publish("t", &text).await.unwrap();
    let error = publisher.try_publish("t", &text).unwrap_err();
    assert!(matches!(error, PublishError::Full), "{error}");
    sink.open();
    publisher.flush().await.unwrap();
    publisher.try_publish("t", &text).unwrap();
    // One that is larger than the queue has it to itself.
    publisher.publish("t", &"x".repeat(5000)).await.unwrap();
    publisher.close().await.unwrap();
    assert_eq!(sink.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn item_that_temporal_would_refuse_is_refused_alone() {
    let sink = Recorder::new();
    let publisher = publisher(&sink);
    let error = publisher
        .publish("t", &"x".repeat(800_000))
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            PublishError::TooLarge {
                limit: 1_000_000,
                ..
            }
        ),
        "{error}"
    );
    publisher.publish("t", &1).await.unwrap();
    publisher.close().await.unwrap();
    assert_eq!(sink.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn items_of_an_activity_bear_its_mark() {
    let sink = Recorder::new();
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
    assert_eq!(Origin::of(&payload), Some(origin));
    assert_eq!(payload.data, br#""text""#);
}
