//! Reading history from servers that restart, limit polls, or send history as they store it.

use std::{sync::Arc, time::Duration};

use fast_temporal_core::{
    Engine, EngineErrorKind,
    engine::{Source, Wait},
};
use fast_temporal_temporal::TemporalEngine;
use tokio::{
    join,
    time::{sleep, timeout},
};

use crate::support::{
    TestServer, Worker, catch_up, signal, start_with_database, start_with_dynamic_config, types,
    workflow,
};

/// Starts a workflow `w` and returns it with a source at its first event.
async fn open_new_run(server: &TestServer) -> (TemporalEngine, Box<dyn Source>) {
    let engine = server.engine();
    let run_id: Arc<str> = engine.start(workflow("w")).await.unwrap().run_id;
    let source = engine.open(&"w".into(), &run_id);
    (engine, source)
}

#[tokio::test]
async fn source_continues_after_a_restart_of_the_server() {
    let mut server = start_with_database().await;
    let (_engine, mut source) = open_new_run(&server).await;
    let events = catch_up(&mut *source).await;
    assert_eq!(types(&events), ["workflow.started"]);

    let (read, ()) = join!(source.next(Wait::LongPoll), server.kill());
    assert_eq!(read.unwrap_err().kind, EngineErrorKind::Unavailable);
    for wait in [Wait::NoWait, Wait::LongPoll] {
        // Far less than the minute that a long poll may take.
        let read = timeout(Duration::from_secs(10), source.next(wait)).await;
        let error = read.expect("an error at once").unwrap_err();
        assert_eq!(error.kind, EngineErrorKind::Unavailable, "{error}");
    }

    server.restart().await;
    Worker::new(&server).signal("w", "go").await;
    let back = async {
        loop {
            match source.next(Wait::NoWait).await {
                Ok(page) if page.caught_up => {}
                Ok(page) => return page,
                Err(error) => assert!(error.is_transient(), "{error}"),
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    let page = timeout(Duration::from_secs(20), back).await;
    let page = page.expect("the source continues");
    assert_eq!(types(&page.events), ["signal.received"]);
}

#[tokio::test]
async fn poll_over_the_namespace_limit_is_busy() {
    let server = start_with_dynamic_config("frontend.namespaceCount=1").await;
    let (_engine, mut one) = open_new_run(&server).await;
    catch_up(&mut *one).await;
    let mut other = one.fork();
    let rejected = tokio::select! {
        read = one.next(Wait::LongPoll) => read,
        read = other.next(Wait::LongPoll) => read,
    };
    assert_eq!(rejected.unwrap_err().kind, EngineErrorKind::Busy);
}

#[tokio::test]
async fn raw_history_is_read_like_any_other() {
    let server = start_with_dynamic_config("frontend.sendRawWorkflowHistory=true").await;
    let (engine, mut source) = open_new_run(&server).await;
    let events = catch_up(&mut *source).await;
    assert_eq!(types(&events), ["workflow.started"]);
    engine.signal(signal("w", "go")).await.unwrap();
    let events = catch_up(&mut *source).await;
    assert_eq!(types(&events), ["signal.received"]);
}
