//! The request rate of each client: an allowance that is used up and refills.
//!
//! The generic cell rate algorithm (<https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm>): per
//! client only the time is stored at which its allowance will be full again, and nothing once it is.

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, RandomState},
    time::Duration,
};

use fast_temporal_protocol::{ErrorBody, ErrorCode};
use parking_lot::Mutex;
use tokio::time::Instant;
use tracing::debug;

use super::client_key::ClientKey;
use crate::config::RequestLimits;

/// Below this many clients, removing idle ones is not worth the work.
const MIN_SWEEP_SIZE: usize = 1024;
/// How often idle clients are removed while the table is full.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

pub(super) struct RateLimiter {
    per_second: u32,
    /// The time in which one request is refilled.
    interval: Duration,
    /// The time in which the full allowance is refilled.
    refill: Duration,
    max_clients: usize,
    hasher: RandomState,
    clients: Mutex<Clients>,
}

struct Clients {
    /// When each client's allowance is full again, by a keyed hash of the client: the size of an
    /// entry does not depend on the client's name, and no client can choose a name that shares another
    /// client's allowance.
    full_at: HashMap<u64, Instant>,
    /// The same for all clients beyond the table, together.
    others_full_at: Instant,
    /// The size at which clients with a full allowance are removed.
    sweep_size: usize,
    swept_at: Instant,
}

impl RateLimiter {
    pub(super) fn new(limits: &RequestLimits) -> Self {
        let interval = match limits.per_second {
            0 => Duration::ZERO,
            per_second => Duration::from_secs(1) / per_second,
        };
        Self {
            per_second: limits.per_second,
            interval,
            refill: interval * limits.burst.max(1),
            max_clients: limits.max_clients,
            hasher: RandomState::new(),
            clients: Mutex::new(Clients {
                full_at: HashMap::new(),
                others_full_at: Instant::now(),
                sweep_size: MIN_SWEEP_SIZE.min(limits.max_clients),
                swept_at: Instant::now(),
            }),
        }
    }

    /// Counts a request.
    ///
    /// # Errors
    /// `too_many_requests`: the allowance is used up.
    pub(super) fn count(&self, client: &ClientKey) -> Result<(), ErrorBody> {
        if self.per_second == 0 {
            return Ok(());
        }
        let key = match &client.user {
            Some(user) => self.hasher.hash_one(user),
            None => self.hasher.hash_one(client.address),
        };
        let now = Instant::now();
        let mut clients = self.clients.lock();
        clients.remove_idle(now, self.max_clients);
        let full_at = clients.entry(key, now, self.max_clients);
        let next_full_at = (*full_at).max(now) + self.interval;
        if next_full_at > now + self.refill {
            drop(clients);
            debug!(?client, "rejected a request: rate limit");
            let message = format!(
                "rate limit exceeded: at most {} requests per second are accepted",
                self.per_second
            );
            return Err(ErrorBody::new(ErrorCode::TooManyRequests, message));
        }
        *full_at = next_full_at;
        Ok(())
    }
}

impl Clients {
    fn entry(&mut self, key: u64, now: Instant, max: usize) -> &mut Instant {
        if self.full_at.len() >= max && !self.full_at.contains_key(&key) {
            return &mut self.others_full_at;
        }
        self.full_at.entry(key).or_insert(now)
    }

    fn remove_idle(&mut self, now: Instant, max: usize) {
        if self.full_at.len() < self.sweep_size {
            return;
        }
        if self.sweep_size == max && now < self.swept_at + SWEEP_INTERVAL {
            return;
        }
        self.swept_at = now;
        self.full_at.retain(|_, full_at| *full_at > now);
        self.sweep_size = (2 * self.full_at.len()).max(MIN_SWEEP_SIZE).min(max);
        self.full_at.shrink_to(self.sweep_size);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::time::advance;

    use super::*;
    use crate::limit::client_address::ClientAddress;

    fn limiter(per_second: u32, burst: u32, max_clients: usize) -> RateLimiter {
        RateLimiter::new(&RequestLimits {
            per_second,
            burst,
            max_clients,
            ..RequestLimits::default()
        })
    }

    fn address(number: u32) -> ClientKey {
        ClientKey::new(None, ClientAddress(Ipv4Addr::from_bits(number).into()))
    }

    fn user(name: &str) -> ClientKey {
        ClientKey::new(Some(name.into()), ClientAddress(Ipv4Addr::LOCALHOST.into()))
    }

    fn accepted(limiter: &RateLimiter, client: &ClientKey, requests: usize) -> usize {
        let outcomes = (0..requests).map(|_| limiter.count(client));
        outcomes.flatten().count()
    }

    // Covers LIM-4.
    #[tokio::test(start_paused = true)]
    async fn a_burst_is_accepted_and_the_allowance_refills_at_the_rate() {
        let limiter = limiter(10, 20, 100);
        let ada = user("ada");
        assert_eq!(accepted(&limiter, &ada, 100), 20);
        advance(Duration::from_millis(99)).await;
        assert_eq!(accepted(&limiter, &ada, 100), 0);
        advance(Duration::from_millis(1)).await;
        assert_eq!(accepted(&limiter, &ada, 100), 1);
        advance(Duration::from_secs(1)).await;
        assert_eq!(accepted(&limiter, &ada, 100), 10);
        advance(Duration::from_hours(1)).await;
        assert_eq!(accepted(&limiter, &ada, 100), 20);
    }

    #[tokio::test(start_paused = true)]
    async fn a_steady_pace_at_the_rate_is_never_rejected() {
        let limiter = limiter(100, 1, 100);
        let ada = user("ada");
        for _ in 0..1000 {
            assert_eq!(limiter.count(&ada), Ok(()));
            advance(Duration::from_millis(10)).await;
        }
    }

    // Covers LIM-13.
    #[tokio::test(start_paused = true)]
    async fn each_user_and_each_unauthenticated_address_has_its_own_allowance() {
        let limiter = limiter(1, 5, 100);
        let ada_at_another_address = ClientKey::new(
            Some("ada".into()),
            ClientAddress(Ipv4Addr::BROADCAST.into()),
        );
        assert_eq!(accepted(&limiter, &user("ada"), 3), 3);
        assert_eq!(accepted(&limiter, &ada_at_another_address, 9), 2);
        assert_eq!(accepted(&limiter, &user("bob"), 9), 5);
        assert_eq!(accepted(&limiter, &address(1), 9), 5);
        assert_eq!(accepted(&limiter, &address(2), 9), 5);
        let error = limiter.count(&address(1)).expect_err("used up");
        assert_eq!(error.code, ErrorCode::TooManyRequests);
        assert!(error.retryable);
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_limit_every_request_is_accepted() {
        let limiter = limiter(0, 0, 100);
        assert_eq!(accepted(&limiter, &user("ada"), 10_000), 10_000);
        assert_eq!(limiter.clients.lock().full_at.len(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn idle_clients_are_removed() {
        let limiter = limiter(10, 20, 100_000);
        for number in 0..50_000 {
            assert_eq!(limiter.count(&address(number)), Ok(()));
            if number % 100 == 0 {
                advance(Duration::from_millis(10)).await;
            }
        }
        // One request is refilled in 100 ms, the time in which 1,000 clients send theirs.
        let clients = limiter.clients.lock();
        assert!(clients.full_at.len() <= 2 * MIN_SWEEP_SIZE);
        assert!(clients.full_at.capacity() <= 8 * MIN_SWEEP_SIZE);
    }

    #[tokio::test(start_paused = true)]
    async fn clients_beyond_the_table_share_one_allowance_without_affecting_others() {
        let limiter = limiter(1, 5, 10);
        for number in 0..10 {
            assert_eq!(limiter.count(&address(number)), Ok(()));
        }
        let accepted_beyond = (10..1000).filter(|number| limiter.count(&address(*number)).is_ok());
        assert_eq!(accepted_beyond.count(), 5);
        assert_eq!(limiter.clients.lock().full_at.len(), 10);
        assert_eq!(accepted(&limiter, &address(3), 9), 4);
        advance(Duration::from_secs(2)).await;
        // The allowances of the first clients are full again, so their entries are removed.
        assert_eq!(accepted(&limiter, &address(2000), 9), 5);
        assert!(limiter.clients.lock().full_at.len() <= 10);
    }
}
