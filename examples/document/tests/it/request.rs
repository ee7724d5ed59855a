//! Requests of clients.

use fast_temporal_example_document::Request;
use serde_json::{Value, json};

#[test]
fn request_without_options_gets_the_defaults() {
    for value in [
        json!({"text": "a", "instruction": "b", "more": 1}),
        json!({"text": "a", "instruction": "b", "file": null, "fail": null}),
    ] {
        let request = Request::parse(value).expect("a valid request");
        assert_eq!((&*request.text, &*request.instruction), ("a", "b"));
        assert_eq!((request.file(), request.fail), ("document.txt", None));
    }
}

#[test]
fn invalid_requests_are_rejected_with_the_reason() {
    let with = |name: &str, value: Value| {
        let mut request = json!({"text": "a", "instruction": "b"});
        request[name] = value;
        request
    };
    let long = json!("x".repeat(256 * 1024 + 1));
    for (value, reason) in [
        (json!(null), "invalid type: null"),
        (json!({}), "missing field `text`"),
        (json!({"text": "a"}), "missing field `instruction`"),
        (with("text", json!("  ")), "`text` is blank"),
        (with("instruction", json!(1)), "invalid type: integer"),
        (with("text", long), "the limit is"),
        (with("file", json!(7)), "invalid type: integer"),
        (with("file", json!("../x")), "invalid file name"),
        (with("fail", json!("write")), "unknown variant `write`"),
    ] {
        let error = Request::parse(value).expect_err(reason);
        assert!(error.message.contains(reason), "{error}");
    }
}
