//! What continue-as-new carries from run to run.

use std::time::{Duration, SystemTime};

use jiff::{Timestamp, Unit};

use super::{Entry, Host};
use crate::stream::wire::{State, WireItem};

/// How long a publisher's last number is kept: longer than a publisher tries to send a batch.
pub(crate) const PUBLISHER_TTL: Duration = Duration::from_mins(15);

/// So much of the log goes along, as JSON: a message to Temporal ends at 4 MB, and a workflow whose
/// command exceeds that fails its task for ever. What is left is for publishers and the base's state.
const MAX_LOG_BYTES: usize = (1 << 20) - 4096;
/// What an item takes as JSON beside its texts: `{"topic":,"data":,"offset":0},`.
const ITEM_BYTES: usize = 30;

impl Host {
    /// The state at `now`, the workflow's time. It has the newest items, up to 1 MiB as JSON: readers
    /// who had not read the others are told, as of what was truncated. Publishers that were silent for
    /// 15 minutes are forgotten: they try a batch for 10 at most.
    pub fn to_state(&self, now: SystemTime) -> State {
        self.to_state_with_ttl(now, PUBLISHER_TTL)
    }

    /// The same, with another time after which silent publishers are forgotten. It must exceed the
    /// time for which any of them tries to send a batch, or a batch may be taken twice.
    pub fn to_state_with_ttl(&self, now: SystemTime, publisher_ttl: Duration) -> State {
        let now = timestamp(now);
        let is_kept = |last_seen: Timestamp| {
            let silent = now.duration_since(last_seen);
            silent.is_negative() || silent.unsigned_abs() < publisher_ttl
        };
        let publishers = self.publishers.iter();
        let mut bytes = 0;
        let newest = self.log.iter().rev().map(carried).take_while(|item| {
            bytes += ITEM_BYTES + json_bytes(&item.topic) + json_bytes(&item.data);
            bytes <= MAX_LOG_BYTES
        });
        let mut log: Vec<_> = newest.collect();
        log.reverse();
        let left_out = self.log.len() - log.len();
        if left_out > 0 {
            tracing::warn!(
                left_out,
                "the next run gets the newest items of the stream only"
            );
        }
        State {
            log,
            base_offset: self.base + left_out as u64,
            publishers: publishers
                .filter(|(_, publisher)| is_kept(publisher.last_seen))
                .map(|(id, publisher)| (id.clone(), publisher.clone()))
                .collect(),
        }
    }

    /// The stream that an earlier run left. It does not drain.
    pub fn from_state(state: State) -> Self {
        let log = state.log.into_iter().map(|item| Entry {
            topic: item.topic,
            data: item.data,
        });
        Self {
            log: log.collect(),
            base: state.base_offset,
            publishers: state.publishers,
            draining: false,
        }
    }
}

/// How long a text is as JSON.
fn json_bytes(text: &str) -> usize {
    let escaped = text.chars().map(|character| match character {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '\u{0}'..='\u{1f}' => 6,
        other => other.len_utf8(),
    });
    2 + escaped.sum::<usize>()
}

fn carried(entry: &Entry) -> WireItem {
    WireItem {
        topic: entry.topic.clone(),
        data: entry.data.clone(),
        offset: 0,
    }
}

/// To the microsecond, which is what other languages read.
pub(super) fn timestamp(time: SystemTime) -> Timestamp {
    Timestamp::try_from(time)
        .and_then(|time| time.round(Unit::Microsecond))
        .unwrap_or(Timestamp::UNIX_EPOCH)
}
