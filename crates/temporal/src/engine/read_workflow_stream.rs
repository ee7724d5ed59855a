//! Reads a workflow's own stream.
//!
//! The query is that of Temporal's Workflow Streams: `{"topics":[],"from_offset"}`, answered at once
//! by `{"items":[{"topic","data","offset"}],"next_offset","more_ready"}`, where `data` is a payload's
//! protobuf in base64. Some workflows, such as those of Temporal's Go SDK, only have an update of that
//! name, which waits and adds to history. The gateway never sends it.

use fast_temporal_core::{
    EngineError, EngineErrorKind,
    engine::{Query, ReadWorkflowStream, StreamPage},
};
use fast_temporal_protocol::{Json, event::StreamItem};
use serde::{Deserialize, Serialize};

use super::query::query;
use crate::{
    payload,
    rpc::Rpc,
    stream_item::{self, or_default},
};

const POLL: &str = "__temporal_workflow_stream_poll";

#[derive(Serialize)]
struct Poll {
    topics: [&'static str; 0],
    from_offset: u64,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default, deserialize_with = "or_default")]
    items: Vec<Item>,
    next_offset: u64,
    #[serde(default, deserialize_with = "or_default")]
    more_ready: bool,
}

#[derive(Deserialize)]
struct Item {
    #[serde(default)]
    topic: String,
    #[serde(default)]
    data: String,
    offset: u64,
}

pub(super) async fn read_workflow_stream(
    rpc: &Rpc,
    read: ReadWorkflowStream,
) -> Result<StreamPage, EngineError> {
    let poll = Poll {
        topics: [],
        from_offset: read.from_offset,
    };
    let query_request = Query {
        workflow_id: read.workflow_id,
        run_id: Some(read.run_id.clone()),
        name: POLL.to_owned(),
        args: vec![Json::from_value(&poll).expect("it has only string keys")],
        timeout: read.timeout,
    };
    let run_id = read.run_id;
    page(&query(rpc, query_request).await?, &run_id)
}

fn page(answer: &Json, run_id: &str) -> Result<StreamPage, EngineError> {
    let answer: Answer = answer.parse().map_err(|_| {
        let why = "the answer is not that of a workflow stream";
        EngineError::new(EngineErrorKind::QueryFailed, why)
    })?;
    // The next read begins at `next_offset`, so no item may have that offset or a later one.
    let end = answer.next_offset;
    let items = answer.items.into_iter().filter(|item| item.offset < end);
    let items = items.map(|item| {
        // An item that can't be read keeps its offset.
        let unreadable = || StreamItem {
            topic: item.topic.clone(),
            data: payload::undecodable(),
            ..StreamItem::default()
        };
        let read = stream_item::parse(item.topic.clone(), &item.data, run_id);
        StreamItem {
            offset: Some(item.offset),
            ..read.unwrap_or_else(unreadable)
        }
    });
    Ok(StreamPage {
        items: items.collect(),
        next_offset: answer.next_offset,
        more_ready: answer.more_ready,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(answer: &str) -> Result<StreamPage, EngineError> {
        page(&Json::from_text(answer.to_owned()).expect("JSON"), "r1")
    }

    #[test]
    fn answer_of_a_stream_is_parsed() {
        // `{"encoding": "json/plain"}` and `"Hel"`; then data that is not a payload.
        let answer = r#"{"items":[
            {"topic":"tokens","data":"ChYKCGVuY29kaW5nEgpqc29uL3BsYWluEgUiSGVsIg==","offset":7},
            {"topic":"tokens","data":"?","offset":8}],"next_offset":9,"more_ready":true}"#;
        let page = read(answer).expect("a page");
        assert_eq!((page.next_offset, page.more_ready), (9, true));
        let items: Vec<_> = page
            .items
            .iter()
            .map(|item| (&*item.topic, item.data.get(), item.offset))
            .collect();
        let unreadable = r#"{"undecodable":true}"#;
        assert_eq!(
            items,
            [
                ("tokens", r#""Hel""#, Some(7)),
                ("tokens", unreadable, Some(8)),
            ]
        );
    }

    #[test]
    fn null_lists_and_items_beyond_the_end_are_tolerated() {
        let page = read(r#"{"items":null,"next_offset":3,"more_ready":null}"#).expect("a page");
        assert_eq!((page.items.len(), page.next_offset), (0, 3));
        let answer = format!(
            r#"{{"items":[{{"offset":2}},{{"offset":{}}}],"next_offset":3}}"#,
            u64::MAX
        );
        let page = read(&answer).expect("a page");
        let offsets: Vec<_> = page.items.iter().map(|item| item.offset).collect();
        assert_eq!(offsets, [Some(2)]);
    }

    #[test]
    fn other_answers_fail_the_query() {
        for answer in [
            "null",
            "[]",
            "{}",
            r#"{"next_offset":-1}"#,
            r#"{"items":[{}],"next_offset":1}"#,
        ] {
            let error = read(answer).expect_err(answer);
            assert_eq!(error.kind, EngineErrorKind::QueryFailed, "{answer}");
        }
    }
}
