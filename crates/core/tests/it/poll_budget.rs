//! More followers than polls: they take turns.

use std::time::Duration;

use fast_temporal_core::{FeedConfig, Registry, Subscription};
use fast_temporal_protocol::Json;
use fast_temporal_testkit::fake::{FakeEngine, FakeWorkflow};
use futures_util::future::join_all;
use tokio::time::{Instant, sleep, timeout};

use crate::support::{
    MINUTE, events, registry_with, setup, subscribe, subscribe_live, until_end, until_live,
};

fn sharing(engine: &FakeEngine, open_polls: usize) -> Registry {
    let config = FeedConfig {
        open_polls,
        ..FeedConfig::default()
    };
    registry_with(engine, config)
}

fn workflows(engine: &FakeEngine, count: usize) -> Vec<FakeWorkflow> {
    let ids = (0..count).map(|number| format!("w{number}"));
    ids.map(|id| engine.workflow(&id)).collect()
}

async fn live(registry: &Registry, workflows: &[FakeWorkflow]) -> Vec<Subscription> {
    join_all(
        workflows
            .iter()
            .map(|workflow| subscribe_live(registry, workflow)),
    )
    .await
}

#[tokio::test(start_paused = true)]
async fn workflows_that_progress_together_are_read_within_a_few_turns() {
    let engine = FakeEngine::new();
    let registry = sharing(&engine, 60);
    let workflows = workflows(&engine, 200);
    let mut subscriptions = live(&registry, &workflows).await;
    sleep(Duration::from_secs(30)).await;
    let start = Instant::now();
    for workflow in &workflows {
        workflow.signal("s");
    }
    let latencies = join_all(subscriptions.iter_mut().map(|subscription| async {
        events(subscription, 1).await;
        start.elapsed()
    }));
    let worst = latencies.await.into_iter().max().expect("subscriptions");
    assert!(worst < Duration::from_secs(7), "{worst:?}");
    assert!(engine.stats().max_open_polls <= 60);
}

#[tokio::test(start_paused = true)]
async fn reads_slower_than_a_poll_turn_succeed() {
    let engine = FakeEngine::new();
    let registry = sharing(&engine, 2);
    engine.delay_reads(Duration::from_millis(1200));
    let workflows = workflows(&engine, 6);
    let all = timeout(MINUTE, live(&registry, &workflows)).await;
    assert!(all.is_ok(), "{} reads in a minute", engine.stats().reads);
    assert!(engine.stats().max_reading <= 2);
}

#[tokio::test(start_paused = true)]
async fn empty_responses_to_long_polls_back_off() {
    let (engine, workflow, registry) = setup();
    let mut subscription = subscribe_live(&registry, &workflow).await;
    engine.empty_reads(true);
    workflow.signal("s");
    let before = engine.stats().reads;
    sleep(MINUTE).await;
    let reads = engine.stats().reads - before;
    assert!((1..60).contains(&reads), "{reads} reads in a minute");
    engine.empty_reads(false);
    assert_eq!(events(&mut subscription, 1).await, workflow.events()[1..]);
}

#[tokio::test(start_paused = true)]
async fn long_history_is_read_while_all_polls_are_in_use() {
    let engine = FakeEngine::new();
    let registry = sharing(&engine, 10);
    let workflows = workflows(&engine, 40);
    let _subscriptions = live(&registry, &workflows).await;
    let long = engine.workflow("long");
    long.signals(36 * 256);
    let start = Instant::now();
    let mut subscription = subscribe(&registry, &long).await;
    assert_eq!(until_live(&mut subscription).await, long.events());
    let took = start.elapsed();
    assert!(took < Duration::from_secs(20), "36 pages took {took:?}");
}

#[tokio::test(start_paused = true)]
async fn closed_workflow_passes_its_poll_on() {
    let engine = FakeEngine::new();
    let registry = sharing(&engine, 1);
    let workflows = workflows(&engine, 6);
    let mut subscriptions = live(&registry, &workflows).await;
    sleep(MINUTE).await;
    // All but the last two close, one by one, at irregular times.
    for ending in 0..4 {
        sleep(Duration::from_millis(130 + 700 * ending as u64)).await;
        workflows[ending].complete(Json::null());
        until_end(&mut subscriptions[ending]).await;
        for staying in 4..6 {
            sleep(Duration::from_millis(330)).await;
            let start = Instant::now();
            workflows[staying].signal("s");
            events(&mut subscriptions[staying], 1).await;
            let took = start.elapsed();
            assert!(took < Duration::from_secs(7), "{took:?} for six on a poll");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn polls_beyond_the_budget_take_turns() {
    let engine = FakeEngine::new();
    let registry = sharing(&engine, 10);
    let workflows = workflows(&engine, 40);
    let mut subscriptions = live(&registry, &workflows).await;
    for (workflow, subscription) in workflows.iter().zip(&mut subscriptions) {
        let start = Instant::now();
        workflow.signal("s");
        events(subscription, 1).await;
        // Four followers share a poll, a second each.
        let took = start.elapsed();
        assert!(took < Duration::from_secs(8), "{took:?}");
    }
    assert!(engine.stats().max_open_polls <= 10);
}

#[tokio::test(start_paused = true)]
async fn poll_turns_make_few_requests() {
    let engine = FakeEngine::new();
    let registry = sharing(&engine, 10);
    let _subscriptions = live(&registry, &workflows(&engine, 20)).await;
    let before = engine.stats().reads;
    sleep(MINUTE).await;
    let reads = engine.stats().reads - before;
    // Ten polls, each passed on once a second. Every third is preceded by a short read.
    assert!((300..=840).contains(&reads), "{reads} reads in a minute");
}

#[tokio::test(start_paused = true)]
async fn idle_workflow_within_the_budget_costs_one_read_in_twenty_seconds() {
    let (engine, workflow, registry) = setup();
    let _subscription = subscribe_live(&registry, &workflow).await;
    let before = engine.stats().reads;
    sleep(Duration::from_secs(200)).await;
    let reads = engine.stats().reads - before;
    assert!((9..=11).contains(&reads), "{reads} reads in 200 s");
}
