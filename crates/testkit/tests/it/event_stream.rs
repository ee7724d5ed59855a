//! The parser of event streams.

use fast_temporal_testkit::event_stream::{Block, ParseError, Parser};
use serde_json::json;

#[test]
fn blocks_are_found_however_the_bytes_are_cut() {
    let text = "retry: 1000\n\nid: c1\ndata: {\"é\":1}\n\n:\nid: c2\n\nevent: live\ndata: 2\n\nid";
    let expected = [
        Block {
            retry: Some(1000),
            ..Block::default()
        },
        Block {
            id: Some("c1".to_owned()),
            data: Some(json!({"é": 1})),
            ..Block::default()
        },
        Block {
            id: Some("c2".to_owned()),
            comment: Some(String::new()),
            ..Block::default()
        },
        Block {
            event: Some("live".to_owned()),
            data: Some(json!(2)),
            ..Block::default()
        },
    ];
    for cut in 0..text.len() {
        let mut parser = Parser::default();
        let (first, second) = text.as_bytes().split_at(cut);
        let blocks = [parser.push(first).unwrap(), parser.push(second).unwrap()];
        assert_eq!(blocks.concat(), expected, "cut at {cut}");
    }
    let heartbeats = expected.map(|block| block.is_heartbeat());
    assert_eq!(heartbeats, [false, false, true, false]);
}

#[test]
fn blocks_that_the_gateway_never_sends_are_rejected() {
    for text in [
        "name: x",
        "data: {",
        "retry: soon",
        "id: a\nid: b",
        "id: a\r",
        "",
    ] {
        let outcome = Parser::default().push(format!("{text}\n\n").as_bytes());
        assert!(outcome.is_err(), "{text:?}");
    }
    let not_utf8 = Parser::default().push(b"id: \xff\n\n").unwrap_err();
    assert!(matches!(not_utf8, ParseError::NotUtf8(_)), "{not_utf8}");
}
