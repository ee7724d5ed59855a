//! Projection never panics: recorded events mutated at random, in any order.

use std::sync::LazyLock;

use futures_util::{FutureExt as _, future::BoxFuture};
use proptest::{prelude::*, sample::Index};
use prost::Message as _;
use temporalio_common::{
    data_converters::{
        PayloadCodec, PayloadConversionError, SerializationContextData,
        WorkflowSerializationContext,
    },
    payload_visitor::decode_payloads,
    protos::temporal::api::{common::v1::Payload, history::v1::HistoryEvent},
};

use super::history;

static RECORDED: LazyLock<Vec<HistoryEvent>> = LazyLock::new(|| {
    let names = history::names();
    names
        .iter()
        .flat_map(|name| history::read(name))
        .cloned()
        .collect()
});

/// The tags of `HistoryEvent.attributes`.
const ATTRIBUTES: std::ops::RangeInclusive<u32> = 6..=65;

/// Replaces the data of every payload of an event.
struct Replace(Payload);

impl PayloadCodec for Replace {
    fn encode(
        &self,
        _: &SerializationContextData,
        payloads: Vec<Payload>,
    ) -> BoxFuture<'static, Result<Vec<Payload>, PayloadConversionError>> {
        async { Ok(payloads) }.boxed()
    }

    fn decode(
        &self,
        _: &SerializationContextData,
        payloads: Vec<Payload>,
    ) -> BoxFuture<'static, Result<Vec<Payload>, PayloadConversionError>> {
        let replaced = vec![self.0.clone(); payloads.len()];
        async { Ok(replaced) }.boxed()
    }
}

fn recorded() -> impl Strategy<Value = HistoryEvent> {
    any::<Index>().prop_map(|at| at.get(&RECORDED).clone())
}

fn payload() -> impl Strategy<Value = Payload> {
    let encoding = prop_oneof![
        Just("json/plain"),
        Just("json/protobuf"),
        Just("binary/null"),
        Just("binary/plain"),
        Just("?"),
    ];
    let data = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        r#"\{"(items|activity_id|ActivityID)":(\[\{"topic":"","data":"[A-Za-z]{0,9}"\}\]|7|""|null)\}"#
            .prop_map(String::into_bytes),
        "[\\[\\]{}\":,0-9a-z]{0,30}".prop_map(String::into_bytes),
    ];
    (prop::option::of(encoding), data).prop_map(|(encoding, data)| Payload {
        metadata: encoding
            .map(|encoding| ("encoding".to_owned(), encoding.as_bytes().to_vec()))
            .into_iter()
            .collect(),
        data,
        external_payloads: Vec::new(),
    })
}

/// An empty event of each kind.
fn empty() -> impl Strategy<Value = HistoryEvent> {
    ATTRIBUTES.prop_map(|tag| {
        let mut bytes = Vec::new();
        prost::encoding::encode_key(tag, prost::encoding::WireType::LengthDelimited, &mut bytes);
        bytes.push(0);
        HistoryEvent::decode(bytes.as_slice()).unwrap()
    })
}

/// A recorded event with changed bytes, or truncated, if it still decodes.
fn damaged() -> impl Strategy<Value = HistoryEvent> {
    let change = (any::<Index>(), any::<u8>());
    let changes = prop::collection::vec(change, 1..6);
    (recorded(), changes, any::<Option<Index>>()).prop_map(|(event, changes, end)| {
        let mut bytes = event.encode_to_vec();
        for (at, byte) in changes {
            *at.get_mut(&mut bytes) = byte;
        }
        if let Some(end) = end {
            bytes.truncate(end.index(bytes.len()));
        }
        HistoryEvent::decode(bytes.as_slice()).unwrap_or(event)
    })
}

fn with_other_payloads() -> impl Strategy<Value = HistoryEvent> {
    (recorded(), payload()).prop_map(|(mut event, payload)| {
        let context = SerializationContextData::Workflow(WorkflowSerializationContext::new());
        decode_payloads(&mut event, &Replace(payload), &context)
            .now_or_never()
            .unwrap()
            .unwrap();
        event
    })
}

fn out_of_place() -> impl Strategy<Value = HistoryEvent> {
    let time = (any::<i64>(), any::<i32>());
    (
        recorded(),
        any::<i64>(),
        any::<i64>(),
        prop::option::of(time),
    )
        .prop_map(|(mut event, event_id, version, time)| {
            event.event_id = event_id;
            event.version = version;
            let recorded = event.event_time.as_mut();
            match (recorded, time) {
                (Some(recorded), Some((seconds, nanos))) => {
                    recorded.seconds = seconds;
                    recorded.nanos = nanos;
                }
                _ => event.event_time = None,
            }
            event
        })
}

proptest! {
    #[test]
    fn no_history_brings_projection_down(
        events in prop::collection::vec(
            prop_oneof![recorded(), empty(), damaged(), with_other_payloads(), out_of_place()],
            1..40,
        ),
    ) {
        let mut projection = history::projection(&RECORDED);
        let made = history::apply(&mut projection, &events);
        let _ = (projection.workflow_task_started(), projection.end());
        for event in made {
            let text = serde_json::to_string(&event).unwrap();
            prop_assert!(!text.contains('\n'), "{text} is one line");
            prop_assert!(event.cursor.to_string().len() < 200);
        }
    }
}
