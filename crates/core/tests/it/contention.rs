//! Followers that share fewer polls than they are.

use std::time::Duration;

use fast_temporal_core::{FeedConfig, Registry, Subscription};
use fast_temporal_protocol::Json;
use fast_temporal_testkit::fake::{FakeEngine, FakeWorkflow};
use futures_util::future::join_all;
use tokio::time::{Instant, sleep, timeout};

use crate::reader::{events, registry, registry_with, subscribe, until_end, until_live};

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
    join_all(workflows.iter().map(|workflow| async {
        let mut reader = subscribe(registry, workflow).await;
        until_live(&mut reader).await;
        reader
    }))
    .await
}

#[tokio::test(start_paused = true)]
async fn herd_that_wakes_together_is_served_within_a_few_turns() {
    let engine = FakeEngine::new();
    let registry = sharing(&engine, 60);
    let workflows = workflows(&engine, 200);
    let mut readers = live(&registry, &workflows).await;
    sleep(Duration::from_secs(30)).await;
    let began = Instant::now();
    for workflow in &workflows {
        workflow.signal("s");
    }
    let latencies = join_all(readers.iter_mut().map(|reader| async {
        events(reader, 1).await;
        began.elapsed()
    }));
    let worst = latencies.await.into_iter().max().expect("readers");
    assert!(worst < Duration::from_secs(7), "{worst:?}");
    assert!(engine.stats().max_open_polls <= 60);
}

#[tokio::test(start_paused = true)]
async fn reads_slower_than_a_turn_still_get_somewhere() {
    let engine = FakeEngine::new();
    let registry = sharing(&engine, 2);
    engine.delay_reads(Duration::from_millis(1200));
    let workflows = workflows(&engine, 6);
    let all = timeout(Duration::from_mins(1), live(&registry, &workflows)).await;
    assert!(all.is_ok(), "{} reads in a minute", engine.stats().reads);
    assert!(engine.stats().max_reading <= 2);
}

#[tokio::test(start_paused = true)]
async fn polls_that_are_answered_at_once_with_nothing_are_not_repeated_at_once() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    let registry = registry(&engine);
    let mut reader = subscribe(&registry, &workflow).await;
    until_live(&mut reader).await;
    engine.empty_reads(true);
    workflow.signal("s");
    let before = engine.stats().reads;
    sleep(Duration::from_mins(1)).await;
    let reads = engine.stats().reads - before;
    assert!((1..60).contains(&reads), "{reads} reads in a minute");
    engine.empty_reads(false);
    assert_eq!(events(&mut reader, 1).await, workflow.events()[1..]);
}

#[tokio::test(start_paused = true)]
async fn long_history_is_caught_up_with_though_all_polls_are_taken() {
    let engine = FakeEngine::new();
    let registry = sharing(&engine, 10);
    let workflows = workflows(&engine, 40);
    let _readers = live(&registry, &workflows).await;
    let long = engine.workflow("long");
    long.signals(36 * 256);
    let began = Instant::now();
    let mut reader = subscribe(&registry, &long).await;
    assert_eq!(until_live(&mut reader).await, long.events());
    let took = began.elapsed();
    assert!(took < Duration::from_secs(20), "36 pages took {took:?}");
}

#[tokio::test(start_paused = true)]
async fn turn_does_not_die_with_the_follower_that_had_it() {
    let engine = FakeEngine::new();
    let registry = sharing(&engine, 1);
    let workflows = workflows(&engine, 6);
    let mut readers = live(&registry, &workflows).await;
    sleep(Duration::from_mins(1)).await;
    // All but the last two end, one by one, at moments of no particular sort.
    for ending in 0..4 {
        sleep(Duration::from_millis(130 + 700 * ending as u64)).await;
        workflows[ending].complete(Json::null());
        until_end(&mut readers[ending]).await;
        for staying in 4..6 {
            sleep(Duration::from_millis(330)).await;
            let began = Instant::now();
            workflows[staying].signal("s");
            events(&mut readers[staying], 1).await;
            let took = began.elapsed();
            assert!(took < Duration::from_secs(7), "{took:?} for six on a poll");
        }
    }
}
