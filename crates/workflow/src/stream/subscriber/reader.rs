//! How a subscriber goes on from answer to answer, from run to run, and over what fails.

use std::time::Duration;

use temporalio_common::data_converters::PayloadConverter;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::{
    Item, SubscribeError, SubscriberConfig,
    source::{PollFailure, Polled, RunState, Source, SourceError},
    spell::Spell,
};
use crate::stream::{
    backoff::spread,
    wire::{PollAnswer, PollInput},
};

/// The least time between two looks at a workflow that takes no more polls, or none for a while.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

pub(super) struct Reader<S> {
    source: S,
    input: PollInput,
    config: SubscriberConfig,
    converter: PayloadConverter,
    place: Place,
    /// The id of a poll that failed and is tried again: one that the workflow had taken goes on
    /// waiting, and has one of the few places for that.
    retried: Option<String>,
    /// How long to wait before the next request.
    pause: Duration,
    /// Whether items were forgotten before they were read.
    has_gap: bool,
    /// What it ends with, once the items that came before are given.
    error: Option<SubscribeError>,
    spell: Spell,
}

/// Where a reader reads.
enum Place {
    /// In a run that has not ended yet, as far as is known: before the first answer in the current
    /// one, whichever that is.
    Open(Option<String>),
    /// In a run that has ended.
    Closed(String),
    /// Nowhere: all is read.
    End,
}

impl<S: Source> Reader<S> {
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
            place: Place::Open(None),
            retried: None,
            pause: Duration::ZERO,
            has_gap: false,
            error: None,
            spell: Spell::default(),
        }
    }

    /// The next items; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Item>>, SubscribeError> {
        loop {
            if let Some(error) = self.error.take() {
                return Err(error);
            }
            sleep(std::mem::take(&mut self.pause)).await;
            let answer = match &self.place {
                Place::Open(run_id) => {
                    let run_id = run_id.clone();
                    self.poll(run_id.as_deref()).await?
                }
                Place::Closed(run_id) => {
                    let run_id = run_id.clone();
                    self.read_closed(run_id).await?
                }
                Place::End => return Ok(None),
            };
            let Some(answer) = answer else {
                continue;
            };
            let items = self.items(answer);
            if !items.is_empty() {
                return Ok(Some(items));
            }
        }
    }

    /// Waits for items. `None` where it is to be tried again.
    async fn poll(&mut self, run_id: Option<&str>) -> Result<Option<PollAnswer>, SubscribeError> {
        let update_id = self.retried.take().unwrap_or_else(new_id);
        let began = Instant::now();
        match self.source.poll(run_id, &update_id, &self.input).await {
            Ok(Polled { run_id, answer }) => {
                self.spell.end();
                self.stay_with(run_id);
                if !answer.more_ready {
                    self.pause = spread(self.config.cooldown);
                }
                Ok(Some(answer))
            }
            Err(PollFailure::Truncated) => {
                self.spell.end();
                self.has_gap = true;
                self.input.from_offset = 0;
                Ok(None)
            }
            Err(PollFailure::Draining { run_id: refused_by }) => {
                self.stay_with(refused_by);
                Ok(self.look_at_draining().await)
            }
            Err(PollFailure::Failed {
                run_id: taken_by,
                error,
            }) => {
                self.spell.poll_failed(taken_by.is_some(), began.elapsed());
                self.retried = Some(update_id);
                self.recover(taken_by.as_deref().or(run_id), error).await
            }
        }
    }

    /// Reads on in the run that answered, and in no other that has the workflow's id later.
    fn stay_with(&mut self, run_id: Option<String>) {
        if run_id.is_some() {
            self.place = Place::Open(run_id);
        }
    }

    /// Reads what a workflow holds that refuses polls. It does so for as long as its handlers take,
    /// which is no failure, and may go on publishing.
    async fn look_at_draining(&mut self) -> Option<PollAnswer> {
        let wait = self.spell.refused().min(LOOK_INTERVAL);
        self.pause = spread(self.config.cooldown.max(wait));
        // Where that fails the next poll says why. An early host knows no query.
        let answer = self.look().await.ok()?;
        if answer.more_ready {
            self.pause = Duration::ZERO;
        }
        Some(answer)
    }

    /// Reads what the run holds, without waiting.
    async fn look(&self) -> Result<PollAnswer, SourceError> {
        let run_id = match &self.place {
            Place::Open(run_id) => run_id.as_deref(),
            Place::Closed(run_id) => Some(run_id.as_str()),
            Place::End => None,
        };
        self.source.read(run_id, &self.input).await
    }

    /// Finds out what became of the run that did not answer.
    async fn recover(
        &mut self,
        run_id: Option<&str>,
        error: SourceError,
    ) -> Result<Option<PollAnswer>, SubscribeError> {
        let run = match self.source.describe(run_id).await {
            Ok(run) => run,
            Err(SourceError::Retryable(_) | SourceError::Busy(_)) => {
                self.try_again(error)?;
                return Ok(None);
            }
            Err(error @ SourceError::NotFound(_)) => return Err(SubscribeError::NotFound(error)),
            Err(error) => return Err(SubscribeError::Refused(error)),
        };
        self.stay_with(Some(run.run_id.clone()));
        match (run.state, error) {
            (RunState::ContinuedAsNew { next_run_id }, _) => {
                self.stay_with(Some(next_run_id));
                Ok(None)
            }
            (RunState::Closed, _) => {
                self.place = Place::Closed(run.run_id);
                Ok(None)
            }
            (RunState::Running, error @ SourceError::Busy(_)) => self.look_at_busy(error).await,
            // What failed may have been on the way between two servers, or two runs.
            (RunState::Running, error @ (SourceError::Retryable(_) | SourceError::NotFound(_))) => {
                self.try_again(error)?;
                Ok(None)
            }
            (RunState::Running, error) => Err(SubscribeError::Refused(error)),
        }
    }

    /// Reads what a workflow holds that has no room for one more that waits.
    async fn look_at_busy(
        &mut self,
        error: SourceError,
    ) -> Result<Option<PollAnswer>, SubscribeError> {
        let Ok(answer) = self.look().await else {
            self.try_again(error)?;
            return Ok(None);
        };
        self.spell.end();
        self.retried = None;
        if !answer.more_ready {
            self.pause = spread(LOOK_INTERVAL);
        }
        Ok(Some(answer))
    }

    /// Reads what a run held at its end.
    async fn read_closed(&mut self, run_id: String) -> Result<Option<PollAnswer>, SubscribeError> {
        match self.look().await {
            Ok(answer) => {
                self.spell.end();
                if !answer.more_ready {
                    self.place = Place::End;
                }
                Ok(Some(answer))
            }
            Err(SourceError::NoHandler(_)) => Err(SubscribeError::TailUnreadable { run_id }),
            Err(error @ (SourceError::Retryable(_) | SourceError::Busy(_))) => {
                self.try_again(error)?;
                Ok(None)
            }
            Err(error @ SourceError::NotFound(_)) => Err(SubscribeError::NotFound(error)),
            Err(error) => Err(SubscribeError::Refused(error)),
        }
    }

    /// The items of an answer, up to one that is none.
    fn items(&mut self, answer: PollAnswer) -> Vec<Item> {
        let mut items = Vec::with_capacity(answer.items.len());
        for item in answer.items {
            // With all topics, offsets that are left out are items that are gone.
            let is_left_out = self.input.topics.is_empty()
                && self.input.from_offset != 0
                && item.offset > self.input.from_offset;
            let is_after_gap = std::mem::take(&mut self.has_gap) || is_left_out;
            self.input.from_offset = item.offset + 1;
            match Item::read(item, is_after_gap, self.converter.clone()) {
                Ok(item) => items.push(item),
                Err(error) => {
                    self.error = Some(error);
                    return items;
                }
            }
        }
        self.input.from_offset = answer.next_offset;
        items
    }

    /// Tries again after a while, unless that has gone on for too long.
    fn try_again(&mut self, source: SourceError) -> Result<(), SubscribeError> {
        let limit = self.config.retry_limit;
        let Some(wait) = self.spell.next_wait(limit) else {
            return Err(SubscribeError::Unreachable { limit, source });
        };
        self.pause = wait;
        tracing::debug!(error = %source, pause = ?self.pause, "polling again");
        Ok(())
    }
}

fn new_id() -> String {
    Uuid::new_v4().to_string()
}
