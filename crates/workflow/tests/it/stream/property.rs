//! What holds of a host whatever comes, in whatever order.

use std::collections::BTreeMap;

use fast_temporal_workflow::stream::{Host, PollError, State};
use proptest::{collection::vec, prelude::*};

use super::sample::{at, batch, from, json, of_topics, read};

#[derive(Clone, Debug)]
enum Act {
    Publish(u8),
    Receive {
        publisher: u8,
        sequence: i64,
        items: u8,
    },
    Truncate(u64),
    Continue,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        (0..3_u8).prop_map(Act::Publish),
        (0..3_u8, 0..8_i64, 0..4_u8).prop_map(|(publisher, sequence, items)| Act::Receive {
            publisher,
            sequence,
            items
        }),
        (0..30_u64).prop_map(Act::Truncate),
        Just(Act::Continue),
    ]
}

const TOPICS: [&str; 3] = ["a", "b", "c"];

/// All that a host ever held, in plain terms.
#[derive(Default)]
struct Model {
    items: Vec<(String, String)>,
    base: usize,
    last: BTreeMap<u8, i64>,
}

impl Model {
    fn push(&mut self, topic: &str) -> String {
        let text = self.items.len().to_string();
        self.items.push((topic.to_owned(), text.clone()));
        text
    }

    fn held(&self, from: usize, topics: &[&str]) -> Vec<(u64, String, String)> {
        let items = self.items.iter().enumerate().skip(from.max(self.base));
        items
            .filter(|(_, (topic, _))| topics.is_empty() || topics.contains(&&**topic))
            .map(|(offset, (topic, text))| (offset as u64, topic.clone(), text.clone()))
            .collect()
    }
}

fn run(host: &mut Host, model: &mut Model, act: &Act) {
    match *act {
        Act::Publish(topic) => {
            let topic = TOPICS[usize::from(topic)];
            let text = model.push(topic);
            host.publish(topic, json(&text));
        }
        Act::Receive {
            publisher,
            sequence,
            items,
        } => {
            let is_new = model
                .last
                .get(&publisher)
                .is_none_or(|&last| sequence > last);
            let next = model.items.len();
            let texts: Vec<String> = (0..usize::from(items))
                .map(|n| (next + n).to_string())
                .collect();
            let items: Vec<_> = texts.iter().map(|text| ("c", &**text)).collect();
            let received = host.receive(batch(&publisher.to_string(), sequence, &items), at(0));
            assert_eq!(received.duplicate, !is_new);
            if is_new {
                model.last.insert(publisher, sequence);
                for (topic, _) in &items {
                    model.push(topic);
                }
            }
        }
        Act::Truncate(up_to) => {
            let is_there = up_to <= model.items.len() as u64;
            assert_eq!(host.truncate(up_to).is_ok(), is_there);
            if is_there {
                model.base = model.base.max(usize::try_from(up_to).unwrap());
            }
        }
        Act::Continue => {
            let text = serde_json::to_string(&host.to_state(at(1))).unwrap();
            let state: State = serde_json::from_str(&text).unwrap();
            *host = Host::from_state(state);
        }
    }
}

proptest! {
    #[test]
    fn host_holds_exactly_what_was_published_over_all_its_runs(
        acts in vec(act(), 0..40),
        offset in 0..40_usize,
        topic in 0..3_usize,
    ) {
        let (mut host, mut model) = (Host::default(), Model::default());
        for act in &acts {
            run(&mut host, &mut model, act);
        }
        prop_assert_eq!(host.offset(), model.items.len() as u64);
        prop_assert_eq!(host.base_offset(), model.base as u64);
        for topics in [&[][..], &TOPICS[topic..=topic]] {
            let input = of_topics(topics, offset as u64);
            prop_assert_eq!(read(&host.read_held(&input)), model.held(offset, topics));
            let is_truncated = offset != 0 && offset < model.base;
            let truncated = matches!(host.read(&input), Err(PollError::Truncated { .. }));
            prop_assert_eq!(truncated, is_truncated);
        }
    }

    #[test]
    fn state_of_a_state_is_the_same(acts in vec(act(), 0..40)) {
        let (mut host, mut model) = (Host::default(), Model::default());
        for act in &acts {
            run(&mut host, &mut model, act);
        }
        let state = host.to_state(at(2));
        prop_assert_eq!(Host::from_state(state.clone()).to_state(at(2)), state);
    }

    #[test]
    fn reading_answer_by_answer_gives_all_and_each_once(
        lengths in vec(0..600_000_usize, 0..8),
    ) {
        let mut host = Host::default();
        for length in &lengths {
            host.publish("t", json(&"x".repeat(*length)));
        }
        let (mut next, mut offsets) = (0, Vec::new());
        loop {
            let answer = host.read(&from(next)).unwrap();
            offsets.extend(answer.items.iter().map(|item| item.offset));
            prop_assert!(answer.next_offset > next || answer.items.is_empty());
            next = answer.next_offset;
            if !answer.more_ready {
                break;
            }
        }
        prop_assert_eq!(offsets, (0..lengths.len() as u64).collect::<Vec<_>>());
    }
}
