//! The users of this node.

use std::{collections::HashMap, sync::Arc, time::Duration};

use parking_lot::Mutex;

use super::{
    discovery,
    user::{Presence, User},
};
use crate::App;

/// How long a user is remembered after their last connection, with what they run: a page that is
/// loaded again finds it all in place. Later, discovery finds it.
const LINGER: Duration = Duration::from_mins(1);

/// The users who are connected, or were a moment ago.
#[derive(Default)]
pub(crate) struct Hub(Mutex<Users>);

#[derive(Default)]
struct Users {
    by_id: HashMap<Arc<str>, Arc<User>>,
    /// Whether the task that looks for workflows from elsewhere runs: it does while there are users.
    discovering: bool,
}

impl Hub {
    /// Adds a connection of a user.
    pub(super) fn connect(&self, app: &App, user_id: &str) -> Presence {
        let mut users = self.0.lock();
        let presence = if let Some(user) = users.by_id.get(user_id) {
            user.connect()
        } else {
            let id: Arc<str> = user_id.into();
            let user = Arc::new(User::new(Arc::clone(&id)));
            let presence = user.connect();
            users.by_id.insert(id, user);
            presence
        };
        if !users.discovering {
            users.discovering = true;
            app.tasks.spawn(discovery::run(app.clone()));
        }
        presence
    }

    pub(super) fn find(&self, user_id: &str) -> Option<Arc<User>> {
        self.0.lock().by_id.get(user_id).cloned()
    }

    /// The users who are connected.
    pub(super) fn connected(&self) -> Vec<Arc<User>> {
        let users = self.0.lock();
        users
            .by_id
            .values()
            .filter(|user| user.is_connected())
            .cloned()
            .collect()
    }

    /// Forgets users who are gone. Says whether there are others: if not, discovery ends, and the
    /// next connection begins it anew.
    pub(super) fn forget_gone(&self) -> bool {
        let mut users = self.0.lock();
        users.by_id.retain(|_, user| {
            user.forget_ended();
            !user.is_gone(LINGER)
        });
        users.discovering = !users.by_id.is_empty();
        if !users.discovering {
            users.by_id = HashMap::new();
        }
        users.discovering
    }
}
