//! Finds running workflows of connected users that another node started, or this one before it was
//! restarted: one task per node, and at most one visibility query at a time and per interval.
//!
//! Best effort, as the dialect has no cursors: visibility lags, and the pages read are bounded.

use std::{collections::HashMap, sync::Arc, time::Duration};

use fast_temporal_core::{
    Backoff, EngineError, EngineErrorKind, SubscribeError,
    engine::{ListWorkflows, RunStatus},
    jittered, owner,
    visibility_query::{Filter, TextField},
};
use fast_temporal_protocol::v1::WorkflowStatus;
use futures_util::stream::{self, StreamExt as _};
use jiff::{SignedDuration, Timestamp};
use tokio::time::sleep;
use tracing::{debug, warn};

use super::user::{User, UserWorkflow};
use crate::{App, error::log_failure};

/// How long the first round waits for further users who connect at the same time.
const FIRST_DELAY: Duration = Duration::from_millis(50);
/// Up to this number of users are named in a query. For more, all running workflows are read.
const MAX_NAMED_USERS: usize = 50;
/// How far a round goes back before the last one: visibility lags, and clocks differ.
const OVERLAP: SignedDuration = SignedDuration::from_secs(30);
/// The maximum number of pages that a round reads.
const MAX_PAGES: usize = 20;
/// How many workflows are described at a time.
const MAX_CONCURRENT_LOOKUPS: usize = 8;
/// The longest pause after failures, unless the interval is longer.
const MAX_PAUSE: Duration = Duration::from_mins(1);

/// Runs while this node has users.
pub(super) async fn run(app: App) {
    app.draining.run_until_cancelled(rounds(&app)).await;
}

async fn rounds(app: &App) {
    let interval = app.config.seed.discovery_interval;
    let mut since = None;
    let mut backoff = Backoff::new(interval.saturating_mul(2), MAX_PAUSE.max(interval));
    sleep(FIRST_DELAY.min(interval)).await;
    loop {
        let began = Timestamp::now();
        let pause = match round(app, since).await {
            Ok(()) => {
                since = Some(began);
                backoff.reset();
                jittered(interval)
            }
            Err(error) => {
                if backoff.failures() == 0 {
                    log_failure("discover running workflows", &error);
                }
                backoff.next_wait()
            }
        };
        sleep(pause).await;
        if !app.users.remove_disconnected() {
            return;
        }
    }
}

async fn round(app: &App, since: Option<Timestamp>) -> Result<(), EngineError> {
    let connected = app.users.connected();
    if connected.is_empty() {
        return Ok(());
    }
    let (discovered, new): (Vec<_>, Vec<_>) =
        connected.into_iter().partition(|user| user.is_discovered());
    let since = since.filter(|_| !discovered.is_empty());
    let found = find_unknown(app, &query(since, &new)).await?;
    let mut lookups = stream::iter(found)
        .map(|(user, workflow_id)| follow(app, user, workflow_id))
        .buffer_unordered(MAX_CONCURRENT_LOOKUPS);
    while let Some(outcome) = lookups.next().await {
        outcome?;
    }
    for user in new {
        user.set_discovered();
    }
    Ok(())
}

/// Matches the running workflows that started recently, and all of users who are new here.
fn query(since: Option<Timestamp>, new_users: &[Arc<User>]) -> String {
    let of_any_user = || Filter::starts_with(TextField::WorkflowId, "~");
    let mut any = Vec::new();
    if new_users.len() > MAX_NAMED_USERS {
        any.push(of_any_user());
    } else {
        if let Some(since) = since {
            let from = since.saturating_sub(OVERLAP).unwrap_or(Timestamp::MIN);
            any.push(Filter::all([
                of_any_user(),
                Filter::started_at_or_after(from),
            ]));
        }
        any.extend(
            new_users
                .iter()
                .map(|user| Filter::starts_with(TextField::WorkflowId, &owner::prefix(user.id()))),
        );
    }
    let running = WorkflowStatus::Running.visibility_name();
    Filter::all([
        Filter::equals(TextField::ExecutionStatus, running),
        Filter::any(any),
    ])
    .to_string()
}

/// Returns the workflows of this node's users that are not followed yet.
async fn find_unknown(app: &App, query: &str) -> Result<Vec<(Arc<User>, Arc<str>)>, EngineError> {
    let mut by_user: HashMap<String, Vec<Arc<str>>> = HashMap::new();
    let mut page_token = Vec::new();
    for page in 1.. {
        let list = ListWorkflows {
            query: query.to_owned(),
            page_size: None,
            page_token,
        };
        let list = app.registry.engine().list(list).await?;
        for workflow in list.workflows {
            if let Some(owner) = owner::of(&workflow.workflow_id) {
                by_user.entry(owner).or_default().push(workflow.workflow_id);
            }
        }
        page_token = list.next_page_token;
        if page_token.is_empty() {
            break;
        }
        if page == MAX_PAGES {
            warn!("too many running workflows to read: some are not shown to their users");
            break;
        }
    }
    let mut found = Vec::new();
    for (user_id, mut workflow_ids) in by_user {
        let Some(user) = app.users.find(&user_id) else {
            continue;
        };
        // The query ignores case, and this check does not.
        workflow_ids.retain(|workflow_id| owner::owns(&user_id, workflow_id));
        workflow_ids.sort_unstable();
        workflow_ids.dedup();
        for workflow_id in user.unknown(workflow_ids) {
            found.push((Arc::clone(&user), workflow_id));
        }
    }
    Ok(found)
}

/// Follows a workflow unless it is closed. Visibility lags: it still lists workflows that were closed a
/// moment ago, whose end the user may have received. So the workflow is described first.
async fn follow(app: &App, user: Arc<User>, workflow_id: Arc<str>) -> Result<(), EngineError> {
    match app.registry.engine().describe(&workflow_id, None).await {
        Ok(described) if described.status == RunStatus::Closed => return Ok(()),
        Ok(_) => {}
        Err(error) if error.kind == EngineErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    }
    match app.registry.subscribe(&workflow_id, None).await {
        Ok(subscription) if !subscription.is_finished() => {
            debug!(user = &**user.id(), %workflow_id, "discovered a running workflow");
            user.add(UserWorkflow::new(subscription, None));
            Ok(())
        }
        Err(SubscribeError::Engine(error)) if error.kind != EngineErrorKind::NotFound => Err(error),
        // It has closed or was deleted. Without a cursor there is no other error.
        Ok(_) | Err(_) => Ok(()),
    }
}
