//! How many requests each client makes: an allowance that is used up and grows back.
//!
//! Of a client no more is kept than when its allowance will be whole again, and once it is, that
//! neither. (Known as the generic cell rate algorithm: <https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm>.)

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, RandomState},
    time::Duration,
};

use fast_temporal_protocol::{ErrorBody, ErrorCode};
use parking_lot::Mutex;
use tokio::time::Instant;
use tracing::debug;

use super::Client;
use crate::config::RequestLimits;

/// Below this many clients, it is not worth looking for those that can be forgotten.
const MIN_SWEPT: usize = 1024;
/// How often they are looked for where a node has as many clients as it keeps count of.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

pub(super) struct Requests {
    per_second: u32,
    /// After which time one more request is allowed.
    interval: Duration,
    /// In which time the whole allowance grows back.
    whole: Duration,
    max_clients: usize,
    hasher: RandomState,
    clients: Mutex<Clients>,
}

struct Clients {
    /// When each client's allowance is whole again, by a hash of who it is: a client costs the same
    /// whatever it is called, and nobody can choose a name to share somebody else's allowance.
    whole_at: HashMap<u64, Instant>,
    /// The same for all that are not kept count of.
    others_whole_at: Instant,
    /// At which size those that have a whole allowance are forgotten.
    sweep_at: usize,
    swept: Instant,
}

impl Requests {
    pub(super) fn new(limits: &RequestLimits) -> Self {
        let interval = match limits.per_second {
            0 => Duration::ZERO,
            per_second => Duration::from_secs(1) / per_second,
        };
        Self {
            per_second: limits.per_second,
            interval,
            whole: interval * limits.burst.max(1),
            max_clients: limits.max_clients,
            hasher: RandomState::new(),
            clients: Mutex::new(Clients {
                whole_at: HashMap::new(),
                others_whole_at: Instant::now(),
                sweep_at: MIN_SWEPT.min(limits.max_clients),
                swept: Instant::now(),
            }),
        }
    }

    pub(super) fn allow(&self, client: &Client) -> Result<(), ErrorBody> {
        if self.per_second == 0 {
            return Ok(());
        }
        let key = match &client.user {
            Some(user) => self.hasher.hash_one(user),
            None => self.hasher.hash_one(client.address),
        };
        let now = Instant::now();
        let mut clients = self.clients.lock();
        clients.forget_idle(now, self.max_clients);
        let used_until = clients.slot(key, now, self.max_clients);
        let whole_at = (*used_until).max(now) + self.interval;
        if whole_at > now + self.whole {
            drop(clients);
            debug!(?client, "refused a request");
            let message = format!("at most {} requests per second", self.per_second);
            return Err(ErrorBody::new(ErrorCode::TooManyRequests, message));
        }
        *used_until = whole_at;
        Ok(())
    }
}

impl Clients {
    fn slot(&mut self, key: u64, now: Instant, max: usize) -> &mut Instant {
        if self.whole_at.len() >= max && !self.whole_at.contains_key(&key) {
            return &mut self.others_whole_at;
        }
        self.whole_at.entry(key).or_insert(now)
    }

    fn forget_idle(&mut self, now: Instant, max: usize) {
        if self.whole_at.len() < self.sweep_at {
            return;
        }
        if self.sweep_at == max && now < self.swept + SWEEP_INTERVAL {
            return;
        }
        self.swept = now;
        self.whole_at.retain(|_, whole_at| *whole_at > now);
        self.sweep_at = (2 * self.whole_at.len()).max(MIN_SWEPT).min(max);
        self.whole_at.shrink_to(self.sweep_at);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::time::advance;

    use super::*;
    use crate::limit::Address;

    fn requests(per_second: u32, burst: u32, max_clients: usize) -> Requests {
        Requests::new(&RequestLimits {
            per_second,
            burst,
            max_clients,
            ..RequestLimits::default()
        })
    }

    fn at(number: u32) -> Client {
        Client::at(Address(Ipv4Addr::from_bits(number).into()))
    }

    fn user(name: &str) -> Client {
        Client::user(name.into(), Address(Ipv4Addr::LOCALHOST.into()))
    }

    fn allowed(requests: &Requests, client: &Client, asked: usize) -> usize {
        let outcomes = (0..asked).map(|_| requests.allow(client));
        outcomes.flatten().count()
    }

    // Covers LIM-4.
    #[tokio::test(start_paused = true)]
    async fn a_burst_is_allowed_and_grows_back_at_the_rate() {
        let requests = requests(10, 20, 100);
        let ada = user("ada");
        assert_eq!(allowed(&requests, &ada, 100), 20);
        advance(Duration::from_millis(99)).await;
        assert_eq!(allowed(&requests, &ada, 100), 0);
        advance(Duration::from_millis(1)).await;
        assert_eq!(allowed(&requests, &ada, 100), 1);
        advance(Duration::from_secs(1)).await;
        assert_eq!(allowed(&requests, &ada, 100), 10);
        advance(Duration::from_hours(1)).await;
        assert_eq!(allowed(&requests, &ada, 100), 20);
    }

    #[tokio::test(start_paused = true)]
    async fn an_even_pace_at_the_rate_is_never_refused() {
        let requests = requests(100, 1, 100);
        let ada = user("ada");
        for _ in 0..1000 {
            assert_eq!(requests.allow(&ada), Ok(()));
            advance(Duration::from_millis(10)).await;
        }
    }

    // Covers LIM-4.
    #[tokio::test(start_paused = true)]
    async fn each_user_has_an_allowance_wherever_they_are_and_each_address_without_one() {
        let requests = requests(1, 5, 100);
        let elsewhere = Client::user("ada".into(), Address(Ipv4Addr::BROADCAST.into()));
        assert_eq!(allowed(&requests, &user("ada"), 3), 3);
        assert_eq!(allowed(&requests, &elsewhere, 9), 2);
        assert_eq!(allowed(&requests, &user("bob"), 9), 5);
        assert_eq!(allowed(&requests, &at(1), 9), 5);
        assert_eq!(allowed(&requests, &at(2), 9), 5);
        let error = requests.allow(&at(1)).expect_err("used up");
        assert_eq!(error.code, ErrorCode::TooManyRequests);
        assert!(error.retryable);
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_limit_everything_is_allowed() {
        let requests = requests(0, 0, 100);
        assert_eq!(allowed(&requests, &user("ada"), 10_000), 10_000);
        assert_eq!(requests.clients.lock().whole_at.len(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn clients_that_ask_no_more_are_forgotten() {
        let requests = requests(10, 20, 100_000);
        for number in 0..50_000 {
            assert_eq!(requests.allow(&at(number)), Ok(()));
            if number % 100 == 0 {
                advance(Duration::from_millis(10)).await;
            }
        }
        // One request grows back in a tenth of a second, which is the time of 1,000 clients.
        let clients = requests.clients.lock();
        assert!(clients.whole_at.len() <= 2 * MIN_SWEPT);
        assert!(clients.whole_at.capacity() <= 8 * MIN_SWEPT);
    }

    #[tokio::test(start_paused = true)]
    async fn more_clients_than_can_be_counted_share_one_allowance_and_harm_no_other() {
        let requests = requests(1, 5, 10);
        for number in 0..10 {
            assert_eq!(requests.allow(&at(number)), Ok(()));
        }
        let strangers = (10..1000).filter(|number| requests.allow(&at(*number)).is_ok());
        assert_eq!(strangers.count(), 5);
        assert_eq!(requests.clients.lock().whole_at.len(), 10);
        assert_eq!(allowed(&requests, &at(3), 9), 4);
        advance(Duration::from_secs(2)).await;
        // Those that asked once have their whole allowance again, and make room.
        assert_eq!(allowed(&requests, &at(2000), 9), 5);
        assert!(requests.clients.lock().whole_at.len() <= 10);
    }
}
