//! What goes wrong, and what was asked.

use std::collections::HashMap;

use fast_temporal_core::{EngineError, EngineErrorKind};
use fast_temporal_protocol::Json;

/// What was asked of a fake engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Reads of history, answered or not.
    pub reads: usize,
    /// Reads that wait right now.
    pub open_polls: usize,
    /// The most that ever waited together.
    pub max_open_polls: usize,
    /// Descriptions.
    pub describes: usize,
    /// Starts.
    pub starts: usize,
    /// Queries that were answered at once.
    pub queries: usize,
    /// Visibility queries.
    pub lists: usize,
}

#[derive(Default)]
pub(super) struct Faults {
    pub(super) away: bool,
    pub(super) reads: Option<(EngineErrorKind, usize)>,
    pub(super) starts: Option<(EngineErrorKind, usize)>,
    pub(super) starts_hang: bool,
    pub(super) queries_hang: bool,
    pub(super) answers: HashMap<String, Json>,
}

impl Faults {
    pub(super) fn check_away(&self) -> Result<(), EngineError> {
        if self.away {
            return Err(EngineError::new(
                EngineErrorKind::Unavailable,
                "the fake is away",
            ));
        }
        Ok(())
    }

    /// Uses up one of the failures that were asked for.
    pub(super) fn check(fault: &mut Option<(EngineErrorKind, usize)>) -> Result<(), EngineError> {
        match fault {
            Some((kind, left)) if *left > 0 => {
                *left -= 1;
                Err(EngineError::new(*kind, "the fake was told to fail"))
            }
            _ => Ok(()),
        }
    }
}
