//! Cases that the model tests found, minimized.

use std::time::Duration;

use fast_temporal_core::FeedConfig;

use super::{action::Action, play_lossy, run};

/// The smallest of every limit.
fn smallest() -> FeedConfig {
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

/// Plays the actions repeatedly, as the waits of a follower are random.
fn play(actions: &[Action], config: &FeedConfig, page: usize) {
    for _ in 0..50 {
        run(play_lossy(actions.to_vec(), config.clone(), page));
    }
}

#[test]
fn tail_lost_during_a_replay_is_a_gap() {
    let actions = [
        Action::Signals(4),
        Action::Signals(7),
        Action::Read(0, 1),
        Action::Fork(3),
        Action::Read(0, 3),
        Action::ContinueAsNew,
        Action::Read(0, 2),
    ];
    let config = FeedConfig {
        ring_events: 2,
        ..smallest()
    };
    play(&actions, &config, 6);
}

#[test]
fn reset_after_a_failover_is_no_gap_for_a_subscriber_that_had_not_read_the_lost_end() {
    let actions = [
        Action::ContinueAsNew,
        Action::Read(0, 1),
        Action::LoseRun(1),
        Action::Reset(0),
        Action::Signals(3),
    ];
    play(&actions, &smallest(), 2);
}

#[test]
fn reset_after_a_failover_is_found_while_the_follower_still_has_the_lost_run() {
    let actions = [
        Action::ContinueAsNew,
        Action::Signals(7),
        Action::GiveUp(1, 2),
        Action::LoseRun(1),
        Action::Reset(0),
        Action::GiveUp(0, 1),
    ];
    play(&actions, &smallest(), 2);
    let actions = [
        Action::ContinueAsNew,
        Action::ContinueAsNew,
        Action::Read(0, 1),
        Action::LoseRun(1),
        Action::Read(0, 2),
        Action::LoseRun(1),
        Action::Reset(0),
    ];
    play(&actions, &smallest(), 2);
}

#[test]
fn cursor_in_a_reopened_run_is_no_gap_while_the_follower_lags() {
    let actions = [
        Action::ContinueAsNew,
        Action::Read(3, 3),
        Action::LoseRun(3),
        Action::Busy(3),
        Action::Signals(9),
        Action::Join(0, 6),
        Action::Read(0, 1),
    ];
    let config = FeedConfig {
        ring_events: 10,
        ..smallest()
    };
    play(&actions, &config, 8);
}

#[test]
fn replay_from_before_a_failover_leads_no_subscriber_in_a_circle() {
    let actions = [
        Action::ContinueAsNew,
        Action::ContinueAsNew,
        Action::Delete(1),
        Action::Read(3, 1),
        Action::Read(3, 1),
        Action::LoseRun(1),
        Action::Signals(1),
    ];
    play(&actions, &smallest(), 2);
    let actions = [
        Action::ContinueAsNew,
        Action::NewNode(1),
        Action::Delete(1),
        Action::ContinueAsNew,
        Action::Delay(1),
        Action::Read(1, 1),
        Action::Fork(1),
        Action::Wait(63),
        Action::Read(2, 2),
        Action::LoseRun(3),
        Action::Signals(8),
        Action::Signals(7),
    ];
    let config = FeedConfig {
        ring_events: 11,
        checkpoint_events: 5,
        linger: Duration::from_secs(7),
        ..smallest()
    };
    play(&actions, &config, 1);
}

#[test]
fn replay_from_between_two_failovers_is_not_waited_for_in_a_loop() {
    let actions = [
        Action::ContinueAsNew,
        Action::ContinueAsNew,
        Action::LoseRun(1),
        Action::ContinueAsNew,
        Action::ContinueAsNew,
        Action::Delete(2),
        Action::LoseRun(1),
        Action::Several(1),
        Action::Read(2, 2),
        Action::Fork(0),
        Action::ContinueAsNew,
        Action::LoseRun(3),
        Action::ContinueAsNew,
        Action::Fork(0),
        Action::ContinueAsNew,
        Action::LoseRun(2),
    ];
    play(&actions, &smallest(), 2);
}

#[test]
fn runs_remaining_after_a_failover_are_delivered_if_the_follower_never_read_them() {
    let actions = [
        Action::ContinueAsNew,
        Action::ContinueAsNew,
        Action::ContinueAsNew,
        Action::Delete(1),
        Action::NewNode(0),
        Action::LoseRun(1),
        Action::Read(2, 1),
    ];
    play(&actions, &smallest(), 1);
}

#[test]
fn run_reopened_by_a_failover_is_read_again_if_it_continued_unobserved() {
    let actions = [
        Action::ContinueAsNew,
        Action::Read(1, 2),
        Action::Signals(8),
        Action::Read(2, 3),
        Action::LoseRun(1),
        Action::ContinueAsNew,
        Action::Read(1, 1),
    ];
    let config = FeedConfig {
        ring_events: 2,
        ..smallest()
    };
    play(&actions, &config, 2);
}

#[test]
fn reset_of_a_deleted_run_is_no_gap_for_a_subscriber_in_the_run_that_it_closed() {
    let actions = [
        Action::ContinueAsNew,
        Action::ContinueAsNew,
        Action::Signals(2),
        Action::ResetAny(0, 0),
        Action::Signals(3),
        Action::Delete(1),
        Action::NewNode(0),
        Action::Join(0, 445),
    ];
    play(&actions, &smallest(), 1);
}

#[test]
fn subscriber_in_the_next_run_waits_again_for_a_lagging_follower() {
    let actions = [
        Action::Signals(3),
        Action::Reset(0),
        Action::Read(0, 1),
        Action::LoseRun(3),
        Action::Several(4),
        Action::Wait(85),
        Action::Fork(3),
        Action::ContinueAsNew,
        Action::Read(2, 3),
        Action::Read(2, 3),
    ];
    let config = FeedConfig {
        ring_events: 4,
        open_polls: 2,
        concurrent_replays: 2,
        linger: Duration::from_secs(10),
        ..smallest()
    };
    play(&actions, &config, 3);
}
