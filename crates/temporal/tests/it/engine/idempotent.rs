//! Starts that are sent again.

use std::sync::Arc;

use fast_temporal_core::{
    Engine, EngineErrorKind,
    engine::{StartOutcome, StartWorkflow},
};
use fast_temporal_protocol::v1::{IdConflictPolicy, IdReusePolicy};
use fast_temporal_testkit::dev_server::start;
use futures_util::future::join_all;

use super::{json, workflow};
use crate::worker::Worker;

/// A start of a request, alone and with a signal.
fn both(id: &str) -> [StartWorkflow; 2] {
    let plain = StartWorkflow {
        request_id: Some("request".into()),
        ..workflow(id)
    };
    [
        StartWorkflow {
            workflow_id: format!("{id}-signal").into(),
            signal: Some(("go".into(), vec![json("1")])),
            ..plain.clone()
        },
        plain,
    ]
}

fn by_another_request(start: &StartWorkflow) -> StartWorkflow {
    StartWorkflow {
        request_id: Some("another".into()),
        ..start.clone()
    }
}

fn existing(run_id: &Arc<str>) -> StartOutcome {
    StartOutcome {
        existing: true,
        ..StartOutcome::new(run_id.clone())
    }
}

#[tokio::test]
async fn a_second_start_of_a_request_starts_nothing_and_sends_nothing() {
    let server = start().await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    let policies = [
        (IdReusePolicy::RejectDuplicate, IdConflictPolicy::Fail),
        (
            IdReusePolicy::RejectDuplicate,
            IdConflictPolicy::UseExisting,
        ),
        (IdReusePolicy::AllowDuplicate, IdConflictPolicy::Fail),
        (IdReusePolicy::AllowDuplicate, IdConflictPolicy::UseExisting),
        (
            IdReusePolicy::AllowDuplicate,
            IdConflictPolicy::TerminateExisting,
        ),
        (
            IdReusePolicy::AllowDuplicateFailedOnly,
            IdConflictPolicy::Fail,
        ),
    ];
    for (reuse, conflict) in policies {
        for start in both(&format!("{reuse:?}-{conflict:?}")) {
            let start = StartWorkflow {
                reuse,
                conflict,
                ..start
            };
            let id = start.workflow_id.clone();
            let first = engine.start(start.clone()).await.unwrap();
            assert!(!first.existing, "{id}");
            for over in [false, true] {
                if over {
                    worker.terminate(&id).await;
                }
                let again = engine.start(start.clone()).await.unwrap();
                assert_eq!(again, existing(&first.run_id), "{id}, over: {over}");
            }
            let current = engine.describe(&id, None).await.unwrap();
            assert_eq!(current.run_id, first.run_id, "{id}");
            let signals = worker.signals(&id, "").await;
            assert_eq!(signals.len(), usize::from(start.signal.is_some()), "{id}");
        }
    }
}

#[tokio::test]
async fn a_start_of_another_request_is_refused_and_sends_nothing() {
    let server = start().await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    for start in both("taken") {
        let id = start.workflow_id.clone();
        engine.start(start.clone()).await.unwrap();
        for over in [false, true] {
            if over {
                worker.terminate(&id).await;
            }
            let another = by_another_request(&start);
            let without = StartWorkflow {
                request_id: None,
                ..start.clone()
            };
            for other in [another, without] {
                let error = engine.start(other).await.unwrap_err();
                assert_eq!(error.kind, EngineErrorKind::AlreadyStarted, "{error}");
            }
        }
        let signals = worker.signals(&id, "").await;
        assert_eq!(signals.len(), usize::from(start.signal.is_some()), "{id}");
    }
}

#[tokio::test]
async fn of_starts_at_the_same_moment_one_starts_and_the_others_find_it() {
    let server = start().await;
    let nodes = [server.engine(), server.engine()];
    let mut worker = Worker::new(&server);
    for conflict in [IdConflictPolicy::Fail, IdConflictPolicy::UseExisting] {
        for start in both(&format!("{conflict:?}")) {
            let start = StartWorkflow { conflict, ..start };
            let starts = (0..8).map(|number| nodes[number % 2].start(start.clone()));
            let started: Vec<_> = join_all(starts).await;
            let started: Vec<_> = started.into_iter().map(Result::unwrap).collect();
            let new: Vec<_> = started.iter().filter(|started| !started.existing).collect();
            let [new] = &*new else {
                panic!("one of them starts the workflow: {started:?}")
            };
            assert!(started.iter().all(|started| started.run_id == new.run_id));
            let signals = worker.signals(&start.workflow_id, "").await;
            assert_eq!(signals.len(), usize::from(start.signal.is_some()));
        }
    }
}

#[tokio::test]
async fn a_chain_that_has_gone_on_still_tells_what_started_it() {
    let server = start().await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    let policies = [IdConflictPolicy::Fail, IdConflictPolicy::UseExisting];
    for start in policies.into_iter().flat_map(|conflict| {
        both(&format!("{conflict:?}")).map(|start| StartWorkflow { conflict, ..start })
    }) {
        let id = start.workflow_id.clone();
        let first = engine.start(start.clone()).await.unwrap().run_id;
        worker.continue_as_new().await;
        worker.take().await;
        let second = engine.describe(&id, None).await.unwrap().run_id;
        let third: Arc<str> = worker.reset(&id, &second).await.into();
        for run in [&second, &third] {
            assert_ne!(*run, first);
        }
        for over in [false, true] {
            if over {
                worker.terminate(&id).await;
            }
            let again = engine.start(start.clone()).await.unwrap();
            assert_eq!(again, existing(&first), "{id}, over: {over}");
        }
        let current = engine.describe(&id, None).await.unwrap().run_id;
        assert_eq!(current, third);
        assert!(worker.signals(&id, &third).await.is_empty(), "{id}");
    }
}

#[tokio::test]
async fn a_request_whose_id_begins_like_anothers_is_another() {
    let server = start().await;
    let engine = server.engine();
    for start in both("similar") {
        engine.start(start.clone()).await.unwrap();
        for request_id in ["reques", "request/", "request/2", ""] {
            let other = StartWorkflow {
                request_id: Some(request_id.into()),
                ..start.clone()
            };
            let error = engine.start(other).await.unwrap_err();
            assert_eq!(error.kind, EngineErrorKind::AlreadyStarted, "{request_id}");
        }
    }
}
