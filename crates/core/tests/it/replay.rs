//! What the ring no longer holds is read again, once for all who need it.

use std::time::Duration;

use fast_temporal_core::{FeedConfig, FeedUpdate};
use fast_temporal_testkit::fake::FakeEngine;
use futures_util::future::join_all;
use tokio::time::timeout;

use crate::reader::{events, next, registry_with, resume, subscribe, tiny, until_live};

// Covers EV-5.
#[tokio::test(start_paused = true)]
async fn slow_reader_falls_out_of_the_ring_and_misses_nothing() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    let registry = registry_with(&engine, tiny());
    let mut slow = subscribe(&registry, &workflow).await;
    let mut fast = subscribe(&registry, &workflow).await;
    until_live(&mut slow).await;
    until_live(&mut fast).await;
    for _ in 0..100 {
        workflow.signal("s");
        events(&mut fast, 1).await;
    }
    assert_eq!(events(&mut slow, 100).await, workflow.events()[1..]);
    workflow.signal("after");
    events(&mut slow, 1).await;
    assert_eq!(events(&mut fast, 1).await, workflow.events()[101..]);
}

#[tokio::test(start_paused = true)]
async fn ring_is_bounded_by_bytes_and_always_holds_the_newest() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    let config = FeedConfig {
        ring_bytes: 1,
        ..FeedConfig::default()
    };
    let registry = registry_with(&engine, config);
    let mut reader = subscribe(&registry, &workflow).await;
    until_live(&mut reader).await;
    workflow.signals(50);
    assert_eq!(events(&mut reader, 50).await, workflow.events()[1..]);
}

#[tokio::test(start_paused = true)]
async fn readers_of_the_same_past_share_one_replay() {
    let engine = FakeEngine::new();
    engine.page_events(8);
    let workflow = engine.workflow("w");
    workflow.signals(99);
    let registry = registry_with(&engine, tiny());
    let mut first = subscribe(&registry, &workflow).await;
    until_live(&mut first).await;
    let alone = engine.stats().reads;
    let readers = (0..50).map(|_| async {
        let mut reader = subscribe(&registry, &workflow).await;
        until_live(&mut reader).await
    });
    for seen in join_all(readers).await {
        assert_eq!(seen, workflow.events());
    }
    let together = engine.stats().reads - alone;
    assert!(
        together <= 2 * alone,
        "{together} reads for fifty, {alone} for one"
    );
}

#[tokio::test(start_paused = true)]
async fn replay_starts_at_the_checkpoint_before_the_cursor() {
    let engine = FakeEngine::new();
    engine.page_events(8);
    let workflow = engine.workflow("w");
    workflow.signals(999);
    let registry = registry_with(&engine, tiny());
    let mut first = subscribe(&registry, &workflow).await;
    until_live(&mut first).await;
    let before = engine.stats().reads;
    let cursor = workflow.events()[900].cursor.clone();
    let mut reader = registry
        .subscribe("w", Some(&cursor))
        .await
        .expect("a subscription");
    assert_eq!(until_live(&mut reader).await, workflow.events()[901..]);
    let reads = engine.stats().reads - before;
    assert!(
        reads < 30,
        "{reads} reads for the last hundred of a thousand events"
    );
}

#[tokio::test(start_paused = true)]
async fn replays_have_a_bound_of_their_own() {
    let engine = FakeEngine::new();
    engine.page_events(4);
    let config = FeedConfig {
        concurrent_replays: 1,
        ..tiny()
    };
    let registry = registry_with(&engine, config);
    let mut all = Vec::new();
    for number in 0..20 {
        let workflow = engine.workflow(&format!("w{number}"));
        workflow.signals(40);
        all.push(workflow);
    }
    let readers = all.iter().map(|workflow| async {
        let mut reader = subscribe(&registry, workflow).await;
        assert_eq!(until_live(&mut reader).await, workflow.events());
    });
    join_all(readers).await;
}

#[tokio::test(start_paused = true)]
async fn replay_goes_on_however_its_reader_is_polled() {
    let engine = FakeEngine::new();
    engine.page_events(2);
    let workflow = engine.workflow("w");
    workflow.signals(200);
    let registry = registry_with(&engine, tiny());
    let mut reader = subscribe(&registry, &workflow).await;
    let mut seen = 0;
    loop {
        // Every wait is given up almost at once.
        match timeout(Duration::from_nanos(1), reader.next()).await {
            Ok(FeedUpdate::Events(batch)) => seen += batch.len(),
            Ok(FeedUpdate::Live(_)) => break,
            Ok(step) => panic!("{step:?}"),
            Err(_) => {}
        }
    }
    assert_eq!(seen, 201);
}

// Covers EV-9.
#[tokio::test(start_paused = true)]
async fn branch_that_failed_over_is_a_gap_and_then_the_current_branch() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.signals(10);
    let registry = registry_with(&engine, FeedConfig::default());
    let mut reader = subscribe(&registry, &workflow).await;
    until_live(&mut reader).await;
    workflow.fork_branch(5);
    workflow.signals(2);
    assert!(matches!(next(&mut reader).await, FeedUpdate::Gap));
    assert_eq!(events(&mut reader, 7).await, workflow.events());
}

#[tokio::test(start_paused = true)]
async fn failover_that_kept_what_was_read_is_no_gap() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.signals(10);
    let registry = registry_with(&engine, FeedConfig::default());
    let mut reader = subscribe(&registry, &workflow).await;
    until_live(&mut reader).await;
    workflow.fork_branch(11);
    workflow.signals(2);
    assert_eq!(events(&mut reader, 2).await, workflow.events()[11..]);
}

#[tokio::test(start_paused = true)]
async fn replay_is_shared_with_those_who_come_while_others_still_hold_it() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.signals(3000);
    let config = FeedConfig {
        checkpoint_events: 3000,
        ..tiny()
    };
    let registry = registry_with(&engine, config);
    until_live(&mut subscribe(&registry, &workflow).await).await;
    let before = engine.stats().reads;
    let mut readers = Vec::new();
    for _ in 0..20 {
        let mut reader = subscribe(&registry, &workflow).await;
        assert!(matches!(next(&mut reader).await, FeedUpdate::Events(_)));
        readers.push(reader);
    }
    let reads = engine.stats().reads - before;
    // One replay is twelve pages.
    assert!(reads < 20, "{reads} reads for twenty readers");
}

#[tokio::test(start_paused = true)]
async fn readers_that_stall_in_segments_of_their_own_read_on_though_there_was_no_room_for_these() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.signals(2000);
    let config = FeedConfig {
        checkpoint_events: 100,
        replay_bytes: 0,
        concurrent_replays: 1,
        ..tiny()
    };
    let registry = registry_with(&engine, config);
    until_live(&mut subscribe(&registry, &workflow).await).await;
    let all = workflow.events();
    let mut stalled = Vec::new();
    for after in (0..1900).step_by(100) {
        let mut reader = resume(&registry, &all[after].cursor).await;
        let FeedUpdate::Events(batch) = next(&mut reader).await else {
            panic!("there are events after {after}");
        };
        stalled.push((reader, after + 1 + batch.len()));
    }
    for (mut reader, after) in stalled {
        assert_eq!(until_live(&mut reader).await, all[after..]);
    }
    // And where all of them read at the same time.
    let readers = (0..1900).step_by(100).map(|after| {
        let (registry, all) = (&registry, &all);
        async move {
            let mut reader = resume(registry, &all[after].cursor).await;
            assert_eq!(until_live(&mut reader).await, all[after + 1..]);
        }
    });
    join_all(readers).await;
}
