//! Events as one JSON page.

use std::time::Duration;

use axum::{
    body::Bytes,
    http::{HeaderValue, header},
    response::IntoResponse,
};
use fast_temporal_core::{FeedUpdate, PayloadAccess};
use fast_temporal_protocol::{
    ErrorBody,
    v1::{EventsPage, StreamPosition},
};
use futures_util::FutureExt as _;
use serde_json::value::RawValue;
use tokio::{
    select,
    time::{Instant, sleep_until},
};

use crate::{
    ApiError, App, auth::expiry::Expiry, error::logged_error,
    operation::subscribe::filtered_subscription::FilteredSubscription,
};

/// How long to wait for existing history, whatever `wait` is. Without it, a client that never waits
/// might never receive an event.
const CATCH_UP_TIMEOUT: Duration = Duration::from_secs(10);

/// What the page will contain.
#[derive(Default)]
struct Collector {
    /// The events as JSON.
    events: Vec<Bytes>,
    bytes: usize,
    live: bool,
    end: bool,
    gap: bool,
    stream_error: Option<ErrorBody>,
}

/// Waits for the first update, and then takes what else is ready. Waits until the client's credentials
/// expire at most.
pub(super) async fn respond(
    app: &App,
    mut subscription: FilteredSubscription,
    wait: Duration,
    mut expiry: Expiry,
) -> Result<impl IntoResponse, ApiError> {
    let mut page = Collector::default();
    let began = Instant::now();
    while !page.is_full(app) {
        let update = if page.events.is_empty() {
            let limit = if page.live && !subscription.awaits_workflow_stream() {
                wait
            } else {
                wait.max(CATCH_UP_TIMEOUT)
            };
            select! {
                biased;
                () = app.draining.cancelled() => None,
                () = expiry.expired() => None,
                update = subscription.next() => Some(update),
                () = sleep_until(began + limit) => None,
            }
        } else {
            subscription.next().now_or_never()
        };
        let Some(update) = update else { break };
        if !page.add(update, subscription.payload_access())? {
            break;
        }
    }
    let body = page.encode(&subscription);
    let json = HeaderValue::from_static("application/json");
    Ok(([(header::CONTENT_TYPE, json)], body))
}

impl Collector {
    fn is_full(&self, app: &App) -> bool {
        let limits = &app.config.events;
        self.events.len() >= limits.response_events || self.bytes >= limits.response_bytes
    }

    /// Adds an update. Returns whether the page can take more.
    fn add(&mut self, update: FeedUpdate, access: PayloadAccess) -> Result<bool, ErrorBody> {
        match update {
            FeedUpdate::Events(entries) => {
                for entry in entries {
                    let json = entry.json(access);
                    self.bytes += json.len();
                    self.events.push(json);
                    self.end |= entry.event().end;
                }
                Ok(true)
            }
            FeedUpdate::Live(_) => {
                self.live = true;
                Ok(true)
            }
            // Has no position, and pages do not subscribe to it.
            FeedUpdate::Progress(_) => Ok(true),
            FeedUpdate::StreamFailed(error) => {
                self.stream_error = Some(logged_error(error));
                Ok(true)
            }
            FeedUpdate::Gap => {
                self.gap = true;
                Ok(self.events.is_empty())
            }
            FeedUpdate::End => {
                self.end = true;
                Ok(false)
            }
            // The client receives the events, and the failure with its next request.
            FeedUpdate::Failed(_) if !self.events.is_empty() => Ok(false),
            FeedUpdate::Failed(error) => Err(logged_error(error)),
        }
    }

    fn encode(self, subscription: &FilteredSubscription) -> Vec<u8> {
        let raw = |json| serde_json::from_slice::<&RawValue>(json).expect("events are JSON");
        let page = EventsPage {
            events: self.events.iter().map(|json| raw(json)).collect(),
            cursor: subscription.cursor().cloned(),
            live: self.live && !subscription.awaits_workflow_stream(),
            end: self.end,
            gap: self.gap,
            stream: subscription.stream_offset().map(|offset| StreamPosition {
                offset,
                error: self.stream_error,
            }),
        };
        serde_json::to_vec(&page).expect("a page is plain JSON")
    }
}
