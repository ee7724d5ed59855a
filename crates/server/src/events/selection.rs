//! Which of a workflow's events a reader asks for.

use std::collections::BTreeSet;

use fast_temporal_protocol::{ErrorBody, ErrorCode, Event, EventData};

/// How many bytes the topics that a reader names may have together: they are kept for as long as
/// it reads.
const MAX_TOPIC_BYTES: usize = 8 * 1024;

/// Which events a reader asks for. What it does not ask for it passes by; its place goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    /// All where empty.
    types: BTreeSet<&'static str>,
    /// All where empty. Says nothing of events that are no stream items.
    topics: BTreeSet<String>,
}

impl Selection {
    /// A selection by types, each whole (`activity.completed`) or a family (`activity.*`), and by
    /// the topics of stream items. Without any of either, all events are asked for.
    ///
    /// # Errors
    /// A type that there is not, or too many topics.
    pub(crate) fn new(types: &[String], topics: &[String]) -> Result<Self, ErrorBody> {
        let mut selection = Self::default();
        for name in types {
            let known = EventData::TYPES.iter();
            let named: Vec<&str> = known.copied().filter(|known| names(name, known)).collect();
            selection.types.extend(&named);
            if named.is_empty() {
                let message = format!("types: there is no event type {name:?}");
                return Err(ErrorBody::new(ErrorCode::InvalidField, message));
            }
        }
        let mut bytes = 0;
        for topic in topics {
            bytes += topic.len();
            if bytes > MAX_TOPIC_BYTES {
                let message = format!("topics: must have at most {MAX_TOPIC_BYTES} bytes together");
                return Err(ErrorBody::new(ErrorCode::InvalidField, message));
            }
            selection.topics.insert(topic.clone());
        }
        Ok(selection)
    }

    /// Whether every event is asked for.
    pub(crate) fn is_everything(&self) -> bool {
        self.types.is_empty() && self.topics.is_empty()
    }

    /// Whether an event is asked for. A feed's last event always is.
    pub(crate) fn holds(&self, event: &Event) -> bool {
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

/// Whether a client's word names a type.
fn names(word: &str, type_name: &str) -> bool {
    match word.strip_suffix(".*") {
        Some(family) => type_name
            .split_once('.')
            .is_some_and(|(of, _)| of == family),
        None => word == type_name,
    }
}

#[cfg(test)]
mod tests {
    use fast_temporal_protocol::{
        Cursor, Position,
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

    fn try_selection(types: &[&str], topics: &[&str]) -> Result<Selection, ErrorBody> {
        let texts = |names: &[&str]| -> Vec<_> { names.iter().map(ToString::to_string).collect() };
        Selection::new(&texts(types), &texts(topics))
    }

    fn selection(types: &[&str], topics: &[&str]) -> Selection {
        try_selection(types, topics).expect("these are known")
    }

    // Covers SUB-1.
    #[test]
    fn types_are_named_whole_or_by_their_family() {
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
            let selection = selection(types, &[]);
            assert_eq!(selection.holds(&scheduled), with_scheduled, "{types:?}");
            assert_eq!(selection.holds(&status), with_status, "{types:?}");
            assert_eq!(selection.is_everything(), types.is_empty());
        }
    }

    // Covers SUB-1.
    #[test]
    fn topics_say_nothing_of_other_events() {
        let selection = selection(&[], &["a", "b"]);
        assert!(selection.holds(&item("a")) && selection.holds(&item("b")));
        assert!(!selection.holds(&item("c")));
        assert!(selection.holds(&event(Status::default())));
    }

    // Covers SUB-1.
    #[test]
    fn the_last_event_of_a_feed_is_asked_for_in_any_case() {
        let mut last = event(WorkflowCompleted::default());
        let selection = selection(&["timer.*"], &["a"]);
        assert!(!selection.holds(&last));
        last.end = true;
        assert!(selection.holds(&last));
    }

    // Covers SUB-3.
    #[test]
    fn what_is_no_type_and_too_many_topics_are_refused() {
        for unknown in ["", "*", ".*", "activity", "activity.", "status.*", "Status"] {
            let error = try_selection(&[unknown], &[]).expect_err(unknown);
            assert_eq!(error.code, ErrorCode::InvalidField);
            assert!(error.message.starts_with("types: "), "{}", error.message);
        }
        let long = "x".repeat(4096);
        assert!(try_selection(&[], &[&long, &long]).is_ok());
        let error = try_selection(&[], &[&long, &long, "x"]).expect_err("too much");
        assert_eq!(error.code, ErrorCode::InvalidField);
    }
}
