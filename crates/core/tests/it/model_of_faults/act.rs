//! What may happen to a chain, to Temporal, and to those who read.

use proptest::prelude::*;

pub const READERS: usize = 4;
pub const NODES: usize = 2;
/// Other workflows, which want polls too.
pub const OTHERS: usize = 3;

#[derive(Clone, Debug)]
pub enum Act {
    Signals(usize),
    Hidden,
    Several(usize),
    ContinueAsNew,
    Retry,
    Cron,
    Reset(usize),
    /// One of its runs so far is reset, that one of all.
    ResetAny(usize, usize),
    /// The workflow fails, and is reset long after.
    ResetLater(usize),
    Away(u64),
    Busy(usize),
    Delay(u64),
    /// That node is replaced by a new one: all its readers resume there.
    NewNode(usize),
    /// That reader resumes on the other node.
    Move(usize),
    /// That reader comes (back) after that event, of all there are.
    Join(usize, usize),
    ComeBack(usize),
    Leave(usize),
    /// That reader reads that many steps.
    Read(usize, usize),
    /// That reader gives up a few reads after that many milliseconds each.
    GiveUp(usize, u64),
    Wait(u64),
    /// That other workflow is read from now on, or no longer.
    Other(usize),
    /// Retention takes that many of the oldest runs.
    Forget(usize),
    /// History loses that many of its last events, and goes on in another branch.
    Fork(i64),
    /// A failover loses the newest run, and that many of the last events of the one before it.
    LoseRun(i64),
}

/// What happens with every Temporal.
fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (1..12_usize).prop_map(Act::Signals),
        1 => Just(Act::Hidden),
        1 => (1..5_usize).prop_map(Act::Several),
        2 => Just(Act::ContinueAsNew),
        1 => Just(Act::Retry),
        1 => Just(Act::Cron),
        1 => (0..6_usize).prop_map(Act::Reset),
        1 => (0..100_usize, 0..6_usize).prop_map(|(run, kept)| Act::ResetAny(run, kept)),
        1 => (0..9000_u64).prop_map(Act::Away),
        1 => (1..4_usize).prop_map(Act::Busy),
        1 => (1..30_u64).prop_map(Act::Delay),
        1 => (0..NODES).prop_map(Act::NewNode),
        2 => (0..READERS).prop_map(Act::Move),
        1 => (0..READERS).prop_map(Act::Leave),
        8 => (0..READERS, 1..6_usize).prop_map(|(reader, steps)| Act::Read(reader, steps)),
        3 => (0..READERS, 0..20_u64).prop_map(|(reader, millis)| Act::GiveUp(reader, millis)),
        3 => (1..30_000_u64).prop_map(Act::Wait),
    ]
}

/// What happens with a Temporal that loses nothing.
pub fn keeping_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        30 => act(),
        1 => (0..6_usize).prop_map(Act::ResetLater),
        3 => (0..READERS, 0..1000_usize).prop_map(|(reader, after)| Act::Join(reader, after)),
        1 => (0..OTHERS).prop_map(Act::Other),
    ]
}

/// What happens with a Temporal that loses runs and tails.
pub fn losing_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        30 => act(),
        3 => (0..READERS).prop_map(Act::ComeBack),
        1 => (0..READERS, 0..1000_usize).prop_map(|(reader, after)| Act::Join(reader, after)),
        1 => (0..OTHERS).prop_map(Act::Other),
        3 => (1..3_usize).prop_map(Act::Forget),
        3 => (0..5_i64).prop_map(Act::Fork),
        2 => (1..5_i64).prop_map(Act::LoseRun),
    ]
}
