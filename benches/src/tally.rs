//! Counts what connections receive: each must receive every tick, once and in order.

use std::ops::Range;

use crate::{
    latency::{Latencies, now_us},
    tick::Tick,
};

/// The ticks that one connection received.
pub struct Received {
    /// By tick, its latency in microseconds; 0 if it has not arrived.
    latencies_us: Vec<u32>,
    next: u32,
    repeated: u64,
    out_of_order: u64,
    /// When the last tick arrived.
    last_us: u64,
    sample: String,
}

impl Received {
    /// Expects this number of ticks.
    pub fn new(ticks: u32) -> Self {
        Self {
            latencies_us: vec![0; ticks as usize],
            next: 0,
            repeated: 0,
            out_of_order: 0,
            last_us: 0,
            sample: String::new(),
        }
    }

    /// Records the tick in a frame that arrives now, and returns whether there is one.
    pub fn frame(&mut self, frame: &[u8]) -> bool {
        let Some(tick) = Tick::find(frame) else {
            return false;
        };
        self.tick(tick, now_us());
        if self.sample.is_empty() {
            self.sample = String::from_utf8_lossy(frame).into_owned();
        }
        true
    }

    /// Records a tick that arrived at a time.
    pub fn tick(&mut self, tick: Tick, at_us: u64) {
        self.last_us = at_us;
        let Some(slot) = self.latencies_us.get_mut(tick.number as usize) else {
            self.out_of_order += 1;
            return;
        };
        if *slot > 0 {
            self.repeated += 1;
            return;
        }
        let latency = at_us.saturating_sub(tick.sent_us).max(1);
        *slot = u32::try_from(latency).unwrap_or(u32::MAX);
        if tick.number < self.next {
            self.out_of_order += 1;
        }
        self.next = tick.number + 1;
    }

    /// Returns whether the last tick has arrived.
    pub fn is_at_the_end(&self) -> bool {
        self.next as usize >= self.latencies_us.len()
    }
}

/// The ticks that all connections received.
#[derive(Default)]
pub struct Tally {
    connections: Vec<Vec<u32>>,
    pub repeated: u64,
    pub out_of_order: u64,
    /// When the last tick arrived, in microseconds since 1970.
    pub last_us: u64,
    /// A frame that contains a tick.
    pub sample: String,
}

impl Tally {
    pub fn add(&mut self, received: Received) {
        self.repeated += received.repeated;
        self.out_of_order += received.out_of_order;
        self.last_us = self.last_us.max(received.last_us);
        self.connections.push(received.latencies_us);
        if self.sample.is_empty() {
            self.sample = received.sample;
        }
    }

    /// Returns how many ticks did not reach a connection.
    pub fn missing(&self) -> u64 {
        let latencies = self.connections.iter().flatten();
        latencies.map(|latency| u64::from(*latency == 0)).sum()
    }

    /// Returns how many ticks were lost, repeated or out of order.
    pub fn delivery_errors(&self) -> u64 {
        self.missing() + self.repeated + self.out_of_order
    }

    /// Returns the latencies of these ticks, over all connections.
    pub fn latencies(&self, ticks: Range<u32>) -> Latencies {
        let mut latencies = Latencies::new();
        let ticks = ticks.start as usize..ticks.end as usize;
        for connection in &self.connections {
            let part = connection.get(ticks.clone()).unwrap_or_default();
            for latency in part.iter().filter(|latency| **latency > 0) {
                latencies.record_us((*latency).into());
            }
        }
        latencies
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(numbers: &[u32]) -> Tally {
        let mut received = Received::new(4);
        for number in numbers {
            let tick = Tick {
                number: *number,
                sent_us: 10,
            };
            received.tick(tick, 15);
        }
        let mut tally = Tally::default();
        tally.add(received);
        tally
    }

    #[test]
    fn all_ticks_once_and_in_order_are_no_errors() {
        let tally = tally(&[0, 1, 2, 3]);
        assert_eq!(tally.delivery_errors(), 0);
        assert_eq!(tally.latencies(0..4).summary().samples, 4);
    }

    #[test]
    fn lost_repeated_and_reordered_ticks_are_distinguished() {
        let count = |numbers| {
            let tally = tally(numbers);
            (tally.missing(), tally.repeated, tally.out_of_order)
        };
        assert_eq!(count(&[0, 1, 3]), (1, 0, 0));
        assert_eq!(count(&[0, 1, 1, 2, 3]), (0, 1, 0));
        assert_eq!(count(&[0, 2, 1, 3]), (0, 0, 1));
    }
}
