//! Events as an event stream (`text/event-stream`).
//!
//! Every block carries the reader's place as its `id`, so that a browser which reconnects says where
//! it stands, and misses nothing.

use std::{collections::VecDeque, convert::Infallible, time::Duration};

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use fast_temporal_core::{Entry, FeedUpdate, PayloadAccess};
use fast_temporal_protocol::{Cursor, ErrorBody, EventData};
use futures_util::stream;
use tokio::{
    select,
    time::{Instant, sleep_until, timeout},
};

use super::{Reader, place::Written};
use crate::{
    App,
    auth::{Due, Expiry},
    error::logged_error,
    limit::connection_count::ConnectionPermit,
};

/// How long the answer to a reader who comes back is held up, to see whether all is read already.
const FIRST_STEP_TIMEOUT: Duration = Duration::from_secs(3);
/// After how many milliseconds a browser reconnects: this, and up to as much again.
const RETRY_MILLIS: u64 = 1000;

struct Blocks {
    app: App,
    reader: Reader,
    expiry: Expiry,
    /// A step that was read before the answer began.
    first: Option<FeedUpdate>,
    /// What was read and not yet taken.
    ready: VecDeque<Bytes>,
    over: bool,
    /// The stream counts as a connection while it lasts.
    _permit: ConnectionPermit,
}

/// The answer: a stream, or 204 where the reader has seen everything, which is what makes a browser
/// stop coming back.
pub(super) async fn respond(
    app: App,
    mut reader: Reader,
    expiry: Expiry,
    permit: ConnectionPermit,
) -> Response {
    let mut first = None;
    if reader.skips_past() {
        match timeout(FIRST_STEP_TIMEOUT, reader.next()).await {
            Ok(FeedUpdate::End) => return StatusCode::NO_CONTENT.into_response(),
            Ok(step) => first = Some(step),
            Err(_) => {}
        }
    }
    let retry = RETRY_MILLIS + fastrand::u64(..RETRY_MILLIS);
    let hello = Bytes::from(format!("retry: {retry}\n\n"));
    let blocks = Blocks {
        app,
        reader,
        expiry,
        first,
        ready: VecDeque::new(),
        over: false,
        _permit: permit,
    };
    let state = (Some(hello), blocks);
    let body = stream::unfold(state, async |(hello, mut blocks)| {
        let block = match hello {
            Some(hello) => hello,
            None => blocks.next().await?,
        };
        Some((Ok::<_, Infallible>(block), (None, blocks)))
    });
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/event-stream"),
        ),
        // Or else nginx holds events back until it has a buffer full.
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
            if self.over {
                return None;
            }
            let step = if let Some(step) = self.first.take() {
                step
            } else {
                select! {
                    biased;
                    () = self.app.draining.cancelled() => return None,
                    due = self.expiry.due() => return Some(self.expire(due)),
                    step = self.reader.next() => step,
                    () = sleep_until(heartbeat_at) => return Some(self.heartbeat()),
                }
            };
            match step {
                // There may be no end of what passes by.
                FeedUpdate::Events(entries)
                    if entries.is_empty() && Instant::now() >= heartbeat_at =>
                {
                    return Some(self.heartbeat());
                }
                FeedUpdate::Events(entries) => {
                    let visibility = self.reader.visibility();
                    let offset = self.reader.stream_offset();
                    let blocks = entries.iter().map(|entry| match offset {
                        Some(offset) => hosted(entry, visibility, offset),
                        None => entry.sse(visibility).clone(),
                    });
                    self.ready.extend(blocks);
                }
                FeedUpdate::Progress(activities) => {
                    let visibility = self.reader.visibility();
                    // There may be no end of this either.
                    let place = self.reader.untold().map(|_| self.heartbeat());
                    let blocks = activities.iter().map(|it| it.sse(visibility).clone());
                    self.ready.extend(place.into_iter().chain(blocks));
                }
                FeedUpdate::StreamFailed(error) => {
                    return Some(stream_failure(&logged_error(error)));
                }
                FeedUpdate::Live(cursor) => {
                    return Some(live(cursor.as_ref(), self.reader.stream_offset()));
                }
                FeedUpdate::Gap => return Some(Bytes::from_static(b"event: gap\ndata: {}\n\n")),
                FeedUpdate::End => return None,
                FeedUpdate::Failed(error) => {
                    self.over = true;
                    return Some(failure(&logged_error(error)));
                }
            }
        }
    }

    /// A comment, and the place once more: it reaches the browser without an event.
    fn heartbeat(&self) -> Bytes {
        match self.reader.cursor() {
            Some(cursor) => {
                let place = Written(cursor, self.reader.stream_offset());
                format!(":\nid: {place}\n\n").into()
            }
            None => Bytes::from_static(b":\n\n"),
        }
    }

    /// The client is told that its credentials are about to end, and later that they have.
    fn expire(&mut self, due: Due) -> Bytes {
        match due {
            Due::Warning(expires_at) => format!(
                "event: credentials_expiring\ndata: {{\"expires_at\":\"{expires_at}\"}}\n\n"
            )
            .into(),
            Due::Over => {
                self.over = true;
                failure(&Expiry::error())
            }
        }
    }
}

/// Why the stream ends.
fn failure(error: &ErrorBody) -> Bytes {
    let body = serde_json::to_string(error).expect("an error is plain JSON");
    format!("event: subscription_failed\ndata: {body}\n\n").into()
}

/// Why the workflow does not say right now what its stream holds.
fn stream_failure(error: &ErrorBody) -> Bytes {
    let body = serde_json::to_string(error).expect("an error is plain JSON");
    format!("event: stream_unavailable\ndata: {{\"error\":{body}}}\n\n").into()
}

/// The past is over; what comes now happens now.
fn live(cursor: Option<&Cursor>, offset: Option<u64>) -> Bytes {
    match cursor {
        Some(cursor) => {
            let place = Written(cursor, offset);
            format!("event: live\nid: {place}\ndata: {{\"cursor\":\"{cursor}\"}}\n\n").into()
        }
        None => Bytes::from_static(b"event: live\ndata: {\"cursor\":null}\n\n"),
    }
}

/// An event for a reader of the workflow's own stream, whose place has two parts. `offset` is the
/// later one where the event is no item.
fn hosted(entry: &Entry, visibility: PayloadAccess, offset: u64) -> Bytes {
    let event = entry.event();
    let offset = match &event.data {
        EventData::StreamItem(item) => item.offset.map_or(offset, |offset| offset + 1),
        _ => offset,
    };
    let place = Written(&event.cursor, Some(offset));
    let mut block = format!("id: {place}\ndata: ").into_bytes();
    block.extend_from_slice(&entry.json(visibility));
    block.extend_from_slice(b"\n\n");
    block.into()
}
