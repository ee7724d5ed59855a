//! Visibility: every run, newest start first, without lag.

use std::{cmp::Reverse, sync::Arc};

use fast_temporal_core::{
    EngineError,
    engine::{ListWorkflows, ListedWorkflow, WorkflowPage},
};
use jiff::Timestamp;

use super::{
    call::Call,
    fake_engine::{FakeEngine, invalid},
    history::Run,
    visibility_query,
};

/// The default size of a page.
const PAGE_SIZE: u32 = 1000;

/// The sort key of a run: its start, then its number.
type SortKey = (Timestamp, usize);

impl FakeEngine {
    pub(super) async fn list_workflows(
        &self,
        list: ListWorkflows,
    ) -> Result<WorkflowPage, EngineError> {
        self.arrive(Call::List, |sent| sent.lists.push(list.clone()))
            .await?;
        let matches = visibility_query::parse(&list.query).map_err(invalid)?;
        let before = read_token(&list.page_token)?;
        let page_size = list.page_size.unwrap_or(PAGE_SIZE).max(1) as usize;

        let state = self.state();
        let mut runs: Vec<_> = state.histories.workflows.values().flatten().collect();
        runs.retain(|run| before.is_none_or(|before| sort_key(run) < before));
        runs.sort_unstable_by_key(|run| Reverse(sort_key(run)));
        let mut found = runs
            .into_iter()
            .map(|run| (sort_key(run), visible(run)))
            .filter(|(_, run)| matches(run))
            .peekable();
        let page: Vec<_> = found.by_ref().take(page_size).collect();
        let last = page.last().filter(|_| found.peek().is_some());
        Ok(WorkflowPage {
            next_page_token: last.map_or_else(Vec::new, |(key, _)| write_token(*key)),
            workflows: page.into_iter().map(|(_, run)| run).collect(),
        })
    }
}

fn sort_key(run: &Run) -> SortKey {
    (run.start_time, run.number)
}

fn visible(run: &Run) -> ListedWorkflow {
    ListedWorkflow {
        workflow_id: Arc::clone(&run.start.workflow_id),
        run_id: Arc::clone(&run.run_id),
        workflow_type: run.start.workflow_type.clone(),
        status: run.status,
        start_time: run.start_time,
        close_time: run.close_time,
    }
}

fn write_token((start, number): SortKey) -> Vec<u8> {
    format!("{start} {number}").into_bytes()
}

/// Returns the last key of the previous page; `None` for the first page.
fn read_token(token: &[u8]) -> Result<Option<SortKey>, EngineError> {
    if token.is_empty() {
        return Ok(None);
    }
    let read = || {
        let (start, number) = std::str::from_utf8(token).ok()?.split_once(' ')?;
        Some((start.parse().ok()?, number.parse().ok()?))
    };
    let key = read().ok_or_else(|| invalid("invalid NextPageToken"))?;
    Ok(Some(key))
}
