//! Counts connections: in all, per user, and per address.

use std::{collections::HashMap, hash::Hash, net::IpAddr, sync::Arc};

use fast_temporal_protocol::{ErrorBody, ErrorCode};
use parking_lot::Mutex;
use tracing::debug;

use super::client_key::ClientKey;
use crate::config::ConnectionLimits;

pub(super) struct ConnectionCounter {
    max: usize,
    counts: Mutex<Counts>,
}

struct Counts {
    total: usize,
    per_user: KeyedCount<Arc<str>>,
    per_address: KeyedCount<IpAddr>,
}

/// The number of connections per key. Without a limit, nothing is counted.
struct KeyedCount<K> {
    max: usize,
    counts: HashMap<K, usize>,
}

/// Counts a connection until it is dropped.
pub(crate) struct ConnectionPermit {
    counter: Arc<ConnectionCounter>,
    client: ClientKey,
}

impl ConnectionCounter {
    pub(super) fn new(limits: &ConnectionLimits) -> Self {
        Self {
            max: limits.max_connections,
            counts: Mutex::new(Counts {
                total: 0,
                per_user: KeyedCount::new(limits.max_connections_per_user),
                per_address: KeyedCount::new(limits.max_connections_per_address),
            }),
        }
    }

    pub(super) fn admit(
        this: &Arc<Self>,
        client: &ClientKey,
    ) -> Result<ConnectionPermit, ErrorBody> {
        let mut counts = this.counts.lock();
        if this.max > 0 && counts.total >= this.max {
            return reject(ErrorCode::TooManyConnections, client, this.max);
        }
        if !counts.per_address.has_room(&client.address) {
            let max = counts.per_address.max;
            return reject(ErrorCode::TooManyConnectionsPerAddress, client, max);
        }
        if let Some(user) = &client.user {
            if !counts.per_user.has_room(user) {
                let max = counts.per_user.max;
                return reject(ErrorCode::TooManyConnectionsPerUser, client, max);
            }
            counts.per_user.add(user);
        }
        counts.per_address.add(&client.address);
        counts.total += 1;
        Ok(ConnectionPermit {
            counter: Arc::clone(this),
            client: client.clone(),
        })
    }
}

impl ConnectionPermit {
    /// Returns the client whose connection it counts.
    pub(crate) fn client(&self) -> &ClientKey {
        &self.client
    }

    /// Counts the connection for that user from now on.
    ///
    /// # Errors
    /// `too_many_connections_per_user`: the count is unchanged.
    pub(crate) fn set_user(&mut self, user: Option<Arc<str>>) -> Result<(), ErrorBody> {
        if self.client.user == user {
            return Ok(());
        }
        let users = &mut self.counter.counts.lock().per_user;
        if let Some(user) = &user {
            if !users.has_room(user) {
                return reject(
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

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        let mut counts = self.counter.counts.lock();
        counts.total -= 1;
        counts.per_address.remove(&self.client.address);
        if let Some(user) = &self.client.user {
            counts.per_user.remove(user);
        }
    }
}

impl<K: Clone + Eq + Hash> KeyedCount<K> {
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
        if self.max > 0 {
            *self.counts.entry(key.clone()).or_default() += 1;
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

fn reject<T>(code: ErrorCode, client: &ClientKey, max: usize) -> Result<T, ErrorBody> {
    debug!(%code, ?client, max, "rejected a connection");
    let message = match code {
        ErrorCode::TooManyConnectionsPerUser => {
            format!("too many connections: a user can have {max} to this node")
        }
        ErrorCode::TooManyConnectionsPerAddress => {
            format!("too many connections: an address can have {max} to this node")
        }
        _ => "this node has reached its limit of connections: try again later".to_owned(),
    };
    Err(ErrorBody::new(code, message))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::limit::client_address::ClientAddress;

    fn counter(max: usize, of_user: usize, of_address: usize) -> Arc<ConnectionCounter> {
        Arc::new(ConnectionCounter::new(&ConnectionLimits {
            max_connections: max,
            max_connections_per_user: of_user,
            max_connections_per_address: of_address,
            ..ConnectionLimits::default()
        }))
    }

    fn client(user: &str, host: u8) -> ClientKey {
        let address = ClientAddress(Ipv4Addr::new(192, 0, 2, host).into());
        ClientKey::new(Some(user.into()), address)
    }

    fn admit(
        counter: &Arc<ConnectionCounter>,
        client: &ClientKey,
    ) -> Result<ConnectionPermit, ErrorCode> {
        ConnectionCounter::admit(counter, client).map_err(|error| error.code)
    }

    #[test]
    fn each_limit_has_its_own_code_and_dropping_a_permit_makes_room() {
        for (max, of_user, of_address, code) in [
            (2, 0, 0, ErrorCode::TooManyConnections),
            (3, 2, 0, ErrorCode::TooManyConnectionsPerUser),
            (3, 0, 2, ErrorCode::TooManyConnectionsPerAddress),
        ] {
            let counter = counter(max, of_user, of_address);
            let ada = client("ada", 1);
            let first = admit(&counter, &ada).expect("room");
            let _second = admit(&counter, &ada).expect("room");
            assert_eq!(admit(&counter, &ada).err(), Some(code));
            drop(first);
            let third = admit(&counter, &ada);
            assert!(third.is_ok(), "{code}");
            assert_eq!(admit(&counter, &ada).err(), Some(code));
        }
    }

    #[test]
    fn a_rejected_connection_is_not_counted() {
        let counter = counter(0, 1, 2);
        let ada = admit(&counter, &client("ada", 1)).expect("room");
        for _ in 0..5 {
            let code = ErrorCode::TooManyConnectionsPerUser;
            assert_eq!(admit(&counter, &client("ada", 1)).err(), Some(code));
        }
        assert_eq!(admit(&counter, &client("bob", 1)).err(), None);
        drop(ada);
        let counts = counter.counts.lock();
        assert_eq!(counts.total, 0);
        assert!(counts.per_user.counts.is_empty());
        assert!(counts.per_address.counts.is_empty());
    }

    #[test]
    fn a_connection_counts_for_its_user_once_authenticated() {
        let counter = counter(0, 1, 0);
        let unauthenticated = ClientKey::new(None, ClientAddress(Ipv4Addr::LOCALHOST.into()));
        let mut first = admit(&counter, &unauthenticated).expect("room");
        let mut second = admit(&counter, &unauthenticated).expect("room");
        let ada: Arc<str> = "ada".into();
        first.set_user(Some(Arc::clone(&ada))).expect("room");
        first.set_user(Some(Arc::clone(&ada))).expect("the same");
        let error = second.set_user(Some(Arc::clone(&ada))).expect_err("full");
        assert_eq!(error.code, ErrorCode::TooManyConnectionsPerUser);
        assert_eq!(second.client(), &unauthenticated);
        drop(first);
        second.set_user(Some(ada)).expect("room again");
        second.set_user(Some("bob".into())).expect("room");
        assert_eq!(admit(&counter, &client("ada", 1)).err(), None);
    }

    #[test]
    fn without_a_limit_nothing_is_counted() {
        let counter = counter(0, 0, 0);
        let _permits: Vec<_> = (0..1000)
            .map(|_| admit(&counter, &client("ada", 1)).expect("room"))
            .collect();
        let counts = counter.counts.lock();
        assert!(counts.per_user.counts.is_empty());
        assert!(counts.per_address.counts.is_empty());
    }
}
