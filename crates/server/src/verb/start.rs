//! `start`

mod identity;
mod option;
mod plan;

use std::sync::Arc;

use fast_temporal_core::{
    EngineError, EngineErrorKind, Principal, Verb,
    engine::{Engine, StartOutcome, StartWorkflow, UpdateWorkflow},
};
use fast_temporal_protocol::{
    ErrorBody,
    v1::{StartRequest, StartResult},
};
use tracing::info;

use self::identity::Identity;
use super::{access::check_verb, update, within};
use crate::{App, error::public_error};

/// Starts a workflow. The same principal's second start with the same request id answers with what
/// the first one started.
pub(crate) async fn start(
    app: &App,
    principal: &Principal,
    request: StartRequest,
) -> Result<StartResult, ErrorBody> {
    check_verb(principal, Verb::Start)?;
    let identity = Identity::of(principal, &request)?;
    let start = plan::plan(app, principal, &identity, request)?;
    let workflow_id = Arc::clone(&start.workflow_id);
    let engine = &**app.registry.engine();
    let started = within(app.config.verbs.start, async {
        if identity.is_derived {
            start_or_find(engine, start).await.map_err(public_error)
        } else {
            engine.start(start).await.map_err(public_error)
        }
    })
    .await?;
    let run_id = &*started.run_id;
    info!(%workflow_id, run_id, existing = started.existing, "started a workflow");
    let update = started
        .update
        .map(|updated| update::outcome(principal, updated))
        .transpose()?;
    Ok(StartResult {
        workflow_id: workflow_id.to_string(),
        run_id: started.run_id.to_string(),
        existing: started.existing,
        update,
    })
}

/// Starts a workflow whose id is made of the request id. One that is there already was started by
/// the same request, whatever has become of it since.
async fn start_or_find(
    engine: &dyn Engine,
    start: StartWorkflow,
) -> Result<StartOutcome, EngineError> {
    let workflow_id = Arc::clone(&start.workflow_id);
    let update = start.update.clone();
    match engine.start(start).await {
        Err(error) if error.kind == EngineErrorKind::AlreadyStarted => {}
        outcome => return outcome,
    }
    let existing = engine.describe(&workflow_id, None).await?;
    let update = match update {
        // Its id is made of the request id, too: this only asks what it came to.
        Some(update) => {
            let run_id = Some(Arc::clone(&existing.run_id));
            let update = UpdateWorkflow {
                workflow_id,
                run_id,
                update,
            };
            Some(engine.update(update).await?)
        }
        None => None,
    };
    Ok(StartOutcome {
        run_id: existing.first_run_id,
        existing: true,
        update,
    })
}
