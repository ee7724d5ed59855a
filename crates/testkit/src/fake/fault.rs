//! Faults that tests set.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use fast_temporal_core::{EngineError, EngineErrorKind};

use super::{Call, FakeEngine};

#[derive(Default)]
pub(super) struct Faults {
    is_unavailable: bool,
    pub(super) reads: ReadFaults,
    /// How the next requests of a kind fail, and the number of them.
    next: HashMap<Call, (EngineErrorKind, usize)>,
    hanging: HashSet<Call>,
}

/// Faults of reads of history.
#[derive(Default)]
pub(super) struct ReadFaults {
    /// How the next ones fail, and the number of them.
    next: Option<(EngineErrorKind, usize)>,
    /// How all reads of a workflow fail, by its id.
    of: HashMap<String, EngineErrorKind>,
    panic_of: Option<String>,
    pub(super) delay: Duration,
    pub(super) empty: bool,
}

impl FakeEngine {
    /// Fails every request as unavailable until [`Self::come_back`], and open reads at once.
    pub fn go_away(&self) {
        self.change(|state| state.faults.is_unavailable = true);
    }

    /// Ends [`Self::go_away`].
    pub fn come_back(&self) {
        self.change(|state| state.faults.is_unavailable = false);
    }

    /// Fails the next `count` requests of that kind.
    pub fn fail(&self, call: Call, count: usize, kind: EngineErrorKind) {
        self.change(|state| state.faults.next.insert(call, (kind, count)));
    }

    /// Leaves requests of that kind unanswered until [`Self::unhang`]. Queries and updates time out, as if
    /// there were no worker; others wait forever.
    pub fn hang(&self, call: Call) {
        self.change(|state| state.faults.hanging.insert(call));
    }

    /// Ends [`Self::hang`]. Waiting requests continue.
    pub fn unhang(&self, call: Call) {
        self.change(|state| state.faults.hanging.remove(&call));
    }

    /// Fails the next `count` reads of history, with those that are waiting.
    pub fn fail_reads(&self, count: usize, kind: EngineErrorKind) {
        self.change(|state| state.faults.reads.next = Some((kind, count)));
    }

    /// Fails every read of that workflow's history from now on; with `None`, no more.
    pub fn fail_reads_of(&self, workflow_id: &str, kind: Option<EngineErrorKind>) {
        self.change(|state| {
            let of = &mut state.faults.reads.of;
            match kind {
                Some(kind) => of.insert(workflow_id.to_owned(), kind),
                None => of.remove(workflow_id),
            }
        });
    }

    /// Makes every read of that workflow's history panic, with those that are waiting; with `None`, no
    /// more.
    pub fn panic_reads_of(&self, workflow_id: Option<&str>) {
        self.change(|state| state.faults.reads.panic_of = workflow_id.map(str::to_owned));
    }

    /// Delays every read of history from now on.
    pub fn delay_reads(&self, delay: Duration) {
        self.change(|state| state.faults.reads.delay = delay);
    }

    /// Sets whether reads of history return an empty page at once, as behind a proxy that lets no poll
    /// wait.
    pub fn empty_reads(&self, empty: bool) {
        self.change(|state| state.faults.reads.empty = empty);
    }

    /// Fails the next `count` starts.
    pub fn fail_starts(&self, count: usize, kind: EngineErrorKind) {
        self.fail(Call::Start, count, kind);
    }

    /// Leaves starts unanswered from now on.
    pub fn hang_starts(&self) {
        self.hang(Call::Start);
    }

    /// Lets queries time out from now on, as if there were no worker.
    pub fn hang_queries(&self) {
        self.hang(Call::Query);
    }
}

impl Faults {
    pub(super) fn hangs(&self, call: Call) -> bool {
        self.hanging.contains(&call)
    }

    /// Fails if a fault is set, and counts it down.
    pub(super) fn check(&mut self, call: Call) -> Result<(), EngineError> {
        self.check_away()?;
        self.next.get_mut(&call).map_or(Ok(()), use_up)
    }

    /// The same for a read of that workflow's history.
    ///
    /// # Panics
    /// The fault of this workflow is a panic.
    pub(super) fn check_read(&mut self, workflow_id: &str) -> Result<(), EngineError> {
        self.check_away()?;
        self.reads.next.as_mut().map_or(Ok(()), use_up)?;
        if let Some(kind) = self.reads.of.get(workflow_id) {
            return Err(EngineError::new(*kind, "a fault set for this workflow"));
        }
        assert!(
            self.reads.panic_of.as_deref() != Some(workflow_id),
            "a panic set for this workflow"
        );
        Ok(())
    }

    fn check_away(&self) -> Result<(), EngineError> {
        if self.is_unavailable {
            let why = EngineErrorKind::Unavailable;
            return Err(EngineError::new(why, "the fake is unavailable"));
        }
        Ok(())
    }
}

fn use_up((kind, left): &mut (EngineErrorKind, usize)) -> Result<(), EngineError> {
    if *left == 0 {
        return Ok(());
    }
    *left -= 1;
    Err(EngineError::new(*kind, "a fault set by the test"))
}
