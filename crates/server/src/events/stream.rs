//! Events as an event stream (`text/event-stream`).
//!
//! Every block carries the reader's place as its `id`, so that a browser which reconnects says where
//! it stands, and misses nothing.

use std::{collections::VecDeque, convert::Infallible, sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use fast_temporal_core::{Entry, Step, Subscription};
use fast_temporal_protocol::Cursor;
use futures_util::stream;
use tokio::{
    select,
    time::{sleep, timeout},
};

use crate::App;

/// How long the answer to a reader who comes back is held up, to see whether all is read already.
const FIRST_STEP_TIMEOUT: Duration = Duration::from_secs(3);
/// After how many milliseconds a browser reconnects: this, and up to as much again.
const RETRY_MILLIS: u64 = 1000;

struct Blocks {
    app: App,
    subscription: Subscription,
    /// A step that was read before the answer began.
    first: Option<Step>,
    /// What was read and not yet taken.
    ready: VecDeque<Arc<Entry>>,
    over: bool,
}

/// The answer: a stream, or 204 where the reader has seen everything, which is what makes a browser
/// stop coming back.
pub(super) async fn respond(app: App, mut subscription: Subscription) -> Response {
    let mut first = None;
    if subscription.cursor().is_some() {
        match timeout(FIRST_STEP_TIMEOUT, subscription.next()).await {
            Ok(Step::End) => return StatusCode::NO_CONTENT.into_response(),
            Ok(step) => first = Some(step),
            Err(_) => {}
        }
    }
    let retry = RETRY_MILLIS + fastrand::u64(..RETRY_MILLIS);
    let hello = Bytes::from(format!("retry: {retry}\n\n"));
    let blocks = Blocks {
        app,
        subscription,
        first,
        ready: VecDeque::new(),
        over: false,
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
        if let Some(entry) = self.ready.pop_front() {
            return Some(entry.sse().clone());
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
                step = self.subscription.next() => step,
                () = sleep(self.app.config.events.heartbeat) => {
                    return Some(heartbeat(self.subscription.cursor()));
                }
            }
        };
        match step {
            Step::Events(entries) => {
                self.ready = entries.into();
                self.ready.pop_front().map(|entry| entry.sse().clone())
            }
            Step::Live(cursor) => Some(live(cursor.as_ref())),
            Step::Gap => Some(Bytes::from_static(b"event: gap\ndata: {}\n\n")),
            Step::End => None,
            Step::Failed(error) => {
                self.over = true;
                let body = serde_json::to_string(&error.public()).expect("an error is plain JSON");
                Some(format!("event: error\ndata: {body}\n\n").into())
            }
        }
    }
}

/// The past is over; what comes now happens now.
fn live(cursor: Option<&Cursor>) -> Bytes {
    match cursor {
        Some(cursor) => {
            format!("event: live\nid: {cursor}\ndata: {{\"cursor\":\"{cursor}\"}}\n\n").into()
        }
        None => Bytes::from_static(b"event: live\ndata: {\"cursor\":null}\n\n"),
    }
}

/// A comment, and the place once more: it reaches the browser without an event.
fn heartbeat(cursor: Option<&Cursor>) -> Bytes {
    match cursor {
        Some(cursor) => format!(":\nid: {cursor}\n\n").into(),
        None => Bytes::from_static(b":\n\n"),
    }
}
