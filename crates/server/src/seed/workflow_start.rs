//! Starting a workflow for a user: whether the message is permitted to, and the start itself.

use std::{slice, sync::Arc};

use fast_temporal_core::{
    Allowed, EngineError, EngineErrorKind, Principal, SubscribeError, Subscription,
    catalog::{CatalogEntry, Message},
    engine::StartWorkflow,
    owner,
};
use fast_temporal_protocol::{ErrorBody, Json, seed::SeedWorkflow, v1::IdConflictPolicy};
use tokio::time::timeout;
use tracing::{info, info_span};

use super::user::{User, UserWorkflow};
use crate::{
    App,
    error::{forbidden, public_error},
    operation::{
        request_key::random_id,
        validation::{MAX_NAME_BYTES, check_message_name, check_name, schema_mismatch},
    },
};

/// Checks that a message can start the workflow that it names with these arguments.
///
/// Messages name workflows by type and task queue. A principal that is not permitted to start any
/// type can start a workflow of the catalog under a name that it is permitted to start, and the
/// default workflow if it is permitted to start every name. The catalog's schemas apply here, too.
pub(super) fn check_start(
    app: &App,
    principal: &Principal,
    workflow: &SeedWorkflow,
    args: &Json,
) -> Result<(), ErrorBody> {
    check_name(
        "workflow.workflow_name",
        &workflow.workflow_name,
        MAX_NAME_BYTES,
    )?;
    let task_queue = &workflow.workflow_task_queue;
    check_name("workflow.workflow_task_queue", task_queue, MAX_NAME_BYTES)?;
    if let Some(signal) = &workflow.start_signal_function {
        check_message_name("workflow.start_signal_function", signal)?;
    }
    let permissions = &principal.permissions;
    let entries = app.config.catalog.iter();
    let entries: Vec<_> = entries
        .filter(|(_, entry)| is_same(entry, workflow))
        .collect();
    let is_default = app.config.seed.default_workflow.as_ref() == Some(workflow);
    let is_permitted = permissions.any_workflow_type
        || entries
            .iter()
            .any(|(name, _)| permissions.workflows.contains(name))
        || is_default && permissions.workflows == Allowed::All;
    if !is_permitted {
        return Err(forbidden(
            "these credentials are not permitted to start this workflow",
        ));
    }
    let args = slice::from_ref(args);
    for input in entries.iter().filter_map(|(_, entry)| entry.input.as_ref()) {
        input.check(args).map_err(schema_mismatch)?;
    }
    match &workflow.start_signal_function {
        Some(signal) => app
            .config
            .catalog
            .check(&workflow.workflow_name, Message::Signal, signal, args)
            .map_err(schema_mismatch),
        None => Ok(()),
    }
}

fn is_same(entry: &CatalogEntry, workflow: &SeedWorkflow) -> bool {
    entry.workflow_type == workflow.workflow_name
        && entry.task_queue == workflow.workflow_task_queue
        && entry.start_signal == workflow.start_signal_function
}

/// Starts a workflow, and adds it for all connections of the user. Must run to completion even if
/// the connection that requested it closes.
pub(super) async fn start_workflow(
    app: App,
    user: Arc<User>,
    connection: u64,
    workflow: SeedWorkflow,
    args: Json,
) -> Result<(), ErrorBody> {
    let id = format!("{}{}", owner::prefix(user.id()), random_id());
    let workflow_id: Arc<str> = id.into();
    user.begin_start(&workflow_id);
    let outcome = start(&app, &workflow_id, workflow, args).await;
    match outcome {
        Ok(subscription) => {
            let run_id = subscription.run_id();
            info!(connection, user = &**user.id(), %workflow_id, %run_id, "started a workflow");
            let workflow = UserWorkflow::new(subscription, Some(connection));
            user.end_start(&workflow_id, Some(workflow));
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

async fn start(
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
        // The id is new. With the other policy, the engine describes it before it sends a signal.
        conflict: IdConflictPolicy::UseExisting,
        ..StartWorkflow::new(
            Arc::clone(workflow_id),
            workflow.workflow_name,
            workflow.workflow_task_queue,
        )
    };
    let limit = app.config.timeouts.start;
    let no_response = |_| EngineError::new(EngineErrorKind::Timeout, "no response to a start");
    let outcome = timeout(limit, app.registry.engine().start(start)).await;
    match outcome.map_err(no_response).flatten() {
        Ok(started) => Ok(app.registry.subscribe_started(workflow_id, &started)),
        // The id is new, so this request itself has started it, and its response was lost.
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
