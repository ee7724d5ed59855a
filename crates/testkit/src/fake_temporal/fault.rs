//! Faults that tests set.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use fast_temporal_core::{EngineError, EngineErrorKind};

use super::call::Call;

#[derive(Default)]
pub(super) struct Faults {
    pub(super) is_unavailable: bool,
    pub(super) reads: ReadFaults,
    /// How the next requests of a kind fail, and the number of them.
    pub(super) next: HashMap<Call, (EngineErrorKind, usize)>,
    pub(super) hanging: HashSet<Call>,
}

/// Faults of reads of history.
#[derive(Default)]
pub(super) struct ReadFaults {
    /// How the next ones fail, and the number of them.
    pub(super) next: Option<(EngineErrorKind, usize)>,
    /// How all reads of a workflow fail, by its id.
    pub(super) of: HashMap<String, EngineErrorKind>,
    pub(super) panic_of: Option<String>,
    pub(super) delay: Duration,
    pub(super) empty: bool,
}

impl Faults {
    pub(super) fn hangs(&self, call: Call) -> bool {
        self.hanging.contains(&call)
    }

    /// Fails if a fault is set, and counts it down.
    pub(super) fn check(&mut self, call: Call) -> Result<(), EngineError> {
        self.check_available()?;
        self.next.get_mut(&call).map_or(Ok(()), count_down)
    }

    /// The same for a read of that workflow's history.
    ///
    /// # Panics
    /// The fault of this workflow is a panic.
    pub(super) fn check_read(&mut self, workflow_id: &str) -> Result<(), EngineError> {
        self.check_available()?;
        self.reads.next.as_mut().map_or(Ok(()), count_down)?;
        if let Some(kind) = self.reads.of.get(workflow_id) {
            return Err(EngineError::new(*kind, "a fault set for this workflow"));
        }
        assert!(
            self.reads.panic_of.as_deref() != Some(workflow_id),
            "a panic set for this workflow"
        );
        Ok(())
    }

    fn check_available(&self) -> Result<(), EngineError> {
        if self.is_unavailable {
            let why = EngineErrorKind::Unavailable;
            return Err(EngineError::new(why, "the fake is unavailable"));
        }
        Ok(())
    }
}

fn count_down((kind, left): &mut (EngineErrorKind, usize)) -> Result<(), EngineError> {
    if *left == 0 {
        return Ok(());
    }
    *left -= 1;
    Err(EngineError::new(*kind, "a fault set by the test"))
}
