//! Visibility.

use fast_temporal_core::{Engine as _, engine::ListWorkflows};
use fast_temporal_testkit::fake::FakeEngine;

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

/// Workflows `~a.0` to `~a.3`, started at intervals of an hour.
fn four_workflows() -> FakeEngine {
    let engine = FakeEngine::new();
    for hour in 0..4 {
        let time = format!("2026-11-23T0{hour}:00:00Z");
        engine.set_time(time.parse().expect("a time"));
        engine.workflow(&format!("~a.{hour}"));
    }
    engine
}

#[tokio::test(start_paused = true)]
async fn escaped_quotes_are_parsed() {
    let engine = FakeEngine::new();
    engine.workflow(r#"a"b\c"#);
    let (ids, _) = page(&engine, r#"WorkflowId = "a\"b\\c""#, 10, &[]).await;
    assert_eq!(ids, [r#"a"b\c"#]);
}

#[tokio::test(start_paused = true)]
async fn pages_are_stable_while_workflows_start_and_are_deleted() {
    let engine = four_workflows();
    let (first, token) = page(&engine, "", 2, &[]).await;
    assert_eq!(first, ["~a.3", "~a.2"]);
    engine.workflow("~a.4");
    engine.find("~a.2").delete();
    let (second, token) = page(&engine, "", 2, &token).await;
    assert_eq!(second, ["~a.1", "~a.0"]);
    assert!(token.is_empty());
}
