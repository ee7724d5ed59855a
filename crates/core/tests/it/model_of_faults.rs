//! Any history, any faults, readers that come and go: nothing is lost or doubled, and what was
//! lost by Temporal is a gap.

mod act;
mod case;
mod reader;
mod rest;
mod world;

use std::time::Duration;

use fast_temporal_core::FeedConfig;
use proptest::prelude::*;
use tokio::time::sleep;

use self::{
    act::{Act, keeping_act, losing_act},
    world::World,
};
use crate::reader::without_end;

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

async fn nothing_is_lost(acts: Vec<Act>, config: FeedConfig, page: usize) {
    let mut world = World::new(config, page).await;
    for act in acts {
        world.play(act).await;
        let told = world.told();
        for reader in &world.readers {
            assert_eq!(reader.gaps, 0, "a gap, though nothing is lost");
            assert!(told.starts_with(&without_end(reader.seen.clone())));
        }
    }
    world.finish().await;
    let told = world.told();
    for reader in world.readers {
        assert!(reader.seen.last().is_some_and(|event| event.end));
        assert_eq!(without_end(reader.seen), told);
    }
}

async fn what_is_lost_is_a_gap(acts: Vec<Act>, config: FeedConfig, page: usize) {
    let mut world = World::new(config, page).await;
    for act in acts {
        world.play(act).await;
        world.check_gaps();
    }
    sleep(Duration::from_mins(1)).await;
    world.finish().await;
    world.check_gaps();
    let reads = world.engine.stats().reads;
    assert!(reads < 3000, "a loop: {reads} reads");
    for reader in &world.readers {
        rest::check(&world, reader).await;
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
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn readers_that_come_and_go_get_every_event_once_and_in_order(
        acts in proptest::collection::vec(keeping_act(), 1..50),
        config in config(),
        page in 1..9_usize,
    ) {
        run(nothing_is_lost(acts, config, page));
    }

    // Covers EV-10.
    #[test]
    fn readers_of_a_temporal_that_loses_runs_and_tails_get_gaps_and_all_that_is_left(
        acts in proptest::collection::vec(losing_act(), 1..50),
        config in config(),
        page in 1..9_usize,
    ) {
        run(what_is_lost_is_a_gap(acts, config, page));
    }
}
