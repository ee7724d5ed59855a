//! Events as an event stream (`text/event-stream`).
//!
//! Every block has the subscription's position as its `id`, so that a browser which reconnects sends
//! its position and misses nothing.

use std::{collections::VecDeque, convert::Infallible, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use fast_temporal_core::{Entry, FeedUpdate, PayloadAccess};
use fast_temporal_protocol::{Cursor, ErrorBody, EventData};
use futures_util::stream;
use tokio::{
    select,
    time::{Instant, sleep_until, timeout},
};

use super::event_id::EventId;
use crate::{
    App,
    auth::expiry::{Due, Expiry},
    error::logged_error,
    limit::connection_count::ConnectionPermit,
    operation::subscribe::filtered_subscription::FilteredSubscription,
};

/// How long the response to a client that resumes is delayed, to see whether it has all events.
const FIRST_UPDATE_TIMEOUT: Duration = Duration::from_secs(3);
/// Milliseconds after which a browser reconnects; a random time of up to the same is added.
const RETRY_MILLIS: u64 = 1000;

struct Blocks {
    app: App,
    subscription: FilteredSubscription,
    expiry: Expiry,
    /// An update that was received before the response began.
    first: Option<FeedUpdate>,
    /// Blocks that were not sent yet.
    ready: VecDeque<Bytes>,
    finished: bool,
    /// The stream counts as a connection while it lasts.
    _permit: ConnectionPermit,
}

/// The response: a stream, or 204 if the client has all events, which stops a browser from
/// reconnecting.
pub(super) async fn respond(
    app: App,
    mut subscription: FilteredSubscription,
    expiry: Expiry,
    permit: ConnectionPermit,
) -> Response {
    let mut first = None;
    if subscription.skips_history() {
        match timeout(FIRST_UPDATE_TIMEOUT, subscription.next()).await {
            Ok(FeedUpdate::End) => return StatusCode::NO_CONTENT.into_response(),
            Ok(update) => first = Some(update),
            Err(_) => {}
        }
    }
    let retry = RETRY_MILLIS + fastrand::u64(..RETRY_MILLIS);
    let preamble = Bytes::from(format!("retry: {retry}\n\n"));
    let blocks = Blocks {
        app,
        subscription,
        expiry,
        first,
        ready: VecDeque::new(),
        finished: false,
        _permit: permit,
    };
    let state = (Some(preamble), blocks);
    let body = stream::unfold(state, async |(preamble, mut blocks)| {
        let block = match preamble {
            Some(preamble) => preamble,
            None => blocks.next().await?,
        };
        Some((Ok::<_, Infallible>(block), (None, blocks)))
    });
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/event-stream"),
        ),
        // Otherwise nginx delays events until its buffer is full.
        (
            HeaderName::from_static("x-accel-buffering"),
            HeaderValue::from_static("no"),
        ),
    ];
    (headers, Body::from_stream(body)).into_response()
}

impl Blocks {
    async fn next(&mut self) -> Option<Bytes> {
        let heartbeat_at = Instant::now() + self.app.config.events.heartbeat;
        loop {
            if let Some(block) = self.ready.pop_front() {
                return Some(block);
            }
            if self.finished {
                return None;
            }
            let update = if let Some(update) = self.first.take() {
                update
            } else {
                select! {
                    biased;
                    () = self.app.draining.cancelled() => return None,
                    due = self.expiry.due() => return Some(self.expire(due)),
                    update = self.subscription.next() => update,
                    () = sleep_until(heartbeat_at) => return Some(self.heartbeat()),
                }
            };
            match update {
                // Skipped events can keep arriving without pause.
                FeedUpdate::Events(entries)
                    if entries.is_empty() && Instant::now() >= heartbeat_at =>
                {
                    return Some(self.heartbeat());
                }
                FeedUpdate::Events(entries) => {
                    let access = self.subscription.payload_access();
                    let offset = self.subscription.stream_offset();
                    let blocks = entries.iter().map(|entry| match offset {
                        Some(offset) => with_stream_offset(entry, access, offset),
                        None => entry.sse(access).clone(),
                    });
                    self.ready.extend(blocks);
                }
                FeedUpdate::Progress(activities) => {
                    let access = self.subscription.payload_access();
                    // So can progress.
                    let position = self.subscription.unsent_cursor().map(|_| self.heartbeat());
                    let blocks = activities.iter().map(|it| it.sse(access).clone());
                    self.ready.extend(position.into_iter().chain(blocks));
                }
                FeedUpdate::StreamFailed(error) => {
                    return Some(stream_failure(&logged_error(error)));
                }
                FeedUpdate::Live(cursor) => {
                    return Some(live(cursor.as_ref(), self.subscription.stream_offset()));
                }
                FeedUpdate::Gap => return Some(Bytes::from_static(b"event: gap\ndata: {}\n\n")),
                FeedUpdate::End => return None,
                FeedUpdate::Failed(error) => {
                    self.finished = true;
                    return Some(failure(&logged_error(error)));
                }
            }
        }
    }

    /// A comment with the current position, which a browser stores without an event.
    fn heartbeat(&self) -> Bytes {
        match self.subscription.cursor() {
            Some(cursor) => {
                let id = EventId(cursor, self.subscription.stream_offset());
                format!(":\nid: {id}\n\n").into()
            }
            None => Bytes::from_static(b":\n\n"),
        }
    }

    /// The block for credentials that are about to expire, or have expired.
    fn expire(&mut self, due: Due) -> Bytes {
        match due {
            Due::Warning(expires_at) => format!(
                "event: credentials_expiring\ndata: {{\"expires_at\":\"{expires_at}\"}}\n\n"
            )
            .into(),
            Due::Expired => {
                self.finished = true;
                failure(&Expiry::error())
            }
        }
    }
}

/// The error that ends the stream.
fn failure(error: &ErrorBody) -> Bytes {
    let body = serde_json::to_string(error).expect("an error is plain JSON");
    format!("event: subscription_failed\ndata: {body}\n\n").into()
}

/// The error of a workflow whose own stream is unavailable at the moment.
fn stream_failure(error: &ErrorBody) -> Bytes {
    let body = serde_json::to_string(error).expect("an error is plain JSON");
    format!("event: stream_unavailable\ndata: {{\"error\":{body}}}\n\n").into()
}

/// The end of the replay.
fn live(cursor: Option<&Cursor>, offset: Option<u64>) -> Bytes {
    match cursor {
        Some(cursor) => {
            let id = EventId(cursor, offset);
            format!("event: live\nid: {id}\ndata: {{\"cursor\":\"{cursor}\"}}\n\n").into()
        }
        None => Bytes::from_static(b"event: live\ndata: {\"cursor\":null}\n\n"),
    }
}

/// The block of an event for a subscription to the workflow's own stream, whose id has an offset.
/// `offset` applies unless the event is an item.
fn with_stream_offset(entry: &Entry, access: PayloadAccess, offset: u64) -> Bytes {
    let event = entry.event();
    let offset = match &event.data {
        EventData::StreamItem(item) => item.offset.map_or(offset, |offset| offset + 1),
        _ => offset,
    };
    let id = EventId(&event.cursor, Some(offset));
    let mut block = format!("id: {id}\ndata: ").into_bytes();
    block.extend_from_slice(&entry.json(access));
    block.extend_from_slice(b"\n\n");
    block.into()
}
