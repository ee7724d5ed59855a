//! A sink that records batches, and fails on demand.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use fast_temporal_workflow::stream::{PublishInput, Sink, SinkError, decode_payload};
use tokio::{sync::watch, time::Instant};

/// Records batches with their arrival times, and fails on demand.
#[derive(Clone)]
pub(crate) struct RecordingSink(Arc<Recorded>);

struct Recorded {
    started: Instant,
    batches: Mutex<Vec<(Duration, PublishInput)>>,
    /// The failures of the next attempts, in reverse order.
    failures: Mutex<Vec<Failure>>,
    is_open: watch::Sender<bool>,
}

#[derive(Clone, Copy)]
pub(crate) enum Failure {
    /// The batch arrives, and its response is lost.
    Late,
    Retryable,
    Permanent,
}

impl RecordingSink {
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    pub(crate) fn with(failures: &[Failure]) -> Self {
        Self(Arc::new(Recorded {
            started: Instant::now(),
            batches: Mutex::default(),
            failures: Mutex::new(failures.iter().rev().copied().collect()),
            is_open: watch::Sender::new(true),
        }))
    }

    /// Asserts the batches so far: the milliseconds of each, and its first and last number. Their
    /// sequence numbers start at 1.
    #[track_caller]
    pub(crate) fn expect_batches(&self, expected: &[(u128, u32, u32)]) {
        let batches = self.0.batches.lock().unwrap();
        let found = batches.iter();
        let found = found.map(|(at, batch)| (at.as_millis(), batch.sequence, texts(batch)));
        let expected = expected.iter().zip(1..);
        let expected =
            expected.map(|((at, from, to), sequence)| (*at, sequence, numbers(*from, *to)));
        assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    }

    /// Returns the texts of all batches so far.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.inputs().iter().flat_map(texts).collect()
    }

    /// Returns the batches so far.
    pub(crate) fn inputs(&self) -> Vec<PublishInput> {
        let batches = self.0.batches.lock().unwrap();
        batches.iter().map(|(_, batch)| batch.clone()).collect()
    }

    /// Returns the number of failures that are still to come.
    pub(crate) fn failures_left(&self) -> usize {
        self.0.failures.lock().unwrap().len()
    }

    /// Returns the number of batches.
    pub(crate) fn count(&self) -> usize {
        self.0.batches.lock().unwrap().len()
    }

    /// Delays all responses until `unblock`.
    pub(crate) fn block(&self) {
        self.0.is_open.send_replace(false);
    }

    pub(crate) fn unblock(&self) {
        self.0.is_open.send_replace(true);
    }
}

impl Sink for RecordingSink {
    async fn send(&self, batch: &PublishInput) -> Result<(), SinkError> {
        let mut is_open = self.0.is_open.subscribe();
        is_open.wait_for(|is_open| *is_open).await.unwrap();
        let failure = self.0.failures.lock().unwrap().pop();
        match failure {
            Some(Failure::Retryable) => return Err(SinkError::retryable("retryable")),
            Some(Failure::Permanent) => return Err(SinkError::permanent("never")),
            Some(Failure::Late) | None => {}
        }
        let at = self.0.started.elapsed();
        self.0.batches.lock().unwrap().push((at, batch.clone()));
        match failure {
            Some(_) => Err(SinkError::retryable("no response")),
            None => Ok(()),
        }
    }
}

/// Returns the texts of a batch's items.
pub(crate) fn texts(batch: &PublishInput) -> Vec<String> {
    let data = batch.items.iter().map(|item| decode_payload(&item.data));
    data.map(|payload| String::from_utf8(payload.unwrap().data).unwrap())
        .collect()
}

/// Returns numbers as texts.
pub(crate) fn numbers(from: u32, to: u32) -> Vec<String> {
    (from..=to).map(|n| n.to_string()).collect()
}
