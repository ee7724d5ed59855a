//! Finds running workflows of connected users that were started on other nodes, or before this one
//! began: one task per node, at most one visibility query at a time and per interval.
//!
//! Best effort, as the protocol carries no cursors: visibility lags, and its pages are bounded.

use std::{collections::HashMap, fmt::Write as _, sync::Arc, time::Duration};

use fast_temporal_core::{
    EngineError, EngineErrorKind, SubscribeError,
    engine::{ListWorkflows, RunStatus},
    owner,
};
use futures_util::stream::{self, StreamExt as _};
use jiff::{SignedDuration, Timestamp};
use tokio::{select, time::sleep};
use tracing::{debug, warn};

use super::user::{Followed, User};
use crate::App;

/// How long the first round waits for others who connect at the same time.
const GATHER: Duration = Duration::from_millis(50);
/// Up to so many users are asked for by name; for more, all that runs is looked through.
const NAMED_USERS: usize = 50;
/// How far a round looks back before the last one: visibility lags, and clocks differ.
const OVERLAP: SignedDuration = SignedDuration::from_secs(30);
/// How many pages a round reads at most.
const MAX_PAGES: usize = 20;
/// How many workflows are looked at together.
const CONCURRENCY: usize = 8;
/// The longest pause after failures.
const MAX_PAUSE: Duration = Duration::from_mins(1);

/// Runs while there are users.
pub(super) async fn run(app: App) {
    let draining = app.draining.clone();
    select! {
        biased;
        () = draining.cancelled() => {}
        () = rounds(&app) => {}
    }
}

async fn rounds(app: &App) {
    let interval = app.config.seed.discovery_interval;
    let mut since = None;
    let mut failures = 0;
    sleep(GATHER.min(interval)).await;
    loop {
        let began = Timestamp::now();
        match round(app, since).await {
            Ok(()) => {
                since = Some(began);
                failures = 0;
            }
            Err(error) => {
                if failures == 0 {
                    warn!(%error, "can't look for running workflows");
                }
                failures += 1;
            }
        }
        let pause = interval
            .saturating_mul(1 << failures.min(6))
            .min(MAX_PAUSE.max(interval));
        sleep(pause.mul_f64(1.0 + fastrand::f64() / 10.0)).await;
        if !app.hub.forget_gone() {
            return;
        }
    }
}

async fn round(app: &App, since: Option<Timestamp>) -> Result<(), EngineError> {
    let connected = app.hub.connected();
    if connected.is_empty() {
        return Ok(());
    }
    let (checked, unchecked): (Vec<_>, Vec<_>) =
        connected.into_iter().partition(|user| user.is_checked());
    let since = since.filter(|_| !checked.is_empty());
    let found = look_up(app, &query(since, &unchecked)).await?;
    let mut lookups = stream::iter(found)
        .map(|(user, workflow_id)| follow(app, user, workflow_id))
        .buffer_unordered(CONCURRENCY);
    while let Some(outcome) = lookups.next().await {
        outcome?;
    }
    for user in unchecked {
        user.set_checked();
    }
    Ok(())
}

/// The running workflows that began lately, and those of the users who were not asked for yet.
fn query(since: Option<Timestamp>, unchecked: &[Arc<User>]) -> String {
    let mut any = Vec::new();
    if unchecked.len() > NAMED_USERS {
        any.push(starts_with("~"));
    } else {
        if let Some(since) = since {
            let from = since.saturating_sub(OVERLAP).unwrap_or(Timestamp::MIN);
            any.push(format!(
                "({} AND StartTime >= {})",
                starts_with("~"),
                quote(&from.to_string())
            ));
        }
        any.extend(
            unchecked
                .iter()
                .map(|user| starts_with(&owner::prefix(user.id()))),
        );
    }
    format!("ExecutionStatus = \"Running\" AND ({})", any.join(" OR "))
}

fn starts_with(prefix: &str) -> String {
    format!("WorkflowId STARTS_WITH {}", quote(prefix))
}

fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        if matches!(character, '"' | '\\') {
            quoted.push('\\');
        }
        let _ = quoted.write_char(character);
    }
    quoted.push('"');
    quoted
}

/// The workflows of this node's users which are not known yet.
async fn look_up(app: &App, query: &str) -> Result<Vec<(Arc<User>, Arc<str>)>, EngineError> {
    let mut by_user: HashMap<String, Vec<Arc<str>>> = HashMap::new();
    let mut page_token = Vec::new();
    for page in 1.. {
        let list = ListWorkflows {
            query: query.to_owned(),
            page_size: None,
            page_token,
        };
        let answer = app.registry.engine().list(list).await?;
        for workflow in answer.workflows {
            if let Some(owner) = owner::of(&workflow.workflow_id) {
                by_user.entry(owner).or_default().push(workflow.workflow_id);
            }
        }
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            break;
        }
        if page == MAX_PAGES {
            warn!("more workflows run than are looked through; some are not shown");
            break;
        }
    }
    let mut found = Vec::new();
    for (user_id, mut workflow_ids) in by_user {
        let Some(user) = app.hub.find(&user_id) else {
            continue;
        };
        // The query's match ignores case, and this one does not.
        workflow_ids.retain(|workflow_id| owner::owns(&user_id, workflow_id));
        workflow_ids.sort_unstable();
        workflow_ids.dedup();
        for workflow_id in user.unknown(workflow_ids) {
            found.push((Arc::clone(&user), workflow_id));
        }
    }
    Ok(found)
}

async fn follow(app: &App, user: Arc<User>, workflow_id: Arc<str>) -> Result<(), EngineError> {
    match subscribe(app, &workflow_id).await {
        Ok(Some(followed)) => {
            debug!(user = &**user.id(), %workflow_id, "found a running workflow");
            user.add(followed);
            Ok(())
        }
        Ok(None) => Ok(()),
        Err(error) if error.kind == EngineErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// PayloadAccess still lists what ended a moment ago, and perhaps was told to the user: so Temporal
/// itself is asked whether the workflow runs.
async fn subscribe(
    app: &App,
    workflow_id: &Arc<str>,
) -> Result<Option<Arc<Followed>>, EngineError> {
    let described = app.registry.engine().describe(workflow_id, None).await?;
    if described.status == RunStatus::Closed {
        return Ok(None);
    }
    match app.registry.subscribe(workflow_id, None).await {
        Ok(subscription) if subscription.is_finished() => Ok(None),
        Ok(subscription) => Ok(Some(Followed::new(subscription, None))),
        Err(SubscribeError::Engine(error)) => Err(error),
        // There is no cursor that could be wrong.
        Err(_) => Ok(None),
    }
}
