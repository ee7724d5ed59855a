//! Recorded histories, the files in `tests/histories`, in Temporal's proto JSON.

use std::{collections::BTreeMap, path::PathBuf, sync::LazyLock};

use fast_temporal_protocol::{Event, EventData};
use fast_temporal_temporal::Projection;
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor};
use temporalio_common::protos::temporal::api::{
    common::v1::Payload,
    history::v1::{History, HistoryEvent, history_event::Attributes},
};

static HISTORY: LazyLock<MessageDescriptor> = LazyLock::new(|| {
    let set = std::fs::read(env!("TEMPORAL_API_DESCRIPTORS")).unwrap();
    let pool = DescriptorPool::decode(set.as_slice()).unwrap();
    pool.get_message_by_name("temporal.api.history.v1.History")
        .unwrap()
});

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "histories"]
        .iter()
        .collect()
}

static RECORDINGS: LazyLock<BTreeMap<String, Vec<HistoryEvent>>> = LazyLock::new(|| {
    let files = std::fs::read_dir(folder()).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let recordings: BTreeMap<_, _> = names
        .filter_map(|name| name.strip_suffix(".json").map(str::to_owned))
        .map(|name| (name.clone(), parse(&name)))
        .collect();
    assert!(recordings.len() > 20, "the recordings are there");
    recordings
});

fn parse(name: &str) -> Vec<HistoryEvent> {
    let text = std::fs::read(folder().join(format!("{name}.json"))).unwrap();
    let mut json = serde_json::Deserializer::from_slice(&text);
    let message = DynamicMessage::deserialize(HISTORY.clone(), &mut json).unwrap();
    let history = History::decode(message.encode_to_vec().as_slice()).unwrap();
    assert!(!history.events.is_empty());
    history.events
}

/// The names of all recordings, in order.
pub(super) fn names() -> Vec<&'static str> {
    RECORDINGS.keys().map(String::as_str).collect()
}

/// A recording's events.
pub(super) fn read(name: &str) -> &'static [HistoryEvent] {
    &RECORDINGS[name]
}

/// The run of a recording. Only the first event of a reset run names another run.
pub(super) fn run_id(events: &[HistoryEvent]) -> String {
    let reset = events
        .iter()
        .rev()
        .find_map(|event| match &event.attributes {
            Some(Attributes::WorkflowTaskFailedEventAttributes(a)) => {
                Some(a.new_run_id.clone()).filter(|id| !id.is_empty())
            }
            _ => None,
        });
    let Some(Attributes::WorkflowExecutionStartedEventAttributes(a)) = &events[0].attributes else {
        panic!("a history begins with WorkflowExecutionStarted");
    };
    reset.unwrap_or_else(|| a.original_execution_run_id.clone())
}

/// A projection at the start of a recording.
pub(super) fn projection(events: &[HistoryEvent]) -> Projection {
    Projection::new("default".into(), "recorded".into(), run_id(events).into())
}

/// Projects some events.
pub(super) fn apply(projection: &mut Projection, events: &[HistoryEvent]) -> Vec<Event> {
    let mut made = Vec::new();
    for event in events {
        projection.apply(event.clone(), &mut made);
    }
    made
}

/// A recording's public events.
pub(super) fn project(events: &[HistoryEvent]) -> Vec<Event> {
    apply(&mut projection(events), events)
}

/// Events as lines of text: position, type and data.
pub(super) fn lines(events: &[Event]) -> String {
    let line = |event: &Event| {
        let position = event.cursor.position;
        let value = serde_json::to_value(event).unwrap();
        format!(
            "{}.{} {} {}\n",
            position.event_id,
            position.index,
            event.data.type_name(),
            value["data"]
        )
    };
    events.iter().map(line).collect()
}

/// The attributes of an event, by their type, with the given fields.
macro_rules! event {
    ($name:ident { $($field:ident $(: $value:expr)?),* $(,)? }) => {{
        use temporalio_common::protos::temporal::api::history::v1;
        #[allow(clippy::needless_update, reason = "some events have all their fields")]
        v1::history_event::Attributes::$name(v1::$name {
            $($field $(: $value)?,)*
            ..v1::$name::default()
        })
    }};
}
pub(super) use event;

/// The data of the only event, which must be of this type.
macro_rules! only {
    ($made:expr, $type:ident) => {
        match &$made[..] {
            [fast_temporal_protocol::EventData::$type(data)] => data,
            other => panic!("not one {}: {other:?}", stringify!($type)),
        }
    };
}
pub(super) use only;

/// A run whose history a test writes event by event.
#[derive(Clone)]
pub(super) struct Script {
    pub(super) projection: Projection,
    next_id: i64,
}

impl Script {
    pub(super) const RUN_ID: &str = "this run";

    pub(super) fn new() -> Self {
        Self {
            projection: Projection::new("default".into(), "scripted".into(), Self::RUN_ID.into()),
            next_id: 1,
        }
    }

    /// Projects the next event of history.
    pub(super) fn events(&mut self, attributes: Attributes) -> Vec<Event> {
        let event = HistoryEvent {
            event_id: self.next_id,
            attributes: Some(attributes),
            ..Default::default()
        };
        self.next_id += 1;
        apply(&mut self.projection, &[event])
    }

    pub(super) fn apply(&mut self, attributes: Attributes) -> Vec<EventData> {
        let events = self.events(attributes);
        events.into_iter().map(|event| event.data).collect()
    }

    /// The id of the last event.
    pub(super) fn last_id(&self) -> i64 {
        self.next_id - 1
    }
}

/// A JSON payload.
pub(super) fn json(text: &str) -> Payload {
    payload("json/plain", text.as_bytes())
}

/// A payload of bytes.
pub(super) fn binary(data: &[u8]) -> Payload {
    payload("binary/plain", data)
}

fn payload(encoding: &str, data: &[u8]) -> Payload {
    Payload {
        metadata: [("encoding".to_owned(), encoding.as_bytes().to_vec())].into(),
        data: data.to_vec(),
        ..Payload::default()
    }
}
