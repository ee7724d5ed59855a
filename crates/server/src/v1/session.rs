//! One connection, to its end.
//!
//! Thousands of connections do nothing most of the time, so what only a busy one needs is allocated
//! when it is needed.

mod act;

use std::{
    future::poll_fn,
    pin::pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::body::Bytes;
use fast_temporal_core::{PayloadAccess, Principal, Verb};
use fast_temporal_protocol::{
    ErrorBody, ErrorCode, Json, close,
    v1::{Notice, RequestId, Response},
};
use tokio::{
    select,
    time::{Duration, Instant, sleep_until},
};
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tracing::debug;

use self::act::Done;
use super::{
    credentials::Credentials,
    requests::{Finished, Requests},
    subscription::{News, What},
    subscriptions::Subscriptions,
};
use crate::{
    App,
    auth::Due,
    verb,
    websocket::{Farewell, Incoming, Readers, Socket},
};

/// After so many pieces of news in a row, the client is listened to: a long past must hold no
/// request up.
const NEWS_IN_A_ROW: u8 = 16;
/// How much a client may send before it has said who it is: a few tokens.
const UNNAMED_BYTES: usize = 64 * 1024;
/// How many places one heartbeat carries at most.
const PLACES_PER_HEARTBEAT: usize = 100;

pub(super) struct Session {
    app: App,
    connection: u64,
    socket: Socket,
    credentials: Credentials,
    readers: Readers<News>,
    subscriptions: Option<Box<Subscriptions>>,
    requests: Requests<Done>,
    /// Whether new credentials are being checked. What comes after them waits for the outcome.
    authenticating: bool,
    /// Held by each request that waits for a workflow's end.
    waiting: Option<Arc<()>>,
    /// How many pieces of news were taken since the client was listened to.
    news_in_a_row: u8,
    /// When the client last gave a sign.
    heard_at: Instant,
    /// When to give it one.
    beat_at: Instant,
}

/// What happens on a connection.
enum Happening {
    Due(Due),
    Incoming(Incoming),
    News(News),
    Finished(Finished<Done>),
}

impl Session {
    pub(super) fn new(app: App, principal: Option<Principal>, mut socket: Socket) -> Self {
        if principal.is_none() {
            socket.limit_reading(Some(UNNAMED_BYTES));
        }
        let connection = app.next_connection();
        let subject = principal.as_ref().and_then(|p| p.subject.as_deref());
        debug!(connection, subject, "connected");
        Self {
            connection,
            socket,
            credentials: Credentials::new(principal, app.config.v1.auth_timeout),
            readers: Readers::default(),
            subscriptions: None,
            requests: Requests::default(),
            authenticating: false,
            waiting: None,
            news_in_a_row: 0,
            heard_at: Instant::now(),
            beat_at: next_beat(&app),
            app,
        }
    }

    /// Serves the connection to its end, whatever that is.
    pub(super) async fn run(mut self) {
        let farewell = self.run_inner().await;
        debug!(connection = self.connection, ?farewell, "disconnected");
        drop(self.readers);
        drop(self.requests);
        Box::pin(self.socket.part(farewell)).await;
    }

    async fn run_inner(&mut self) -> Farewell {
        let mut draining = pin!(self.app.stopping());
        let mut tick = pin!(sleep_until(self.next_tick()));
        loop {
            let may_read = self.may_read();
            select! {
                biased;
                () = &mut draining => return Farewell::Close(close::GOING_AWAY, "going away"),
                () = &mut tick => {
                    if let Some(farewell) = self.tick(may_read) {
                        return farewell;
                    }
                    tick.as_mut().reset(self.next_tick());
                }
                happening = poll_fn(|cx| self.poll(cx, may_read)) => {
                    let answered = matches!(happening, Happening::Finished(_));
                    if let Some(farewell) = self.happen(happening) {
                        return farewell;
                    }
                    if answered {
                        // It may have been credentials, which something waits for.
                        tick.as_mut().reset(self.next_tick());
                    }
                }
            }
        }
    }

    /// What is to be sent goes before the client's messages, so that it is written in one go; but
    /// the client is listened to now and then.
    fn poll(&mut self, cx: &mut Context<'_>, may_read: bool) -> Poll<Happening> {
        if let Poll::Ready(due) = pin!(self.credentials.due()).poll(cx) {
            return Poll::Ready(Happening::Due(due));
        }
        let listen_first = self.news_in_a_row >= NEWS_IN_A_ROW;
        if listen_first {
            self.news_in_a_row = 0;
            let incoming = self.socket.poll(cx, may_read);
            if incoming.is_ready() {
                return incoming.map(Happening::Incoming);
            }
        }
        if self.socket.has_room() {
            if let Poll::Ready(finished) = self.requests.poll_next(cx) {
                return Poll::Ready(Happening::Finished(finished));
            }
            if let Poll::Ready(news) = self.readers.poll_next(cx) {
                self.news_in_a_row += 1;
                return Poll::Ready(Happening::News(news));
            }
        }
        if listen_first {
            return Poll::Pending;
        }
        self.news_in_a_row = 0;
        self.socket.poll(cx, may_read).map(Happening::Incoming)
    }

    fn happen(&mut self, happening: Happening) -> Option<Farewell> {
        match happening {
            Happening::Due(Due::Warning(expires_at)) => {
                let notice = Notice::CredentialsExpiring { expires_at };
                self.socket.send(notice.encode().into());
            }
            Happening::Due(Due::Expired) => {
                return Some(Farewell::Close(close::TOKEN_EXPIRED, "credentials ended"));
            }
            Happening::Incoming(incoming) => return self.receive(incoming),
            Happening::News(news) => self.tell(news),
            Happening::Finished(finished) => self.finish(finished),
        }
        None
    }

    /// Whether the next message may be read. Not reading is what slows a client down that asks for
    /// more than is done, or does not take the answers.
    fn may_read(&self) -> bool {
        !self.authenticating
            && self.requests.count() < self.app.config.v1.max_requests_in_flight
            && self.requests.bytes() < self.app.config.requests.max_message_bytes
            && self.socket.has_room()
    }

    fn receive(&mut self, incoming: Incoming) -> Option<Farewell> {
        match incoming {
            Incoming::Room => {
                // It was not listened to while there was none.
                self.news_in_a_row = NEWS_IN_A_ROW;
                return None;
            }
            Incoming::Sign => {}
            Incoming::Text(text) => self.obey(&text),
            Incoming::Binary => {
                let refused =
                    ErrorBody::new(ErrorCode::BinaryNotSupported, "messages are text frames");
                let allowed = self.app.limits.count_request(self.socket.permit().client());
                self.answer(None, Err(allowed.err().unwrap_or(refused)));
            }
            Incoming::Over(farewell) => {
                if matches!(farewell, Farewell::Close(close::TOO_LARGE, _)) {
                    let limit = self.app.config.requests.max_message_bytes;
                    let message = format!("a message has at most {limit} bytes");
                    self.answer(None, Err(ErrorBody::new(ErrorCode::TooLarge, message)));
                }
                return Some(farewell);
            }
        }
        self.heard_at = Instant::now();
        None
    }

    fn answer(&mut self, id: Option<RequestId>, outcome: Result<Json, ErrorBody>) {
        if let Err(error) = &outcome {
            debug!(connection = self.connection, code = %error.code, "refused");
        }
        let answer = Response { id, outcome };
        self.socket.send(answer.encode().into());
    }

    fn tell(&mut self, news: News) {
        let News { workflow_id, what } = news;
        let subscriptions = self.subscriptions.get_or_insert_default();
        match what {
            What::Events(entries, untold) => {
                subscriptions.note_place(&workflow_id, untold);
                let visibility = self.payload_access();
                self.send_shared(entries.iter().map(|entry| entry.frame(visibility)));
            }
            What::Progress(activities) => {
                let visibility = self.payload_access();
                self.send_shared(activities.iter().map(|it| it.frame(visibility)));
            }
            What::Notice(notice) => {
                // What a stream's trouble says nothing of is still to be told.
                if !matches!(notice, Notice::StreamUnavailable { .. }) {
                    subscriptions.note_place(&workflow_id, None);
                }
                self.socket.send(notice.encode().into());
            }
            What::Over(notice) => {
                subscriptions.forget(&workflow_id);
                self.socket.send(notice.encode().into());
            }
        }
    }

    /// What the client is shown by the credentials that it has now.
    fn visibility(&self) -> PayloadAccess {
        let principal = self.credentials.principal();
        principal.map_or(PayloadAccess::Hidden, |principal| {
            PayloadAccess::of(&principal.permissions)
        })
    }

    /// Sends frames that other connections may be sent, too.
    fn send_shared<'a>(&mut self, frames: impl Iterator<Item = &'a Bytes>) {
        for frame in frames {
            let frame = Utf8Bytes::try_from(frame.clone());
            self.socket.send(frame.expect("JSON is UTF-8"));
        }
    }

    fn tick(&mut self, reading: bool) -> Option<Farewell> {
        let now = Instant::now();
        if self.wanted_by().is_some_and(|by| by <= now) {
            return Some(Farewell::Close(close::UNAUTHENTICATED, "no credentials"));
        }
        if !reading {
            // It is not the client who is silent: it is not listened to.
            self.heard_at = now;
        }
        if now.duration_since(self.heard_at) >= self.app.config.websocket.idle_timeout {
            return Some(Farewell::Close(close::IDLE, "idle"));
        }
        if now >= self.beat_at {
            self.beat();
        }
        None
    }

    /// Shows that the connection lives, asks the client to show the same, and tells where its
    /// readers stand that were told nothing for a while.
    fn beat(&mut self) {
        self.beat_at = next_beat(&self.app);
        self.socket.ping();
        if !self.socket.has_room() {
            // Frames wait, which show as much; what is not told yet is told next time.
            return;
        }
        let places = match &mut self.subscriptions {
            Some(subscriptions) => subscriptions.take_places(PLACES_PER_HEARTBEAT),
            None => Vec::new(),
        };
        if places.is_empty() {
            let nothing_moved = Utf8Bytes::from_static("{\"heartbeat\":{\"cursors\":{}}}");
            self.socket.send(nothing_moved);
        }
        for cursors in places {
            let beat = Notice::Heartbeat { cursors };
            self.socket.send(beat.encode().into());
        }
    }

    /// When there is something to do, though nothing happens.
    fn next_tick(&self) -> Instant {
        let idle_at = self.heard_at + self.app.config.websocket.idle_timeout;
        // A client that is not read from is not idle, and must not make this spin.
        let idle_at = idle_at.max(Instant::now() + Duration::from_millis(1));
        let next = idle_at.min(self.beat_at);
        self.wanted_by().map_or(next, |by| next.min(by))
    }

    /// When the client must have said who it is; not while what it said is being checked.
    fn wanted_by(&self) -> Option<Instant> {
        let wanted_by = self.credentials.wanted_by();
        wanted_by.filter(|_| !self.authenticating)
    }

    /// Ends the subscriptions that the credentials do not allow any more.
    fn end_forbidden(&mut self) {
        let (Some(subscriptions), Ok(principal)) =
            (&mut self.subscriptions, self.credentials.principal())
        else {
            return;
        };
        for workflow_id in subscriptions.read() {
            if let Err(error) = verb::check_target(principal, Verb::Subscribe, &workflow_id) {
                subscriptions.forget(&workflow_id);
                let workflow_id = workflow_id.to_string();
                let notice = Notice::SubscriptionFailed { workflow_id, error };
                self.socket.send(notice.encode().into());
            }
        }
    }
}

/// When to give the next sign of life, give or take a tenth.
fn next_beat(app: &App) -> Instant {
    let interval = app.config.websocket.ping_interval;
    Instant::now() + interval.mul_f64(0.9 + fastrand::f64() / 5.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a call gives.
    fn size_of_call<T>(_: impl FnOnce(Session) -> T) -> usize {
        size_of::<T>()
    }

    #[test]
    fn an_idle_session_is_small() {
        // With the buffers of its socket and what the runtime keeps, a connection may cost 6 KiB.
        let bytes = size_of_call(Session::run);
        assert!(bytes <= 2048, "{bytes}");
    }
}
