//! The document example with a language model on a server, whose side is this test.

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::Duration,
};

use crate::support::{EventStream, Gateway, post, soon, within};

/// The time limit on the delivery of a cancellation: two heartbeats, and some for a slow machine. It
/// is well below the heartbeat timeout of 30 s.
const CANCELLATION_TIMEOUT: Duration = Duration::from_secs(15);

/// The server's side of one request to the model.
struct ModelRequest(TcpStream);

impl ModelRequest {
    /// Accepts the next request and starts the response.
    async fn accept(model: &TcpListener) -> Self {
        let (stream, _) = soon("a request to the model", model.accept())
            .await
            .expect("a connection");
        let mut request = Self(stream);
        let mut received = vec![0; 16 * 1024];
        soon("the request's head", request.0.read(&mut received))
            .await
            .expect("a request");
        request
            .write("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")
            .await;
        request
    }

    async fn write(&mut self, text: &str) {
        let written = self.0.write_all(text.as_bytes()).await;
        written.expect("an open connection");
    }

    async fn send_text(&mut self, text: &str) {
        self.send_choice(&json!({"delta": {"content": text}, "finish_reason": null}))
            .await;
    }

    async fn end(mut self) {
        self.send_choice(&json!({"delta": {}, "finish_reason": "stop"}))
            .await;
        self.write("data: [DONE]\n\n").await;
    }

    async fn send_choice(&mut self, choice: &Value) {
        let chunk = json!({"choices": [choice]});
        self.write(&format!("data: {chunk}\n\n")).await;
    }

    /// Waits until the client closes the connection.
    async fn closed(mut self) {
        let mut rest = [0; 1024];
        while let Ok(1..) = self.0.read(&mut rest).await {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn model_text_is_streamed_at_once_and_cancellation_ends_the_request() {
    let model = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/v1", model.local_addr().expect("an address"));
    let gateway = Gateway::dev_with(&[("LLM_BASE_URL", &url), ("LLM_MODEL", "test")]).await;

    let mut request = ModelRequest::accept(&model).await;
    let path = "/v1/workflows/first-document/events?types=stream.item&topics=text";
    let mut stream = EventStream::open_with(&gateway, path, &[]).await;
    request.send_text("Guten ").await;
    let is_item = |event: &Value| event["type"] == "stream.item";
    let items = stream.events_until(is_item).await;
    assert_eq!(items[0]["data"]["data"]["text"], "Guten ");
    request.send_text("Tag").await;
    request.end().await;
    let rest = stream.rest().await;
    assert_eq!(rest[0]["data"]["data"]["text"], "Tag");
    let last = rest.last().expect("the feed's last event");
    assert_eq!(last["data"]["result"]["text"], "Guten Tag");

    let second = json!({
        "workflow_type": "DocumentWorkflow",
        "task_queue": "documents",
        "workflow_id": "second",
        "args": [{"text": "a text", "instruction": "translate"}],
    });
    let started = post(&gateway, "/v1/workflows", &second).await;
    assert_eq!(started.json()["workflow_id"], "second");
    let request = ModelRequest::accept(&model).await;
    let cancelled = post(&gateway, "/v1/workflows/second/cancel", &json!({})).await;
    assert!((200..300).contains(&cancelled.status), "{cancelled:?}");
    // The model has sent no text, so only a heartbeat can deliver the cancellation.
    within(
        CANCELLATION_TIMEOUT,
        "the closed connection",
        request.closed(),
    )
    .await;
}
