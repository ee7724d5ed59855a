//! What happens to local activities: they run inside the workflow's worker and leave one marker.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Failure, Json};

/// A local activity returned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LocalActivityCompleted {
    /// The activity's id within the run.
    pub activity_id: String,
    /// The activity type.
    pub activity_type: String,
    /// What it returned; `null` for nothing.
    pub result: Json,
    /// Which attempt this was, from 1; 0 where no attempt began.
    pub attempt: i32,
}

/// A local activity failed for good.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LocalActivityFailed {
    /// The activity's id within the run.
    pub activity_id: String,
    /// The activity type.
    pub activity_type: String,
    /// Why.
    pub failure: Failure,
    /// Which attempt this was, from 1; 0 where no attempt began.
    pub attempt: i32,
}
