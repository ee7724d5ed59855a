//! Chains of very many runs, and chains whose first runs retention took.

use std::time::Duration;

use fast_temporal_core::FeedUpdate;
use fast_temporal_testkit::fake::{FakeEngine, FakeWorkflow};
use tokio::time::sleep;

use crate::reader::{
    events, events_until_step, next, registry, registry_with, resume, subscribe, tiny, until_live,
};

#[tokio::test(start_paused = true)]
async fn runs_lost_while_they_were_followed_are_a_gap_on_this_node_as_on_others() {
    let engine = FakeEngine::new();
    let first = engine.workflow("w");
    let followed = registry_with(&engine, tiny());
    let mut reader = subscribe(&followed, &first).await;
    until_live(&mut reader).await;
    let second = first.continue_as_new();
    second.signals(5);
    let third = second.continue_as_new();
    third.signals(5);
    let fourth = third.continue_as_new();
    fourth.signals(5);
    sleep(Duration::from_secs(1)).await;
    first.forget();
    second.forget();
    let mut left = third.events();
    left.extend(fourth.events());
    for registry in [followed, registry(&engine)] {
        let mut fresh = subscribe(&registry, &fourth).await;
        let step = next(&mut fresh).await;
        assert!(matches!(step, FeedUpdate::Gap), "{step:?}");
        assert_eq!(until_live(&mut fresh).await, left);
    }
}

#[tokio::test(start_paused = true)]
async fn chain_of_more_than_a_thousand_runs_is_whole_or_says_that_it_is_not() {
    let engine = FakeEngine::new();
    let first = engine.workflow("w");
    let mut runs = vec![first.clone(), first.reset(1)];
    for _ in 0..1200 {
        runs.push(runs.last().expect("runs").continue_as_new());
    }
    let all: Vec<_> = runs.iter().flat_map(FakeWorkflow::events).collect();
    let registry = registry(&engine);
    let mut reader = subscribe(&registry, runs.last().expect("runs")).await;
    let (mut seen, mut step) = events_until_step(&mut reader).await;
    let gap = matches!(step, FeedUpdate::Gap);
    if gap {
        (seen, step) = events_until_step(&mut reader).await;
    }
    assert!(matches!(step, FeedUpdate::Live(_)), "{step:?}");
    assert!(all.ends_with(&seen), "{} events", seen.len());
    assert_eq!(gap, seen.len() < all.len(), "{} events", seen.len());
}

#[tokio::test(start_paused = true)]
async fn lost_first_run_is_looked_for_once_and_not_by_every_reader() {
    let engine = FakeEngine::new();
    let first = engine.workflow("w");
    let mut last = first.continue_as_new();
    for _ in 0..900 {
        last = last.continue_as_new();
    }
    first.forget();
    let registry = registry(&engine);
    let mut asked = Vec::new();
    for _ in 0..3 {
        let before = engine.stats().predecessors;
        let mut reader = subscribe(&registry, &last).await;
        assert!(matches!(next(&mut reader).await, FeedUpdate::Gap));
        asked.push(engine.stats().predecessors - before);
    }
    assert!(asked[1] <= 2 && asked[2] <= 2, "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn chain_that_never_ends_is_resumed_where_its_follower_has_let_go_of_the_runs() {
    let engine = FakeEngine::new();
    let first = engine.workflow("w");
    let registry = registry_with(&engine, tiny());
    let mut fast = subscribe(&registry, &first).await;
    let mut slow = subscribe(&registry, &first).await;
    let mut seen = until_live(&mut fast).await;
    let mut runs = vec![first];
    for number in 0..500 {
        let last = runs.last().expect("runs");
        let next = match number % 50 {
            49 => last.reset(1),
            _ => last.continue_as_new(),
        };
        runs.push(next);
        seen.extend(events(&mut fast, 2).await);
    }
    let all: Vec<_> = runs.iter().flat_map(FakeWorkflow::events).collect();
    assert_eq!(seen, all);
    assert_eq!(until_live(&mut slow).await, all);
    for after in [0, 3, 99, 100, 700] {
        let mut reader = resume(&registry, &all[after].cursor).await;
        assert_eq!(until_live(&mut reader).await, all[after + 1..], "{after}");
    }
}
