//! The result of a workflow that returned nothing.
//!
//! Workflows written with the Python package often return `None`, and keep their result for
//! queries: that of the last activity's callback, or of the activity itself.

use std::{sync::Arc, time::Duration};

use fast_temporal_core::{Backoff, EngineErrorKind, engine::Query};
use fast_temporal_protocol::{Event, Json, seed::SeedFrame};
use serde::Deserialize;
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tracing::{Instrument as _, debug, info_span};

use super::user::UserWorkflow;
use crate::{App, error::log_usual_failure};

/// The longest wait before a query is sent again: the gateway waits only for a few seconds in all.
const RETRY_AFTER: Duration = Duration::from_millis(300);

#[derive(Deserialize)]
struct CurrentActivity {
    activity_id: Option<String>,
}

/// Returns the frame `Done` with the result that the workflow's queries yield, or `null`. Queries the
/// workflow once for all connections.
pub(super) async fn fallback_frame(app: &App, workflow: &UserWorkflow, last: &Event) -> Utf8Bytes {
    let span = info_span!("fallback_result", workflow_id = %last.cursor.workflow_id);
    let query_result = async || {
        let limit = app.config.seed.fallback_timeout;
        let result = timeout(limit, query_result(app, last)).await.ok().flatten();
        if result.is_none() {
            debug!("the workflow returned no result and answers no query for one");
        }
        SeedFrame::done(result.unwrap_or_default()).encode().into()
    };
    let frame = workflow.fallback_frame.get_or_init(query_result);
    frame.instrument(span).await.clone()
}

async fn query_result(app: &App, last: &Event) -> Option<Json> {
    let deadline = Instant::now() + app.config.seed.fallback_timeout;
    let current = query(app, last, "get_current_activity", Vec::new(), deadline).await?;
    let activity_id = current.parse::<CurrentActivity>().ok()?.activity_id?;
    let args = vec![Json::from_value(&activity_id).ok()?];
    let callback = query(app, last, "get_callback_result", args.clone(), deadline).await;
    match callback {
        Some(result) if !result.is_null() => Some(result),
        _ => query(app, last, "get_activity_result", args, deadline).await,
    }
}

/// Sends a query, again after transient failures. Returns `None` if there is no answer.
async fn query(
    app: &App,
    last: &Event,
    name: &'static str,
    args: Vec<Json>,
    deadline: Instant,
) -> Option<Json> {
    let mut backoff = Backoff::new(RETRY_AFTER, RETRY_AFTER);
    loop {
        let query = Query {
            workflow_id: Arc::clone(&last.cursor.workflow_id),
            run_id: Some(Arc::clone(&last.cursor.run_id)),
            name: name.to_owned(),
            args: args.clone(),
            timeout: deadline.saturating_duration_since(Instant::now()),
        };
        match app.registry.engine().query(query).await {
            Err(error) if error.is_transient() && error.kind != EngineErrorKind::Timeout => {
                sleep(backoff.next_wait()).await;
            }
            Ok(answer) => return Some(answer),
            Err(error) => {
                log_usual_failure(&format!("query {name}"), &error);
                return None;
            }
        }
    }
}
