//! The state of a `seed` connection: its messages start workflows, and it receives the frames of all
//! of its user's workflows.

use std::{
    sync::Arc,
    task::{Context, Poll, ready},
};

use fast_temporal_core::Principal;
use fast_temporal_protocol::{
    ErrorBody, ErrorCode, Json,
    seed::{SeedFrame, SeedRequest, SeedWorkflow, parse_request},
};
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use tokio::task::JoinHandle;
use tracing::debug;

use super::{
    frame_stream::{SeedUpdate, frame_stream},
    user::UserConnection,
    workflow_discovery,
    workflow_start::{check_start, start_workflow},
};
use crate::{
    App,
    auth::expiry::Expiry,
    connection::{context::ConnectionContext, dialect::Dialect, update_streams::poll_slot},
    error::panic_to_internal,
};

type SeedContext = ConnectionContext<SeedUpdate>;
type StartOutcome = Result<(), ErrorBody>;

/// The `seed` dialect on one connection.
pub(super) struct SeedDialect {
    principal: Principal,
    user: UserConnection,
    /// The starts in flight. They continue when the connection closes.
    starts: Option<Box<FuturesUnordered<JoinHandle<StartOutcome>>>>,
    /// How many workflows that this connection started are running, or about to.
    workflows_in_flight: usize,
}

impl SeedDialect {
    pub(super) fn new(app: &App, principal: Principal, user_id: &str) -> Self {
        let (user, start_discovery) = app.users.connect(user_id);
        if start_discovery {
            app.tasks.spawn(workflow_discovery::run(app.clone()));
        }
        Self {
            principal,
            user,
            starts: None,
            workflows_in_flight: 0,
        }
    }

    fn start(
        &mut self,
        connection: &SeedContext,
        args: Json,
        workflow: Option<SeedWorkflow>,
    ) -> Result<(), ErrorBody> {
        let app = &connection.app;
        let workflow = workflow.or_else(|| app.config.seed.default_workflow.clone());
        let workflow = workflow.ok_or_else(|| {
            let message = "the message names no workflow, and the gateway has no default workflow";
            ErrorBody::new(ErrorCode::UnknownWorkflow, message)
        })?;
        check_start(app, &self.principal, &workflow, &args)?;
        let max = app.config.seed.max_workflows_in_flight;
        if self.workflows_in_flight >= max {
            let message = format!("too many workflows: a connection can have {max} running");
            return Err(ErrorBody::new(ErrorCode::TooManyWorkflows, message));
        }
        self.workflows_in_flight += 1;
        let user = Arc::clone(self.user.user());
        let start = start_workflow(app.clone(), user, connection.id, workflow, args);
        let starts = self.starts.get_or_insert_default();
        starts.push(app.tasks.spawn(start));
        Ok(())
    }
}

impl Dialect for SeedDialect {
    type Update = SeedUpdate;

    fn user(&self) -> Option<&str> {
        Some(self.user.user().id())
    }

    fn can_read(&self, app: &App) -> bool {
        let starts = self.starts.as_ref().map_or(0, |starts| starts.len());
        starts < app.config.seed.max_starts_in_flight
    }

    fn handle_text(&mut self, connection: &mut SeedContext, text: &str) {
        let request = parse_request(text);
        // The package's client sends every frame back. That is not a request.
        if matches!(request, Ok(SeedRequest::Echo)) {
            return;
        }
        let started = connection
            .count_request()
            .and(request)
            .and_then(|request| match request {
                SeedRequest::Echo => Ok(()),
                SeedRequest::Start { args, workflow } => self.start(connection, args, workflow),
            });
        if let Err(error) = started {
            self.send_error(connection, error);
        }
    }

    fn send_error(&mut self, connection: &mut SeedContext, error: ErrorBody) {
        debug!(connection = connection.id, user = self.user(), code = %error.code, "request failed");
        connection.send(SeedFrame::error(&error).encode());
    }

    fn send_update(&mut self, connection: &mut SeedContext, update: SeedUpdate) {
        for entry in &update.entries {
            if let Some(frame) = entry.seed() {
                connection.send_shared(frame);
            }
        }
        if let Some(frame) = update.frame {
            connection.send(frame);
        }
        if let Some(workflow) = update.closed {
            if workflow.starter == Some(connection.id) {
                self.workflows_in_flight -= 1;
            }
            self.user.user().remove_closed();
        }
    }

    fn poll_work(&mut self, connection: &mut SeedContext, cx: &mut Context<'_>) -> Poll<()> {
        if let Poll::Ready(outcome) = poll_slot(&mut self.starts, cx) {
            if let Err(error) = panic_to_internal(outcome) {
                self.workflows_in_flight -= 1;
                self.send_error(connection, error);
            }
            return Poll::Ready(());
        }
        for workflow in ready!(self.user.poll_workflows(cx)) {
            connection.add_updates(frame_stream(connection.app.clone(), workflow));
        }
        Poll::Ready(())
    }

    fn send_expiry_warning(&mut self, connection: &mut SeedContext, _: Timestamp) {
        self.send_error(connection, Expiry::error());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::idle_bytes;

    #[test]
    fn an_idle_connection_is_small() {
        // With its socket's buffers and what the runtime allocates, a connection may cost 6 KiB.
        let bytes = idle_bytes::<SeedDialect>();
        assert!(bytes <= 2048, "{bytes}");
    }
}
