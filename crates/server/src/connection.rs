//! A WebSocket connection, from the upgrade to the close frame, in any dialect.
//!
//! One actor per connection, [`Connection`], owns the socket. It decides when the client's next
//! message is read, shares the socket fairly between updates and the client's messages, sends
//! heartbeats, and closes the connection when the client is silent or stalled, when its credentials
//! expire and when the gateway drains. What a message means and how an update is written is up to
//! the [`Dialect`].
//!
//! Thousands of connections are idle most of the time, so what only a busy one needs is allocated
//! when it is needed.

pub(crate) mod context;
pub(crate) mod dialect;
pub(crate) mod update_streams;

use std::{
    convert::Infallible,
    future::poll_fn,
    pin::pin,
    task::{Context, Poll},
};

use axum::response::Response;
use fast_temporal_core::{Principal, jittered};
use fast_temporal_protocol::{ErrorBody, ErrorCode};
use tokio::{
    select,
    time::{Duration, Instant, sleep_until},
};
use tracing::debug;

use self::{context::ConnectionContext, dialect::Dialect};
use crate::{
    ApiError, App,
    auth::expiry::{Due, Expiry},
    error::draining,
    limit::client_key::ClientKey,
    websocket::{Incoming, Socket, close_reason::CloseReason, upgrade::Upgrade},
};

/// After this many updates in a row it is the client's turn: replaying a long history must not delay
/// the client's requests.
const MAX_UPDATES_IN_A_ROW: u8 = 16;
/// How much a client may send before it has authenticated: a few tokens.
const MAX_UNAUTHENTICATED_BYTES: usize = 64 * 1024;

/// Admits a client's connection, and serves it as a task of the app once the upgrade is done.
///
/// `principal` is `None` if the client has still to authenticate.
///
/// # Errors
/// The gateway drains, or one of the limits on connections is reached.
pub(crate) fn accept<D: Dialect>(
    app: &App,
    upgrade: Upgrade,
    client: &ClientKey,
    principal: Option<&Principal>,
    dialect: impl FnOnce(&App) -> D + Send + 'static,
) -> Result<Response, ApiError> {
    if app.draining.is_cancelled() {
        return Err(draining().into());
    }
    let permit = app.limits.admit(client)?;
    let is_authenticated = principal.is_some();
    let expiry = principal.map(Expiry::of).unwrap_or_default();
    let connection_app = app.clone();
    Ok(upgrade.accept(app, permit, move |mut socket| {
        if !is_authenticated {
            socket.limit_reading(Some(MAX_UNAUTHENTICATED_BYTES));
        }
        let dialect = dialect(&connection_app);
        Connection::new(connection_app, socket, expiry, dialect).run()
    }))
}

/// The actor of one connection.
struct Connection<D: Dialect> {
    context: ConnectionContext<D::Update>,
    dialect: D,
    /// How many updates were taken since it was last the client's turn.
    updates_in_a_row: u8,
    /// When the client's last message, ping or pong arrived.
    received_at: Instant,
    heartbeat_at: Instant,
}

/// What happened on a connection.
enum ConnectionEvent<U> {
    Credentials(Due),
    Update(U),
    /// The dialect finished a piece of its own work.
    WorkDone,
    Incoming(Incoming),
}

impl<D: Dialect> Connection<D> {
    fn new(app: App, socket: Socket, expiry: Expiry, dialect: D) -> Self {
        let heartbeat_at = next_heartbeat(&app);
        let context = ConnectionContext::new(app, socket, expiry);
        debug!(connection = context.id, user = dialect.user(), "connected");
        Self {
            context,
            dialect,
            updates_in_a_row: 0,
            received_at: Instant::now(),
            heartbeat_at,
        }
    }

    /// Serves the connection until it closes, for whatever reason.
    async fn run(mut self) {
        let Err(reason) = self.run_until_closed().await;
        debug!(
            connection = self.context.id,
            user = self.dialect.user(),
            ?reason,
            "disconnected"
        );
        // Its requests and subscriptions end before the client is waited for.
        drop(self.dialect);
        Box::pin(self.context.close(reason)).await;
    }

    async fn run_until_closed(&mut self) -> Result<Infallible, CloseReason> {
        let mut draining = pin!(self.context.app.stopping());
        let mut timer = pin!(sleep_until(self.next_deadline()));
        loop {
            let can_read = self.can_read();
            select! {
                biased;
                // First priority: the gateway shuts down.
                () = &mut draining => return Err(CloseReason::Draining),
                // Second priority: missing credentials, a silent client, heartbeats.
                () = &mut timer => {
                    self.check_deadlines(can_read)?;
                    timer.as_mut().reset(self.next_deadline());
                }
                // Third priority: everything else, in the order given there.
                event = poll_fn(|cx| self.poll_event(cx, can_read)) => {
                    let work_done = matches!(event, ConnectionEvent::WorkDone);
                    self.handle_event(event)?;
                    if work_done {
                        // It may have changed the dialect's deadline.
                        timer.as_mut().reset(self.next_deadline());
                    }
                }
            }
        }
    }

    /// Polls what can happen on the connection, in order of priority.
    ///
    /// This is not a `select!` because updates come before the socket in one turn and after it in
    /// the next, and because all sources borrow the context.
    fn poll_event(
        &mut self,
        cx: &mut Context<'_>,
        can_read: bool,
    ) -> Poll<ConnectionEvent<D::Update>> {
        // First priority: the credentials, which no amount of traffic may outlast.
        if let Poll::Ready(due) = pin!(self.context.expiry.due()).poll(cx) {
            return Poll::Ready(ConnectionEvent::Credentials(due));
        }
        let has_room = self.context.has_room();
        let is_clients_turn = self.updates_in_a_row >= MAX_UPDATES_IN_A_ROW;
        // Second priority: updates, so that the socket writes all that are ready in one go.
        if has_room
            && !is_clients_turn
            && let Poll::Ready(update) = self.context.updates.poll_next(cx)
        {
            self.updates_in_a_row += 1;
            return Poll::Ready(ConnectionEvent::Update(update));
        }
        // Third priority: responses to earlier requests.
        if has_room && self.dialect.poll_work(&mut self.context, cx).is_ready() {
            return Poll::Ready(ConnectionEvent::WorkDone);
        }
        // Fourth priority: the socket, which writes what waits and reads the next message.
        self.updates_in_a_row = 0;
        let incoming = self.context.socket.poll(cx, can_read);
        if incoming.is_ready() {
            return incoming.map(ConnectionEvent::Incoming);
        }
        // The client did not use its turn.
        if has_room && is_clients_turn {
            return self
                .context
                .updates
                .poll_next(cx)
                .map(ConnectionEvent::Update);
        }
        Poll::Pending
    }

    fn handle_event(&mut self, event: ConnectionEvent<D::Update>) -> Result<(), CloseReason> {
        match event {
            ConnectionEvent::Credentials(Due::Warning(expires_at)) => {
                self.dialect
                    .send_expiry_warning(&mut self.context, expires_at);
            }
            ConnectionEvent::Credentials(Due::Expired) => {
                return Err(CloseReason::CredentialsExpired);
            }
            ConnectionEvent::Update(update) => {
                self.dialect.send_update(&mut self.context, update);
            }
            ConnectionEvent::WorkDone => {}
            ConnectionEvent::Incoming(incoming) => return self.handle_incoming(incoming),
        }
        Ok(())
    }

    fn handle_incoming(&mut self, incoming: Incoming) -> Result<(), CloseReason> {
        match incoming {
            Incoming::Writable => {
                // Nothing was read while there was no room, so it is the client's turn.
                self.updates_in_a_row = MAX_UPDATES_IN_A_ROW;
                return Ok(());
            }
            Incoming::Control => {}
            Incoming::Text(text) => self.dialect.handle_text(&mut self.context, &text),
            Incoming::Binary => {
                let message = "binary messages are not supported: send text";
                let error = ErrorBody::new(ErrorCode::BinaryNotSupported, message);
                let error = self.context.count_request().err().unwrap_or(error);
                self.dialect.send_error(&mut self.context, error);
            }
            Incoming::Closed(reason) => {
                if reason == CloseReason::MessageTooLarge {
                    let limit = self.context.app.config.requests.max_message_bytes;
                    let message = format!("message too large: at most {limit} bytes are accepted");
                    let error = ErrorBody::new(ErrorCode::TooLarge, message);
                    self.dialect.send_error(&mut self.context, error);
                }
                return Err(reason);
            }
        }
        self.received_at = Instant::now();
        Ok(())
    }

    /// Whether the next message can be read. Not reading is the backpressure on a client that sends
    /// requests faster than they complete, or does not read the responses.
    fn can_read(&self) -> bool {
        self.context.has_room() && self.dialect.can_read(&self.context.app)
    }

    fn check_deadlines(&mut self, can_read: bool) -> Result<(), CloseReason> {
        let now = Instant::now();
        if let Some((deadline, reason)) = self.dialect.deadline()
            && deadline <= now
        {
            return Err(reason);
        }
        if !can_read {
            // The client is not silent: the gateway does not read what it sends.
            self.received_at = now;
        }
        let idle_timeout = self.context.app.config.websocket.idle_timeout;
        if now.duration_since(self.received_at) >= idle_timeout {
            return Err(CloseReason::Idle);
        }
        if now >= self.heartbeat_at {
            self.heartbeat_at = next_heartbeat(&self.context.app);
            self.context.socket.ping();
            self.dialect.send_heartbeat(&mut self.context);
        }
        Ok(())
    }

    /// When [`check_deadlines`](Self::check_deadlines) has something to do.
    fn next_deadline(&self) -> Instant {
        let idle_at = self.received_at + self.context.app.config.websocket.idle_timeout;
        // A client whose messages are not read is not idle, and must not make the timer spin.
        let idle_at = idle_at.max(Instant::now() + Duration::from_millis(1));
        let next = idle_at.min(self.heartbeat_at);
        self.dialect
            .deadline()
            .map_or(next, |(deadline, _)| next.min(deadline))
    }
}

/// When to send the next heartbeat.
fn next_heartbeat(app: &App) -> Instant {
    Instant::now() + jittered(app.config.websocket.ping_interval)
}

/// The size of a connection's task while it is idle.
#[cfg(test)]
pub(crate) fn idle_bytes<D: Dialect>() -> usize {
    fn size_of_future<D: Dialect, F>(_: impl FnOnce(Connection<D>) -> F) -> usize {
        size_of::<F>()
    }
    size_of_future::<D, _>(Connection::run)
}
