//! What goes wrong, as the test says.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use fast_temporal_core::{EngineError, EngineErrorKind};

use super::{Call, FakeEngine};

#[derive(Default)]
pub(super) struct Faults {
    away: bool,
    pub(super) reads: ReadFaults,
    /// How the next requests of a kind fail, and how many.
    next: HashMap<Call, (EngineErrorKind, usize)>,
    hanging: HashSet<Call>,
}

/// What goes wrong with reads of history.
#[derive(Default)]
pub(super) struct ReadFaults {
    /// How the next ones fail, and how many.
    next: Option<(EngineErrorKind, usize)>,
    /// How all those of a workflow fail, by its id.
    of: HashMap<String, EngineErrorKind>,
    panic_of: Option<String>,
    pub(super) delay: Duration,
    pub(super) empty: bool,
}

impl FakeEngine {
    /// Every request fails as unavailable until [`Self::come_back`], open reads at once.
    pub fn go_away(&self) {
        self.change(|state| state.faults.away = true);
    }

    /// Ends [`Self::go_away`].
    pub fn come_back(&self) {
        self.change(|state| state.faults.away = false);
    }

    /// The next `count` requests of that kind fail like this.
    pub fn fail(&self, call: Call, count: usize, kind: EngineErrorKind) {
        self.change(|state| state.faults.next.insert(call, (kind, count)));
    }

    /// From now on, requests of that kind are not answered, until [`Self::unhang`]. Queries and
    /// updates time out, as where there is no worker; others wait for ever.
    pub fn hang(&self, call: Call) {
        self.change(|state| state.faults.hanging.insert(call));
    }

    /// Ends [`Self::hang`]. What waits goes on.
    pub fn unhang(&self, call: Call) {
        self.change(|state| state.faults.hanging.remove(&call));
    }

    /// The next `count` reads of history fail like this, those that wait included.
    pub fn fail_reads(&self, count: usize, kind: EngineErrorKind) {
        self.change(|state| state.faults.reads.next = Some((kind, count)));
    }

    /// From now on, every read of that workflow's history fails like this; with `None`, none does.
    pub fn fail_reads_of(&self, workflow_id: &str, kind: Option<EngineErrorKind>) {
        self.change(|state| {
            let of = &mut state.faults.reads.of;
            match kind {
                Some(kind) => of.insert(workflow_id.to_owned(), kind),
                None => of.remove(workflow_id),
            }
        });
    }

    /// From now on, whoever reads that workflow's history panics, those that wait included; with
    /// `None`, nobody does.
    pub fn panic_reads_of(&self, workflow_id: Option<&str>) {
        self.change(|state| state.faults.reads.panic_of = workflow_id.map(str::to_owned));
    }

    /// From now on, every read of history takes at least that long.
    pub fn delay_reads(&self, delay: Duration) {
        self.change(|state| state.faults.reads.delay = delay);
    }

    /// Whether, from now on, reads of history are answered at once with nothing, as by a proxy
    /// that doesn't let polls wait.
    pub fn empty_reads(&self, empty: bool) {
        self.change(|state| state.faults.reads.empty = empty);
    }

    /// The next `count` starts fail like this.
    pub fn fail_starts(&self, count: usize, kind: EngineErrorKind) {
        self.fail(Call::Start, count, kind);
    }

    /// From now on, starts never answer.
    pub fn hang_starts(&self) {
        self.hang(Call::Start);
    }

    /// From now on, queries are not answered within any time: there is no worker.
    pub fn hang_queries(&self) {
        self.hang(Call::Query);
    }
}

impl Faults {
    pub(super) fn hangs(&self, call: Call) -> bool {
        self.hanging.contains(&call)
    }

    /// Uses up one of the failures that were asked for.
    pub(super) fn check(&mut self, call: Call) -> Result<(), EngineError> {
        self.check_away()?;
        self.next.get_mut(&call).map_or(Ok(()), use_up)
    }

    /// The same for a read of that workflow's history.
    ///
    /// # Panics
    /// It was told to, for this workflow.
    pub(super) fn check_read(&mut self, workflow_id: &str) -> Result<(), EngineError> {
        self.check_away()?;
        self.reads.next.as_mut().map_or(Ok(()), use_up)?;
        if let Some(kind) = self.reads.of.get(workflow_id) {
            return Err(EngineError::new(*kind, "the fake was told to fail for it"));
        }
        assert!(
            self.reads.panic_of.as_deref() != Some(workflow_id),
            "the fake was told to panic"
        );
        Ok(())
    }

    fn check_away(&self) -> Result<(), EngineError> {
        if self.away {
            let why = EngineErrorKind::Unavailable;
            return Err(EngineError::new(why, "the fake is away"));
        }
        Ok(())
    }
}

fn use_up((kind, left): &mut (EngineErrorKind, usize)) -> Result<(), EngineError> {
    if *left == 0 {
        return Ok(());
    }
    *left -= 1;
    Err(EngineError::new(*kind, "the fake was told to fail"))
}
