//! A task that runs while its results have subscribers.

use std::{future::Future, pin::pin};

use parking_lot::Mutex;
use tokio::{select, sync::watch, task::JoinHandle};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// The task, while there is one, and the channel to its subscribers.
pub(crate) struct OnDemand<T> {
    tasks: TaskTracker,
    stop: CancellationToken,
    sender: watch::Sender<T>,
    /// Locked whenever the task starts or ends.
    task: Mutex<Option<JoinHandle<()>>>,
}

impl<T: Default> OnDemand<T> {
    pub(crate) fn new(tasks: TaskTracker, stop: CancellationToken) -> Self {
        Self {
            tasks,
            stop,
            sender: watch::Sender::default(),
            task: Mutex::default(),
        }
    }

    /// The channel to the subscribers.
    pub(crate) fn sender(&self) -> &watch::Sender<T> {
        &self.sender
    }

    /// Adds a subscriber, for as long as it keeps the receiver. The first one starts the task, which
    /// calls [`run`](Self::run).
    pub(crate) fn subscribe<F>(&self, task: impl FnOnce() -> F) -> watch::Receiver<T>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut running = self.task.lock();
        let receiver = self.sender.subscribe();
        if running.as_ref().is_none_or(JoinHandle::is_finished) {
            *running = Some(self.tasks.spawn(task()));
        }
        receiver
    }

    /// Works until `work` is done, it has no subscribers, or the node stops. What is known by
    /// then is outdated for the next subscriber, so `clear` is called.
    pub(crate) async fn run(&self, work: impl Future<Output = ()>, clear: impl Fn()) {
        let mut work = pin!(work);
        loop {
            select! {
                biased;
                () = self.stop.cancelled() => return,
                () = self.sender.closed() => if self.end_if_unused(&clear) { return },
                () = &mut work => return,
            }
        }
    }

    /// Ends the task if it has no subscriber. The next one starts another.
    fn end_if_unused(&self, clear: impl Fn()) -> bool {
        let mut running = self.task.lock();
        let unused = self.sender.receiver_count() == 0;
        if unused {
            clear();
            *running = None;
        }
        unused
    }
}
