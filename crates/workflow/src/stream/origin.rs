//! Which activity, and which attempt at it, an item comes from, so that a text is not doubled where
//! an activity is tried again.
//!
//! It stands in the metadata of the item's payload, which other SDKs leave alone. The rule: among
//! the items of one run, one activity and one topic, those of a higher attempt supersede those of a
//! lower one, those that are still to come, too: a batch of the old attempt may arrive late.

use std::collections::HashMap;

use fast_temporal_protocol::stream::{ACTIVITY_ID, ATTEMPT, RUN_ID};
use temporalio_common::protos::temporal::api::common::v1::Payload;

/// Where an item comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// The run that scheduled the activity: another run may give the same id to another one.
    pub run_id: String,
    /// The activity.
    pub activity_id: String,
    /// The attempt, from 1.
    pub attempt: u32,
}

impl Origin {
    /// Notes it on a payload.
    pub fn mark(&self, payload: &mut Payload) {
        let notes = [
            (RUN_ID, self.run_id.clone()),
            (ACTIVITY_ID, self.activity_id.clone()),
            (ATTEMPT, self.attempt.to_string()),
        ];
        let notes = notes.map(|(key, value)| (key.to_owned(), value.into_bytes()));
        payload.metadata.extend(notes);
    }

    /// What is noted on a payload, if anything is.
    pub fn of(payload: &Payload) -> Option<Self> {
        let text = |key| {
            let value = payload.metadata.get(key)?;
            std::str::from_utf8(value).ok().map(str::to_owned)
        };
        Some(Self {
            run_id: text(RUN_ID)?,
            activity_id: text(ACTIVITY_ID)?,
            attempt: text(ATTEMPT)?.parse().ok()?,
        })
    }
}

/// What an item is to one who has seen those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It counts, beside what came before.
    Current,
    /// It counts, and what came from this activity on this topic before no longer does: the first
    /// item of a new attempt.
    Supersedes,
    /// It does not count: a newer attempt has spoken.
    Superseded,
}

/// The newest attempts that a reader has seen.
#[derive(Clone, Debug, Default)]
pub struct Attempts(HashMap<Source, u32>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Source {
    run_id: String,
    activity_id: String,
    topic: String,
}

impl Attempts {
    /// Judges an item. One of no known origin always counts.
    pub fn judge(&mut self, topic: &str, origin: Option<&Origin>) -> Standing {
        let Some(origin) = origin else {
            return Standing::Current;
        };
        let source = Source {
            run_id: origin.run_id.clone(),
            activity_id: origin.activity_id.clone(),
            topic: topic.to_owned(),
        };
        match self.0.insert(source.clone(), origin.attempt) {
            Some(newest) if origin.attempt < newest => {
                self.0.insert(source, newest);
                Standing::Superseded
            }
            Some(newest) if origin.attempt > newest => Standing::Supersedes,
            _ => Standing::Current,
        }
    }
}
