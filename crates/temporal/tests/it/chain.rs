//! What tells the runs of a chain apart and in which order they came: chains that were reset.

use std::{sync::Arc, time::Duration};

use fast_temporal_core::{
    Engine,
    engine::{RunStatus, StartWorkflow},
};
use fast_temporal_protocol::v1::IdReusePolicy;
use fast_temporal_testkit::dev_server::start;
use jiff::SignedDuration;
use tokio::time::{interval, timeout};

use crate::{engine::workflow, worker::Worker};

#[tokio::test]
async fn resets_are_described_and_found_by_when_they_were_made() {
    let server = start().await;
    let engine = server.engine();
    let mut worker = Worker::new(&server);
    let id = "it's a 'chain' of resets";
    let first = engine.start(workflow(id)).await.unwrap().run_id;
    worker.take().await;
    let second: Arc<str> = worker.reset(id, &first).await.into();
    worker.take().await;
    worker.terminate(id).await;
    let again = StartWorkflow {
        reuse: IdReusePolicy::AllowDuplicate,
        ..workflow(id)
    };
    let other = engine.start(again).await.unwrap().run_id;
    worker.take().await;
    // A run of a chain of the past, while another chain is open.
    let last: Arc<str> = worker.reset(id, &second).await.into();

    let ids = [&first, &second, &other, &last].map(Arc::clone);
    let mut runs = Vec::new();
    for run_id in &ids {
        runs.push(engine.describe(id, Some(run_id)).await.unwrap());
    }
    assert_eq!(engine.describe(id, None).await.unwrap(), runs[3]);
    let chains: Vec<_> = runs.iter().map(|run| run.first_run_id.clone()).collect();
    assert_eq!(chains, [&first, &first, &other, &first].map(Arc::clone));
    let resets: Vec<_> = runs.iter().map(|run| run.reset_run_id.clone()).collect();
    assert_eq!(resets, [Some(second), Some(last), None, None]);
    for pair in runs.windows(2) {
        let closed = pair[0].close_time.expect("one run is open at a time");
        assert!(pair[0].start_time < closed && closed <= pair[1].start_time);
    }
    // What a reset ends, it ends as it begins.
    for (ended, begun) in [(0, 1), (2, 3)] {
        let closed = runs[ended].close_time.expect("it was reset");
        let apart = runs[begun].start_time.duration_since(closed);
        assert!(apart < SignedDuration::from_millis(100), "{apart:?}");
    }
    assert_eq!(runs[3].status, RunStatus::Running);
    assert_eq!(runs[3].close_time, None);

    let (after, before) = (runs[0].start_time, runs[3].start_time);
    // Visibility lags behind, and answers a few times a second.
    let mut pace = interval(Duration::from_millis(300));
    let all = timeout(Duration::from_secs(20), async {
        loop {
            pace.tick().await;
            let found = engine
                .runs_started_between(id, after, before, 10)
                .await
                .unwrap();
            if found.run_ids.len() == ids.len() {
                return found;
            }
        }
    });
    let all = all.await.expect("visibility knows of four runs");
    assert_eq!((all.run_ids, all.more), (ids.to_vec(), false));
    let oldest = engine
        .runs_started_between(id, after, before, 1)
        .await
        .unwrap();
    assert_eq!((oldest.run_ids, oldest.more), (ids[..1].to_vec(), true));
}
