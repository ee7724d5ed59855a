//! Turns a start request into the call to Temporal: which workflow, its input, and the policies.

use fast_temporal_core::{
    Principal, Verb,
    catalog::{CatalogEntry, Message},
    engine::{StartUpdate, StartWorkflow},
};
use fast_temporal_protocol::{
    ErrorBody, ErrorCode, Json,
    v1::{IdConflictPolicy, IdReusePolicy, StartRequest},
};

use super::{identity::Identity, option};
use crate::{
    App,
    error::{forbidden, invalid_field},
    operation::{
        request_key::{self, random_id},
        validation::{MAX_NAME_BYTES, check_message_name, check_name, check_verb, schema_mismatch},
    },
};

/// The workflow to start, with its catalog entry if it was named by one.
struct Kind<'a> {
    workflow_type: String,
    task_queue: String,
    entry: Option<&'a CatalogEntry>,
}

impl Kind<'_> {
    /// Whether a catalog entry describes the input of this workflow.
    fn matches(&self, entry: &CatalogEntry) -> bool {
        entry.workflow_type == self.workflow_type
            && entry.task_queue == self.task_queue
            && entry.start_signal.is_none()
    }
}

/// Validates a request and turns it into the call to Temporal.
pub(super) fn plan(
    app: &App,
    principal: &Principal,
    identity: &Identity,
    mut request: StartRequest,
) -> Result<StartWorkflow, ErrorBody> {
    let kind = find_kind(app, principal, &request)?;
    let mut args = std::mem::take(&mut request.args).0;
    let catalog = &app.config.catalog;
    let by_type = catalog.iter().map(|(_, entry)| entry);
    let by_type = by_type.filter(|entry| kind.entry.is_none() && kind.matches(entry));
    let entries = kind.entry.into_iter().chain(by_type);
    for input in entries.filter_map(|entry| entry.input.as_ref()) {
        input.check(&args).map_err(schema_mismatch)?;
    }
    let signal = find_signal(principal, &kind, &mut request, &mut args)?;
    let update = find_update(app, principal, identity, &mut request)?;
    if signal.is_some() && update.is_some() {
        return Err(invalid_field(
            "update: cannot be combined with a start signal",
        ));
    }
    let start_delay = request.start_delay_seconds.unwrap_or_default();
    if start_delay != 0.0 && (signal.is_some() || update.is_some()) {
        return Err(invalid_field(
            "start_delay_seconds: cannot be combined with a signal or an update",
        ));
    }
    let check_message = |message, name: &str, args: &[Json]| {
        let outcome = catalog.check(&kind.workflow_type, message, name, args);
        outcome.map_err(schema_mismatch)
    };
    if let Some((name, args)) = &signal {
        check_message(Message::Signal, name, args)?;
    }
    if let Some(update) = &update {
        check_message(Message::Update, &update.name, &update.args)?;
    }
    let (reuse, mut conflict) = find_policies(principal, &request)?;
    if identity.is_new && signal.is_some() && conflict == IdConflictPolicy::Fail {
        // No workflow has this id, and with `Fail` the engine would first describe it.
        conflict = IdConflictPolicy::UseExisting;
    }
    Ok(StartWorkflow {
        workflow_id: identity.workflow_id.clone(),
        workflow_type: kind.workflow_type,
        task_queue: kind.task_queue,
        args,
        signal,
        update,
        request_id: identity.request_key.clone(),
        reuse,
        conflict,
        options: option::options(request)?,
    })
}

fn find_kind<'a>(
    app: &'a App,
    principal: &Principal,
    request: &StartRequest,
) -> Result<Kind<'a>, ErrorBody> {
    let by_type = (&request.workflow_type, &request.task_queue);
    match (&request.workflow, by_type) {
        (Some(_), (Some(_), _) | (_, Some(_))) => Err(invalid_field(
            "workflow: cannot be combined with workflow_type and task_queue",
        )),
        (Some(name), (None, None)) => {
            let allowed = principal.permissions.workflows.contains(name);
            let entry = app.config.catalog.get(name).filter(|_| allowed);
            let entry = entry.ok_or_else(|| {
                ErrorBody::new(
                    ErrorCode::UnknownWorkflow,
                    "workflow: unknown workflow, or you are not permitted to start it",
                )
            })?;
            Ok(Kind {
                workflow_type: entry.workflow_type.clone(),
                task_queue: entry.task_queue.clone(),
                entry: Some(entry),
            })
        }
        (None, (None, None)) => Err(missing(
            "workflow: missing; alternatively give workflow_type and task_queue",
        )),
        (None, (None, Some(_))) => Err(missing("workflow_type: missing")),
        (None, (Some(_), None)) => Err(missing("task_queue: missing")),
        (None, (Some(workflow_type), Some(task_queue))) => {
            if !principal.permissions.any_workflow_type {
                return Err(forbidden(
                    "workflow_type: these credentials permit workflows of the catalog only",
                ));
            }
            check_name("workflow_type", workflow_type, MAX_NAME_BYTES)?;
            check_name("task_queue", task_queue, MAX_NAME_BYTES)?;
            Ok(Kind {
                workflow_type: workflow_type.clone(),
                task_queue: task_queue.clone(),
                entry: None,
            })
        }
    }
}

/// The signal to start with: the client's own, or else the catalog's, which receives the arguments.
fn find_signal(
    principal: &Principal,
    kind: &Kind<'_>,
    request: &mut StartRequest,
    args: &mut Vec<Json>,
) -> Result<Option<(String, Vec<Json>)>, ErrorBody> {
    if let Some(signal) = request.signal.take() {
        // It also reaches a workflow that is already running.
        check_verb(principal, Verb::Signal)?;
        check_message_name("signal.name", &signal.name)?;
        return Ok(Some((signal.name, signal.args.0)));
    }
    let name = kind.entry.and_then(|entry| entry.start_signal.clone());
    Ok(name.map(|name| (name, std::mem::take(args))))
}

fn find_update(
    app: &App,
    principal: &Principal,
    identity: &Identity,
    request: &mut StartRequest,
) -> Result<Option<StartUpdate>, ErrorBody> {
    let Some(update) = request.update.take() else {
        return Ok(None);
    };
    check_verb(principal, Verb::Update)?;
    check_message_name("update.name", &update.name)?;
    request_key::check("update.update_id", update.update_id.as_deref())?;
    // A retry of the start must find its own update and not send another.
    let key = || identity.request_key.clone();
    Ok(Some(StartUpdate {
        update_id: update.update_id.or_else(key).unwrap_or_else(random_id),
        name: update.name,
        args: update.args.0,
        wait_for: update.wait_for,
        timeout: app.config.timeouts.start,
    }))
}

fn find_policies(
    principal: &Principal,
    request: &StartRequest,
) -> Result<(IdReusePolicy, IdConflictPolicy), ErrorBody> {
    let conflict = request.id_conflict_policy.unwrap_or(IdConflictPolicy::Fail);
    let default_reuse = match conflict {
        // To replace a running workflow makes no sense if a closed one blocked the start.
        IdConflictPolicy::TerminateExisting => {
            check_verb(principal, Verb::Terminate)?;
            IdReusePolicy::AllowDuplicate
        }
        IdConflictPolicy::Fail | IdConflictPolicy::UseExisting => IdReusePolicy::RejectDuplicate,
    };
    Ok((request.id_reuse_policy.unwrap_or(default_reuse), conflict))
}

fn missing(message: &'static str) -> ErrorBody {
    ErrorBody::new(ErrorCode::MissingField, message)
}
