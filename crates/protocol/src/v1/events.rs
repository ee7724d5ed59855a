//! Events as one JSON answer, for clients that ask again and again.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Cursor, Event};

/// A workflow's events, as far as one answer holds them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EventsAnswer {
    /// The events, in order.
    pub events: Vec<Event>,
    /// The place after the last of them: the next request's `after`. `null` where there was no
    /// event yet.
    pub cursor: Option<Cursor>,
    /// Whether everything up to now is in this answer or was in earlier ones.
    pub live: bool,
    /// Whether there will be no more.
    pub end: bool,
    /// Whether something before these events is gone.
    pub gap: bool,
}
