//! `start`.

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
use super::{call, message::update_result, validation::check_verb};
use crate::App;

/// Starts a workflow. A second start by the same principal with the same request id returns what the
/// first one started.
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
    let started = call(app.config.timeouts.start, async {
        if identity.is_derived {
            start_or_find(engine, start).await
        } else {
            engine.start(start).await
        }
    })
    .await?;
    let run_id = &*started.run_id;
    info!(%workflow_id, run_id, existing = started.existing, "started a workflow");
    let update = started
        .update
        .map(|update| update_result(principal, update))
        .transpose()?;
    Ok(StartResult {
        workflow_id: workflow_id.to_string(),
        run_id: started.run_id.to_string(),
        existing: started.existing,
        update,
    })
}

/// Starts a workflow whose id is derived from the request id. If one with this id exists, the same
/// request started it, even if it has closed since.
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
        // Its id is derived from the request id too, so this only fetches its outcome.
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
