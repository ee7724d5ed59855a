//! What goes wrong, and what was asked.

use std::{collections::HashMap, time::Duration};

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
    /// Questions for the run before a run.
    pub predecessors: usize,
    /// Reads of history under way right now, those that wait included.
    pub reading: usize,
    /// The most reads of history that ever were under way together.
    pub max_reading: usize,
}

#[derive(Default)]
pub(super) struct Faults {
    pub(super) away: bool,
    pub(super) reads: ReadFaults,
    pub(super) starts: Option<(EngineErrorKind, usize)>,
    pub(super) starts_hang: bool,
    pub(super) queries_hang: bool,
    pub(super) answers: HashMap<String, Json>,
}

/// What goes wrong with reads of history.
#[derive(Default)]
pub(super) struct ReadFaults {
    /// How the next ones fail, and how many.
    pub(super) next: Option<(EngineErrorKind, usize)>,
    /// How all those of a workflow fail, by its id.
    pub(super) of: HashMap<String, EngineErrorKind>,
    pub(super) panic_of: Option<String>,
    pub(super) delay: Duration,
    pub(super) empty: bool,
}

impl ReadFaults {
    /// Uses up one of the failures that were asked for.
    ///
    /// # Panics
    /// It was told to, for this workflow.
    pub(super) fn check(&mut self, workflow_id: &str) -> Result<(), EngineError> {
        Faults::check(&mut self.next)?;
        if let Some(kind) = self.of.get(workflow_id) {
            return Err(EngineError::new(*kind, "the fake was told to fail for it"));
        }
        assert!(
            self.panic_of.as_deref() != Some(workflow_id),
            "the fake was told to panic"
        );
        Ok(())
    }
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
