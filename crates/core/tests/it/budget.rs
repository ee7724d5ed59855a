//! How many polls are open at once.

use std::time::Duration;

use fast_temporal_core::FeedConfig;
use fast_temporal_testkit::fake::FakeEngine;
use tokio::time::{Instant, sleep};

use crate::reader::{events, registry, registry_with, subscribe, until_live};

#[tokio::test(start_paused = true)]
async fn polls_beyond_the_budget_wait_their_turn_and_nobody_starves() {
    let engine = FakeEngine::new();
    let config = FeedConfig {
        open_polls: 10,
        ..FeedConfig::default()
    };
    let registry = registry_with(&engine, config);
    let mut all = Vec::new();
    for number in 0..40 {
        let workflow = engine.workflow(&format!("w{number}"));
        let mut reader = subscribe(&registry, &workflow).await;
        until_live(&mut reader).await;
        all.push((workflow, reader));
    }
    for (workflow, reader) in &mut all {
        let began = Instant::now();
        workflow.signal("s");
        events(reader, 1).await;
        // Four followers to a poll, a second each.
        assert!(
            began.elapsed() < Duration::from_secs(8),
            "{:?}",
            began.elapsed()
        );
    }
    assert!(engine.stats().max_open_polls <= 10);
}

#[tokio::test(start_paused = true)]
async fn turns_do_not_hammer_temporal() {
    let engine = FakeEngine::new();
    let config = FeedConfig {
        open_polls: 10,
        ..FeedConfig::default()
    };
    let registry = registry_with(&engine, config);
    let mut readers = Vec::new();
    for number in 0..20 {
        let workflow = engine.workflow(&format!("w{number}"));
        let mut reader = subscribe(&registry, &workflow).await;
        until_live(&mut reader).await;
        readers.push(reader);
    }
    let before = engine.stats().reads;
    sleep(Duration::from_mins(1)).await;
    let reads = engine.stats().reads - before;
    // Ten polls, each given on once a second. Every third is preceded by a short read.
    assert!((300..=840).contains(&reads), "{reads} reads in a minute");
}

#[tokio::test(start_paused = true)]
async fn idle_workflow_within_the_budget_costs_one_read_in_twenty_seconds() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    let registry = registry(&engine);
    let mut reader = subscribe(&registry, &workflow).await;
    until_live(&mut reader).await;
    let before = engine.stats().reads;
    sleep(Duration::from_secs(200)).await;
    let reads = engine.stats().reads - before;
    assert!((9..=11).contains(&reads), "{reads} reads in 200 s");
}
