//! The state machine of a subscriber: from one poll to the next, from run to run, and through
//! failures.

use std::time::Duration;

use temporalio_common::data_converters::PayloadConverter;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::{
    item::Item,
    source::{PollFailure, PollResponse, RunState, Source, SourceError},
    subscribe_error::SubscribeError,
    subscriber_config::SubscriberConfig,
};
use crate::streaming::{
    retry::{FailureStreak, with_jitter},
    wire::{PollInput, PollResult},
};

/// The minimum time between two queries of a workflow that accepts no polls at the moment.
const QUERY_INTERVAL: Duration = Duration::from_secs(1);

pub(super) struct Poller<S> {
    source: S,
    input: PollInput,
    config: SubscriberConfig,
    converter: PayloadConverter,
    phase: Phase,
    /// The id of a failed poll, for the retry. If the workflow had accepted the poll, it still waits
    /// and occupies one of the few updates that a workflow accepts at once.
    retried_update_id: Option<String>,
    /// The pause before the next request.
    pause: Duration,
    /// Whether the workflow discarded items before they were read.
    has_gap: bool,
    /// The error to end with, once the items before it are returned.
    error: Option<SubscribeError>,
    failures: FailureStreak,
}

enum Phase {
    /// Polls a run that is open as far as is known: the current run until the first response.
    Open(Option<String>),
    /// Reads the remaining items of a closed run.
    Closed(String),
    /// All items are read.
    End,
}

impl<S: Source> Poller<S> {
    pub(super) fn new(source: S, config: SubscriberConfig, converter: PayloadConverter) -> Self {
        let input = PollInput {
            topics: config.topics.clone(),
            from_offset: config.from_offset,
        };
        Self {
            source,
            input,
            config,
            converter,
            phase: Phase::Open(None),
            retried_update_id: None,
            pause: Duration::ZERO,
            has_gap: false,
            error: None,
            failures: FailureStreak::default(),
        }
    }

    /// Returns the next items; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Item>>, SubscribeError> {
        loop {
            if let Some(error) = self.error.take() {
                return Err(error);
            }
            sleep(std::mem::take(&mut self.pause)).await;
            let result = match &self.phase {
                Phase::Open(run_id) => {
                    let run_id = run_id.clone();
                    self.poll(run_id.as_deref()).await?
                }
                Phase::Closed(run_id) => {
                    let run_id = run_id.clone();
                    self.read_closed(run_id).await?
                }
                Phase::End => return Ok(None),
            };
            let Some(result) = result else {
                continue;
            };
            let items = self.items(result);
            if !items.is_empty() {
                return Ok(Some(items));
            }
        }
    }

    /// Waits for items. Returns `None` if the caller must retry.
    async fn poll(&mut self, run_id: Option<&str>) -> Result<Option<PollResult>, SubscribeError> {
        let update_id = self.retried_update_id.take().unwrap_or_else(new_id);
        let started = Instant::now();
        match self.source.poll(run_id, &update_id, &self.input).await {
            Ok(PollResponse { run_id, result }) => {
                self.failures.end();
                self.stay_with(run_id);
                if !result.more_ready {
                    self.pause = with_jitter(self.config.cooldown);
                }
                Ok(Some(result))
            }
            Err(PollFailure::Truncated) => {
                self.failures.end();
                self.has_gap = true;
                self.input.from_offset = 0;
                Ok(None)
            }
            Err(PollFailure::Draining { run_id }) => {
                self.stay_with(run_id);
                Ok(self.query_draining().await)
            }
            Err(PollFailure::Failed {
                run_id: accepted_by,
                error,
            }) => {
                self.failures
                    .poll_failed(accepted_by.is_some(), started.elapsed());
                self.retried_update_id = Some(update_id);
                self.recover(accepted_by.as_deref().or(run_id), error).await
            }
        }
    }

    /// Stays with the run that responded, so that a later workflow with the same id is not read.
    fn stay_with(&mut self, run_id: Option<String>) {
        if run_id.is_some() {
            self.phase = Phase::Open(run_id);
        }
    }

    /// Queries a workflow that rejects polls while it drains. It drains for as long as its handlers
    /// run, which is no failure, and can still publish meanwhile.
    async fn query_draining(&mut self) -> Option<PollResult> {
        let pause = self.failures.rejected().min(QUERY_INTERVAL);
        self.pause = with_jitter(self.config.cooldown.max(pause));
        // If the query fails, the next poll finds out why. Early implementations have no query.
        let result = self.query().await.ok()?;
        if result.more_ready {
            self.pause = Duration::ZERO;
        }
        Some(result)
    }

    /// Returns the available items of the run, without waiting.
    async fn query(&self) -> Result<PollResult, SourceError> {
        let run_id = match &self.phase {
            Phase::Open(run_id) => run_id.as_deref(),
            Phase::Closed(run_id) => Some(run_id.as_str()),
            Phase::End => None,
        };
        self.source.read(run_id, &self.input).await
    }

    /// Describes the run whose poll failed, and decides how to continue.
    async fn recover(
        &mut self,
        run_id: Option<&str>,
        error: SourceError,
    ) -> Result<Option<PollResult>, SubscribeError> {
        let run = match self.source.describe(run_id).await {
            Ok(run) => run,
            Err(SourceError::Retryable(_) | SourceError::Busy(_)) => {
                self.schedule_retry(error)?;
                return Ok(None);
            }
            Err(error @ SourceError::NotFound(_)) => return Err(SubscribeError::NotFound(error)),
            Err(error) => return Err(SubscribeError::Rejected(error)),
        };
        self.stay_with(Some(run.run_id.clone()));
        match (run.state, error) {
            (RunState::ContinuedAsNew { next_run_id }, _) => {
                self.stay_with(Some(next_run_id));
                Ok(None)
            }
            (RunState::Closed, _) => {
                self.phase = Phase::Closed(run.run_id);
                Ok(None)
            }
            (RunState::Running, error @ SourceError::Busy(_)) => self.query_busy(error).await,
            // The poll may have failed between two servers, or between two runs.
            (RunState::Running, error @ (SourceError::Retryable(_) | SourceError::NotFound(_))) => {
                self.schedule_retry(error)?;
                Ok(None)
            }
            (RunState::Running, error) => Err(SubscribeError::Rejected(error)),
        }
    }

    /// Queries a workflow that has reached its limit of updates.
    async fn query_busy(
        &mut self,
        error: SourceError,
    ) -> Result<Option<PollResult>, SubscribeError> {
        let Ok(result) = self.query().await else {
            self.schedule_retry(error)?;
            return Ok(None);
        };
        self.failures.end();
        self.retried_update_id = None;
        if !result.more_ready {
            self.pause = with_jitter(QUERY_INTERVAL);
        }
        Ok(Some(result))
    }

    /// Reads the remaining items of a closed run.
    async fn read_closed(&mut self, run_id: String) -> Result<Option<PollResult>, SubscribeError> {
        match self.query().await {
            Ok(result) => {
                self.failures.end();
                if !result.more_ready {
                    self.phase = Phase::End;
                }
                Ok(Some(result))
            }
            Err(SourceError::NoHandler(_)) => Err(SubscribeError::TailUnreadable { run_id }),
            Err(error @ (SourceError::Retryable(_) | SourceError::Busy(_))) => {
                self.schedule_retry(error)?;
                Ok(None)
            }
            Err(error @ SourceError::NotFound(_)) => Err(SubscribeError::NotFound(error)),
            Err(error) => Err(SubscribeError::Rejected(error)),
        }
    }

    /// Decodes the items of a result, up to the first invalid one.
    fn items(&mut self, result: PollResult) -> Vec<Item> {
        let mut items = Vec::with_capacity(result.items.len());
        for item in result.items {
            // If all topics are read, a skipped offset is a discarded item.
            let is_skipped = self.input.topics.is_empty()
                && self.input.from_offset != 0
                && item.offset > self.input.from_offset;
            let is_after_gap = std::mem::take(&mut self.has_gap) || is_skipped;
            self.input.from_offset = item.offset + 1;
            match Item::from_wire(item, is_after_gap, self.converter.clone()) {
                Ok(item) => items.push(item),
                Err(error) => {
                    self.error = Some(error);
                    return items;
                }
            }
        }
        self.input.from_offset = result.next_offset;
        items
    }

    /// Schedules a retry, or fails if the retry limit is exceeded.
    fn schedule_retry(&mut self, source: SourceError) -> Result<(), SubscribeError> {
        let limit = self.config.retry_limit;
        let Some(pause) = self.failures.next_pause(limit) else {
            return Err(SubscribeError::Unreachable { limit, source });
        };
        self.pause = pause;
        tracing::debug!(error = %source, ?pause, "retrying a poll");
        Ok(())
    }
}

fn new_id() -> String {
    Uuid::new_v4().to_string()
}
