//! What is listed.

use fast_temporal_core::{Engine as _, EngineErrorKind, engine::ListWorkflows};
use fast_temporal_protocol::v1::WorkflowStatus;
use fast_temporal_testkit::fake::FakeEngine;

use crate::{json, kind};

async fn page(engine: &FakeEngine, query: &str, size: u32, token: &[u8]) -> (Vec<String>, Vec<u8>) {
    let list = ListWorkflows {
        query: query.to_owned(),
        page_size: Some(size),
        page_token: token.to_owned(),
    };
    let page = engine.list(list).await.expect("a page");
    let ids = page.workflows.iter().map(|run| run.workflow_id.to_string());
    (ids.collect(), page.next_page_token)
}

async fn ids(engine: &FakeEngine, query: &str) -> Vec<String> {
    page(engine, query, 100, &[]).await.0
}

/// Workflows `~a.0` to `~a.3`, an hour from one to the next; the last two are over.
fn four() -> FakeEngine {
    let engine = FakeEngine::new();
    for hour in 0..4 {
        let time = format!("2026-11-23T0{hour}:00:00Z");
        engine.set_time(time.parse().expect("a time"));
        engine.workflow(&format!("~a.{hour}"));
    }
    engine.find("~a.2").complete(json("1"));
    engine.find("~a.3").fail("no");
    engine
}

#[tokio::test(start_paused = true)]
async fn queries_find_what_fits_newest_start_first() {
    let engine = four();
    for (query, expected) in [
        ("", &["~a.3", "~a.2", "~a.1", "~a.0"][..]),
        ("ExecutionStatus = 'Running'", &["~a.1", "~a.0"]),
        (
            "ExecutionStatus IN ('Failed', 'Completed')",
            &["~a.3", "~a.2"],
        ),
        (
            "WorkflowType = \"FakeWorkflow\" and WorkflowId = '~a.1'",
            &["~a.1"],
        ),
        ("WorkflowType != \"FakeWorkflow\"", &[]),
        (
            "WorkflowId STARTS_WITH '~A.'",
            &["~a.3", "~a.2", "~a.1", "~a.0"],
        ),
        ("WorkflowId STARTS_WITH '~b.'", &[]),
        ("StartTime >= '2026-11-23T02:00:00Z'", &["~a.3", "~a.2"]),
        ("StartTime < '2026-11-23T01:00:00+00:00'", &["~a.0"]),
        (
            "StartTime BETWEEN '2026-11-23T01:00:00Z' AND '2026-11-23T02:00:00Z'",
            &["~a.2", "~a.1"],
        ),
        ("CloseTime > '2026-11-23T00:00:00Z'", &["~a.3", "~a.2"]),
        (
            "ExecutionStatus = 'Failed' OR ExecutionStatus = 'Running' AND WorkflowId = '~a.0'",
            &["~a.3", "~a.0"],
        ),
        (
            "(ExecutionStatus = 'Failed' OR ExecutionStatus = 'Running') AND WorkflowId = '~a.0'",
            &["~a.0"],
        ),
    ] {
        assert_eq!(ids(&engine, query).await, expected, "{query}");
    }
}

#[tokio::test(start_paused = true)]
async fn quotes_can_be_escaped() {
    let engine = FakeEngine::new();
    engine.workflow(r#"a"b\c"#);
    assert_eq!(ids(&engine, r#"WorkflowId = "a\"b\\c""#).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn pages_follow_each_other_also_where_workflows_come_and_end_meanwhile() {
    let engine = four();
    let (first, token) = page(&engine, "", 2, &[]).await;
    assert_eq!(first, ["~a.3", "~a.2"]);
    engine.workflow("~a.4");
    engine.find("~a.2").forget();
    let (second, token) = page(&engine, "", 2, &token).await;
    assert_eq!(second, ["~a.1", "~a.0"]);
    assert!(token.is_empty());
}

#[tokio::test(start_paused = true)]
async fn every_run_is_listed_with_how_it_ended() {
    let engine = FakeEngine::new();
    engine.workflow("w").continue_as_new().complete(json("1"));
    let page = engine.list(ListWorkflows::default()).await.expect("a page");
    let found: Vec<_> = page.workflows.iter().map(|run| run.status).collect();
    assert_eq!(
        found,
        [WorkflowStatus::Completed, WorkflowStatus::ContinuedAsNew]
    );
    assert!(page.workflows.iter().all(|run| run.close_time.is_some()));
}

#[tokio::test(start_paused = true)]
async fn queries_and_tokens_that_make_no_sense_are_refused() {
    let engine = four();
    for query in [
        "no query at all",
        "WorkflowId",
        "WorkflowId = 'a",
        "WorkflowId = a",
        "(WorkflowId = 'a'",
        "WorkflowId = 'a' OR",
        "WorkflowId = 'a' 'b'",
        "Color = 'red'",
        "StartTime > 'yesterday'",
        "WorkflowId ; 'a'",
    ] {
        let list = ListWorkflows {
            query: query.to_owned(),
            ..ListWorkflows::default()
        };
        assert_eq!(
            kind(engine.list(list).await),
            EngineErrorKind::Invalid,
            "{query}"
        );
    }
    let list = ListWorkflows {
        page_token: b"junk".to_vec(),
        ..ListWorkflows::default()
    };
    assert_eq!(kind(engine.list(list).await), EngineErrorKind::Invalid);
}
