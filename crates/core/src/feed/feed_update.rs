//! What a subscription returns.

use std::sync::Arc;

use fast_temporal_protocol::Cursor;

use super::{entry::Entry, progress::activity::ActivityProgress};
use crate::EngineError;

/// What a subscription returns next.
#[derive(Clone, Debug)]
pub enum FeedUpdate {
    /// Events in order: at least one, at most a batch. A subscription with the workflow's own stream
    /// receives either items of that, each with an offset and the subscription's cursor, or events
    /// of history without items. The latter may be none: then only the cursor has moved.
    Events(Vec<Arc<Entry>>),
    /// The replay has caught up: later events are new. Returned once. `None` if there was no event
    /// yet.
    Live(Option<Cursor>),
    /// Progress of running activities whose attempt, state, heartbeat or last failure has changed, once
    /// the subscription is live: at least one, at most a batch. Only for
    /// [subscriptions with progress](crate::Subscription::with_progress). It has no cursor, and is not
    /// repeated.
    Progress(Vec<Arc<ActivityProgress>>),
    /// The workflow does not answer queries for its stream right now, for instance because it has no
    /// such query, or no worker runs. Returned once per period of failures, and only to
    /// [subscriptions with the workflow's stream](crate::Subscription::with_workflow_stream). Events
    /// continue, and so do queries: after the next workflow task, and at growing intervals if that
    /// may help.
    StreamFailed(EngineError),
    /// History that should come next is permanently missing (retention, a lost database, another branch
    /// after a failover). What remains follows, from the start of a run.
    Gap,
    /// The feed's last event was returned. Every further call returns this again.
    End,
    /// The feed can't be read any further: its history is missing, Temporal rejected the credentials,
    /// a fault persisted, or the node stops. Every further call returns this again. If the error's
    /// public form is retryable, a new subscription tries again.
    Failed(EngineError),
}
