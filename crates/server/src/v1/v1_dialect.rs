//! The state of a `v1` connection, and what it sends.

use std::{
    sync::Arc,
    task::{Context, Poll, ready},
};

use fast_temporal_core::{PayloadAccess, Principal, Verb};
use fast_temporal_protocol::{
    ErrorBody, Json,
    v1::{AuthResult, Empty, Notice, RequestId, Response},
};
use jiff::Timestamp;
use serde::Serialize;
use tokio::time::Instant;
use tracing::debug;

use super::{
    credentials::Credentials,
    pending_requests::{FinishedRequest, PendingRequests},
    subscription_set::{SubscribeStatus, SubscriptionSet},
    update_stream::{SubscriptionUpdate, UpdateContent, update_stream},
};
use crate::{
    App,
    connection::{context::ConnectionContext, dialect::Dialect},
    error::internal_error,
    operation::{
        subscribe::filtered_subscription::FilteredSubscription, validation::check_workflow,
    },
    websocket::close_reason::CloseReason,
};

/// The maximum number of cursors in one heartbeat message.
const MAX_HEARTBEAT_CURSORS: usize = 100;
/// A heartbeat without cursors. Shared, as most are.
const EMPTY_HEARTBEAT: &str = "{\"heartbeat\":{\"cursors\":{}}}";

/// The context of a `v1` connection.
pub(super) type V1Context = ConnectionContext<SubscriptionUpdate>;

/// The `v1` dialect on one connection.
pub(super) struct V1Dialect {
    pub(super) credentials: Credentials,
    pub(super) subscriptions: Option<Box<SubscriptionSet>>,
    pub(super) requests: PendingRequests<RequestOutcome>,
    /// New credentials are being checked. The messages after them wait for the outcome.
    pub(super) is_authenticating: bool,
    /// A clone is held by each request that waits for a workflow's result.
    pub(super) result_waits: Option<Arc<()>>,
}

/// What a request results in.
pub(super) enum RequestOutcome {
    Response(Result<Json, ErrorBody>),
    /// The subscription of that number to that workflow.
    Subscription(Arc<str>, u64, Result<Box<FilteredSubscription>, ErrorBody>),
    Credentials(Result<Principal, ErrorBody>),
}

impl V1Dialect {
    pub(super) fn new(app: &App, principal: Option<Principal>) -> Self {
        Self {
            credentials: Credentials::new(principal, app.config.v1.auth_timeout),
            subscriptions: None,
            requests: PendingRequests::default(),
            is_authenticating: false,
            result_waits: None,
        }
    }

    pub(super) fn respond<T: Serialize>(
        &self,
        connection: &mut V1Context,
        id: RequestId,
        result: Result<T, ErrorBody>,
    ) {
        self.send_response(connection, Some(id), result.and_then(|it| encode(&it)));
    }

    pub(super) fn send_response(
        &self,
        connection: &mut V1Context,
        id: Option<RequestId>,
        outcome: Result<Json, ErrorBody>,
    ) {
        if let Err(error) = &outcome {
            debug!(connection = connection.id, user = self.user(), code = %error.code, "request failed");
        }
        connection.send(Response { id, outcome }.encode());
    }

    /// Which payloads the client can see with the credentials that it has now.
    fn payload_access(&self) -> PayloadAccess {
        let principal = self.credentials.principal();
        principal.map_or(PayloadAccess::Hidden, |it| {
            PayloadAccess::of(&it.permissions)
        })
    }

    fn finish_request(
        &mut self,
        connection: &mut V1Context,
        finished: FinishedRequest<RequestOutcome>,
    ) {
        let id = finished.id;
        match finished.outcome {
            RequestOutcome::Response(outcome) => self.send_response(connection, Some(id), outcome),
            RequestOutcome::Subscription(workflow_id, number, subscription) => {
                self.finish_subscribe(connection, id, &workflow_id, number, subscription);
            }
            RequestOutcome::Credentials(principal) => {
                self.is_authenticating = false;
                if principal.as_ref().is_err_and(|error| error.retryable) {
                    let auth_timeout = connection.app.config.v1.auth_timeout;
                    self.credentials.extend_deadline(auth_timeout);
                }
                let result = principal.and_then(|it| self.set_credentials(connection, it));
                self.respond(connection, id, result);
                self.end_forbidden_subscriptions(connection);
            }
        }
    }

    fn set_credentials(
        &mut self,
        connection: &mut V1Context,
        principal: Principal,
    ) -> Result<AuthResult, ErrorBody> {
        let result = AuthResult {
            subject: principal.subject.as_deref().map(str::to_owned),
            expires_at: principal.expires_at,
        };
        self.credentials.check_subject(&principal)?;
        connection.authenticate(&principal)?;
        self.credentials = Credentials::Accepted(principal);
        Ok(result)
    }

    /// Answers a subscribe request, and then starts the subscription: the response precedes the first
    /// event.
    fn finish_subscribe(
        &mut self,
        connection: &mut V1Context,
        id: RequestId,
        workflow_id: &Arc<str>,
        number: u64,
        subscription: Result<Box<FilteredSubscription>, ErrorBody>,
    ) {
        // The credentials may have changed while the request was in flight.
        let check = |principal| check_workflow(principal, Verb::Subscribe, workflow_id);
        let subscription = self
            .credentials
            .principal()
            .and_then(check)
            .and(subscription);
        let subscriptions = self.subscriptions.get_or_insert_default();
        let status = subscriptions.complete(number);
        let response = subscription
            .as_ref()
            .map(|_| Empty {})
            .map_err(Clone::clone);
        if status == SubscribeStatus::Wanted {
            match subscription {
                Ok(subscription) => {
                    let (updates, stop) = update_stream(Arc::clone(workflow_id), *subscription);
                    subscriptions.set_open(workflow_id, stop);
                    connection.add_updates(updates);
                }
                Err(_) => subscriptions.remove(workflow_id),
            }
        }
        self.respond(connection, id, response);
        if let SubscribeStatus::CancelledBy(unsubscribe) = status {
            self.respond(connection, unsubscribe, Ok(Empty {}));
        }
    }

    /// Ends the subscriptions that the new credentials do not permit.
    fn end_forbidden_subscriptions(&mut self, connection: &mut V1Context) {
        let (Some(subscriptions), Ok(principal)) =
            (&mut self.subscriptions, self.credentials.principal())
        else {
            return;
        };
        for workflow_id in subscriptions.open_workflows() {
            if let Err(error) = check_workflow(principal, Verb::Subscribe, &workflow_id) {
                subscriptions.remove(&workflow_id);
                let workflow_id = workflow_id.to_string();
                connection.send(Notice::SubscriptionFailed { workflow_id, error }.encode());
            }
        }
    }
}

impl Dialect for V1Dialect {
    type Update = SubscriptionUpdate;

    fn user(&self) -> Option<&str> {
        let principal = self.credentials.principal().ok()?;
        principal.subject.as_deref()
    }

    fn can_read(&self, app: &App) -> bool {
        !self.is_authenticating
            && self.requests.count() < app.config.v1.max_requests_in_flight
            && self.requests.message_bytes() < app.config.requests.max_message_bytes
    }

    fn handle_text(&mut self, connection: &mut V1Context, text: &str) {
        self.handle_request(connection, text);
    }

    fn send_error(&mut self, connection: &mut V1Context, error: ErrorBody) {
        self.send_response(connection, None, Err(error));
    }

    fn send_update(&mut self, connection: &mut V1Context, update: SubscriptionUpdate) {
        let workflow_id = update.workflow_id;
        let access = self.payload_access();
        let subscriptions = self.subscriptions.get_or_insert_default();
        match update.content {
            UpdateContent::Events(entries, cursor) => {
                subscriptions.set_unsent_cursor(&workflow_id, cursor);
                for entry in &entries {
                    connection.send_shared(entry.frame(access));
                }
            }
            UpdateContent::Progress(activities) => {
                for activity in &activities {
                    connection.send_shared(activity.frame(access));
                }
            }
            UpdateContent::Notice(notice) => {
                // This notice alone carries no cursor, so an unsent one stays unsent.
                if !matches!(notice, Notice::StreamUnavailable { .. }) {
                    subscriptions.set_unsent_cursor(&workflow_id, None);
                }
                connection.send(notice.encode());
            }
            UpdateContent::Ended(notice) => {
                subscriptions.remove(&workflow_id);
                connection.send(notice.encode());
            }
        }
    }

    fn poll_work(&mut self, connection: &mut V1Context, cx: &mut Context<'_>) -> Poll<()> {
        let finished = ready!(self.requests.poll_next(cx));
        self.finish_request(connection, finished);
        Poll::Ready(())
    }

    fn send_expiry_warning(&mut self, connection: &mut V1Context, expires_at: Timestamp) {
        connection.send(Notice::CredentialsExpiring { expires_at }.encode());
    }

    fn send_heartbeat(&mut self, connection: &mut V1Context) {
        if !connection.has_room() {
            // The frames that wait show as well that the gateway is alive.
            return;
        }
        let cursors = self
            .subscriptions
            .as_mut()
            .map_or_else(Vec::new, |it| it.take_unsent_cursors(MAX_HEARTBEAT_CURSORS));
        if cursors.is_empty() {
            connection.send(EMPTY_HEARTBEAT);
        }
        for cursors in cursors {
            connection.send(Notice::Heartbeat { cursors }.encode());
        }
    }

    fn deadline(&self) -> Option<(Instant, CloseReason)> {
        // The check of credentials has a time limit of its own.
        let deadline = self.credentials.deadline()?;
        (!self.is_authenticating).then_some((deadline, CloseReason::CredentialsMissing))
    }
}

/// A result as JSON.
pub(super) fn encode<T: Serialize>(result: &T) -> Result<Json, ErrorBody> {
    Json::from_value(result).map_err(|_| internal_error())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::idle_bytes;

    #[test]
    fn an_idle_connection_is_small() {
        // With its socket's buffers and what the runtime allocates, a connection may cost 6 KiB.
        let bytes = idle_bytes::<V1Dialect>();
        assert!(bytes <= 2048, "{bytes}");
    }
}
