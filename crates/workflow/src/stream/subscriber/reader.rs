//! How a subscriber goes on from answer to answer, from run to run, and over what fails.

use std::time::Duration;

use temporalio_common::data_converters::PayloadConverter;
use tokio::time::{Instant, sleep};

use super::{
    Item, SubscribeError, SubscriberConfig,
    source::{PollFailure, RunState, Source, SourceError},
    spell::Spell,
};
use crate::stream::wire::{PollAnswer, PollInput};

/// The time between two looks at a workflow that takes no more polls, or none for a while.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

pub(super) struct Reader<S> {
    source: S,
    input: PollInput,
    config: SubscriberConfig,
    converter: PayloadConverter,
    place: Place,
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
    /// In the current run, whichever that is.
    Current,
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
            place: Place::Current,
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
                Place::Current => self.poll().await?,
                Place::Closed(run_id) => {
                    let run_id = run_id.clone();
                    self.read_closed(&run_id).await?
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
    async fn poll(&mut self) -> Result<Option<PollAnswer>, SubscribeError> {
        let began = Instant::now();
        let failure = match self.source.poll(&self.input).await {
            Ok(answer) => {
                self.spell.end();
                if !answer.more_ready {
                    self.pause = self.config.cooldown;
                }
                return Ok(Some(answer));
            }
            Err(failure) => failure,
        };
        match failure {
            PollFailure::Truncated => {
                self.spell.end();
                self.has_gap = true;
                self.input.from_offset = 0;
                Ok(None)
            }
            PollFailure::Draining => Ok(self.look_at_draining().await),
            PollFailure::Failed { run_id, error } => {
                self.spell.poll_failed(run_id.is_some(), began.elapsed());
                self.recover(run_id, error).await
            }
        }
    }

    /// Reads what a workflow holds that refuses polls. It does so for as long as its handlers take,
    /// which is no failure, and may go on publishing.
    async fn look_at_draining(&mut self) -> Option<PollAnswer> {
        let wait = self.spell.refused().min(LOOK_INTERVAL);
        self.pause = self.config.cooldown.max(wait);
        // Where that fails the next poll says why. An early host knows no query.
        let answer = self.source.read(None, &self.input).await.ok()?;
        if answer.more_ready {
            self.pause = Duration::ZERO;
        }
        Some(answer)
    }

    /// Finds out what became of the run that did not answer.
    async fn recover(
        &mut self,
        run_id: Option<String>,
        error: SourceError,
    ) -> Result<Option<PollAnswer>, SubscribeError> {
        let run = match self.source.describe(run_id.as_deref()).await {
            Ok(run) => run,
            Err(SourceError::Retryable(_) | SourceError::Busy(_)) => {
                self.try_again(error)?;
                return Ok(None);
            }
            Err(error @ SourceError::NotFound(_)) => return Err(SubscribeError::NotFound(error)),
            Err(error) => return Err(SubscribeError::Refused(error)),
        };
        match (run.state, error) {
            (RunState::ContinuedAsNew, _) => Ok(None),
            (RunState::Closed, _) => {
                self.place = Place::Closed(run.run_id);
                Ok(None)
            }
            (RunState::Running, error @ SourceError::Busy(_)) => {
                // There is no room for one more that waits, but for one that only looks.
                let Ok(answer) = self.source.read(None, &self.input).await else {
                    self.try_again(error)?;
                    return Ok(None);
                };
                self.spell.end();
                if !answer.more_ready {
                    self.pause = LOOK_INTERVAL;
                }
                Ok(Some(answer))
            }
            // A run may have ended and another begun in between.
            (RunState::Running, error @ (SourceError::Retryable(_) | SourceError::NotFound(_))) => {
                self.try_again(error)?;
                Ok(None)
            }
            (RunState::Running, error) => Err(SubscribeError::Refused(error)),
        }
    }

    /// Reads what a run held at its end.
    async fn read_closed(&mut self, run_id: &str) -> Result<Option<PollAnswer>, SubscribeError> {
        match self.source.read(Some(run_id), &self.input).await {
            Ok(answer) => {
                self.spell.end();
                if !answer.more_ready {
                    self.place = Place::End;
                }
                Ok(Some(answer))
            }
            Err(SourceError::NoHandler(_)) => Err(SubscribeError::TailUnreadable {
                run_id: run_id.to_owned(),
            }),
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
