//! What continue-as-new carries from run to run.

use std::time::{Duration, SystemTime};

use jiff::{Timestamp, Unit};

use super::{Entry, Host};
use crate::stream::wire::{State, WireItem};

/// How much of the log goes along, as JSON. A payload of 2 MB would fail the workflow's task again and
/// again, and the publishers and what else the workflow carries need room, too.
const MAX_CARRIED_BYTES: usize = 1 << 20;

/// How long a publisher's last number is kept: longer than a publisher tries to send a batch.
pub(in crate::stream) const PUBLISHER_TTL: Duration = Duration::from_mins(15);

impl Host {
    /// The state at `now`, the workflow's time: the newest items, up to 1 MiB of them as JSON. Older
    /// ones are left out, as if they had been truncated, and its `base_offset` says how many.
    /// Publishers that were silent for 15 minutes are forgotten: they try a batch for 10 at most.
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
        let log = self.carried_log();
        State {
            base_offset: self.offset() - log.len() as u64,
            log,
            publishers: publishers
                .filter(|(_, publisher)| is_kept(publisher.last_seen))
                .map(|(id, publisher)| (id.clone(), publisher.clone()))
                .collect(),
        }
    }

    /// The newest items that go along, in order.
    fn carried_log(&self) -> Vec<WireItem> {
        let mut room = MAX_CARRIED_BYTES;
        let newest = self.log.iter().rev().map(carried);
        let fitting = newest.map_while(|item| {
            room = room.checked_sub(json_bytes(&item))?;
            Some(item)
        });
        let mut log: Vec<_> = fitting.collect();
        log.reverse();
        log
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

fn carried(entry: &Entry) -> WireItem {
    WireItem {
        topic: entry.topic.clone(),
        data: entry.data.clone(),
        offset: 0,
    }
}

/// An item's length in a list.
fn json_bytes(item: &WireItem) -> usize {
    let text = serde_json::to_vec(item).expect("two strings and a number are JSON");
    text.len() + ",".len()
}

/// To the microsecond, which is what other languages read.
pub(super) fn timestamp(time: SystemTime) -> Timestamp {
    Timestamp::try_from(time)
        .and_then(|time| time.round(Unit::Microsecond))
        .unwrap_or(Timestamp::UNIX_EPOCH)
}
