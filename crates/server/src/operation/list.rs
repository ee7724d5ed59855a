//! `list`.

mod page_token;
mod scope;

use fast_temporal_core::{
    Principal, Verb,
    engine::{ListWorkflows, ListedWorkflow},
    visibility_query::{Filter, TextField},
};
use fast_temporal_protocol::{
    ErrorBody,
    v1::{ListRequest, WorkflowList, WorkflowSummary},
};

use self::scope::Scope;
use super::{
    call,
    validation::{MAX_NAME_BYTES, check_name, check_verb},
};
use crate::{
    App,
    error::{forbidden, invalid_field},
};

const DEFAULT_PAGE_SIZE: u32 = 50;
const MAX_PAGE_SIZE: u32 = 200;

/// Lists workflows that the principal is permitted to see.
pub(crate) async fn list(
    app: &App,
    principal: &Principal,
    request: ListRequest,
) -> Result<WorkflowList, ErrorBody> {
    check_verb(principal, Verb::List)?;
    let page_size = request.page_size.unwrap_or(DEFAULT_PAGE_SIZE);
    if !(1..=MAX_PAGE_SIZE).contains(&page_size) {
        return Err(invalid_field(format!(
            "page_size: expected 1 to {MAX_PAGE_SIZE}"
        )));
    }
    let scope = Scope::of(principal, request.owner.as_deref())?;
    let query = visibility_query(principal, &scope, &request)?;
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
    let page = call(app.config.timeouts.list, app.registry.engine().list(list)).await?;
    let workflows = page.workflows.into_iter();
    Ok(WorkflowList {
        // Visibility ignores case, and a client's own query can match anything.
        workflows: workflows
            .filter(|workflow| scope.contains(&workflow.workflow_id))
            .map(summary)
            .collect(),
        next_page_token: (!page.next_page_token.is_empty())
            .then(|| page_token::encode(&query, &page.next_page_token)),
    })
}

/// The visibility query of a request within a scope; empty if it matches everything.
fn visibility_query(
    principal: &Principal,
    scope: &Scope<'_>,
    request: &ListRequest,
) -> Result<String, ErrorBody> {
    let mut filters: Vec<Filter> = scope.filter().into_iter().collect();
    if let Some(status) = request.status {
        let status = status.visibility_name();
        filters.push(Filter::equals(TextField::ExecutionStatus, status));
    }
    if let Some(workflow_type) = &request.workflow_type {
        check_name("workflow_type", workflow_type, MAX_NAME_BYTES)?;
        filters.push(Filter::equals(TextField::WorkflowType, workflow_type));
    }
    filters.extend(request.started_after.map(Filter::started_at_or_after));
    filters.extend(request.started_before.map(Filter::started_before));
    if let Some(query) = &request.query {
        if !principal.permissions.visibility_queries {
            return Err(forbidden(
                "query: these credentials do not permit custom visibility queries",
            ));
        }
        let custom =
            Filter::custom(query).map_err(|error| invalid_field(format!("query: {error}")))?;
        filters.push(custom);
    }
    Ok(Filter::all(filters).to_string())
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
