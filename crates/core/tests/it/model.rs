//! Model tests: any history, any faults, any pace, subscribers that come and go. No event is lost or
//! repeated, and what Temporal lost is a gap.

mod action;
mod check;
mod regression;
mod subscriber;
mod world;

use std::time::Duration;

use fast_temporal_core::FeedConfig;
use proptest::prelude::*;
use tokio::time::sleep;

use self::{
    action::{Action, lossless_action, lossy_action},
    world::World,
};
use crate::support::without_end_mark;

/// Settings that exercise every limit.
fn config() -> impl Strategy<Value = FeedConfig> {
    let sizes = (
        1..12_usize,
        1..12_usize,
        1..4_usize,
        1..3_usize,
        0..20_000_usize,
        0..12_u64,
    );
    sizes.prop_map(
        |(ring_events, checkpoint_events, open_polls, concurrent_replays, replay_bytes, linger)| {
            FeedConfig {
                ring_events,
                checkpoint_events,
                open_polls,
                concurrent_replays,
                replay_bytes,
                linger: Duration::from_secs(linger),
                ..FeedConfig::default()
            }
        },
    )
}

/// Plays the actions on a Temporal that loses nothing.
async fn play_lossless(actions: Vec<Action>, config: FeedConfig, page: usize, delay: Duration) {
    let mut world = World::new(config, page, delay).await;
    for action in actions {
        world.play(action).await;
        let expected = world.all_events();
        for subscriber in &world.subscribers {
            assert_eq!(subscriber.gaps, 0, "a gap although nothing is lost");
            assert!(expected.starts_with(&without_end_mark(subscriber.seen.clone())));
        }
    }
    world.finish().await;
    let expected = world.all_events();
    for subscriber in world.subscribers {
        assert!(subscriber.seen.last().is_some_and(|event| event.end));
        assert_eq!(without_end_mark(subscriber.seen), expected);
    }
}

/// Plays the actions on a Temporal that loses runs and tails.
async fn play_lossy(actions: Vec<Action>, config: FeedConfig, page: usize) {
    // Without a delay, a fake that responds in no time would not let other tasks run.
    let mut world = World::new(config, page, Duration::from_millis(1)).await;
    for action in actions {
        world.play(action).await;
        world.check_gaps();
    }
    sleep(Duration::from_mins(1)).await;
    world.finish().await;
    world.check_gaps();
    let reads = world.engine.stats().reads;
    assert!(reads < 3000, "a loop: {reads} reads");
    for subscriber in &world.subscribers {
        check::check(&world, subscriber).await;
    }
}

fn run(case: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(case);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 144, ..ProptestConfig::default() })]

    // Covers EV-4.
    #[test]
    fn subscribers_that_come_and_go_receive_every_event_once_in_order(
        actions in proptest::collection::vec(lossless_action(), 1..50),
        config in config(),
        page in 1..9_usize,
        delay in 0..2_u64,
    ) {
        run(play_lossless(actions, config, page, Duration::from_millis(delay)));
    }

    // Covers EV-10, EV-27.
    #[test]
    fn lost_runs_and_tails_are_gaps_and_all_remaining_events_follow(
        actions in proptest::collection::vec(lossy_action(), 1..50),
        config in config(),
        page in 1..9_usize,
    ) {
        run(play_lossy(actions, config, page));
    }
}
