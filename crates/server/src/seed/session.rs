//! One connection: its messages start workflows, and it is told of its user's workflows.
//!
//! Thousands of connections do nothing most of the time, so what only a busy one needs is allocated
//! when it is needed. For the same reason connection and user stand in the log lines themselves: a
//! span would be kept for each connection.

use std::{future::pending, sync::Arc};

use fast_temporal_core::Principal;
use fast_temporal_protocol::{
    ErrorBody, ErrorCode, close,
    seed::{SeedFrame, SeedRequest, parse_request},
};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::{
    pin, select,
    task::{JoinError, JoinHandle},
    time::{Duration, Instant, sleep_until},
};
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tracing::debug;

use super::{
    permit::check_start,
    reader::{self, News},
    start::start,
    user::Presence,
};
use crate::{
    App,
    auth::{Due, Expiry},
    error::panic_to_internal,
    websocket::{Farewell, Incoming, Readers, Socket},
};

type Starts = FuturesUnordered<JoinHandle<Result<(), ErrorBody>>>;

pub(super) struct Session {
    app: App,
    connection: u64,
    principal: Principal,
    expiry: Expiry,
    presence: Presence,
    socket: Socket,
    readers: Readers<News>,
    starts: Option<Box<Starts>>,
    /// How many workflows that this connection started are running, or about to.
    in_flight: usize,
    /// When the client last gave a sign.
    heard_at: Instant,
}

impl Session {
    pub(super) fn new(app: App, principal: Principal, user_id: &str, socket: Socket) -> Self {
        let connection = app.next_connection();
        debug!(connection, user = user_id, "connected");
        Self {
            connection,
            expiry: Expiry::of(&principal),
            principal,
            presence: app.hub.connect(&app, user_id),
            app,
            socket,
            readers: Readers::default(),
            starts: None,
            in_flight: 0,
            heard_at: Instant::now(),
        }
    }

    /// Serves the connection to its end, whatever that is.
    pub(super) async fn run(mut self) {
        let farewell = self.run_inner().await;
        let user = &**self.presence.user().id();
        debug!(
            connection = self.connection,
            user,
            ?farewell,
            "disconnected"
        );
        drop(self.presence);
        drop(self.readers);
        Box::pin(self.socket.part(farewell)).await;
    }

    async fn run_inner(&mut self) -> Farewell {
        let draining = self.app.stopping();
        pin!(draining);
        let tick = sleep_until(self.next_tick());
        pin!(tick);
        self.take_note();
        loop {
            let may_read = self.may_read();
            let has_room = self.socket.has_room();
            select! {
                biased;
                () = &mut draining => return Farewell::Close(close::GOING_AWAY, "going away"),
                due = self.expiry.due() => match due {
                    Due::Warning(_) => self.refuse(&Expiry::error()),
                    Due::Over => return Farewell::Close(close::TOKEN_EXPIRED, "credentials ended"),
                },
                news = self.readers.next(), if has_room => self.tell(news),
                incoming = std::future::poll_fn(|cx| self.socket.poll(cx, may_read)) => {
                    if let Some(farewell) = self.receive(incoming) {
                        return farewell;
                    }
                }
                outcome = next_of(&mut self.starts) => self.started(outcome),
                () = self.presence.changed() => self.take_note(),
                () = &mut tick => {
                    if let Some(farewell) = self.check_pulse(may_read) {
                        return farewell;
                    }
                    tick.as_mut().reset(self.next_tick());
                }
            }
        }
    }

    /// Whether the next message may be read. Not reading is what slows a client down that asks for
    /// more than is done, or does not take the answers.
    fn may_read(&self) -> bool {
        let starts = self.starts.as_ref().map_or(0, |starts| starts.len());
        starts < self.app.config.seed.max_starts_in_flight && self.socket.has_room()
    }

    fn receive(&mut self, incoming: Incoming) -> Option<Farewell> {
        match incoming {
            Incoming::Room => return None,
            Incoming::Sign => {}
            Incoming::Text(text) => self.obey(&text),
            Incoming::Binary => self.refuse(&ErrorBody::new(
                ErrorCode::BinaryNotSupported,
                "messages are text frames",
            )),
            Incoming::Over(farewell) => {
                if matches!(farewell, Farewell::Close(close::TOO_LARGE, _)) {
                    let limit = self.app.config.requests.max_message_bytes;
                    let message = format!("a message has at most {limit} bytes");
                    self.refuse(&ErrorBody::new(ErrorCode::TooLarge, message));
                }
                return Some(farewell);
            }
        }
        self.heard_at = Instant::now();
        None
    }

    fn obey(&mut self, text: &str) {
        let request = parse_request(text);
        let is_echo = matches!(request, Ok(SeedRequest::Echo));
        if !is_echo && let Err(error) = self.app.limits.count_request(self.socket.permit().client())
        {
            return self.refuse(&error);
        }
        match request {
            Ok(SeedRequest::Echo) => {}
            Ok(SeedRequest::Start { args, workflow }) => {
                let configured = || self.app.config.seed.default_workflow.clone();
                let Some(workflow) = workflow.or_else(configured) else {
                    return self.refuse(&ErrorBody::new(
                        ErrorCode::UnknownWorkflow,
                        "the message names no workflow, and none is configured",
                    ));
                };
                if let Err(error) = check_start(&self.app, &self.principal, &workflow, &args) {
                    return self.refuse(&error);
                }
                let limit = self.app.config.seed.max_workflows_in_flight;
                if self.in_flight >= limit {
                    let message = format!("{limit} workflows of this connection run already");
                    return self.refuse(&ErrorBody::new(ErrorCode::TooManyWorkflows, message));
                }
                self.in_flight += 1;
                let user = Arc::clone(self.presence.user());
                let start = start(self.app.clone(), user, self.connection, workflow, args);
                let start = self.app.tasks.spawn(start);
                self.starts.get_or_insert_default().push(start);
            }
            Err(error) => self.refuse(&error),
        }
    }

    fn refuse(&mut self, error: &ErrorBody) {
        let user = &**self.presence.user().id();
        debug!(connection = self.connection, user, code = %error.code, "refused");
        self.socket.send(SeedFrame::error(error).encode().into());
    }

    fn started(&mut self, outcome: Result<Result<(), ErrorBody>, JoinError>) {
        if let Err(error) = panic_to_internal(outcome) {
            self.in_flight -= 1;
            self.refuse(&error);
        }
    }

    /// Begins to read the workflows that came to be followed.
    fn take_note(&mut self) {
        for followed in self.presence.take() {
            let reader = reader::read(self.app.clone(), followed);
            self.readers.push(reader);
        }
    }

    fn tell(&mut self, news: News) {
        for entry in &news.entries {
            if let Some(frame) = entry.seed() {
                let frame = Utf8Bytes::try_from(frame.clone()).expect("JSON is UTF-8");
                self.socket.send(frame);
            }
        }
        if let Some(notice) = news.notice {
            self.socket.send(notice);
        }
        if let Some(followed) = news.over {
            if followed.starter == Some(self.connection) {
                self.in_flight -= 1;
            }
            self.presence.user().forget_ended();
        }
    }

    fn check_pulse(&mut self, reading: bool) -> Option<Farewell> {
        if !reading {
            // It is not the client who is silent: it is not listened to.
            self.heard_at = Instant::now();
        }
        if self.heard_at.elapsed() >= self.app.config.websocket.idle_timeout {
            return Some(Farewell::Close(close::IDLE, "idle"));
        }
        self.socket.ping();
        None
    }

    /// When to ping next, give or take a tenth, or to part from a client that is silent.
    fn next_tick(&self) -> Instant {
        let limits = &self.app.config.websocket;
        let ping_in = limits.ping_interval.mul_f64(0.9 + fastrand::f64() / 5.0);
        let idle_at = self.heard_at + limits.idle_timeout;
        // A client that is not read from is not idle, and must not make this spin.
        (Instant::now() + ping_in).min(idle_at.max(Instant::now() + Duration::from_millis(1)))
    }
}

/// The next start that is over; the collection is there only while it holds something.
async fn next_of(starts: &mut Option<Box<Starts>>) -> Result<Result<(), ErrorBody>, JoinError> {
    if let Some(there) = starts {
        if let Some(outcome) = there.next().await {
            return outcome;
        }
        *starts = None;
    }
    pending().await
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
