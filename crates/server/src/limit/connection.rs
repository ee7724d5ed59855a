//! How many connections there are: in all, of each user, and of each address.

use std::{collections::HashMap, hash::Hash, net::IpAddr, sync::Arc};

use fast_temporal_protocol::{ErrorBody, ErrorCode};
use parking_lot::Mutex;
use tracing::debug;

use super::Client;
use crate::config::ConnectionLimits;

pub(super) struct Connections {
    max: usize,
    counts: Mutex<Counts>,
}

struct Counts {
    all: usize,
    of_users: Tally<Arc<str>>,
    of_addresses: Tally<IpAddr>,
}

/// How many each has. Where there is no limit, nothing is counted.
struct Tally<K> {
    max: usize,
    counts: HashMap<K, usize>,
}

/// Something that lasts and is counted, until this is dropped.
pub(crate) struct Permit {
    connections: Arc<Connections>,
    client: Client,
}

impl Connections {
    pub(super) fn new(limits: &ConnectionLimits) -> Self {
        Self {
            max: limits.max_connections,
            counts: Mutex::new(Counts {
                all: 0,
                of_users: Tally::new(limits.max_connections_per_user),
                of_addresses: Tally::new(limits.max_connections_per_address),
            }),
        }
    }

    pub(super) fn admit(this: &Arc<Self>, client: &Client) -> Result<Permit, ErrorBody> {
        let mut counts = this.counts.lock();
        if this.max > 0 && counts.all >= this.max {
            return refuse(ErrorCode::TooManyConnections, client, this.max);
        }
        if !counts.of_addresses.has_room(&client.address) {
            let max = counts.of_addresses.max;
            return refuse(ErrorCode::TooManyConnectionsPerAddress, client, max);
        }
        if let Some(user) = &client.user {
            if !counts.of_users.has_room(user) {
                let max = counts.of_users.max;
                return refuse(ErrorCode::TooManyConnectionsPerUser, client, max);
            }
            counts.of_users.add(user);
        }
        counts.of_addresses.add(&client.address);
        counts.all += 1;
        Ok(Permit {
            connections: Arc::clone(this),
            client: client.clone(),
        })
    }
}

impl Permit {
    /// Whom it counts for.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Counts it as that user's from now on.
    ///
    /// # Errors
    /// `too_many_connections_per_user`: it counts as before.
    pub(crate) fn set_user(&mut self, user: Option<Arc<str>>) -> Result<(), ErrorBody> {
        if self.client.user == user {
            return Ok(());
        }
        let users = &mut self.connections.counts.lock().of_users;
        if let Some(user) = &user {
            if !users.has_room(user) {
                return refuse(
                    ErrorCode::TooManyConnectionsPerUser,
                    &self.client,
                    users.max,
                );
            }
            users.add(user);
        }
        if let Some(former) = &self.client.user {
            users.remove(former);
        }
        self.client.user = user;
        Ok(())
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut counts = self.connections.counts.lock();
        counts.all -= 1;
        counts.of_addresses.remove(&self.client.address);
        if let Some(user) = &self.client.user {
            counts.of_users.remove(user);
        }
    }
}

impl<K: Clone + Eq + Hash> Tally<K> {
    fn new(max: usize) -> Self {
        Self {
            max,
            counts: HashMap::new(),
        }
    }

    fn has_room(&self, key: &K) -> bool {
        self.max == 0 || self.counts.get(key).is_none_or(|count| *count < self.max)
    }

    fn add(&mut self, key: &K) {
        if self.max == 0 {
            return;
        }
        match self.counts.get_mut(key) {
            Some(count) => *count += 1,
            None => {
                self.counts.insert(key.clone(), 1);
            }
        }
    }

    fn remove(&mut self, key: &K) {
        match self.counts.get_mut(key) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                self.counts.remove(key);
            }
        }
    }
}

fn refuse<T>(code: ErrorCode, client: &Client, max: usize) -> Result<T, ErrorBody> {
    debug!(%code, ?client, max, "refused a connection");
    let message = match code {
        ErrorCode::TooManyConnectionsPerUser => {
            format!("a user has at most {max} connections to this node")
        }
        ErrorCode::TooManyConnectionsPerAddress => {
            format!("an address has at most {max} connections to this node")
        }
        _ => "this node has as many connections as it takes".to_owned(),
    };
    Err(ErrorBody::new(code, message))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::limit::Address;

    fn connections(max: usize, of_user: usize, of_address: usize) -> Arc<Connections> {
        Arc::new(Connections::new(&ConnectionLimits {
            max_connections: max,
            max_connections_per_user: of_user,
            max_connections_per_address: of_address,
            ..ConnectionLimits::default()
        }))
    }

    fn client(user: &str, host: u8) -> Client {
        let address = Address(Ipv4Addr::new(192, 0, 2, host).into());
        Client::user(user.into(), address)
    }

    fn refused(connections: &Arc<Connections>, client: &Client) -> Option<ErrorCode> {
        let outcome = Connections::admit(connections, client);
        outcome.err().map(|error| error.code)
    }

    #[test]
    fn each_limit_has_its_own_code_and_ends_with_what_was_counted() {
        for (max, of_user, of_address, code) in [
            (2, 0, 0, ErrorCode::TooManyConnections),
            (3, 2, 0, ErrorCode::TooManyConnectionsPerUser),
            (3, 0, 2, ErrorCode::TooManyConnectionsPerAddress),
        ] {
            let connections = connections(max, of_user, of_address);
            let ada = client("ada", 1);
            let first = Connections::admit(&connections, &ada).expect("room");
            let _second = Connections::admit(&connections, &ada).expect("room");
            assert_eq!(refused(&connections, &ada), Some(code));
            drop(first);
            let third = Connections::admit(&connections, &ada);
            assert!(third.is_ok(), "{code}");
            assert_eq!(refused(&connections, &ada), Some(code));
        }
    }

    #[test]
    fn what_was_refused_counts_nowhere() {
        let connections = connections(0, 1, 2);
        let ada = Connections::admit(&connections, &client("ada", 1)).expect("room");
        for _ in 0..5 {
            let code = ErrorCode::TooManyConnectionsPerUser;
            assert_eq!(refused(&connections, &client("ada", 1)), Some(code));
        }
        assert_eq!(refused(&connections, &client("bob", 1)), None);
        drop(ada);
        let counts = connections.counts.lock();
        assert_eq!(counts.all, 0);
        assert!(counts.of_users.counts.is_empty());
        assert!(counts.of_addresses.counts.is_empty());
    }

    #[test]
    fn who_says_later_who_they_are_is_counted_from_then_on() {
        let connections = connections(0, 1, 0);
        let nobody = Client::at(Address(Ipv4Addr::LOCALHOST.into()));
        let mut first = Connections::admit(&connections, &nobody).expect("room");
        let mut second = Connections::admit(&connections, &nobody).expect("room");
        let ada: Arc<str> = "ada".into();
        first.set_user(Some(Arc::clone(&ada))).expect("room");
        first.set_user(Some(Arc::clone(&ada))).expect("the same");
        let error = second.set_user(Some(Arc::clone(&ada))).expect_err("full");
        assert_eq!(error.code, ErrorCode::TooManyConnectionsPerUser);
        assert_eq!(second.client(), &nobody);
        drop(first);
        second.set_user(Some(ada)).expect("room again");
        second.set_user(Some("bob".into())).expect("room");
        assert_eq!(refused(&connections, &client("ada", 1)), None);
    }

    #[test]
    fn without_a_limit_nothing_is_counted() {
        let connections = connections(0, 0, 0);
        let _permits: Vec<_> = (0..1000)
            .map(|_| Connections::admit(&connections, &client("ada", 1)).expect("room"))
            .collect();
        let counts = connections.counts.lock();
        assert!(counts.of_users.counts.is_empty());
        assert!(counts.of_addresses.counts.is_empty());
    }
}
