//! The stream as the workflow keeps it: the log, the last sequence number of each publisher, and
//! the results of polls. Plain data: it knows no workflow context and receives the time as an
//! argument.

use std::{
    collections::{BTreeMap, VecDeque},
    time::SystemTime,
};

use temporalio_common::{error::ApplicationFailure, protos::temporal::api::common::v1::Payload};
use temporalio_sdk::WorkflowTermination;

use super::wire::{
    PollInput, PollResult, PublishInput, PublisherState, STREAM_DRAINING, TRUNCATE_OUT_OF_RANGE,
    TRUNCATED_OFFSET, WireItem, decode_payload, encode_payload, timestamp,
};

/// The maximum number of bytes of text in a poll result, unless its first item alone is larger. The
/// other implementations use the same limit; Temporal rejects a payload of 2 MB.
const MAX_RESULT_BYTES: usize = 1_000_000;

/// A workflow's stream: a log of items, and the publishers that may resend a batch.
#[derive(Clone, Debug, Default)]
pub struct WorkflowStream {
    pub(super) log: VecDeque<Entry>,
    /// The offset of the first entry in the log.
    pub(super) base: u64,
    pub(super) publishers: BTreeMap<String, PublisherState>,
    pub(super) draining: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) topic: String,
    /// The encoded payload. Subscribers receive exactly the text that the publisher sent.
    pub(super) data: String,
}

/// The outcome of a received batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// The number of items appended to the log.
    pub added: usize,
    /// The number of items that were dropped because their payload is invalid.
    pub malformed: usize,
    /// Whether the batch was received before, and therefore ignored.
    pub duplicate: bool,
}

/// Why a poll is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PollError {
    /// The stream no longer contains the requested offset. Subscribers restart at offset 0.
    #[error("Requested offset {requested} has been truncated. Current base offset is {base}.")]
    Truncated {
        /// The requested offset.
        requested: u64,
        /// The offset of the first item in the stream.
        base: u64,
    },
    /// The stream drains. Subscribers read by query meanwhile, and poll again later.
    #[error("Workflow pollers are detached for continue-as-new")]
    Draining,
}

/// An attempt to truncate the stream beyond its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Cannot truncate to offset {up_to}: the stream ends at {end}")]
pub struct TruncateError {
    /// The requested offset.
    pub up_to: u64,
    /// The offset of the next item.
    pub end: u64,
}

impl WorkflowStream {
    /// Appends an item.
    pub fn publish(&mut self, topic: impl Into<String>, payload: Payload) {
        self.log.push_back(Entry {
            topic: topic.into(),
            data: encode_payload(payload),
        });
    }

    /// Appends a batch that arrived by signal at `now`, the workflow's time. Ignores a batch that
    /// was received before.
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

    /// Records the sequence number, and returns whether the batch is new.
    fn advance(&mut self, publisher_id: String, sequence: i64, now: SystemTime) -> bool {
        let seen = self.publishers.get(&publisher_id);
        if seen.is_some_and(|seen| sequence <= seen.sequence) {
            return false;
        }
        let last_seen = timestamp(now);
        let state = PublisherState {
            sequence,
            last_seen,
        };
        self.publishers.insert(publisher_id, state);
        true
    }

    /// Returns the available items, or why the poll fails: the body of a poll by update.
    pub fn read(&self, input: &PollInput) -> Result<PollResult, PollError> {
        if input.from_offset != 0 && input.from_offset < self.base {
            return Err(PollError::Truncated {
                requested: input.from_offset,
                base: self.base,
            });
        }
        Ok(self.read_available(input))
    }

    /// Returns the available items from the requested offset, or from the first item that the
    /// stream still contains: the body of a poll by query.
    pub fn read_available(&self, input: &PollInput) -> PollResult {
        let mut result = PollResult {
            next_offset: self.offset(),
            ..PollResult::default()
        };
        let mut bytes = 0;
        for (offset, entry) in self.entries(input.from_offset) {
            if !matches_topics(&input.topics, &entry.topic) {
                continue;
            }
            bytes += entry.topic.len() + entry.data.len();
            if bytes > MAX_RESULT_BYTES && !result.items.is_empty() {
                result.next_offset = offset;
                result.more_ready = true;
                break;
            }
            result.items.push(WireItem {
                topic: entry.topic.clone(),
                data: entry.data.clone(),
                offset,
            });
        }
        result
    }

    /// Whether a waiting poll can end: the stream has a requested item, or drains. `checked_up_to`
    /// is the offset up to which earlier calls have searched, so that no call searches an item
    /// twice.
    pub(super) fn is_ready(&self, input: &PollInput, checked_up_to: &mut u64) -> bool {
        if self.draining || input.from_offset < self.base {
            return true;
        }
        let from = (*checked_up_to).max(input.from_offset);
        *checked_up_to = self.offset();
        self.entries(from)
            .any(|(_, entry)| matches_topics(&input.topics, &entry.topic))
    }

    fn entries(&self, from: u64) -> impl Iterator<Item = (u64, &Entry)> {
        let skipped = from.saturating_sub(self.base);
        let skipped = usize::try_from(skipped).unwrap_or(usize::MAX);
        (self.base..).zip(&self.log).skip(skipped)
    }

    /// Discards the items before an offset.
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

    /// Returns the offset of the first item that the stream contains.
    pub fn base_offset(&self) -> u64 {
        self.base
    }

    /// Ends the waiting polls and rejects new ones, so that the workflow's handlers finish. The
    /// stream still accepts items and answers queries.
    pub fn start_draining(&mut self) {
        self.draining = true;
    }

    /// Whether [`WorkflowStream::start_draining`] was called.
    pub fn is_draining(&self) -> bool {
        self.draining
    }
}

fn matches_topics(topics: &[String], topic: &str) -> bool {
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
