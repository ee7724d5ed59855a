//! Property tests of the workflow's stream against a model.

use std::collections::BTreeMap;

use fast_temporal_workflow::stream::{PollError, WorkflowStream, WorkflowStreamState};
use proptest::{collection::vec, prelude::*};

use crate::support::stream_sample::{at, batch, from, json, of_topics, read};

#[derive(Clone, Debug)]
enum Action {
    Publish(u8),
    Receive {
        publisher: u8,
        sequence: i64,
        items: u8,
    },
    Truncate(u64),
    Continue,
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        (0..3_u8).prop_map(Action::Publish),
        (0..3_u8, 0..8_i64, 0..4_u8).prop_map(|(publisher, sequence, items)| Action::Receive {
            publisher,
            sequence,
            items
        }),
        (0..30_u64).prop_map(Action::Truncate),
        Just(Action::Continue),
    ]
}

const TOPICS: [&str; 3] = ["a", "b", "c"];

/// All items ever published, and the truncation.
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

fn run(stream: &mut WorkflowStream, model: &mut Model, action: &Action) {
    match *action {
        Action::Publish(topic) => {
            let topic = TOPICS[usize::from(topic)];
            let text = model.push(topic);
            stream.publish(topic, json(&text));
        }
        Action::Receive {
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
            let received = stream.receive(batch(&publisher.to_string(), sequence, &items), at(0));
            assert_eq!(received.duplicate, !is_new);
            if is_new {
                model.last.insert(publisher, sequence);
                for (topic, _) in &items {
                    model.push(topic);
                }
            }
        }
        Action::Truncate(up_to) => {
            let is_there = up_to <= model.items.len() as u64;
            assert_eq!(stream.truncate(up_to).is_ok(), is_there);
            if is_there {
                model.base = model.base.max(usize::try_from(up_to).unwrap());
            }
        }
        Action::Continue => {
            let text = serde_json::to_string(&stream.to_state(at(1))).unwrap();
            let state: WorkflowStreamState = serde_json::from_str(&text).unwrap();
            *stream = WorkflowStream::from_state(state);
        }
    }
}

proptest! {
    #[test]
    fn stream_contains_exactly_the_published_items_across_runs(
        actions in vec(action(), 0..40),
        offset in 0..40_usize,
        topic in 0..3_usize,
    ) {
        let (mut stream, mut model) = (WorkflowStream::default(), Model::default());
        for action in &actions {
            run(&mut stream, &mut model, action);
        }
        prop_assert_eq!(stream.offset(), model.items.len() as u64);
        prop_assert_eq!(stream.base_offset(), model.base as u64);
        for topics in [&[][..], &TOPICS[topic..=topic]] {
            let input = of_topics(topics, offset as u64);
            prop_assert_eq!(read(&stream.read_available(&input)), model.held(offset, topics));
            let is_truncated = offset != 0 && offset < model.base;
            let truncated = matches!(stream.read(&input), Err(PollError::Truncated { .. }));
            prop_assert_eq!(truncated, is_truncated);
        }
    }

    #[test]
    fn restored_stream_has_the_same_state(actions in vec(action(), 0..40)) {
        let (mut stream, mut model) = (WorkflowStream::default(), Model::default());
        for action in &actions {
            run(&mut stream, &mut model, action);
        }
        let state = stream.to_state(at(2));
        prop_assert_eq!(WorkflowStream::from_state(state.clone()).to_state(at(2)), state);
    }

    #[test]
    fn partial_results_contain_each_item_once(
        lengths in vec(0..600_000_usize, 0..8),
    ) {
        let mut stream = WorkflowStream::default();
        for length in &lengths {
            stream.publish("t", json(&"x".repeat(*length)));
        }
        let (mut next, mut offsets) = (0, Vec::new());
        loop {
            let result = stream.read(&from(next)).unwrap();
            offsets.extend(result.items.iter().map(|item| item.offset));
            prop_assert!(result.next_offset > next || result.items.is_empty());
            next = result.next_offset;
            if !result.more_ready {
                break;
            }
        }
        prop_assert_eq!(offsets, (0..lengths.len() as u64).collect::<Vec<_>>());
    }
}
