//! Local activities, whose only trace is a marker. Each family of SDKs has its own format.

use std::collections::HashMap;

use fast_temporal_protocol::{
    EventData,
    event::{LocalActivityCompleted, LocalActivityFailed},
};
use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};
use temporalio_common::protos::temporal::api::{
    common::v1::Payloads, history::v1::MarkerRecordedEventAttributes,
};

use crate::{failure, payload};

/// The marker of SDKs built on Core: Rust, Python, TypeScript, .NET, Ruby.
const CORE: &str = "core_local_activity";
/// The marker of the Go and Java SDKs.
const GO_AND_JAVA: &str = "LocalActivity";

type Details = HashMap<String, Payloads>;

/// The local activity of a marker.
struct LocalActivity {
    activity_id: String,
    activity_type: String,
    attempt: i32,
    /// Whether a timer precedes another attempt, so that this failure is not final.
    backs_off: bool,
}

pub(super) fn recorded(mut a: MarkerRecordedEventAttributes) -> Option<EventData> {
    let activity = match &*a.marker_name {
        CORE => core(&a.details)?,
        GO_AND_JAVA => go(&a.details).or_else(|| java(&a.details))?,
        _ => return None,
    };
    let Some(failure) = a.failure else {
        let data = LocalActivityCompleted {
            activity_id: activity.activity_id,
            activity_type: activity.activity_type,
            result: payload::first(a.details.remove("result")),
            attempt: activity.attempt,
        };
        return Some(data.into());
    };
    if activity.backs_off {
        return None;
    }
    let data = LocalActivityFailed {
        activity_id: activity.activity_id,
        activity_type: activity.activity_type,
        failure: failure::public(failure),
        attempt: activity.attempt,
    };
    Some(data.into())
}

/// `data` is `LocalActivityMarkerData` of `external_data.proto`, as JSON.
fn core(details: &Details) -> Option<LocalActivity> {
    #[derive(Deserialize)]
    struct Data {
        #[serde(default)]
        attempt: u32,
        activity_id: String,
        activity_type: String,
        #[serde(default)]
        backoff: Option<IgnoredAny>,
    }
    let data: Data = detail(details, "data")?;
    Some(LocalActivity {
        activity_id: data.activity_id,
        activity_type: data.activity_type,
        attempt: i32::try_from(data.attempt).unwrap_or(i32::MAX),
        backs_off: data.backoff.is_some(),
    })
}

/// `data` is the Go SDK's `localActivityMarkerData`. Its `Backoff` is in nanoseconds, negative
/// if there is no further attempt.
fn go(details: &Details) -> Option<LocalActivity> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Data {
        #[serde(rename = "ActivityID")]
        activity_id: String,
        #[serde(default)]
        activity_type: String,
        #[serde(default)]
        attempt: i32,
        #[serde(default)]
        backoff: i64,
    }
    let data: Data = detail(details, "data")?;
    Some(LocalActivity {
        activity_id: data.activity_id,
        activity_type: data.activity_type,
        attempt: data.attempt,
        backs_off: data.backoff > 0,
    })
}

/// The Java SDK has a detail for each field: see `LocalActivityMarkerUtils` and `LocalActivityMarkerMetadata`.
fn java(details: &Details) -> Option<LocalActivity> {
    #[derive(Default, Deserialize)]
    struct Meta {
        #[serde(default)]
        atpt: i32,
        #[serde(default)]
        backoff: Option<IgnoredAny>,
    }
    let meta: Meta = detail(details, "meta").unwrap_or_default();
    Some(LocalActivity {
        activity_id: detail(details, "activityId")?,
        activity_type: detail(details, "type").unwrap_or_default(),
        attempt: meta.atpt,
        backs_off: meta.backoff.is_some(),
    })
}

fn detail<T: DeserializeOwned>(details: &Details, key: &str) -> Option<T> {
    let payload = details.get(key)?.payloads.first()?;
    payload::json(payload.clone()).parse().ok()
}
