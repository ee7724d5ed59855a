//! One user on this node: their connections, and the workflows that are followed for them.

use std::{
    collections::{HashMap, HashSet},
    mem,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use fast_temporal_core::Subscription;
use parking_lot::Mutex;
use tokio::{sync::OnceCell, time::Instant};
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// A workflow that is followed for a user. Its feed stays open while this exists.
pub(super) struct UserWorkflow {
    /// Connections open their own subscriptions from this one, which itself is never read.
    pub(super) subscription: Subscription,
    /// The connection of this node that started the workflow, if any.
    pub(super) starter: Option<u64>,
    pub(super) followed_since: Instant,
    /// The frame with the fallback result: the workflow is queried once for all connections.
    pub(super) fallback_frame: OnceCell<Utf8Bytes>,
}

impl UserWorkflow {
    pub(super) fn new(subscription: Subscription, starter: Option<u64>) -> Arc<Self> {
        Arc::new(Self {
            subscription,
            starter,
            followed_since: Instant::now(),
            fallback_frame: OnceCell::new(),
        })
    }

    pub(super) fn workflow_id(&self) -> &Arc<str> {
        self.subscription.workflow_id()
    }
}

/// One user on this node.
pub(super) struct User {
    id: Arc<str>,
    state: Mutex<State>,
    /// The number of workflows added so far. Written under the lock, and read without it.
    added: AtomicU64,
}

struct State {
    connections: usize,
    next_connection: u64,
    /// Wake the tasks of connections when a workflow is added.
    wakers: HashMap<u64, Waker>,
    /// When the last connection closed, or the user was added.
    disconnected_at: Instant,
    /// Discovery has searched for this user's workflows.
    is_discovered: bool,
    /// In the order in which they were added.
    workflows: Vec<AddedWorkflow>,
    /// Workflows that are being started, so that discovery does not add them as well.
    starting: Vec<Arc<str>>,
}

struct AddedWorkflow {
    number: u64,
    workflow: Arc<UserWorkflow>,
    /// How many connections have still to take it.
    untaken: usize,
}

impl User {
    pub(super) fn new(id: Arc<str>) -> Self {
        Self {
            id,
            state: Mutex::new(State {
                connections: 0,
                next_connection: 0,
                wakers: HashMap::new(),
                disconnected_at: Instant::now(),
                is_discovered: false,
                workflows: Vec::new(),
                starting: Vec::new(),
            }),
            added: AtomicU64::new(0),
        }
    }

    pub(super) fn id(&self) -> &Arc<str> {
        &self.id
    }

    /// Adds a connection.
    pub(super) fn connect(self: &Arc<Self>) -> UserConnection {
        let mut state = self.state.lock();
        if state.connections == 0 {
            // Discovery has skipped this user in the meantime.
            state.is_discovered = false;
        }
        state.connections += 1;
        state.remove_closed();
        let running = state.workflows.iter().map(|added| &added.workflow);
        let running = running.filter(|workflow| !workflow.subscription.is_finished());
        let running = running.cloned().collect();
        let number = state.next_connection;
        state.next_connection += 1;
        UserConnection {
            user: Arc::clone(self),
            number,
            is_registered: false,
            running,
            taken: self.added.load(Ordering::Relaxed),
        }
    }

    /// Records that a workflow with that id is being started.
    pub(super) fn begin_start(&self, workflow_id: &Arc<str>) {
        self.state.lock().starting.push(Arc::clone(workflow_id));
    }

    /// Ends what [`Self::begin_start`] began, with the workflow if it has started.
    pub(super) fn end_start(&self, workflow_id: &Arc<str>, workflow: Option<Arc<UserWorkflow>>) {
        let mut state = self.state.lock();
        state.starting.retain(|starting| starting != workflow_id);
        if state.starting.is_empty() {
            state.starting = Vec::new();
        }
        if let Some(workflow) = workflow {
            self.add_to(&mut state, workflow);
        }
    }

    /// Adds a workflow that discovery has found, unless it is known.
    pub(super) fn add(&self, workflow: Arc<UserWorkflow>) {
        let mut state = self.state.lock();
        if !state.known().contains(workflow.workflow_id()) {
            self.add_to(&mut state, workflow);
        }
    }

    fn add_to(&self, state: &mut State, workflow: Arc<UserWorkflow>) {
        let number = self.added.load(Ordering::Relaxed);
        state.workflows.push(AddedWorkflow {
            number,
            workflow,
            untaken: state.connections,
        });
        self.added.store(number + 1, Ordering::Release);
        state.wakers.values().for_each(Waker::wake_by_ref);
    }

    /// Returns those of the workflows that are not known here.
    pub(super) fn unknown(&self, mut workflow_ids: Vec<Arc<str>>) -> Vec<Arc<str>> {
        let state = self.state.lock();
        let known = state.known();
        workflow_ids.retain(|workflow_id| !known.contains(workflow_id));
        workflow_ids
    }

    /// Removes the closed workflows that all connections have taken.
    pub(super) fn remove_closed(&self) {
        self.state.lock().remove_closed();
    }

    pub(super) fn is_connected(&self) -> bool {
        self.state.lock().connections > 0
    }

    /// Returns whether the user has had no connection, and started nothing, for that long.
    pub(super) fn is_disconnected_for(&self, duration: Duration) -> bool {
        let state = self.state.lock();
        state.connections == 0
            && state.starting.is_empty()
            && state.disconnected_at.elapsed() >= duration
    }

    pub(super) fn is_discovered(&self) -> bool {
        self.state.lock().is_discovered
    }

    pub(super) fn set_discovered(&self) {
        self.state.lock().is_discovered = true;
    }
}

impl State {
    fn known(&self) -> HashSet<Arc<str>> {
        let added = self
            .workflows
            .iter()
            .map(|added| added.workflow.workflow_id());
        added.chain(&self.starting).cloned().collect()
    }

    fn remove_closed(&mut self) {
        self.workflows
            .retain(|added| added.untaken > 0 || !added.workflow.subscription.is_finished());
        if self.workflows.is_empty() {
            self.workflows = Vec::new();
        }
    }

    /// Takes the workflows from that number on.
    fn take_from(&mut self, number: u64) -> Vec<Arc<UserWorkflow>> {
        let start = self.workflows.partition_point(|it| it.number < number);
        let new = self.workflows.iter_mut().skip(start).map(|added| {
            added.untaken -= 1;
            Arc::clone(&added.workflow)
        });
        new.collect()
    }
}

/// One connection of a user, until it is dropped.
pub(super) struct UserConnection {
    user: Arc<User>,
    number: u64,
    /// Whether the connection's task has a waker in the user's state.
    is_registered: bool,
    /// The workflows that were running when the client connected.
    running: Vec<Arc<UserWorkflow>>,
    /// How many of the added workflows have been taken.
    taken: u64,
}

impl UserConnection {
    pub(super) fn user(&self) -> &Arc<User> {
        &self.user
    }

    /// Takes the workflows that were added since the last call; at first, all that are running.
    /// Pending while there are none. For one task, whose waker never changes: only the first poll
    /// takes the lock that all connections of the user share.
    pub(super) fn poll_workflows(&mut self, cx: &mut Context<'_>) -> Poll<Vec<Arc<UserWorkflow>>> {
        if self.is_registered && self.user.added.load(Ordering::Acquire) == self.taken {
            return Poll::Pending;
        }
        let mut workflows = mem::take(&mut self.running);
        let mut state = self.user.state.lock();
        if !self.is_registered {
            state.wakers.insert(self.number, cx.waker().clone());
            self.is_registered = true;
        }
        workflows.append(&mut state.take_from(self.taken));
        self.taken = self.user.added.load(Ordering::Relaxed);
        if workflows.is_empty() {
            Poll::Pending
        } else {
            Poll::Ready(workflows)
        }
    }
}

impl Drop for UserConnection {
    fn drop(&mut self) {
        let mut state = self.user.state.lock();
        state.take_from(self.taken);
        state.wakers.remove(&self.number);
        state.connections -= 1;
        state.disconnected_at = Instant::now();
        state.remove_closed();
    }
}
