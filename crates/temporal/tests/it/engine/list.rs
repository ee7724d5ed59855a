//! What visibility knows, page by page.

use std::{sync::Arc, time::Duration};

use fast_temporal_core::{
    Engine, EngineErrorKind,
    engine::{ListWorkflows, WorkflowPage},
};
use fast_temporal_protocol::v1::WorkflowStatus;
use fast_temporal_temporal::TemporalEngine;
use fast_temporal_testkit::dev_server::start;
use tokio::time::timeout;

use super::workflow;
use crate::worker::{WORKFLOW_TYPE, Worker};

fn query(query: &str) -> ListWorkflows {
    ListWorkflows {
        query: query.into(),
        ..ListWorkflows::default()
    }
}

/// The first page that has so many workflows: visibility lags behind.
async fn page_of(engine: &TemporalEngine, list: &ListWorkflows, count: usize) -> WorkflowPage {
    let listed = async {
        loop {
            let page = engine.list(list.clone()).await.unwrap();
            if page.workflows.len() == count {
                return page;
            }
        }
    };
    timeout(Duration::from_secs(10), listed)
        .await
        .expect("visibility catches up")
}

fn ids(page: &WorkflowPage) -> Vec<&str> {
    let workflows = page.workflows.iter();
    workflows.map(|workflow| &*workflow.workflow_id).collect()
}

#[tokio::test]
async fn visibility_lists_what_a_query_matches() {
    let server = start().await;
    let engine = server.engine();
    let mut runs = Vec::new();
    for id in ["~ab.1", "~ab.2", "~abc.1"] {
        runs.push((
            Arc::<str>::from(id),
            engine.start(workflow(id)).await.unwrap().run_id,
        ));
    }
    let mine = query("WorkflowId STARTS_WITH '~ab.' AND ExecutionStatus = 'Running'");
    let page = page_of(&engine, &mine, 2).await;
    assert!(page.next_page_token.is_empty());
    let listed: Vec<_> = page
        .workflows
        .iter()
        .map(|w| (w.workflow_id.clone(), w.run_id.clone()))
        .collect();
    assert_eq!(
        listed,
        [runs[1].clone(), runs[0].clone()],
        "newest start first"
    );
    for workflow in &page.workflows {
        assert_eq!(workflow.workflow_type, WORKFLOW_TYPE);
        assert_eq!(workflow.status, WorkflowStatus::Running);
        assert!(workflow.start_time.as_second() > 0);
        assert_eq!(workflow.close_time, None);
    }
    let error = engine.list(query("no query at all")).await.unwrap_err();
    assert_eq!(error.kind, EngineErrorKind::Invalid);
}

#[tokio::test]
async fn a_list_comes_in_pages_of_the_size_that_is_asked_for() {
    let server = start().await;
    let engine = server.engine();
    for id in ["1", "2", "3"] {
        engine.start(workflow(id)).await.unwrap();
    }
    page_of(&engine, &query(""), 3).await;

    let mut list = ListWorkflows {
        page_size: Some(2),
        ..query("")
    };
    let first = engine.list(list.clone()).await.unwrap();
    assert_eq!(ids(&first), ["3", "2"]);
    list.page_token = first.next_page_token;
    let second = engine.list(list.clone()).await.unwrap();
    assert_eq!(ids(&second), ["1"]);
    assert!(second.next_page_token.is_empty());
}

#[tokio::test]
async fn a_list_says_how_each_workflow_stands() {
    let server = start().await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    engine.start(workflow("completed")).await.unwrap();
    worker.complete("1").await;
    engine.start(workflow("terminated")).await.unwrap();
    worker.terminate("terminated").await;

    let closed = query("ExecutionStatus != 'Running'");
    let page = page_of(&engine, &closed, 2).await;
    let stands: Vec<_> = page.workflows.iter().map(|w| w.status).collect();
    assert_eq!(
        stands,
        [WorkflowStatus::Terminated, WorkflowStatus::Completed]
    );
    for workflow in page.workflows {
        assert!(workflow.close_time >= Some(workflow.start_time));
    }
}
