//! What modules of the projection receive and return.

use fast_temporal_protocol::EventData;

/// A history event apart from its attributes.
pub(super) struct EventContext {
    pub(super) event_id: i64,
    /// The summary that the workflow gave to the activity, timer or child that the event starts.
    pub(super) summary: Option<String>,
}

/// The events of one history event, each with its index.
pub(super) struct Projected(pub(super) Vec<(u32, EventData)>);

impl Projected {
    pub(super) fn none() -> Self {
        Self(Vec::new())
    }

    pub(super) fn one(data: impl Into<EventData>) -> Self {
        Self(vec![(0, data.into())])
    }

    pub(super) fn maybe(data: Option<impl Into<EventData>>) -> Self {
        data.map_or_else(Self::none, Self::one)
    }
}

/// Returns whether a signal or update is internal to Temporal.
pub(super) fn is_reserved(name: &str) -> bool {
    name.starts_with("__temporal_")
}
