//! The activity attempt that published an item, so that a retry does not duplicate text.
//!
//! The metadata of the item's payload contains it, which other SDKs ignore. The rule: among the
//! items of one run, one activity and one topic, the items of a higher attempt supersede those of a
//! lower one, including those that arrive later: a batch of the old attempt can be late.

use std::collections::HashMap;

use fast_temporal_protocol::event::StreamItem;
use temporalio_common::protos::temporal::api::common::v1::Payload;

/// The activity attempt that published an item.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// The run that scheduled the activity. Another run can give the same id to another activity.
    pub run_id: String,
    /// The activity's id.
    pub activity_id: String,
    /// The attempt, starting at 1.
    pub attempt: u32,
}

impl Origin {
    /// Adds the origin to the metadata of a payload.
    pub fn attach_to(&self, payload: &mut Payload) {
        let entries = [
            (StreamItem::RUN_ID_KEY, self.run_id.clone()),
            (StreamItem::ACTIVITY_ID_KEY, self.activity_id.clone()),
            (StreamItem::ATTEMPT_KEY, self.attempt.to_string()),
        ];
        let entries = entries.map(|(key, value)| (key.to_owned(), value.into_bytes()));
        payload.metadata.extend(entries);
    }

    /// Returns the origin of a payload, if its metadata contains one.
    pub fn from_payload(payload: &Payload) -> Option<Self> {
        let text = |key| {
            let value = payload.metadata.get(key)?;
            std::str::from_utf8(value).ok().map(str::to_owned)
        };
        Some(Self {
            run_id: text(StreamItem::RUN_ID_KEY)?,
            activity_id: text(StreamItem::ACTIVITY_ID_KEY)?,
            attempt: text(StreamItem::ATTEMPT_KEY)?.parse().ok()?,
        })
    }
}

/// How an item relates to the items before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemStatus {
    /// The item is valid, and so are the items before it.
    Current,
    /// The item is valid and the first of a new attempt: the earlier items of this activity on this
    /// topic are not valid any more.
    Supersedes,
    /// The item is not valid: a newer attempt has already published.
    Superseded,
}

/// The newest attempt of each activity and topic that a subscriber has seen.
#[derive(Clone, Debug, Default)]
pub struct Attempts(HashMap<Source, u32>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Source {
    run_id: String,
    activity_id: String,
    topic: String,
}

impl Attempts {
    /// Classifies an item. An item without an origin is always current.
    pub fn classify(&mut self, topic: &str, origin: Option<&Origin>) -> ItemStatus {
        let Some(origin) = origin else {
            return ItemStatus::Current;
        };
        let source = Source {
            run_id: origin.run_id.clone(),
            activity_id: origin.activity_id.clone(),
            topic: topic.to_owned(),
        };
        match self.0.insert(source.clone(), origin.attempt) {
            Some(newest) if origin.attempt < newest => {
                self.0.insert(source, newest);
                ItemStatus::Superseded
            }
            Some(newest) if origin.attempt > newest => ItemStatus::Supersedes,
            _ => ItemStatus::Current,
        }
    }
}
