//! The workflow's side: the log, who may still repeat a batch, and what a reader is given. Pure:
//! knows nothing of Temporal's contexts, and takes the time as an argument.

mod carry;

use std::{
    collections::{BTreeMap, VecDeque},
    time::SystemTime,
};

use temporalio_common::{error::ApplicationFailure, protos::temporal::api::common::v1::Payload};
use temporalio_sdk::WorkflowTermination;

pub(super) use self::carry::PUBLISHER_TTL;
use super::wire::{
    PollAnswer, PollInput, PublishInput, PublisherState, STREAM_DRAINING, TRUNCATE_OUT_OF_RANGE,
    TRUNCATED_OFFSET, WireItem, decode_payload, encode_payload,
};

/// How much text an answer holds, unless its first item alone is larger. As in the other
/// implementations; Temporal refuses a payload of 2 MB.
const MAX_ANSWER_BYTES: usize = 1_000_000;

/// A workflow's stream.
#[derive(Clone, Debug, Default)]
pub struct Host {
    log: VecDeque<Entry>,
    /// The offset of the log's first entry.
    base: u64,
    publishers: BTreeMap<String, PublisherState>,
    draining: bool,
}

#[derive(Clone, Debug)]
struct Entry {
    topic: String,
    /// As it came or goes: a reader gets the very text that the publisher sent.
    data: String,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// How many items the log took.
    pub added: usize,
    /// How many items were no payloads, and were left out.
    pub malformed: usize,
    /// Whether the batch had come before, so that nothing of it was taken.
    pub duplicate: bool,
}

/// Why a poll is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PollError {
    /// What it asks for is no longer held. Readers start again at 0.
    #[error("Requested offset {requested} has been truncated. Current base offset is {base}.")]
    Truncated {
        /// The offset that was asked for.
        requested: u64,
        /// The offset of the first item that is held.
        base: u64,
    },
    /// The host lets its readers go. They read by query meanwhile, and come back a little later.
    #[error("Workflow pollers are detached for continue-as-new")]
    Draining,
}

/// Truncating what has not come yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Cannot truncate to offset {up_to}: the stream ends at {end}")]
pub struct TruncateError {
    /// The offset up to which the stream was to be truncated.
    pub up_to: u64,
    /// The offset of the next item.
    pub end: u64,
}

impl Host {
    /// Appends an item.
    pub fn publish(&mut self, topic: impl Into<String>, payload: Payload) {
        self.log.push_back(Entry {
            topic: topic.into(),
            data: encode_payload(payload),
        });
    }

    /// Takes a batch that came by signal at `now`, the workflow's time, unless it came before.
    pub fn receive(&mut self, batch: PublishInput, now: SystemTime) -> Received {
        let mut received = Received::default();
        if !batch.publisher_id.is_empty() && !self.advance(batch.publisher_id, batch.sequence, now)
        {
            received.duplicate = true;
            return received;
        }
        for item in batch.items {
            if decode_payload(&item.data).is_err() {
                received.malformed += 1;
                continue;
            }
            received.added += 1;
            self.log.push_back(Entry {
                topic: item.topic,
                data: item.data,
            });
        }
        received
    }

    /// Whether the batch is a new one of its publisher.
    fn advance(&mut self, publisher_id: String, sequence: i64, now: SystemTime) -> bool {
        let seen = self.publishers.get(&publisher_id);
        if seen.is_some_and(|seen| sequence <= seen.sequence) {
            return false;
        }
        let last_seen = carry::timestamp(now);
        let state = PublisherState {
            sequence,
            last_seen,
        };
        self.publishers.insert(publisher_id, state);
        true
    }

    /// What there is for a reader, or why a poll by update fails.
    pub fn read(&self, input: &PollInput) -> Result<PollAnswer, PollError> {
        if input.from_offset != 0 && input.from_offset < self.base {
            return Err(PollError::Truncated {
                requested: input.from_offset,
                base: self.base,
            });
        }
        Ok(self.read_held(input))
    }

    /// What there is for a reader, from what is still held on: what a poll by query answers.
    pub fn read_held(&self, input: &PollInput) -> PollAnswer {
        let mut answer = PollAnswer {
            next_offset: self.offset(),
            ..PollAnswer::default()
        };
        let mut bytes = 0;
        for (offset, entry) in self.entries(input.from_offset) {
            if !wants(&input.topics, &entry.topic) {
                continue;
            }
            bytes += entry.topic.len() + entry.data.len();
            if bytes > MAX_ANSWER_BYTES && !answer.items.is_empty() {
                answer.next_offset = offset;
                answer.more_ready = true;
                break;
            }
            answer.items.push(WireItem {
                topic: entry.topic.clone(),
                data: entry.data.clone(),
                offset,
            });
        }
        answer
    }

    /// Whether a waiting poll has something to say: an item that it asks for, or that it is to
    /// end. What was looked at is not looked at again: `looked` is where to begin.
    pub(super) fn is_ready(&self, input: &PollInput, looked: &mut u64) -> bool {
        if self.draining || input.from_offset < self.base {
            return true;
        }
        let from = (*looked).max(input.from_offset);
        *looked = self.offset();
        self.entries(from)
            .any(|(_, entry)| wants(&input.topics, &entry.topic))
    }

    fn entries(&self, from: u64) -> impl Iterator<Item = (u64, &Entry)> {
        let skipped = from.saturating_sub(self.base);
        let skipped = usize::try_from(skipped).unwrap_or(usize::MAX);
        (self.base..).zip(&self.log).skip(skipped)
    }

    /// Forgets the items before an offset.
    pub fn truncate(&mut self, up_to: u64) -> Result<(), TruncateError> {
        let end = self.offset();
        if up_to > end {
            return Err(TruncateError { up_to, end });
        }
        while self.base < up_to && self.log.pop_front().is_some() {
            self.base += 1;
        }
        Ok(())
    }

    /// The offset of the next item.
    pub fn offset(&self) -> u64 {
        self.base + self.log.len() as u64
    }

    /// The offset of the first item that is still held.
    pub fn base_offset(&self) -> u64 {
        self.base
    }

    /// Answers the polls that wait, and refuses those that come, so that the workflow's handlers
    /// finish. Items are still taken, and queries answered.
    pub fn start_draining(&mut self) {
        self.draining = true;
    }

    /// Whether [`Host::start_draining`] was called.
    pub fn is_draining(&self) -> bool {
        self.draining
    }
}

fn wants(topics: &[String], topic: &str) -> bool {
    topics.is_empty() || topics.iter().any(|wanted| wanted == topic)
}

impl From<PollError> for ApplicationFailure {
    fn from(error: PollError) -> Self {
        let name = match error {
            PollError::Truncated { .. } => TRUNCATED_OFFSET,
            PollError::Draining => STREAM_DRAINING,
        };
        Self::builder(error).type_name(name.to_owned()).build()
    }
}

impl From<TruncateError> for ApplicationFailure {
    fn from(error: TruncateError) -> Self {
        Self::builder(error)
            .type_name(TRUNCATE_OUT_OF_RANGE.to_owned())
            .build()
    }
}

impl From<TruncateError> for WorkflowTermination {
    fn from(error: TruncateError) -> Self {
        ApplicationFailure::from(error).into()
    }
}
