//! One user on this node: how many connections they have, and which of their workflows are
//! followed for them.

use std::{collections::HashSet, mem, sync::Arc, time::Duration};

use fast_temporal_core::Subscription;
use parking_lot::Mutex;
use tokio::{
    sync::{OnceCell, watch},
    time::Instant,
};
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// A workflow that is followed for a user. While it is listed, its feed is kept.
pub(super) struct Followed {
    /// Never read: sessions begin anew from it.
    pub(super) subscription: Subscription,
    /// The connection that started it, if one did on this node.
    pub(super) starter: Option<u64>,
    /// Since when it is followed.
    pub(super) since: Instant,
    /// The last frame, where the workflow had to be asked for it: asked once for all connections.
    pub(super) answer: OnceCell<Utf8Bytes>,
}

impl Followed {
    pub(super) fn new(subscription: Subscription, starter: Option<u64>) -> Arc<Self> {
        Arc::new(Self {
            subscription,
            starter,
            since: Instant::now(),
            answer: OnceCell::new(),
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
    changed: watch::Sender<()>,
}

struct State {
    connections: usize,
    /// When the last connection was gone, or the user came to be known.
    left_at: Instant,
    /// Whether visibility was asked for this user's workflows.
    checked: bool,
    /// In the order in which they were listed.
    workflows: Vec<Listed>,
    next_number: u64,
    /// Workflows whose start is under way, so that discovery leaves them alone.
    starting: Vec<Arc<str>>,
}

struct Listed {
    number: u64,
    followed: Arc<Followed>,
    /// How many connections have yet to take note of it.
    untaken: usize,
}

impl User {
    pub(super) fn new(id: Arc<str>) -> Self {
        Self {
            id,
            state: Mutex::new(State {
                connections: 0,
                left_at: Instant::now(),
                checked: false,
                workflows: Vec::new(),
                next_number: 0,
                starting: Vec::new(),
            }),
            changed: watch::Sender::new(()),
        }
    }

    pub(super) fn id(&self) -> &Arc<str> {
        &self.id
    }

    /// Adds a connection.
    pub(super) fn connect(self: &Arc<Self>) -> Presence {
        let mut state = self.state.lock();
        if state.connections == 0 {
            // Nobody looked for this user's workflows in the meantime.
            state.checked = false;
        }
        state.connections += 1;
        state.forget_ended();
        let running = state.workflows.iter().map(|listed| &listed.followed);
        let running = running.filter(|followed| !followed.subscription.is_finished());
        Presence {
            running: running.cloned().collect(),
            changes: self.changed.subscribe(),
            user: Arc::clone(self),
            seen: state.next_number,
        }
    }

    /// Says that a workflow is being started under that id.
    pub(super) fn begin_start(&self, workflow_id: &Arc<str>) {
        self.state.lock().starting.push(Arc::clone(workflow_id));
    }

    /// Ends [`Self::begin_start`]; with a workflow where that went well.
    pub(super) fn end_start(&self, workflow_id: &Arc<str>, followed: Option<Arc<Followed>>) {
        let mut state = self.state.lock();
        state.starting.retain(|starting| starting != workflow_id);
        if state.starting.is_empty() {
            state.starting = Vec::new();
        }
        if let Some(followed) = followed {
            state.list(followed);
            drop(state);
            self.changed.send_replace(());
        }
    }

    /// Lists a workflow that was found running, unless it is known.
    pub(super) fn add(&self, followed: Arc<Followed>) {
        let mut state = self.state.lock();
        if !state.known().contains(followed.workflow_id()) {
            state.list(followed);
            drop(state);
            self.changed.send_replace(());
        }
    }

    /// Of these workflows, those which are not known here.
    pub(super) fn unknown(&self, mut workflow_ids: Vec<Arc<str>>) -> Vec<Arc<str>> {
        let state = self.state.lock();
        let known = state.known();
        workflow_ids.retain(|workflow_id| !known.contains(workflow_id));
        workflow_ids
    }

    /// Forgets the workflows that are over and that all connections have taken note of.
    pub(super) fn forget_ended(&self) {
        self.state.lock().forget_ended();
    }

    pub(super) fn is_connected(&self) -> bool {
        self.state.lock().connections > 0
    }

    /// Whether nobody has been connected for that long.
    pub(super) fn is_gone(&self, linger: Duration) -> bool {
        let state = self.state.lock();
        state.connections == 0 && state.starting.is_empty() && state.left_at.elapsed() >= linger
    }

    pub(super) fn is_checked(&self) -> bool {
        self.state.lock().checked
    }

    pub(super) fn set_checked(&self) {
        self.state.lock().checked = true;
    }
}

impl State {
    fn list(&mut self, followed: Arc<Followed>) {
        let number = self.next_number;
        self.next_number += 1;
        self.workflows.push(Listed {
            number,
            followed,
            untaken: self.connections,
        });
    }

    fn known(&self) -> HashSet<Arc<str>> {
        let listed = self
            .workflows
            .iter()
            .map(|listed| listed.followed.workflow_id());
        listed.chain(&self.starting).cloned().collect()
    }

    fn forget_ended(&mut self) {
        self.workflows
            .retain(|listed| listed.untaken > 0 || !listed.followed.subscription.is_finished());
        if self.workflows.is_empty() {
            self.workflows = Vec::new();
        }
    }
}

/// One connection of a user, for as long as it lasts.
pub(super) struct Presence {
    user: Arc<User>,
    changes: watch::Receiver<()>,
    /// What ran already when the connection came.
    running: Vec<Arc<Followed>>,
    /// The workflows before this number were taken note of.
    seen: u64,
}

impl Presence {
    pub(super) fn user(&self) -> &Arc<User> {
        &self.user
    }

    /// The workflows that were listed since the last call; at first, all that run.
    pub(super) fn take(&mut self) -> Vec<Arc<Followed>> {
        self.changes.borrow_and_update();
        let mut workflow_task_started = mem::take(&mut self.running);
        let mut state = self.user.state.lock();
        workflow_task_started.extend(Self::take_note(&mut state, self.seen));
        self.seen = state.next_number;
        workflow_task_started
    }

    /// Waits until there is something to take.
    pub(super) async fn changed(&mut self) {
        // The sender lives in the user, whom this presence holds.
        let _ = self.changes.changed().await;
    }

    fn take_note(state: &mut State, seen: u64) -> Vec<Arc<Followed>> {
        let from = state
            .workflows
            .partition_point(|listed| listed.number < seen);
        let new = state.workflows.iter_mut().skip(from).map(|listed| {
            listed.untaken -= 1;
            Arc::clone(&listed.followed)
        });
        new.collect()
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let mut state = self.user.state.lock();
        Self::take_note(&mut state, self.seen);
        state.connections -= 1;
        state.left_at = Instant::now();
        state.forget_ended();
    }
}
