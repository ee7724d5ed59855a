//! Language models on servers.

use std::time::Duration;

use fast_temporal_example_document_app::{
    Answer, LanguageModel as _, ModelError, OpenAi, Prompt, Server,
};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::server::PlayedServer;

/// Asks the model there, and gives its answer and the pieces that came before it.
async fn ask(url: &str) -> (Result<Answer, ModelError>, Vec<String>) {
    let server = Server::new(url, Some("the key".to_owned().into())).expect("a URL");
    let model = OpenAi::new(server, "small".into());
    let prompt = Prompt {
        text: "the text".into(),
        instruction: "translate".into(),
    };
    let (tokens, mut pieces) = mpsc::channel(1);
    let mut taken = Vec::new();
    let taking = async {
        while let Some(piece) = pieces.recv().await {
            taken.push(piece);
        }
    };
    let (answer, ()) = tokio::join!(model.generate(&prompt, tokens), taking);
    (answer, taken)
}

fn piece(text: &str) -> String {
    json!({"choices": [{"delta": {"content": text}, "finish_reason": null}]}).to_string()
}

fn end(reason: &str) -> String {
    json!({"choices": [{"delta": {}, "finish_reason": reason}]}).to_string()
}

#[tokio::test]
async fn the_pieces_come_one_by_one_and_are_the_answer() {
    let events = [
        piece("Guten "),
        piece("Tag"),
        piece(""),
        end("stop"),
        "[DONE]".into(),
    ];
    let events: Vec<_> = events.iter().map(String::as_str).collect();
    let server = PlayedServer::streaming(&events, true).await;
    let (answer, pieces) = ask(&server.url).await;
    let answer = answer.expect("an answer");
    assert_eq!(pieces, ["Guten ", "Tag"]);
    assert_eq!((&*answer.text, &*answer.model), ("Guten Tag", "small"));
    assert_eq!(answer.note, None);

    let asked = server.asked().await;
    assert!(
        asked.head.starts_with("POST /v1/chat/completions HTTP/1.1"),
        "{}",
        asked.head
    );
    assert!(
        asked.head.contains("authorization: Bearer the key"),
        "{}",
        asked.head
    );
    assert_eq!(asked.body["stream"], true);
    assert_eq!(asked.body["model"], "small");
    let messages = asked.body["messages"].as_array().expect("messages");
    let user = messages
        .last()
        .and_then(|message| message["content"].as_str());
    let user = user.expect("a text");
    assert!(
        user.contains("translate") && user.contains("the text"),
        "{user}"
    );
}

#[tokio::test]
async fn an_answer_that_is_cut_says_so() {
    let server = PlayedServer::streaming(&[&piece("half a"), &end("length")], true).await;
    let note = ask(&server.url).await.0.expect("an answer").note;
    assert!(note.expect("a note").contains("cut"));
}

#[tokio::test]
async fn a_server_that_does_not_stream_is_understood() {
    let body = json!({"choices": [{"message": {"content": "all"}, "finish_reason": "stop"}]});
    let headers = "Content-Type: application/json; charset=utf-8\r\n";
    let server = PlayedServer::with("200 OK", headers, body.to_string().as_bytes()).await;
    let (answer, pieces) = ask(&server.url).await;
    assert_eq!(answer.expect("an answer").text, "all");
    assert_eq!(pieces, ["all"]);
}

#[tokio::test]
async fn what_goes_wrong_in_an_answer_is_told_apart() {
    let error = json!({"error": {"message": "out of memory"}}).to_string();
    for (events, ends, type_name, retryable) in [
        // The connection is lost.
        (vec![piece("half")], false, "ModelUnavailable", true),
        // The answer ends, and the model has not said that it has come to an end.
        (vec![piece("half")], true, "ModelBrokeOff", true),
        (vec![piece("half"), error], true, "ModelBrokeOff", true),
        (vec![end("content_filter")], true, "ModelRefused", false),
        (vec![piece("  "), end("stop")], true, "ModelEmpty", true),
        (vec!["nonsense".to_owned()], true, "ModelUnreadable", false),
        (
            vec![piece(&"x".repeat(600_000)), end("stop")],
            true,
            "TooLong",
            false,
        ),
    ] {
        let events: Vec<_> = events.iter().map(String::as_str).collect();
        let server = PlayedServer::streaming(&events, ends).await;
        let error = ask(&server.url).await.0.expect_err(type_name);
        assert_eq!(error.type_name(), type_name, "{error}");
        assert_eq!(error.is_retryable(), retryable, "{error}");
    }
}

#[tokio::test]
async fn a_refusal_is_final_and_a_busy_server_is_asked_again_when_it_says() {
    for (status, type_name, retryable) in [
        ("401 Unauthorized", "ModelRefused", false),
        ("404 Not Found", "ModelRefused", false),
        ("429 Too Many Requests", "ModelUnavailable", true),
        ("503 Service Unavailable", "ModelUnavailable", true),
    ] {
        let body = br#"{"error": {"message": "because"}}"#;
        let server = PlayedServer::with(status, "Retry-After: 7\r\n", body).await;
        let error = ask(&server.url).await.0.expect_err(status);
        assert_eq!(
            (error.type_name(), error.is_retryable()),
            (type_name, retryable)
        );
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
        assert!(error.to_string().contains("because"), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_may_come() {
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = gone.local_addr().expect("an address");
    drop(gone);
    let error = ask(&format!("http://{address}/v1"))
        .await
        .0
        .expect_err("nobody");
    assert_eq!(
        (error.type_name(), error.is_retryable()),
        ("ModelUnavailable", true)
    );
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn a_model_stops_when_nobody_takes_its_text() {
    let server = PlayedServer::streaming(&[&piece("a"), &piece("b"), &end("stop")], true).await;
    let model = OpenAi::new(
        Server::new(&server.url, None).expect("a URL"),
        "small".into(),
    );
    let prompt = Prompt {
        text: "t".into(),
        instruction: "i".into(),
    };
    let (tokens, pieces) = mpsc::channel(1);
    drop(pieces);
    let error = model.generate(&prompt, tokens).await.expect_err("nobody");
    assert_eq!(error.type_name(), "Unwanted");
    let asked = server.asked().await;
    assert_eq!(asked.body.get("temperature"), None::<&Value>);
    assert!(!asked.head.contains("authorization"), "{}", asked.head);
}
