//! The actions of the model: what can happen to a chain, to Temporal, and to subscribers.

use proptest::prelude::*;

pub const SUBSCRIBERS: usize = 4;
pub const NODES: usize = 2;
/// Other workflows, which compete for polls.
pub const OTHERS: usize = 3;

#[derive(Clone, Debug)]
pub enum Action {
    Signals(usize),
    Hidden,
    Several(usize),
    ContinueAsNew,
    Retry,
    Cron,
    Reset(usize),
    /// Resets this run of all runs so far.
    ResetAny(usize, usize),
    /// Fails the workflow, and resets it long after.
    ResetLater(usize),
    Away(u64),
    Busy(usize),
    Delay(u64),
    /// Replaces this node by a new one, on which all its subscribers resume.
    NewNode(usize),
    /// This subscriber resumes on the other node.
    Move(usize),
    /// This subscriber resumes after this event of all there are.
    Join(usize, usize),
    ComeBack(usize),
    Leave(usize),
    /// This subscriber reads this number of updates.
    Read(usize, usize),
    /// This subscriber cancels a few reads after this number of milliseconds each.
    GiveUp(usize, u64),
    Wait(u64),
    /// Subscribes to this other workflow, or unsubscribes.
    Other(usize),
    /// Retention deletes this number of the oldest runs.
    Delete(usize),
    /// History loses this number of its last events, and continues in another branch.
    Fork(i64),
    /// A failover loses the newest run, and this number of the last events of the one before it.
    LoseRun(i64),
}

/// Actions of every Temporal.
fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        4 => (1..12_usize).prop_map(Action::Signals),
        1 => Just(Action::Hidden),
        1 => (1..5_usize).prop_map(Action::Several),
        2 => Just(Action::ContinueAsNew),
        1 => Just(Action::Retry),
        1 => Just(Action::Cron),
        1 => (0..6_usize).prop_map(Action::Reset),
        1 => (0..100_usize, 0..6_usize).prop_map(|(run, kept)| Action::ResetAny(run, kept)),
        1 => (0..9000_u64).prop_map(Action::Away),
        1 => (1..4_usize).prop_map(Action::Busy),
        1 => (1..30_u64).prop_map(Action::Delay),
        1 => (0..NODES).prop_map(Action::NewNode),
        2 => (0..SUBSCRIBERS).prop_map(Action::Move),
        1 => (0..SUBSCRIBERS).prop_map(Action::Leave),
        8 => (0..SUBSCRIBERS, 1..6_usize).prop_map(|(subscriber, steps)| Action::Read(subscriber, steps)),
        3 => (0..SUBSCRIBERS, 0..20_u64).prop_map(|(subscriber, millis)| Action::GiveUp(subscriber, millis)),
        3 => (1..30_000_u64).prop_map(Action::Wait),
    ]
}

/// Actions of a Temporal that loses nothing.
pub fn lossless_action() -> impl Strategy<Value = Action> {
    prop_oneof![
        30 => action(),
        1 => (0..6_usize).prop_map(Action::ResetLater),
        3 => (0..SUBSCRIBERS, 0..1000_usize).prop_map(|(subscriber, after)| Action::Join(subscriber, after)),
        1 => (0..OTHERS).prop_map(Action::Other),
    ]
}

/// Actions of a Temporal that loses runs and tails.
pub fn lossy_action() -> impl Strategy<Value = Action> {
    prop_oneof![
        30 => action(),
        3 => (0..SUBSCRIBERS).prop_map(Action::ComeBack),
        1 => (0..SUBSCRIBERS, 0..1000_usize).prop_map(|(subscriber, after)| Action::Join(subscriber, after)),
        1 => (0..OTHERS).prop_map(Action::Other),
        3 => (1..3_usize).prop_map(Action::Delete),
        3 => (0..5_i64).prop_map(Action::Fork),
        2 => (1..5_i64).prop_map(Action::LoseRun),
    ]
}
