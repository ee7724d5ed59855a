//! Arguments on their way to a worker.

use std::collections::HashMap;

use fast_temporal_protocol::Json;
use temporalio_common::protos::temporal::api::common::v1::{Payload, Payloads};

/// One payload per argument, holding the JSON text as it is: numbers are not read and written
/// again, so none of their digits is lost.
pub(super) fn payloads(args: &[Json]) -> Option<Payloads> {
    if args.is_empty() {
        return None;
    }
    Some(Payloads {
        payloads: args.iter().map(payload).collect(),
    })
}

/// One value, in the same way.
pub(super) fn payload(value: &Json) -> Payload {
    Payload {
        metadata: HashMap::from([("encoding".to_owned(), b"json/plain".to_vec())]),
        data: value.get().into(),
        ..Default::default()
    }
}
