//! Queries, and reads of a workflow's own stream, which are queries too.

use std::{sync::Arc, time::Duration};

use fast_temporal_core::{
    EngineErrorKind,
    engine::{Query, ReadWorkflowStream},
};
use tokio::join;

use super::{
    QUERY, failure, json,
    support::{UNKNOWN_RUN_ID, close, idle, kind, started, workflow},
    world::World,
};

fn query() -> Query {
    Query {
        workflow_id: "w".into(),
        run_id: None,
        name: QUERY.to_owned(),
        args: vec![json("[1]")],
        timeout: Duration::from_secs(10),
    }
}

fn read(run_id: &Arc<str>, from_offset: u64) -> ReadWorkflowStream {
    ReadWorkflowStream {
        workflow_id: "w".into(),
        run_id: Arc::clone(run_id),
        from_offset,
        timeout: Duration::from_secs(10),
    }
}

pub async fn query_returns_the_workers_answer(mut world: impl World) {
    let (engine, run_id) = idle(&mut world).await;
    let digits = "12345678901234567890.10";
    let ((), answer) = join!(world.answer_query(digits), engine.query(query()));
    assert_eq!(answer.expect("an answer").get(), digits);

    engine.terminate(close("w")).await.expect("a run");
    let closed = Query {
        run_id: Some(run_id),
        ..query()
    };
    let ((), answer) = join!(world.answer_query("2"), engine.query(closed));
    assert_eq!(answer.expect("a closed run answers").get(), "2");
}

pub async fn failed_query_returns_the_workers_failure(mut world: impl World) {
    let (engine, _) = idle(&mut world).await;
    let ((), answer) = join!(world.reject_query(), engine.query(query()));
    let error = answer.expect_err("no handler");
    assert_eq!(error.kind, EngineErrorKind::QueryFailed);
    assert!(error.message.contains(QUERY), "{}", error.message);
    assert_eq!(error.failure, None);

    let ((), answer) = join!(world.fail_query("sold out"), engine.query(query()));
    let error = answer.expect_err("a failure");
    assert_eq!(error.kind, EngineErrorKind::QueryFailed);
    assert_eq!(error.message, "sold out");
    assert_eq!(error.failure.as_deref(), Some(&failure("sold out")));
}

pub async fn query_without_a_worker_times_out(mut world: impl World) {
    let (engine, run_id) = idle(&mut world).await;
    world.stop_workers();
    let timeout = Duration::from_millis(500);
    let query = Query { timeout, ..query() };
    assert_eq!(kind(engine.query(query).await), EngineErrorKind::Timeout);
    let read = ReadWorkflowStream {
        timeout,
        ..read(&run_id, 0)
    };
    let late = engine.read_workflow_stream(read).await;
    assert_eq!(kind(late), EngineErrorKind::Timeout);
}

pub async fn query_of_a_missing_workflow_is_not_found(mut world: impl World) {
    let engine = world.engine();
    let missing = engine.query(query()).await;
    assert_eq!(kind(missing), EngineErrorKind::NotFound);
    engine.start(workflow("w")).await.expect("a start");
    world.complete_task("w").await;
    for (run_id, expected) in [
        (UNKNOWN_RUN_ID, EngineErrorKind::NotFound),
        ("not a run id", EngineErrorKind::Invalid),
    ] {
        let run_id: Arc<str> = run_id.into();
        let elsewhere = Query {
            run_id: Some(Arc::clone(&run_id)),
            ..query()
        };
        assert_eq!(kind(engine.query(elsewhere).await), expected, "{run_id}");
        let elsewhere = engine.read_workflow_stream(read(&run_id, 0)).await;
        assert_eq!(kind(elsewhere), expected, "{run_id}");
    }
}

pub async fn query_of_a_workflow_closed_before_its_first_task_fails(world: impl World) {
    let (engine, run_id) = started(&world).await;
    engine.terminate(close("w")).await.expect("a run");
    let answer = engine.query(query()).await;
    assert_eq!(kind(answer), EngineErrorKind::Closed);
    let page = engine.read_workflow_stream(read(&run_id, 0)).await;
    assert_eq!(kind(page), EngineErrorKind::Closed);
}

pub async fn stream_is_read_by_offset(mut world: impl World) {
    let engine = world.engine();
    world.host_streams().await;
    let run_id = engine.start(workflow("w")).await.expect("a start").run_id;
    for number in 0..5 {
        world.publish("w", &number.to_string()).await;
    }
    for (from_offset, items, next_offset, more_ready) in [
        (0, &["0", "1", "2"][..], 3, true),
        (2, &["2", "3", "4"], 5, false),
        (5, &[], 5, false),
    ] {
        let page = engine
            .read_workflow_stream(read(&run_id, from_offset))
            .await;
        let page = page.expect("a page");
        let read: Vec<_> = page.items.iter().map(|item| item.data.get()).collect();
        assert_eq!(read, items, "from {from_offset}");
        assert!(page.items.iter().all(|item| item.topic == "own"));
        let offsets = page.items.iter().filter_map(|item| item.offset);
        assert!(offsets.eq(from_offset..from_offset + items.len() as u64));
        assert_eq!(page.next_offset, next_offset, "from {from_offset}");
        assert_eq!(page.more_ready, more_ready, "from {from_offset}");
    }
}

pub async fn workflow_without_a_stream_fails_the_read(mut world: impl World) {
    let (engine, run_id) = idle(&mut world).await;
    let ((), page) = join!(
        world.reject_query(),
        engine.read_workflow_stream(read(&run_id, 0))
    );
    assert_eq!(kind(page), EngineErrorKind::QueryFailed);
}
