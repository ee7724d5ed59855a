//! Finds the runs of a workflow id that started between two times.

use fast_temporal_core::{
    EngineError,
    engine::{ListWorkflows, StartedRuns, WorkflowPage},
    visibility_query::{Filter, TextField},
};
use jiff::{SignedDuration, Timestamp};

use super::list::list;
use crate::rpc::Rpc;

/// The precision of visibility's times, which is below that of others.
const SLACK: SignedDuration = SignedDuration::from_millis(1);
/// The maximum number of steps of the search.
const MAX_STEPS: usize = 12;

/// Returns the oldest of them, at most `limit`. Visibility lists the newest first and sorts no other
/// way, so if there are more, the interval is halved until they fit.
pub(super) async fn runs_started_between(
    rpc: &Rpc,
    workflow_id: &str,
    after: Timestamp,
    before: Timestamp,
    limit: usize,
) -> Result<StartedRuns, EngineError> {
    // Visibility can't search for these, however they are escaped: it drops quotes from both ends.
    if workflow_id.contains(['"', '\\'])
        || workflow_id.starts_with('\'')
        || workflow_id.ends_with('\'')
    {
        return Ok(unknown());
    }
    let mut low = after.checked_sub(SLACK).unwrap_or(after);
    let mut high = before.checked_add(SLACK).unwrap_or(before);
    let page = async |low, high| {
        let page = ListWorkflows {
            query: query(workflow_id, low, high),
            page_size: u32::try_from(limit.saturating_add(1)).ok(),
            page_token: Vec::new(),
        };
        list(rpc, page).await
    };
    // The page after a full one may be empty, so each page has room for one more than the limit.
    let fits =
        |page: &WorkflowPage| page.workflows.len() <= limit && page.next_page_token.is_empty();
    let first = page(low, high).await?;
    if fits(&first) {
        return Ok(runs(&first, false));
    }
    high = first.workflows.last().map_or(high, |run| run.start_time);
    for _ in 0..MAX_STEPS {
        // A run started at `high`, so an interval too short to halve is read as a whole.
        let half = high.duration_since(low) / 2;
        let end = match low.checked_add(half) {
            Ok(middle) if half > SLACK => middle,
            _ => high,
        };
        let page = page(low, end).await?;
        match page.workflows.last() {
            None => low = end,
            Some(_) if fits(&page) => return Ok(runs(&page, true)),
            Some(oldest) => high = oldest.start_time,
        }
    }
    Ok(unknown())
}

fn unknown() -> StartedRuns {
    StartedRuns {
        run_ids: Vec::new(),
        more: true,
    }
}

fn runs(page: &WorkflowPage, more: bool) -> StartedRuns {
    let run_ids = page.workflows.iter().rev().map(|run| run.run_id.clone());
    StartedRuns {
        run_ids: run_ids.collect(),
        more,
    }
}

fn query(workflow_id: &str, from: Timestamp, to: Timestamp) -> String {
    Filter::all([
        Filter::equals(TextField::WorkflowId, workflow_id),
        Filter::started_at_or_after(from),
        Filter::started_at_or_before(to),
    ])
    .to_string()
}
