//! A task that works while somebody asks for what it finds.

use std::{future::Future, pin::pin};

use parking_lot::Mutex;
use tokio::{select, sync::watch, task::JoinHandle};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// What such a task tells, to whom, and the task itself while there is one.
pub(super) struct OnDemand<T> {
    tasks: TaskTracker,
    stop: CancellationToken,
    /// Whoever asks holds a receiver.
    told: watch::Sender<T>,
    /// Locked whenever the task is begun or ends.
    task: Mutex<Option<JoinHandle<()>>>,
}

impl<T: Default> OnDemand<T> {
    pub(super) fn new(tasks: TaskTracker, stop: CancellationToken) -> Self {
        Self {
            tasks,
            stop,
            told: watch::Sender::default(),
            task: Mutex::default(),
        }
    }

    /// Where to tell what was found.
    pub(super) fn told(&self) -> &watch::Sender<T> {
        &self.told
    }

    /// One more asks, for as long as it holds what it is given. The first one begins the task, which
    /// is to [`run`](Self::run).
    pub(super) fn ask<F>(&self, task: impl FnOnce() -> F) -> watch::Receiver<T>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut running = self.task.lock();
        let told = self.told.subscribe();
        if running.as_ref().is_none_or(JoinHandle::is_finished) {
            *running = Some(self.tasks.spawn(task()));
        }
        told
    }

    /// Works until that is done, nobody asks any more, or all stops. What is known by then is old
    /// when somebody asks again, so it is wiped.
    pub(super) async fn run(&self, work: impl Future<Output = ()>, wipe: impl Fn()) {
        let mut work = pin!(work);
        loop {
            select! {
                biased;
                () = self.stop.cancelled() => return,
                () = self.told.closed() => if self.ends_unasked(&wipe) { return },
                () = &mut work => return,
            }
        }
    }

    /// Whether the task may end. Whoever asks next begins another.
    fn ends_unasked(&self, wipe: impl Fn()) -> bool {
        let mut running = self.task.lock();
        let unasked = self.told.receiver_count() == 0;
        if unasked {
            wipe();
            *running = None;
        }
        unasked
    }
}

impl<T> std::fmt::Debug for OnDemand<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OnDemand")
            .field("asked_by", &self.told.receiver_count())
            .finish_non_exhaustive()
    }
}
