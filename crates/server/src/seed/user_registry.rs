//! The users of this node.

use std::{collections::HashMap, sync::Arc, time::Duration};

use parking_lot::Mutex;

use super::user::{User, UserConnection};

/// How long a user's workflows are still followed after the last disconnect, so that a page reload
/// finds them at once. After that, discovery finds them.
const LINGER: Duration = Duration::from_mins(1);

/// The users who are connected to this node, or were a moment ago.
#[derive(Default)]
pub(crate) struct UserRegistry(Mutex<Users>);

#[derive(Default)]
struct Users {
    by_id: HashMap<Arc<str>, Arc<User>>,
    /// Discovery runs while there are users.
    is_discovering: bool,
}

impl UserRegistry {
    /// Adds a connection of a user. The caller must start discovery if the flag is set.
    pub(super) fn connect(&self, user_id: &str) -> (UserConnection, bool) {
        let mut users = self.0.lock();
        let connection = if let Some(user) = users.by_id.get(user_id) {
            user.connect()
        } else {
            let id: Arc<str> = user_id.into();
            let user = Arc::new(User::new(Arc::clone(&id)));
            let connection = user.connect();
            users.by_id.insert(id, user);
            connection
        };
        let start_discovery = !users.is_discovering;
        users.is_discovering = true;
        (connection, start_discovery)
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

    /// Removes users who have been disconnected for a while. Returns whether there are others. If
    /// not, discovery must end, and the next connection starts it again.
    pub(super) fn remove_disconnected(&self) -> bool {
        let mut users = self.0.lock();
        users.by_id.retain(|_, user| {
            user.remove_closed();
            !user.is_disconnected_for(LINGER)
        });
        users.is_discovering = !users.by_id.is_empty();
        if !users.is_discovering {
            users.by_id = HashMap::new();
        }
        users.is_discovering
    }
}
