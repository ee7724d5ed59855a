//! The example with a language model on a server, which this test plays.

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::Duration,
};

use crate::e2e::fixture::{EventStream, Gateway, post, soon, within};

/// By when an activity hears of its cancellation: two heartbeats, and some for a slow machine. It is
/// well below the heartbeat's timeout, by which a worker alone would hear of it.
const HEARD: Duration = Duration::from_secs(15);

/// The model's side of one question.
struct Question(TcpStream);

impl Question {
    /// Takes the next question, and begins to answer.
    async fn take(model: &TcpListener) -> Self {
        let (stream, _) = soon("a question", model.accept())
            .await
            .expect("a connection");
        let mut question = Self(stream);
        let mut asked = vec![0; 16 * 1024];
        soon("the question's begin", question.0.read(&mut asked))
            .await
            .expect("a request");
        question
            .write("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")
            .await;
        question
    }

    async fn write(&mut self, text: &str) {
        let written = self.0.write_all(text.as_bytes()).await;
        written.expect("one who still listens");
    }

    async fn say(&mut self, text: &str) {
        self.choose(&json!({"delta": {"content": text}, "finish_reason": null}))
            .await;
    }

    async fn end(mut self) {
        self.choose(&json!({"delta": {}, "finish_reason": "stop"}))
            .await;
        self.write("data: [DONE]\n\n").await;
    }

    async fn choose(&mut self, choice: &Value) {
        let answer = json!({"choices": [choice]});
        self.write(&format!("data: {answer}\n\n")).await;
    }

    /// Waits until nobody listens any more.
    async fn abandoned(mut self) {
        let mut rest = [0; 1024];
        while let Ok(1..) = self.0.read(&mut rest).await {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_model_writes_is_streamed_at_once_and_is_no_longer_asked_for_once_cancelled() {
    let model = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/v1", model.local_addr().expect("an address"));
    let gateway = Gateway::dev_with(&[("LLM_BASE_URL", &url), ("LLM_MODEL", "played")]).await;

    let mut question = Question::take(&model).await;
    let path = "/v1/workflows/first-document/events?types=stream.item&topics=text";
    let mut stream = EventStream::open_with(&gateway, path, &[]).await;
    question.say("Guten ").await;
    let is_item = |event: &Value| event["type"] == "stream.item";
    let items = stream.events_until(is_item).await;
    assert_eq!(items[0]["data"]["data"]["text"], "Guten ");
    question.say("Tag").await;
    question.end().await;
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
    let question = Question::take(&model).await;
    let cancelled = post(&gateway, "/v1/workflows/second/cancel", &json!({})).await;
    assert!((200..300).contains(&cancelled.status), "{cancelled:?}");
    // The model had not said a word, so nothing else tells the activity.
    within(HEARD, "the end of the question", question.abandoned()).await;
}
