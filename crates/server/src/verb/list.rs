//! `list`

mod page_token;
mod visibility;

use fast_temporal_core::{
    Principal, Verb,
    engine::{ListWorkflows, ListedWorkflow},
};
use fast_temporal_protocol::{
    ErrorBody,
    v1::{ListRequest, WorkflowList, WorkflowSummary},
};

use self::visibility::Scope;
use super::{access::check_verb, field::invalid, within};
use crate::{App, error::public_error};

/// How many workflows a page has where the request does not say.
const USUAL_PAGE_SIZE: u32 = 50;
/// The most that a page may have.
const MAX_PAGE_SIZE: u32 = 200;

/// Says which workflows there are, of those that the principal may name.
pub(crate) async fn list(
    app: &App,
    principal: &Principal,
    request: ListRequest,
) -> Result<WorkflowList, ErrorBody> {
    check_verb(principal, Verb::List)?;
    let page_size = request.page_size.unwrap_or(USUAL_PAGE_SIZE);
    if !(1..=MAX_PAGE_SIZE).contains(&page_size) {
        return Err(invalid(format!(
            "page_size: must be from 1 to {MAX_PAGE_SIZE}"
        )));
    }
    let scope = Scope::of(principal, request.owner.as_deref())?;
    let query = visibility::query(principal, &scope, &request)?;
    let page_token = match &request.page_token {
        Some(text) => page_token::decode(&query, text)?,
        None => Vec::new(),
    };
    if scope.is_empty() {
        return Ok(WorkflowList::default());
    }
    let list = ListWorkflows {
        query: query.clone(),
        page_size: Some(page_size),
        page_token,
    };
    let page = within(app.config.verbs.list, async {
        app.registry.engine().list(list).await.map_err(public_error)
    })
    .await?;
    let workflows = page.workflows.into_iter();
    Ok(WorkflowList {
        // PayloadAccess ignores case, and a query of the client's own may say anything.
        workflows: workflows
            .filter(|workflow| scope.holds(&workflow.workflow_id))
            .map(summary)
            .collect(),
        next_page_token: (!page.next_page_token.is_empty())
            .then(|| page_token::encode(&query, &page.next_page_token)),
    })
}

fn summary(workflow: ListedWorkflow) -> WorkflowSummary {
    WorkflowSummary {
        workflow_id: workflow.workflow_id.to_string(),
        run_id: workflow.run_id.to_string(),
        workflow_type: workflow.workflow_type,
        status: workflow.status,
        start_time: workflow.start_time,
        close_time: workflow.close_time,
    }
}
