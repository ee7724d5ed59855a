//! What chance once found, made as small as it could be.

use std::time::Duration;

use fast_temporal_core::FeedConfig;

use super::{act::Act, run, what_is_lost_is_a_gap};

/// As little of everything as there can be.
fn least() -> FeedConfig {
    FeedConfig {
        ring_events: 1,
        checkpoint_events: 1,
        open_polls: 1,
        concurrent_replays: 1,
        replay_bytes: 0,
        linger: Duration::ZERO,
        ..FeedConfig::default()
    }
}

/// Plays this often enough: how soon a follower tries again is left to chance.
fn play(acts: &[Act], config: &FeedConfig, page: usize) {
    for _ in 0..50 {
        run(what_is_lost_is_a_gap(acts.to_vec(), config.clone(), page));
    }
}

#[test]
fn tail_that_is_lost_under_a_replay_before_the_run_goes_on_is_a_gap() {
    let acts = [
        Act::Signals(4),
        Act::Signals(7),
        Act::Read(0, 1),
        Act::Fork(3),
        Act::Read(0, 3),
        Act::ContinueAsNew,
        Act::Read(0, 2),
    ];
    let config = FeedConfig {
        ring_events: 2,
        ..least()
    };
    play(&acts, &config, 6);
}

#[test]
fn run_that_is_reset_after_a_failover_lost_its_end_is_no_gap_for_who_had_not_read_that() {
    let acts = [
        Act::ContinueAsNew,
        Act::Read(0, 1),
        Act::LoseRun(1),
        Act::Reset(0),
        Act::Signals(3),
    ];
    play(&acts, &least(), 2);
}

#[test]
fn reset_after_a_failover_is_found_where_the_follower_still_knows_the_run_that_was_lost() {
    let acts = [
        Act::ContinueAsNew,
        Act::Signals(7),
        Act::GiveUp(1, 2),
        Act::LoseRun(1),
        Act::Reset(0),
        Act::GiveUp(0, 1),
    ];
    play(&acts, &least(), 2);
    let acts = [
        Act::ContinueAsNew,
        Act::ContinueAsNew,
        Act::Read(0, 1),
        Act::LoseRun(1),
        Act::Read(0, 2),
        Act::LoseRun(1),
        Act::Reset(0),
    ];
    play(&acts, &least(), 2);
}

#[test]
fn cursor_in_a_run_that_a_failover_opened_again_is_no_gap_where_the_follower_lags() {
    let acts = [
        Act::ContinueAsNew,
        Act::Read(3, 3),
        Act::LoseRun(3),
        Act::Busy(3),
        Act::Signals(9),
        Act::Join(0, 6),
        Act::Read(0, 1),
    ];
    let config = FeedConfig {
        ring_events: 10,
        ..least()
    };
    play(&acts, &config, 8);
}

#[test]
fn replay_from_before_a_failover_that_somebody_stalls_in_leads_others_in_no_circle() {
    let acts = [
        Act::ContinueAsNew,
        Act::ContinueAsNew,
        Act::Forget(1),
        Act::Read(3, 1),
        Act::Read(3, 1),
        Act::LoseRun(1),
        Act::Signals(1),
    ];
    play(&acts, &least(), 2);
    let acts = [
        Act::ContinueAsNew,
        Act::NewNode(1),
        Act::Forget(1),
        Act::ContinueAsNew,
        Act::Delay(1),
        Act::Read(1, 1),
        Act::Fork(1),
        Act::Wait(63),
        Act::Read(2, 2),
        Act::LoseRun(3),
        Act::Signals(8),
        Act::Signals(7),
    ];
    let config = FeedConfig {
        ring_events: 11,
        checkpoint_events: 5,
        linger: Duration::from_secs(7),
        ..least()
    };
    play(&acts, &config, 1);
}

#[test]
fn replay_from_between_two_failovers_that_somebody_stalls_in_is_not_waited_in() {
    let acts = [
        Act::ContinueAsNew,
        Act::ContinueAsNew,
        Act::LoseRun(1),
        Act::ContinueAsNew,
        Act::ContinueAsNew,
        Act::Forget(2),
        Act::LoseRun(1),
        Act::Several(1),
        Act::Read(2, 2),
        Act::Fork(0),
        Act::ContinueAsNew,
        Act::LoseRun(3),
        Act::ContinueAsNew,
        Act::Fork(0),
        Act::ContinueAsNew,
        Act::LoseRun(2),
    ];
    play(&acts, &least(), 2);
}

#[test]
fn runs_that_a_failover_left_are_told_where_the_follower_never_was_in_them() {
    let acts = [
        Act::ContinueAsNew,
        Act::ContinueAsNew,
        Act::ContinueAsNew,
        Act::Forget(1),
        Act::NewNode(0),
        Act::LoseRun(1),
        Act::Read(2, 1),
    ];
    play(&acts, &least(), 1);
}

#[test]
fn run_that_a_failover_opened_again_is_told_anew_where_it_went_on_before_anybody_looked() {
    let acts = [
        Act::ContinueAsNew,
        Act::Read(1, 2),
        Act::Signals(8),
        Act::Read(2, 3),
        Act::LoseRun(1),
        Act::ContinueAsNew,
        Act::Read(1, 1),
    ];
    let config = FeedConfig {
        ring_events: 2,
        ..least()
    };
    play(&acts, &config, 2);
}

#[test]
fn reset_of_a_run_that_retention_has_taken_is_no_gap_for_who_stands_in_the_run_that_it_ended() {
    let acts = [
        Act::ContinueAsNew,
        Act::ContinueAsNew,
        Act::Signals(2),
        Act::ResetAny(0, 0),
        Act::Signals(3),
        Act::Forget(1),
        Act::NewNode(0),
        Act::Join(0, 445),
    ];
    play(&acts, &least(), 1);
}

#[test]
fn reader_that_went_on_into_the_next_run_waits_there_anew_for_a_follower_that_lags() {
    let acts = [
        Act::Signals(3),
        Act::Reset(0),
        Act::Read(0, 1),
        Act::LoseRun(3),
        Act::Several(4),
        Act::Wait(85),
        Act::Fork(3),
        Act::ContinueAsNew,
        Act::Read(2, 3),
        Act::Read(2, 3),
    ];
    let config = FeedConfig {
        ring_events: 4,
        open_polls: 2,
        concurrent_replays: 2,
        linger: Duration::from_secs(10),
        ..least()
    };
    play(&acts, &config, 3);
}
