//! Starts workflows for a user.

use std::sync::Arc;

use fast_temporal_core::{
    EngineError, EngineErrorKind, SubscribeError, Subscription, engine::StartWorkflow, owner,
};
use fast_temporal_protocol::{ErrorBody, Json, seed::SeedWorkflow, v1::IdConflictPolicy};
use tokio::time::timeout;
use tracing::{info, info_span};
use uuid::Uuid;

use super::user::{Followed, User};
use crate::{App, error::public_error};

/// Starts a workflow and lists it for all connections of the user. It does not depend on the
/// connection that asked for it: once asked, a workflow is started.
pub(super) async fn start(
    app: App,
    user: Arc<User>,
    connection: u64,
    workflow: SeedWorkflow,
    args: Json,
) -> Result<(), ErrorBody> {
    let id = format!("{}{}", owner::prefix(user.id()), Uuid::new_v4());
    let workflow_id: Arc<str> = id.into();
    user.begin_start(&workflow_id);
    let outcome = request(&app, &workflow_id, workflow, args).await;
    match outcome {
        Ok(subscription) => {
            let run_id = subscription.run_id();
            info!(connection, user = &**user.id(), %workflow_id, %run_id, "started a workflow");
            let followed = Followed::new(subscription, Some(connection));
            user.end_start(&workflow_id, Some(followed));
            Ok(())
        }
        Err(error) => {
            user.end_start(&workflow_id, None);
            let user = &**user.id();
            let span = info_span!("start", connection, user, %workflow_id);
            Err(span.in_scope(|| public_error(error)))
        }
    }
}

async fn request(
    app: &App,
    workflow_id: &Arc<str>,
    workflow: SeedWorkflow,
    args: Json,
) -> Result<Subscription, EngineError> {
    let (args, signal) = match workflow.start_signal_function {
        Some(signal) => (Vec::new(), Some((signal, vec![args]))),
        None => (vec![args], None),
    };
    let start = StartWorkflow {
        args,
        signal,
        // The id is new. Where the other policy counts, the engine looks before it sends a signal.
        conflict: IdConflictPolicy::UseExisting,
        ..StartWorkflow::new(
            Arc::clone(workflow_id),
            workflow.workflow_name,
            workflow.workflow_task_queue,
        )
    };
    let limit = app.config.verbs.start;
    let no_answer = |_| EngineError::new(EngineErrorKind::Timeout, "no answer to a start");
    match timeout(limit, app.registry.engine().start(start))
        .await
        .map_err(no_answer)?
    {
        Ok(started) => Ok(app.registry.subscribe_started(workflow_id, &started)),
        // The id is new, so this is the same request's own work, whose answer was lost.
        Err(error) if error.kind == EngineErrorKind::AlreadyStarted => {
            match app.registry.subscribe(workflow_id, None).await {
                Ok(subscription) => Ok(subscription),
                Err(SubscribeError::Engine(error)) => Err(error),
                Err(_) => Err(error),
            }
        }
        Err(error) => Err(error),
    }
}
