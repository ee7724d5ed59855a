//! The last frame of a workflow that returned nothing.
//!
//! Workflows written with the Python package often return `None`, and keep what they came to for
//! its queries: the result of the last activity's callback, or of the activity itself.

use std::{sync::Arc, time::Duration};

use fast_temporal_core::{EngineErrorKind, engine::Query};
use fast_temporal_protocol::{Event, Json, seed::SeedFrame};
use serde::Deserialize;
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tracing::debug;

use super::user::Followed;
use crate::App;

/// The least wait before a question is asked again; the most is twice that.
const RETRY_AFTER: Duration = Duration::from_millis(150);

#[derive(Deserialize)]
struct CurrentActivity {
    activity_id: Option<String>,
}

/// The last frame: `Done`, with what the workflow answers, or `null`. It is asked once for all
/// connections.
pub(super) async fn answer(app: &App, followed: &Followed, last: &Event) -> Utf8Bytes {
    let ask = async || {
        let limit = app.config.seed.fallback_timeout;
        let result = timeout(limit, ask(app, last)).await.ok().flatten();
        if result.is_none() {
            debug!(workflow_id = %last.cursor.workflow_id, "it returned nothing, and answers nothing");
        }
        SeedFrame::done(result.unwrap_or_default()).encode().into()
    };
    followed.answer.get_or_init(ask).await.clone()
}

async fn ask(app: &App, last: &Event) -> Option<Json> {
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

/// One query, asked again where that may help. `None` where there is no answer.
async fn query(
    app: &App,
    last: &Event,
    name: &'static str,
    args: Vec<Json>,
    deadline: Instant,
) -> Option<Json> {
    loop {
        let query = Query {
            workflow_id: Arc::clone(&last.cursor.workflow_id),
            run_id: Some(Arc::clone(&last.cursor.run_id)),
            name: name.to_owned(),
            args: args.clone(),
            timeout: deadline.saturating_duration_since(Instant::now()),
        };
        match app.registry.engine().query(query).await {
            Ok(answer) => return Some(answer),
            Err(error) if error.is_transient() && error.kind != EngineErrorKind::Timeout => {
                sleep(RETRY_AFTER.mul_f64(1.0 + fastrand::f64())).await;
            }
            Err(error) => {
                debug!(workflow_id = %last.cursor.workflow_id, name, %error, "no answer");
                return None;
            }
        }
    }
}
