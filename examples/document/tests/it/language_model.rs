//! A language model on a server.

use std::time::Duration;

use fast_temporal_example_document::{Generated, LanguageModel, ModelServer, StepError};
use serde_json::json;
use tokio::sync::mpsc;

use crate::model_server::ScriptedServer;

/// Generates a text. Returns the result and the pieces that arrived before it.
async fn generate(url: &str) -> (Result<Generated, StepError>, Vec<String>) {
    let server = ModelServer::new(url, Some("the-key"), "small".into()).expect("a valid URL");
    let model = LanguageModel::Server(server);
    let (sender, mut receiver) = mpsc::channel(1);
    let mut pieces = Vec::new();
    let receive = async {
        while let Some(piece) = receiver.recv().await {
            pieces.push(piece);
        }
    };
    let generate = model.generate("the text", "translate", sender);
    let (result, ()) = tokio::join!(generate, receive);
    (result, pieces)
}

fn piece(text: &str) -> String {
    json!({"choices": [{"delta": {"content": text}, "finish_reason": null}]}).to_string()
}

fn end(reason: &str) -> String {
    json!({"choices": [{"delta": {}, "finish_reason": reason}]}).to_string()
}

#[tokio::test]
async fn streamed_pieces_arrive_one_by_one_and_are_the_text() {
    let done = "[DONE]".to_owned();
    let events = [piece("Guten "), piece("Tag"), piece(""), end("stop"), done];
    let server = ScriptedServer::streaming(&events, true).await;
    let (generated, pieces) = generate(&server.url).await;
    let generated = generated.expect("a text");
    assert_eq!(pieces, ["Guten ", "Tag"]);
    assert_eq!(
        (&*generated.text, &*generated.model),
        ("Guten Tag", "small")
    );
    assert_eq!(generated.note, None);

    let request = server.request().await;
    let head = &request.head;
    assert!(
        head.starts_with("POST /v1/chat/completions HTTP/1.1"),
        "{head}"
    );
    assert!(head.contains("authorization: Bearer the-key"), "{head}");
    assert_eq!(request.body["stream"], true);
    assert_eq!(request.body["model"], "small");
    let prompt = request.body["messages"][1]["content"].as_str();
    let prompt = prompt.expect("the user's message");
    assert!(
        prompt.contains("translate") && prompt.contains("the text"),
        "{prompt}"
    );
}

#[tokio::test]
async fn cut_text_has_a_note() {
    let server = ScriptedServer::streaming(&[piece("half a"), end("length")], true).await;
    let note = generate(&server.url).await.0.expect("a text").note;
    assert!(note.expect("a note").contains("cut"));
}

#[tokio::test]
async fn server_that_does_not_stream_is_supported() {
    let body = json!({"choices": [{"message": {"content": "all"}, "finish_reason": "stop"}]});
    let headers = "Content-Type: application/json; charset=utf-8\r\n";
    let server = ScriptedServer::responding("200 OK", headers, body.to_string().as_bytes()).await;
    let (generated, pieces) = generate(&server.url).await;
    assert_eq!(generated.expect("a text").text, "all");
    assert_eq!(pieces, ["all"]);
}

#[tokio::test]
async fn failures_have_a_type_and_a_retry_behavior() {
    let error = json!({"error": {"message": "out of memory"}}).to_string();
    for (events, is_complete, kind, is_retryable) in [
        // The connection is lost.
        (vec![piece("half")], false, "ModelUnavailable", true),
        // The response ends before the model's end.
        (vec![piece("half")], true, "ModelInterrupted", true),
        (vec![piece("half"), error], true, "ModelInterrupted", true),
        (vec![end("content_filter")], true, "ModelRejected", false),
        (vec![piece("  "), end("stop")], true, "ModelEmpty", true),
        (vec!["nonsense".to_owned()], true, "ModelInvalid", false),
        (
            vec![piece(&"x".repeat(600_000))],
            true,
            "TextTooLong",
            false,
        ),
    ] {
        let server = ScriptedServer::streaming(&events, is_complete).await;
        let error = generate(&server.url).await.0.expect_err(kind);
        assert_eq!(
            (error.kind, error.is_retryable),
            (kind, is_retryable),
            "{error}"
        );
    }
}

#[tokio::test]
async fn rejection_is_final_and_a_busy_server_sets_the_time_of_the_retry() {
    for (status, kind, retry_after) in [
        ("401 Unauthorized", "ModelRejected", None),
        ("404 Not Found", "ModelRejected", None),
        ("429 Too Many Requests", "ModelUnavailable", Some(7)),
        ("503 Service Unavailable", "ModelUnavailable", Some(7)),
    ] {
        let body = br#"{"error": {"message": "because"}}"#;
        let server = ScriptedServer::responding(status, "Retry-After: 7\r\n", body).await;
        let error = generate(&server.url).await.0.expect_err(status);
        assert_eq!(error.kind, kind);
        assert_eq!(error.is_retryable, retry_after.is_some(), "{error}");
        assert_eq!(error.retry_after, retry_after.map(Duration::from_secs));
        assert!(error.message.contains("because"), "{error}");
    }
}

#[tokio::test]
async fn unreachable_server_is_retried() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let address = listener.and_then(|listener| listener.local_addr());
    let url = format!("http://{}/v1", address.expect("a port that is free again"));
    let error = generate(&url).await.0.expect_err("no server");
    assert_eq!((error.kind, error.is_retryable), ("ModelUnavailable", true));
    assert!(error.message.contains("refused"), "{error}");
}
