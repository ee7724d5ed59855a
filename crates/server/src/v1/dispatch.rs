//! The operations of the `v1` dialect: from a text message to a request in flight.

use std::sync::Arc;

use fast_temporal_core::Principal;
use fast_temporal_protocol::{
    ErrorBody, ErrorCode,
    v1::{
        AuthRequest, Empty, Operation, PingResult, Request, RequestId, ResultRequest,
        SubscribeRequest, parse_request,
    },
};
use jiff::Timestamp;
use serde::Serialize;
use tokio::time::timeout;
use tracing::{Instrument as _, Span, info_span};

use super::{
    pending_requests::{
        OnDisconnect::{self, Abort, Detach},
        catch_panic,
    },
    subscription_set::Unsubscribed,
    v1_dialect::{RequestOutcome, V1Context, V1Dialect, encode},
};
use crate::{
    App,
    connection::dialect::Dialect as _,
    operation::{close, describe, list, message, result, start, subscribe},
};

/// A request whose message was parsed.
struct ParsedRequest {
    id: RequestId,
    message_bytes: usize,
    /// Carries the operation and the user into the log lines of the request.
    span: Span,
}

impl V1Dialect {
    pub(super) fn handle_request(&mut self, connection: &mut V1Context, text: &str) {
        let counted = connection.count_request();
        match (parse_request(text), counted) {
            (Ok(Request { id, operation }), Ok(())) => {
                let request = ParsedRequest {
                    id,
                    message_bytes: text.len(),
                    span: self.span(connection.id, &operation),
                };
                self.dispatch(connection, request, operation);
            }
            (Ok(Request { id, .. }), Err(error)) => {
                self.send_response(connection, Some(id), Err(error));
            }
            (Err((id, error)), counted) => {
                self.send_response(connection, id, Err(counted.err().unwrap_or(error)));
            }
        }
    }

    fn span(&self, connection: u64, operation: &Operation) -> Span {
        info_span!(
            "request",
            connection,
            user = self.user(),
            op = operation.name(),
            workflow_id = operation.workflow_id()
        )
    }

    fn dispatch(&mut self, io: &mut V1Context, request: ParsedRequest, operation: Operation) {
        match operation {
            Operation::Auth(auth) => self.authenticate(io, request, auth),
            Operation::Ping => {
                let time = Timestamp::now();
                self.respond(io, request.id, Ok(PingResult { time }));
            }
            Operation::Subscribe(workflow_id, subscribe) => {
                self.subscribe(io, request, workflow_id, subscribe);
            }
            Operation::Unsubscribe(workflow_id) => self.unsubscribe(io, request.id, &workflow_id),
            Operation::Result(workflow_id, result) => {
                self.wait_for_result(io, request, workflow_id, result);
            }
            Operation::Start(start) => self.run(io, request, Detach, async move |app, me| {
                start::start(&app, &me, *start).await
            }),
            Operation::Signal(target, name, signal) => {
                self.run(io, request, Detach, async move |app, me| {
                    message::signal(&app, &me, target, name, signal).await
                });
            }
            Operation::Query(target, name, query) => {
                self.run(io, request, Abort, async move |app, me| {
                    message::query(&app, &me, target, name, query).await
                });
            }
            Operation::Update(target, name, update) => {
                self.run(io, request, Detach, async move |app, me| {
                    message::update(&app, &me, target, name, update).await
                });
            }
            Operation::Cancel(target, cancel) => {
                self.run(io, request, Detach, async move |app, me| {
                    close::cancel(&app, &me, target, cancel).await
                });
            }
            Operation::Terminate(target, terminate) => {
                self.run(io, request, Detach, async move |app, me| {
                    close::terminate(&app, &me, target, terminate).await
                });
            }
            Operation::Describe(target) => self.run(io, request, Abort, async move |app, me| {
                describe::describe(&app, &me, target).await
            }),
            Operation::List(list) => self.run(io, request, Abort, async move |app, me| {
                list::list(&app, &me, list).await
            }),
        }
    }

    /// Spawns an operation.
    fn run<T: Serialize, F>(
        &mut self,
        connection: &mut V1Context,
        request: ParsedRequest,
        on_disconnect: OnDisconnect,
        operation: impl FnOnce(App, Principal) -> F + Send + 'static,
    ) where
        F: Future<Output = Result<T, ErrorBody>> + Send,
    {
        let principal = match self.credentials.principal() {
            Ok(principal) => principal.clone(),
            Err(error) => return self.send_response(connection, Some(request.id), Err(error)),
        };
        let app = connection.app.clone();
        self.spawn(connection, request, on_disconnect, async move {
            let result = async move { encode(&operation(app, principal).await?) };
            RequestOutcome::Response(catch_panic(result).await)
        });
    }

    fn spawn(
        &mut self,
        connection: &V1Context,
        request: ParsedRequest,
        on_disconnect: OnDisconnect,
        outcome: impl Future<Output = RequestOutcome> + Send + 'static,
    ) {
        let ParsedRequest {
            id,
            message_bytes,
            span,
        } = request;
        let (tasks, outcome) = (&connection.app.tasks, outcome.instrument(span));
        self.requests
            .spawn(tasks, id, message_bytes, on_disconnect, outcome);
    }

    /// Waits until a workflow is closed. That can take long, so at most three quarters of a
    /// connection's requests can do it: the rest stay free for requests that complete soon, new
    /// credentials among them.
    fn wait_for_result(
        &mut self,
        connection: &mut V1Context,
        request: ParsedRequest,
        workflow_id: String,
        result: ResultRequest,
    ) {
        let waits = self.result_waits.get_or_insert_default();
        let max = (connection.app.config.v1.max_requests_in_flight * 3 / 4).max(1);
        if Arc::strong_count(waits) > max {
            let message = format!("a connection can wait for {max} results at a time");
            let error = ErrorBody::new(ErrorCode::TooManyRequests, message);
            return self.send_response(connection, Some(request.id), Err(error));
        }
        let wait = Arc::clone(waits);
        self.run(connection, request, Abort, async move |app, me| {
            let result = result::result(&app, &me, workflow_id, result).await;
            drop(wait);
            result
        });
    }

    fn authenticate(&mut self, connection: &V1Context, request: ParsedRequest, auth: AuthRequest) {
        self.is_authenticating = true;
        let app = connection.app.clone();
        self.spawn(connection, request, Abort, async move {
            let check = catch_panic(app.auth.authenticate(&auth.token));
            let checked = timeout(app.config.v1.auth_timeout, check).await;
            RequestOutcome::Credentials(checked.unwrap_or_else(|_| {
                Err(ErrorBody::new(
                    ErrorCode::AuthUnavailable,
                    "the credentials could not be checked in time: try again",
                ))
            }))
        });
    }

    fn subscribe(
        &mut self,
        connection: &mut V1Context,
        request: ParsedRequest,
        workflow_id: String,
        subscribe: SubscribeRequest,
    ) {
        let workflow_id: Arc<str> = workflow_id.into();
        let max = connection.app.config.v1.max_subscriptions;
        let subscriptions = self.subscriptions.get_or_insert_default();
        let opened = self.credentials.principal().and_then(|principal| {
            let number = subscriptions.open(&workflow_id, max)?;
            Ok((principal.clone(), number))
        });
        let (me, number) = match opened {
            Ok(opened) => opened,
            Err(error) => return self.send_response(connection, Some(request.id), Err(error)),
        };
        let app = connection.app.clone();
        self.spawn(connection, request, Abort, async move {
            let subscription = subscribe::subscribe(&app, &me, &workflow_id, &subscribe);
            let subscription = catch_panic(subscription).await;
            RequestOutcome::Subscription(workflow_id, number, subscription.map(Box::new))
        });
    }

    fn unsubscribe(&mut self, connection: &mut V1Context, id: RequestId, workflow_id: &str) {
        let subscriptions = self.subscriptions.get_or_insert_default();
        let unsubscribed = self
            .credentials
            .principal()
            .and_then(|_| subscriptions.unsubscribe(workflow_id, &id));
        match unsubscribed {
            Ok(Unsubscribed::Now) => self.respond(connection, id, Ok(Empty {})),
            Ok(Unsubscribed::AfterSubscribe) => {}
            Err(error) => self.send_response(connection, Some(id), Err(error)),
        }
    }
}
