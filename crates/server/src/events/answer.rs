//! Events as one JSON answer: `{"events":[…],"cursor":…,"live":…,"end":…,"gap":…}`, and `"stream"` for
//! readers of the workflow's own.

use std::time::Duration;

use axum::{
    http::{HeaderValue, header},
    response::IntoResponse,
};
use fast_temporal_core::{FeedUpdate, PayloadAccess};
use fast_temporal_protocol::{ErrorBody, v1::StreamPosition};
use futures_util::FutureExt as _;
use tokio::{
    select,
    time::{Instant, sleep_until},
};

use super::Reader;
use crate::{ApiError, App, auth::Expiry, error::logged_error};

/// How long an answer may wait for history that is there already, whatever `wait` says: without it,
/// a client that never waits might never see anything.
const CATCH_UP_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Default)]
struct Answer {
    /// The events, separated by commas.
    events: Vec<u8>,
    count: usize,
    /// Everything that happened so far is in this answer or was in earlier ones.
    live: bool,
    /// There will be no more.
    end: bool,
    /// Something before these events, or right after them, is gone for good.
    gap: bool,
    /// Why the workflow does not say what its stream holds.
    stream_error: Option<ErrorBody>,
}

/// Reads until there is something to tell, and then whatever else is there. It waits no longer than
/// the client's credentials last.
pub(super) async fn respond(
    app: &App,
    mut reader: Reader,
    wait: Duration,
    mut expiry: Expiry,
) -> Result<impl IntoResponse, ApiError> {
    let mut answer = Answer::default();
    let began = Instant::now();
    while !answer.is_full(app) {
        let step = if answer.count > 0 {
            reader.next().now_or_never()
        } else {
            let limit = if answer.live && !reader.awaits_workflow_stream() {
                wait
            } else {
                wait.max(CATCH_UP_TIMEOUT)
            };
            select! {
                biased;
                () = app.draining.cancelled() => None,
                () = expiry.over() => None,
                step = reader.next() => Some(step),
                () = sleep_until(began + limit) => None,
            }
        };
        let Some(step) = step else { break };
        if !answer.take(step, reader.visibility())? {
            break;
        }
    }
    let body = answer.encode(&reader);
    let json = HeaderValue::from_static("application/json");
    Ok(([(header::CONTENT_TYPE, json)], body))
}

impl Answer {
    fn is_full(&self, app: &App) -> bool {
        let limits = &app.config.events;
        self.count >= limits.response_events || self.events.len() >= limits.response_bytes
    }

    /// Says whether to read on.
    fn take(&mut self, step: FeedUpdate, visibility: PayloadAccess) -> Result<bool, ErrorBody> {
        match step {
            FeedUpdate::Events(entries) => {
                for entry in entries {
                    if self.count > 0 {
                        self.events.push(b',');
                    }
                    self.events.extend_from_slice(&entry.json(visibility));
                    self.count += 1;
                    self.end |= entry.event().end;
                }
                Ok(true)
            }
            FeedUpdate::Live(_) => {
                self.live = true;
                Ok(true)
            }
            // An answer has no place for it, and no reader of one asks for it.
            FeedUpdate::Progress(_) => Ok(true),
            FeedUpdate::StreamFailed(error) => {
                self.stream_error = Some(logged_error(error));
                Ok(true)
            }
            FeedUpdate::Gap => {
                self.gap = true;
                Ok(self.count == 0)
            }
            FeedUpdate::End => {
                self.end = true;
                Ok(false)
            }
            // What was read counts; the next request is told of the failure.
            FeedUpdate::Failed(_) if self.count > 0 => Ok(false),
            FeedUpdate::Failed(error) => Err(logged_error(error)),
        }
    }

    fn encode(self, reader: &Reader) -> Vec<u8> {
        let Self { end, gap, .. } = self;
        let live = self.live && !reader.awaits_workflow_stream();
        let cursor = match reader.cursor() {
            Some(cursor) => format!("\"{cursor}\""),
            None => "null".to_owned(),
        };
        let mut body = Vec::with_capacity(self.events.len() + 256);
        body.extend_from_slice(b"{\"events\":[");
        body.extend_from_slice(&self.events);
        let rest = format!("],\"cursor\":{cursor},\"live\":{live},\"end\":{end},\"gap\":{gap}");
        body.extend_from_slice(rest.as_bytes());
        if let Some(offset) = reader.stream_offset() {
            let error = self.stream_error;
            let place = serde_json::to_string(&StreamPosition { offset, error });
            body.extend_from_slice(b",\"stream\":");
            body.extend_from_slice(place.expect("a place is plain JSON").as_bytes());
        }
        body.push(b'}');
        body
    }
}
