//! A sink that keeps what comes, and fails when it is told to.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use fast_temporal_workflow::stream::{PublishInput, Sink, SinkError, decode_payload};
use tokio::{sync::watch, time::Instant};

/// Keeps the batches that come and when they do, and fails when it is told to.
#[derive(Clone)]
pub(crate) struct Recorder(Arc<Recorded>);

struct Recorded {
    began: Instant,
    batches: Mutex<Vec<(Duration, PublishInput)>>,
    /// What the next tries come to: `None` after the batch was taken, `Some` without.
    failures: Mutex<Vec<Failure>>,
    is_open: watch::Sender<bool>,
}

#[derive(Clone, Copy)]
pub(crate) enum Failure {
    /// It arrived, and the answer was lost.
    Late,
    Retryable,
    Permanent,
}

impl Recorder {
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    pub(crate) fn with(failures: &[Failure]) -> Self {
        Self(Arc::new(Recorded {
            began: Instant::now(),
            batches: Mutex::default(),
            failures: Mutex::new(failures.iter().rev().copied().collect()),
            is_open: watch::Sender::new(true),
        }))
    }

    /// The batches so far: when, which number, which texts.
    pub(crate) fn batches(&self) -> Vec<(u128, i64, Vec<String>)> {
        let batches = self.0.batches.lock().unwrap();
        batches
            .iter()
            .map(|(at, batch)| (at.as_millis(), batch.sequence, texts(batch)))
            .collect()
    }

    /// The batches so far, as they came.
    pub(crate) fn inputs(&self) -> Vec<PublishInput> {
        let batches = self.0.batches.lock().unwrap();
        batches.iter().map(|(_, batch)| batch.clone()).collect()
    }

    /// How many of the failures that it was told of are still to come.
    pub(crate) fn failures_left(&self) -> usize {
        self.0.failures.lock().unwrap().len()
    }

    /// How many batches there are.
    pub(crate) fn count(&self) -> usize {
        self.0.batches.lock().unwrap().len()
    }

    /// Answers nothing until it is opened again.
    pub(crate) fn shut(&self) {
        self.0.is_open.send_replace(false);
    }

    pub(crate) fn open(&self) {
        self.0.is_open.send_replace(true);
    }
}

impl Sink for Recorder {
    async fn send(&self, batch: &PublishInput) -> Result<(), SinkError> {
        let mut is_open = self.0.is_open.subscribe();
        is_open.wait_for(|is_open| *is_open).await.unwrap();
        let failure = self.0.failures.lock().unwrap().pop();
        match failure {
            Some(Failure::Retryable) => return Err(SinkError::retryable("try again")),
            Some(Failure::Permanent) => return Err(SinkError::permanent("never")),
            Some(Failure::Late) | None => {}
        }
        let at = self.0.began.elapsed();
        self.0.batches.lock().unwrap().push((at, batch.clone()));
        match failure {
            Some(_) => Err(SinkError::retryable("no answer")),
            None => Ok(()),
        }
    }
}

/// The texts of a batch's items.
pub(crate) fn texts(batch: &PublishInput) -> Vec<String> {
    let data = batch.items.iter().map(|item| decode_payload(&item.data));
    data.map(|payload| String::from_utf8(payload.unwrap().data).unwrap())
        .collect()
}
