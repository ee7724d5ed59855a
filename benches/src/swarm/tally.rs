//! The oracle: every connection must get every tick, once and in order.

use std::ops::Range;

use crate::{latency::Latencies, tick::Tick};

/// The ticks of one connection.
pub struct Oracle {
    /// By tick, its latency in microseconds; 0 if it has not arrived.
    latencies_us: Vec<u32>,
    next: u32,
    doubled: u64,
    out_of_order: u64,
    sample: String,
}

impl Oracle {
    /// An oracle that expects this number of ticks.
    pub fn new(ticks: u32) -> Self {
        let latencies_us = vec![0; ticks as usize];
        Self {
            latencies_us,
            next: 0,
            doubled: 0,
            out_of_order: 0,
            sample: String::new(),
        }
    }

    /// Takes note of a tick that came at `now_us` in `frame`.
    pub fn see(&mut self, tick: Tick, now_us: u64, frame: &[u8]) {
        let Some(place) = self.latencies_us.get_mut(tick.number as usize) else {
            self.out_of_order += 1;
            return;
        };
        if *place > 0 {
            self.doubled += 1;
            return;
        }
        let latency = now_us.saturating_sub(tick.sent_us).max(1);
        *place = u32::try_from(latency).unwrap_or(u32::MAX);
        if tick.number < self.next {
            self.out_of_order += 1;
        }
        self.next = tick.number + 1;
        if self.sample.is_empty() {
            self.sample = String::from_utf8_lossy(frame).into_owned();
        }
    }
}

/// The ticks of all connections.
#[derive(Default)]
pub struct Tally {
    connections: Vec<Vec<u32>>,
    pub doubled: u64,
    pub out_of_order: u64,
    /// A frame that carried a tick.
    pub sample: String,
}

impl Tally {
    pub fn add(&mut self, oracle: Oracle) {
        self.doubled += oracle.doubled;
        self.out_of_order += oracle.out_of_order;
        self.connections.push(oracle.latencies_us);
        if self.sample.is_empty() {
            self.sample = oracle.sample;
        }
    }

    /// How many ticks did not reach a connection that was to get them.
    pub fn missing(&self) -> usize {
        self.connections
            .iter()
            .flatten()
            .filter(|latency| **latency == 0)
            .count()
    }

    /// The latencies of these ticks, over all connections.
    pub fn latencies(&self, ticks: Range<u32>) -> Latencies {
        let mut latencies = Latencies::new();
        for connection in &self.connections {
            let part = connection
                .get(ticks.start as usize..ticks.end as usize)
                .unwrap_or_default();
            part.iter()
                .filter(|latency| **latency > 0)
                .for_each(|us| latencies.record_us((*us).into()));
        }
        latencies
    }
}

#[cfg(test)]
mod tests {
    use super::{Oracle, Tally};
    use crate::tick::Tick;

    fn seen(numbers: &[u32]) -> Tally {
        let mut oracle = Oracle::new(4);
        for number in numbers {
            oracle.see(
                Tick {
                    number: *number,
                    sent_us: 10,
                },
                15,
                b"frame",
            );
        }
        let mut tally = Tally::default();
        tally.add(oracle);
        tally
    }

    #[test]
    fn all_ticks_once_and_in_order_leave_nothing_to_say() {
        let tally = seen(&[0, 1, 2, 3]);
        assert_eq!(
            (tally.missing(), tally.doubled, tally.out_of_order),
            (0, 0, 0)
        );
        assert_eq!(tally.latencies(0..4).summary().samples, 4);
    }

    #[test]
    fn gaps_repeats_and_reordering_are_distinguished() {
        let count = |numbers| {
            let tally = seen(numbers);
            (tally.missing(), tally.doubled, tally.out_of_order)
        };
        assert_eq!(count(&[0, 1, 3]), (1, 0, 0));
        assert_eq!(count(&[0, 1, 1, 2, 3]), (0, 1, 0));
        assert_eq!(count(&[0, 2, 1, 3]), (0, 0, 1));
    }
}
