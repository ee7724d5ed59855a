//! Visibility: what a query selects, page by page.

use std::sync::Arc;

use fast_temporal_core::{
    Engine, EngineErrorKind,
    engine::{ListWorkflows, ListedWorkflow, WorkflowPage},
};
use fast_temporal_protocol::v1::WorkflowStatus;

use jiff::SignedDuration;

use super::{
    WORKFLOW_TYPE,
    support::{close, eventually, kind, workflow},
    world::World,
};

fn query(query: &str) -> ListWorkflows {
    ListWorkflows {
        query: query.to_owned(),
        ..ListWorkflows::default()
    }
}

/// The first page, once it has that number of runs.
async fn page_of(engine: &dyn Engine, list: &ListWorkflows, count: usize) -> WorkflowPage {
    eventually(async || {
        let page = engine.list(list.clone()).await.expect("a page");
        (page.workflows.len() == count).then_some(page)
    })
    .await
}

fn ids(page: &WorkflowPage) -> Vec<&str> {
    let workflows = page.workflows.iter();
    workflows.map(|workflow| &*workflow.workflow_id).collect()
}

pub async fn query_selects_runs_newest_first(mut world: impl World) {
    let engine = world.engine();
    let mut runs = Vec::new();
    for id in ["~ab.1", "~ab.2", "~ab.3", "~abc.1"] {
        runs.push(engine.start(workflow(id)).await.expect("a start").run_id);
        match id {
            "~ab.1" => world.complete(id, "1").await,
            "~ab.2" => engine.terminate(close(id)).await.expect("an open run"),
            _ => {}
        }
    }
    let settled = query("ExecutionStatus != 'Running'");
    page_of(&*engine, &settled, 2).await;
    let all = page_of(&*engine, &query(""), 4).await;
    assert!(all.next_page_token.is_empty());
    assert_eq!(ids(&all), ["~abc.1", "~ab.3", "~ab.2", "~ab.1"]);
    for (listed, run_id) in all.workflows.iter().rev().zip(&runs) {
        assert_eq!(listed.run_id, *run_id);
        assert_eq!(listed.workflow_type, WORKFLOW_TYPE);
        let described = engine.describe(&listed.workflow_id, None).await;
        let described = described.expect("a description");
        // Visibility's times are less exact.
        let apart = described.start_time.duration_since(listed.start_time);
        assert!(apart.abs() < SignedDuration::from_millis(1), "{apart:?}");
    }
    let status = |listed: &ListedWorkflow| (listed.status, listed.close_time.is_some());
    let statuses: Vec<_> = all.workflows.iter().map(status).collect();
    assert_eq!(
        statuses,
        [
            (WorkflowStatus::Running, false),
            (WorkflowStatus::Running, false),
            (WorkflowStatus::Terminated, true),
            (WorkflowStatus::Completed, true),
        ]
    );

    let from = all.workflows[1].start_time;
    let until = all.workflows[2].start_time;
    for (text, expected) in [
        (
            "WorkflowId STARTS_WITH '~ab.' AND ExecutionStatus = 'Running'",
            &["~ab.3"][..],
        ),
        ("WorkflowId = '~abc.1'", &["~abc.1"]),
        ("WorkflowType != 'Test'", &[]),
        (
            "WorkflowType = \"Test\" and ExecutionStatus = 'Completed'",
            &["~ab.1"],
        ),
        (
            "ExecutionStatus IN ('Terminated', 'Completed')",
            &["~ab.2", "~ab.1"],
        ),
        (
            "WorkflowId = '~ab.1' OR WorkflowId = '~ab.2' AND ExecutionStatus = 'Running'",
            &["~ab.1"],
        ),
        (
            "(WorkflowId = '~ab.1' OR WorkflowId = '~ab.3') AND ExecutionStatus = 'Running'",
            &["~ab.3"],
        ),
        (&format!("RunId = '{}'", runs[0]), &["~ab.1"]),
        (&format!("StartTime >= '{from}'"), &["~abc.1", "~ab.3"]),
        (&format!("StartTime < '{until}'"), &["~ab.1"]),
        (
            &format!("StartTime BETWEEN '{until}' AND '{from}'"),
            &["~ab.3", "~ab.2"],
        ),
        ("CloseTime > '2020-01-01T00:00:00Z'", &["~ab.2", "~ab.1"]),
    ] {
        let page = engine.list(query(text)).await.expect(text);
        let mut found = ids(&page);
        // Several closed runs may be listed by when they closed.
        if text.contains("CloseTime") || text.contains("IN (") {
            found.sort_unstable_by_key(|id| std::cmp::Reverse(*id));
        }
        assert_eq!(found, expected, "{text}");
    }
}

pub async fn list_is_read_in_pages(world: impl World) {
    let engine = world.engine();
    for id in ["1", "2", "3"] {
        engine.start(workflow(id)).await.expect("a start");
    }
    page_of(&*engine, &query(""), 3).await;
    let mut list = ListWorkflows {
        page_size: Some(2),
        ..query("")
    };
    let first = engine.list(list.clone()).await.expect("a page");
    assert_eq!(ids(&first), ["3", "2"]);
    list.page_token = first.next_page_token;
    // Later pages are not affected by workflows that start meanwhile.
    engine.start(workflow("4")).await.expect("a start");
    page_of(&*engine, &query(""), 4).await;
    let second = engine.list(list).await.expect("a page");
    assert_eq!(ids(&second), ["1"]);
    assert!(second.next_page_token.is_empty());
}

pub async fn invalid_queries_and_page_tokens_fail(world: impl World) {
    let engine = world.engine();
    let id: Arc<str> = "w".into();
    engine.start(workflow(&id)).await.expect("a start");
    for text in [
        "not a query at all",
        "WorkflowId",
        "WorkflowId = 'a",
        "(WorkflowId = 'a'",
        "WorkflowId = 'a' OR",
        "WorkflowId = 'a' 'b'",
        "Color = 'red'",
        "StartTime > 'yesterday'",
        "WorkflowId ; 'a'",
    ] {
        let rejected = engine.list(query(text)).await;
        assert_eq!(kind(rejected), EngineErrorKind::Invalid, "{text}");
    }
    let list = ListWorkflows {
        page_token: b"junk".to_vec(),
        ..ListWorkflows::default()
    };
    assert!(engine.list(list).await.is_err());
}
