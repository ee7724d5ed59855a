//! Strategies for the property tests.

use std::sync::Arc;

use fast_temporal_protocol::{Cursor, Failure, Json, Position};
use proptest::{collection::vec, option::of, prelude::*};

/// Any text, of any characters.
pub fn text() -> BoxedStrategy<String> {
    prop_oneof!["[a-z.-]{1,12}", ".{0,12}", any::<String>()].boxed()
}

/// A valid Temporal id: 1 to 1,000 bytes.
pub fn id() -> BoxedStrategy<String> {
    let short = text().prop_filter("an id is not empty", |id| {
        !id.is_empty() && id.len() <= 1000
    });
    prop_oneof![9 => short.boxed(), 1 => "[a-zé/]{400,500}".boxed()].boxed()
}

/// JSON as workers write it, with any key order, repeated keys and numbers of any size.
pub fn json() -> BoxedStrategy<Json> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,20})?(e[+-]?[0-9]{1,4})?",
        text().prop_map(|text| serde_json::to_string(&text).expect("a string")),
    ];
    let value = leaf.prop_recursive(4, 24, 4, |inner| {
        let member = (text(), inner.clone());
        let key = |key: &str| serde_json::to_string(key).expect("a string");
        prop_oneof![
            vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
            vec(member, 0..4).prop_map(move |members| {
                let members: Vec<_> = members
                    .iter()
                    .map(|(name, value)| format!("{}:{value}", key(name)))
                    .collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    });
    value
        .prop_map(|text| Json::from_text(text).expect("made as JSON"))
        .boxed()
}

/// A failure with up to three causes.
pub fn failure() -> BoxedStrategy<Failure> {
    let one = (text(), text(), of(text()), any::<bool>(), vec(json(), 0..3));
    vec(one, 1..4)
        .prop_map(|chain| {
            chain.into_iter().rev().fold(None, |cause, one| {
                let (message, kind, error_type, non_retryable, details) = one;
                let cause = cause.map(Box::new);
                Some(Failure {
                    message,
                    kind,
                    error_type,
                    non_retryable,
                    details,
                    cause,
                })
            })
        })
        .prop_map(|failure| failure.expect("a chain has a first link"))
        .boxed()
}

/// Any cursor, with run ids that are UUIDs and run ids that are not.
pub fn cursor() -> BoxedStrategy<Cursor> {
    let run = prop_oneof![
        any::<u128>().prop_map(|bits| {
            let hex = format!("{bits:032x}");
            [
                &hex[..8],
                &hex[8..12],
                &hex[12..16],
                &hex[16..20],
                &hex[20..],
            ]
            .join("-")
        }),
        id(),
    ];
    (id(), id(), run, position())
        .prop_map(|(namespace, workflow_id, run_id, position)| Cursor {
            namespace: Arc::from(namespace),
            workflow_id: Arc::from(workflow_id),
            run_id: Arc::from(run_id),
            position,
        })
        .boxed()
}

/// Any position.
pub fn position() -> BoxedStrategy<Position> {
    (any::<i64>(), any::<u32>(), any::<i64>())
        .prop_map(|(event_id, index, version)| Position {
            event_id,
            index,
            version,
        })
        .boxed()
}
