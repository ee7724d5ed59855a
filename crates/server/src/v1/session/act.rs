//! What a client asks for, and what becomes of it.

use std::sync::Arc;

use fast_temporal_core::{Principal, Verb};
use fast_temporal_protocol::{
    ErrorBody, ErrorCode, Json,
    v1::{
        AuthRequest, AuthResult, Empty, Operation as Op, PingResult, Request, RequestId,
        ResultRequest, SubscribeRequest, parse_request,
    },
};
use jiff::Timestamp;
use serde::Serialize;
use tokio::time::timeout;
use tracing::{Instrument as _, Span, info_span};

use super::Session;
use crate::{
    App,
    error::internal_error,
    v1::{
        requests::{Finished, Loss, outcome},
        subscription,
        subscriptions::Wanted,
    },
    verb,
    verb::FilteredSubscription,
};

/// What a request came to.
pub(super) enum Done {
    /// An answer.
    Answered(Result<Json, ErrorBody>),
    /// A reader of that workflow, for the subscription of that number.
    Subscribed(Arc<str>, u64, Result<Box<FilteredSubscription>, ErrorBody>),
    /// Other credentials.
    Authenticated(Result<Principal, ErrorBody>),
}

/// A request that was read: its id, and how long its message was.
struct Asked {
    id: RequestId,
    bytes: usize,
    /// Says in the log what is done, for whom.
    span: Span,
}

impl Session {
    pub(super) fn obey(&mut self, text: &str) {
        let allowed = self.app.limits.count_request(self.socket.permit().client());
        match (parse_request(text), allowed) {
            (Ok(Request { id, operation: op }), Ok(())) => {
                let asked = Asked {
                    id,
                    bytes: text.len(),
                    span: self.span(&op),
                };
                self.act(asked, op);
            }
            (Ok(Request { id, .. }), Err(error)) => self.answer(Some(id), Err(error)),
            (Err((id, error)), allowed) => self.answer(id, Err(allowed.err().unwrap_or(error))),
        }
    }

    fn span(&self, op: &Op) -> Span {
        let user = self.credentials.principal().ok();
        let user = user.and_then(|principal| principal.subject.as_deref());
        let connection = self.connection;
        info_span!(
            "request",
            connection,
            user,
            op = op.name(),
            workflow_id = op.workflow_id()
        )
    }

    fn act(&mut self, asked: Asked, op: Op) {
        use Loss::{Ends, GoesOn};
        match op {
            Op::Auth(request) => self.authenticate(asked, request),
            Op::Ping => {
                let time = Timestamp::now();
                self.answer(Some(asked.id), encode(&PingResult { time }));
            }
            Op::Subscribe(workflow_id, request) => self.subscribe(asked, workflow_id, request),
            Op::Unsubscribe(workflow_id) => self.unsubscribe(asked.id, &workflow_id),
            Op::Start(request) => self.ask(asked, GoesOn, async move |app, me| {
                verb::start(&app, &me, *request).await
            }),
            Op::Signal(target, name, request) => self.ask(asked, GoesOn, async move |app, me| {
                verb::signal(&app, &me, target, name, request).await
            }),
            Op::Query(target, name, request) => self.ask(asked, Ends, async move |app, me| {
                verb::query(&app, &me, target, name, request).await
            }),
            Op::Update(target, name, request) => self.ask(asked, GoesOn, async move |app, me| {
                verb::update(&app, &me, target, name, request).await
            }),
            Op::Cancel(target, request) => self.ask(asked, GoesOn, async move |app, me| {
                verb::cancel(&app, &me, target, request).await
            }),
            Op::Terminate(target, request) => self.ask(asked, GoesOn, async move |app, me| {
                verb::terminate(&app, &me, target, request).await
            }),
            Op::Describe(target) => self.ask(asked, Ends, async move |app, me| {
                verb::describe(&app, &me, target).await
            }),
            Op::List(request) => self.ask(asked, Ends, async move |app, me| {
                verb::list(&app, &me, request).await
            }),
            Op::Result(workflow_id, request) => self.wait(asked, workflow_id, request),
        }
    }

    /// Waits for a workflow's end. That may take long, so not all requests of a connection may do
    /// it at once: some room is left for those that are answered soon, new credentials among them.
    fn wait(&mut self, asked: Asked, workflow_id: String, request: ResultRequest) {
        let waiting = self.waiting.get_or_insert_default();
        let most = self.app.config.v1.max_requests_in_flight * 3 / 4;
        if Arc::strong_count(waiting) > most.max(1) {
            let message = format!("a connection waits for {most} workflows at once at most");
            let error = ErrorBody::new(ErrorCode::TooManyRequests, message);
            return self.answer(Some(asked.id), Err(error));
        }
        let waits = Arc::clone(waiting);
        self.ask(asked, Loss::Ends, async move |app, me| {
            let result = verb::result(&app, &me, workflow_id, request).await;
            drop(waits);
            result
        });
    }

    /// Has a verb carried out.
    fn ask<T: Serialize, F>(
        &mut self,
        asked: Asked,
        loss: Loss,
        verb: impl FnOnce(App, Principal) -> F + Send + 'static,
    ) where
        F: Future<Output = Result<T, ErrorBody>> + Send,
    {
        let principal = match self.credentials.principal() {
            Ok(principal) => principal.clone(),
            Err(error) => return self.answer(Some(asked.id), Err(error)),
        };
        let app = self.app.clone();
        self.begin(asked, loss, async move {
            let result = async move { encode(&verb(app, principal).await?) };
            Done::Answered(outcome(result).await)
        });
    }

    fn begin(
        &mut self,
        asked: Asked,
        loss: Loss,
        request: impl Future<Output = Done> + Send + 'static,
    ) {
        let Asked { id, bytes, span } = asked;
        let request = request.instrument(span);
        self.requests
            .begin(&self.app.tasks, id, bytes, loss, request);
    }

    fn authenticate(&mut self, asked: Asked, request: AuthRequest) {
        self.authenticating = true;
        let app = self.app.clone();
        self.begin(asked, Loss::Ends, async move {
            let checked = outcome(app.auth.authenticate(&request.token));
            let limit = app.config.v1.auth_timeout;
            Done::Authenticated(timeout(limit, checked).await.unwrap_or_else(|_| {
                Err(ErrorBody::new(
                    ErrorCode::AuthUnavailable,
                    "the credentials could not be checked in time",
                ))
            }))
        });
    }

    fn subscribe(&mut self, asked: Asked, workflow_id: String, request: SubscribeRequest) {
        let workflow_id: Arc<str> = workflow_id.into();
        let max = self.app.config.v1.max_subscriptions;
        let principal = self.credentials.principal().cloned();
        let subscriptions = self.subscriptions.get_or_insert_default();
        let workflow_task_started =
            principal.and_then(|me| Ok((me, subscriptions.ask(&workflow_id, max)?)));
        let (me, number) = match workflow_task_started {
            Ok(workflow_task_started) => workflow_task_started,
            Err(error) => return self.answer(Some(asked.id), Err(error)),
        };
        let app = self.app.clone();
        self.begin(asked, Loss::Ends, async move {
            let reader = outcome(verb::subscribe(&app, &me, &workflow_id, &request)).await;
            Done::Subscribed(workflow_id, number, reader.map(Box::new))
        });
    }

    fn unsubscribe(&mut self, id: RequestId, workflow_id: &str) {
        let subscriptions = self.subscriptions.get_or_insert_default();
        let stopped = self
            .credentials
            .principal()
            .and_then(|_| subscriptions.stop(workflow_id, &id));
        match stopped {
            Ok(true) => self.answer(Some(id), encode(&Empty {})),
            // The request to subscribe is answered first.
            Ok(false) => {}
            Err(error) => self.answer(Some(id), Err(error)),
        }
    }

    /// Answers a request that is carried out.
    pub(super) fn finish(&mut self, finished: Finished<Done>) {
        let id = finished.id;
        match finished.outcome {
            Done::Answered(outcome) => self.answer(Some(id), outcome),
            Done::Subscribed(workflow_id, number, reader) => {
                self.begin_to_read(id, &workflow_id, number, reader);
            }
            Done::Authenticated(principal) => {
                self.authenticating = false;
                if principal.as_ref().is_err_and(|error| error.retryable) {
                    self.credentials.wait_on(self.app.config.v1.auth_timeout);
                }
                let renewed = principal.and_then(|principal| self.renew(principal));
                let renewed = renewed.and_then(|result| encode(&result));
                self.answer(Some(id), renewed);
                self.end_forbidden();
            }
        }
    }

    fn renew(&mut self, principal: Principal) -> Result<AuthResult, ErrorBody> {
        let result = AuthResult {
            subject: principal.subject.as_deref().map(str::to_owned),
            expires_at: principal.expires_at,
        };
        self.credentials.check_subject(&principal)?;
        self.socket.permit().set_user(principal.subject.clone())?;
        self.socket.limit_reading(None);
        self.credentials.take(principal);
        Ok(result)
    }

    /// Answers a request to subscribe, and begins to read: the answer comes before the first event.
    fn begin_to_read(
        &mut self,
        id: RequestId,
        workflow_id: &Arc<str>,
        number: u64,
        reader: Result<Box<FilteredSubscription>, ErrorBody>,
    ) {
        let subscriptions = self.subscriptions.get_or_insert_default();
        let wanted = subscriptions.is_wanted(number);
        // Other credentials may have come meanwhile.
        let allowed = |principal| verb::check_target(principal, Verb::Subscribe, workflow_id);
        let reader = self.credentials.principal().and_then(allowed).and(reader);
        let (answer, reader) = match reader {
            Ok(reader) => (encode(&Empty {}), Some(reader)),
            Err(error) => (Err(error), None),
        };
        match (wanted, reader) {
            (Wanted::TakenBackBy(by), _) => {
                self.answer(Some(id), answer);
                self.answer(Some(by), encode(&Empty {}));
            }
            (Wanted::Yes, None) => {
                subscriptions.forget(workflow_id);
                self.answer(Some(id), answer);
            }
            (Wanted::Yes, Some(reader)) => {
                let (news, stop) = subscription::read(Arc::clone(workflow_id), *reader);
                subscriptions.begin(workflow_id, stop);
                self.readers.push(news);
                self.answer(Some(id), answer);
            }
        }
    }
}

/// A result as JSON.
fn encode<T: Serialize>(result: &T) -> Result<Json, ErrorBody> {
    Json::from_value(result).map_err(|_| internal_error())
}
