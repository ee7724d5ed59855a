//! What a test sets: limits, faults, and the answers of workers.

use std::time::Duration;

use fast_temporal_core::EngineErrorKind;
use fast_temporal_protocol::{Failure, Json};
use jiff::Timestamp;

use super::{call::Call, fake_engine::FakeEngine, worker_answer::UpdateAnswer};

impl FakeEngine {
    /// Limits pages of history to `count` events.
    pub fn page_events(&self, count: usize) {
        self.change(|state| state.page_events = Some(count.max(1)));
    }

    /// Leaves resets out of descriptions, as old servers do.
    pub fn omit_resets(&self) {
        self.change(|state| state.omits_resets = true);
    }

    /// Sets the time of this Temporal, which is the system's until then.
    pub fn set_time(&self, now: Timestamp) {
        self.change(|state| state.histories.clock = Some(now));
    }

    /// Limits pages of streams to that number of items.
    pub fn stream_page(&self, items: usize) {
        self.change(|state| state.stream_page = Some(items.max(1)));
    }

    /// Delays every read of a stream from now on.
    pub fn delay_streams(&self, delay: Duration) {
        self.change(|state| state.stream_delay = delay);
    }

    /// Fails every request as unavailable until [`Self::make_available`], and open reads at once.
    pub fn make_unavailable(&self) {
        self.change(|state| state.faults.is_unavailable = true);
    }

    /// Ends [`Self::make_unavailable`].
    pub fn make_available(&self) {
        self.change(|state| state.faults.is_unavailable = false);
    }

    /// Fails the next `count` requests of that kind.
    pub fn fail(&self, call: Call, count: usize, kind: EngineErrorKind) {
        self.change(|state| state.faults.next.insert(call, (kind, count)));
    }

    /// Leaves requests of that kind unanswered until [`Self::release`]. Queries and updates time out, as if
    /// there were no worker; others wait forever.
    pub fn hang(&self, call: Call) {
        self.change(|state| state.faults.hanging.insert(call));
    }

    /// Ends [`Self::hang`]. Waiting requests continue.
    pub fn release(&self, call: Call) {
        self.change(|state| state.faults.hanging.remove(&call));
    }

    /// Fails the next `count` reads of history, with those that are waiting.
    pub fn fail_reads(&self, count: usize, kind: EngineErrorKind) {
        self.change(|state| state.faults.reads.next = Some((kind, count)));
    }

    /// Fails every read of that workflow's history from now on. With `None`, reads succeed again.
    pub fn fail_reads_of(&self, workflow_id: &str, kind: Option<EngineErrorKind>) {
        self.change(|state| {
            let of = &mut state.faults.reads.of;
            match kind {
                Some(kind) => of.insert(workflow_id.to_owned(), kind),
                None => of.remove(workflow_id),
            }
        });
    }

    /// Makes every read of that workflow's history panic, with those that are waiting. With `None`, reads
    /// succeed again.
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

    /// Makes every workflow answer `query`, whatever the arguments. Other queries fail, as those without
    /// a handler do.
    pub fn answer(&self, query: &str, answer: Json) {
        self.change(|state| state.answers.queries.insert(query.to_owned(), Ok(answer)));
    }

    /// Makes every workflow answer `query` with that failure.
    pub fn fail_query(&self, query: &str, failure: Failure) {
        self.change(|state| state.answers.queries.insert(query.to_owned(), Err(failure)));
    }

    /// Makes every workflow complete updates of that name with this outcome. Other updates are rejected,
    /// as those without a handler are.
    pub fn answer_update(&self, name: &str, outcome: Result<Json, Failure>) {
        self.set_update(name, UpdateAnswer::Accepted(Some(outcome)));
    }

    /// Makes every workflow accept updates of that name, which complete only by
    /// [`FakeWorkflow::complete_update`](super::fake_workflow::FakeWorkflow::complete_update).
    pub fn accept_update(&self, name: &str) {
        self.set_update(name, UpdateAnswer::Accepted(None));
    }

    /// Makes every workflow reject updates of that name.
    pub fn reject_update(&self, name: &str, failure: Failure) {
        self.set_update(name, UpdateAnswer::Rejected(failure));
    }

    fn set_update(&self, name: &str, answer: UpdateAnswer) {
        self.change(|state| state.answers.updates.insert(name.to_owned(), answer));
    }
}
