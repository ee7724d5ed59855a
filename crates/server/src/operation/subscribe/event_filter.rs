//! Selects a workflow's events by type and topic.

use std::collections::BTreeSet;

use fast_temporal_protocol::{ErrorBody, Event, EventData};

use crate::error::invalid_field;

/// Maximum total length of a subscription's topics, in bytes: they are kept while it lasts.
const MAX_TOPIC_BYTES: usize = 8 * 1024;

/// The events that a client requested. The position moves past all others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct EventFilter {
    /// All types if empty.
    types: BTreeSet<&'static str>,
    /// All topics if empty. Applies to stream items only.
    topics: BTreeSet<String>,
}

impl EventFilter {
    /// Selects by type, each exact (`activity.completed`) or a family (`activity.*`), and by the topics
    /// of stream items. Without either, all events match.
    ///
    /// # Errors
    /// An unknown type, or topics that are too long.
    pub(super) fn new(types: &[String], topics: &[String]) -> Result<Self, ErrorBody> {
        let mut filter = Self::default();
        for name in types {
            let known = EventData::TYPES.iter();
            let named: Vec<&str> = known.copied().filter(|known| names(name, known)).collect();
            filter.types.extend(&named);
            if named.is_empty() {
                return Err(invalid_field(format!("types: unknown event type {name:?}")));
            }
        }
        let mut bytes = 0;
        for topic in topics {
            bytes += topic.len();
            if bytes > MAX_TOPIC_BYTES {
                return Err(invalid_field(format!(
                    "topics: expected at most {MAX_TOPIC_BYTES} bytes in total"
                )));
            }
            filter.topics.insert(topic.clone());
        }
        Ok(filter)
    }

    /// Whether every event matches.
    pub(super) fn is_everything(&self) -> bool {
        self.types.is_empty() && self.topics.is_empty()
    }

    /// Whether an event matches. A feed's last event always does.
    pub(super) fn matches(&self, event: &Event) -> bool {
        let by_type = self.types.is_empty() || self.types.contains(event.data.type_name());
        let by_topic = match &event.data {
            EventData::StreamItem(item) => {
                self.topics.is_empty() || self.topics.contains(&item.topic)
            }
            _ => true,
        };
        event.end || (by_type && by_topic)
    }
}

/// Whether a requested name means a type.
fn names(requested: &str, type_name: &str) -> bool {
    match requested.strip_suffix(".*") {
        Some(family) => type_name
            .split_once('.')
            .is_some_and(|(of, _)| of == family),
        None => requested == type_name,
    }
}

#[cfg(test)]
mod tests {
    use fast_temporal_protocol::{
        Cursor, ErrorCode, Position,
        event::{ActivityScheduled, Status, StreamItem, WorkflowCompleted},
    };
    use jiff::Timestamp;

    use super::*;

    fn event(data: impl Into<EventData>) -> Event {
        let position = Position {
            event_id: 1,
            index: 0,
            version: 0,
        };
        Event {
            cursor: Cursor {
                namespace: "default".into(),
                workflow_id: "w1".into(),
                run_id: "r1".into(),
                position,
            },
            time: Timestamp::UNIX_EPOCH,
            data: data.into(),
            end: false,
        }
    }

    fn item(topic: &str) -> Event {
        event(StreamItem {
            topic: topic.to_owned(),
            ..StreamItem::default()
        })
    }

    fn try_filter(types: &[&str], topics: &[&str]) -> Result<EventFilter, ErrorBody> {
        let texts = |names: &[&str]| -> Vec<_> { names.iter().map(ToString::to_string).collect() };
        EventFilter::new(&texts(types), &texts(topics))
    }

    fn filter(types: &[&str], topics: &[&str]) -> EventFilter {
        try_filter(types, topics).expect("known types")
    }

    // Covers SUB-1.
    #[test]
    fn types_match_exactly_or_by_family() {
        let scheduled = event(ActivityScheduled::default());
        let status = event(Status::default());
        for (types, with_scheduled, with_status) in [
            (&[][..], true, true),
            (&["activity.scheduled"], true, false),
            (&["activity.*"], true, false),
            (&["status"], false, true),
            (&["activity.failed", "status"], false, true),
            (&["workflow.*", "local_activity.*"], false, false),
        ] {
            let filter = filter(types, &[]);
            assert_eq!(filter.matches(&scheduled), with_scheduled, "{types:?}");
            assert_eq!(filter.matches(&status), with_status, "{types:?}");
            assert_eq!(filter.is_everything(), types.is_empty());
        }
    }

    // Covers SUB-1.
    #[test]
    fn topics_do_not_filter_other_events() {
        let filter = filter(&[], &["a", "b"]);
        assert!(filter.matches(&item("a")) && filter.matches(&item("b")));
        assert!(!filter.matches(&item("c")));
        assert!(filter.matches(&event(Status::default())));
    }

    // Covers SUB-1.
    #[test]
    fn last_event_of_a_feed_always_matches() {
        let mut last = event(WorkflowCompleted::default());
        let filter = filter(&["timer.*"], &["a"]);
        assert!(!filter.matches(&last));
        last.end = true;
        assert!(filter.matches(&last));
    }

    // Covers SUB-3, SUB-7.
    #[test]
    fn unknown_types_and_too_many_topics_are_rejected() {
        for unknown in ["", "*", ".*", "activity", "activity.", "status.*", "Status"] {
            let error = try_filter(&[unknown], &[]).expect_err(unknown);
            assert_eq!(error.code, ErrorCode::InvalidField);
            assert!(error.message.starts_with("types: "), "{}", error.message);
        }
        let long = "x".repeat(4096);
        assert!(try_filter(&[], &[&long, &long]).is_ok());
        let error = try_filter(&[], &[&long, &long, "x"]).expect_err("too much");
        assert_eq!(error.code, ErrorCode::InvalidField);
    }
}
