//! Whether a message may start the workflow that it names, with those arguments.

use fast_temporal_core::{
    Allowed, Principal,
    catalog::{CatalogEntry, Message},
};
use fast_temporal_protocol::{ErrorBody, ErrorCode, Json, seed::SeedWorkflow};

use crate::{
    App,
    verb::{MAX_NAME_BYTES, check_message_name, check_name, mismatch},
};

/// Messages name workflows by type and task queue. Who may not start any type may start what the
/// catalog has under a name that they may start, and the configured workflow where they may start
/// any name. What the catalog says of arguments holds here, too.
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
    let is_configured = app.config.seed.default_workflow.as_ref() == Some(workflow);
    let allowed = permissions.any_workflow_type
        || entries
            .iter()
            .any(|(name, _)| permissions.workflows.holds(name))
        || is_configured && permissions.workflows == Allowed::All;
    if !allowed {
        return Err(ErrorBody::new(
            ErrorCode::Forbidden,
            "these credentials do not start this workflow",
        ));
    }
    let args = std::slice::from_ref(args);
    for input in entries.iter().filter_map(|(_, entry)| entry.input.as_ref()) {
        input.check(args).map_err(mismatch)?;
    }
    match &workflow.start_signal_function {
        Some(signal) => app
            .config
            .catalog
            .check(&workflow.workflow_name, Message::Signal, signal, args)
            .map_err(mismatch),
        None => Ok(()),
    }
}

fn is_same(entry: &CatalogEntry, workflow: &SeedWorkflow) -> bool {
    entry.workflow_type == workflow.workflow_name
        && entry.task_queue == workflow.workflow_task_queue
        && entry.start_signal == workflow.start_signal_function
}
