//! `fast-temporal dev` and the document example.

use std::fs;

use serde_json::{Value, json};
use tokio::time::{Duration, sleep};

use crate::support::{
    Browser, EventStream, Frame, Gateway, SeedClient, descendants, get, runs, soon,
};

/// The activities of the example.
const ACTIVITIES: [&str; 3] = ["generate_content", "write_document", "make_audio"];
const TEXT: &str = "Alle Wege\nführen nach Rom.";

#[tokio::test(flavor = "multi_thread")]
async fn dev_runs_the_example_and_leaves_no_process() {
    let mut gateway = Gateway::dev().await;
    let printed = gateway
        .process()
        .output_line(|line| line.contains("curl "))
        .await;
    let children = descendants(gateway.process().id());
    assert!(
        children.iter().any(|child| is_dev_server(*child)),
        "{children:?}"
    );

    // The command that dev prints.
    let (_, path) = printed
        .rsplit_once(gateway.address())
        .expect("the gateway's URL");
    let mut stream = EventStream::open_with(&gateway, path, &[]).await;
    let events = stream.rest().await;
    assert_eq!(
        events.last().map(|event| &event["type"]),
        Some(&json!("workflow.completed"))
    );

    // The command in the example's README.
    let mut stream = EventStream::open_with(&gateway, readme_path(), &[]).await;
    let events = stream.rest().await;
    assert_eq!(
        events.last().map(|event| &event["type"]),
        Some(&json!("workflow.completed"))
    );

    let mut client = SeedClient::connect(&gateway, "alice").await;
    let args = json!({"text": TEXT, "instruction": "upper case"});
    client.send(&json!({"args": args, "origin": "test"})).await;
    let frames = client.frames_until_done().await;
    let result = frames.last().expect("frames").message.clone();
    assert_eq!(frames, Frame::sequence(&ACTIVITIES, result.clone()));
    assert_eq!(result["text"], TEXT.to_uppercase());
    assert_written(&gateway, &result);
    assert_spoken(&result);

    gateway.interrupt();
    assert_eq!(client.close_code().await, Some(4000));
    let status = gateway.ended().await;
    assert!(status.success(), "{status}");
    wait_for_exit(&children).await;
}

/// Returns the path of the request in the example's README.
fn readme_path() -> &'static str {
    let readme = include_str!("../../../../../examples/document/README.md");
    let line = readme.lines().find(|line| line.contains("curl "));
    let (_, path) = line
        .and_then(|line| line.split_once(":8000"))
        .expect("a URL");
    path.trim_end_matches('\'')
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_dev_stops_temporal() {
    let mut gateway = Gateway::dev().await;
    let children = descendants(gateway.process().id());
    gateway.kill().await;
    wait_for_exit(&children).await;
}

async fn wait_for_exit(processes: &[u32]) {
    let exit = async {
        while processes.iter().any(|process| runs(*process)) {
            sleep(Duration::from_millis(20)).await;
        }
    };
    soon("the end of all child processes", exit).await;
}

fn is_dev_server(process: u32) -> bool {
    let command = fs::read_to_string(format!("/proc/{process}/cmdline"));
    command.is_ok_and(|words| words.split('\0').any(|word| word == "start-dev"))
}

#[tokio::test(flavor = "multi_thread")]
async fn client_sees_whether_a_failure_fails_the_workflow_or_is_handled() {
    let gateway = Gateway::dev().await;
    let mut client = SeedClient::connect(&gateway, "alice").await;
    let [generate, write, speak] = ACTIVITIES;

    let args = json!({"text": TEXT, "instruction": "upper case", "fail": "generate"});
    client.send(&json!({"args": args, "origin": "test"})).await;
    assert_eq!(client.frame().await, Frame::running(generate));
    assert_eq!(client.frame().await, Frame::failed(generate));
    let last = client.frame().await;
    let reason = last.message.as_str().expect("a message").to_owned();
    assert!(
        reason.contains("the request asked for this failure"),
        "{reason}"
    );
    assert_eq!(last, Frame::workflow_failed(&reason));

    let args = json!({"text": TEXT, "instruction": "upper case", "fail": "speak"});
    client.send(&json!({"args": args, "origin": "test"})).await;
    let frames = client.frames_until_done().await;
    let result = frames.last().expect("frames").message.clone();
    let handled = [
        Frame::running(generate),
        Frame::completed(generate),
        Frame::running(write),
        Frame::completed(write),
        Frame::running(speak),
        Frame::failed(speak),
        Frame::done(result.clone()),
    ];
    assert_eq!(frames, handled);
    assert_written(&gateway, &result);
    assert_eq!(result["audio"], Value::Null);
    let message = "the request asked for this failure";
    let expected = json!({"activity": speak, "type": "RequestedFailure", "message": message});
    assert_eq!(result["failed"], expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn text_is_streamed_while_it_is_generated() {
    let gateway = Gateway::dev().await;
    let path = "/v1/workflows/first-document/events?types=stream.item&topics=text";
    let mut stream = EventStream::open_with(&gateway, path, &[]).await;
    let events = stream.rest().await;
    let (last, items) = events.split_last().expect("the feed's last event");
    assert_eq!(last["type"], "workflow.completed");
    let text = items
        .iter()
        .map(|item| item["data"]["data"]["text"].as_str());
    let text: Option<String> = text.collect();
    assert_eq!(text.as_deref(), last["data"]["result"]["text"].as_str());
    assert!(!items.is_empty());

    // Each item names its activity and attempt: a client can drop the items of earlier attempts.
    let path = "/v1/workflows/first-document/events?types=activity.scheduled";
    let mut stream = EventStream::open_with(&gateway, path, &[]).await;
    let scheduled = stream.rest().await;
    let mut scheduled = scheduled.iter().map(|event| &event["data"]);
    let generate = scheduled.find(|activity| activity["activity_type"] == ACTIVITIES[0]);
    let generate = generate.expect("the activity of the text");
    for item in items {
        assert_eq!(item["data"]["activity_id"], generate["activity_id"]);
        assert_eq!(item["data"]["attempt"], 1);
    }
}

/// Asserts that the audio file of a result exists.
fn assert_spoken(result: &Value) {
    assert_eq!(result["failed"], Value::Null, "{result}");
    let audio = &result["audio"];
    let written = fs::read(audio["path"].as_str().expect("a path")).expect("the audio file");
    assert_eq!(audio["bytes"], written.len());
    assert!(written.starts_with(b"RIFF"));
    assert_eq!(audio["seconds"], 0.5);
}

/// Asserts that the document of a result exists in the folder of this test.
fn assert_written(gateway: &Gateway, result: &Value) {
    let path = result["path"].as_str().expect("a path");
    assert!(
        path.starts_with(&*gateway.process().folder().to_string_lossy()),
        "{path}"
    );
    let written = fs::read_to_string(path).expect("the document");
    assert_eq!(result["text"], written);
    assert_eq!(result["bytes"], written.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn page_runs_the_example_on_the_users_text_and_shows_its_events() {
    let browser = Browser::find().await;
    let gateway = Gateway::dev().await;
    let page = get(&gateway, "/", &[]).await;
    assert_eq!(page.status, 200);

    let url = format!("http://{}/", gateway.address());
    let text = "<b>one</b> & two";
    let shown = browser.run("document", &[&url, text, "upper case"]).await;

    let steps = ACTIVITIES.iter().flat_map(|name| [*name, *name]);
    let steps: Vec<_> = steps.chain(["workflow result"]).collect();
    assert_eq!(shown["steps"], json!(steps));
    let statuses = [&["Running", "Completed"].repeat(3)[..], &["Done"]].concat();
    assert_eq!(shown["statuses"], json!(statuses));
    assert_eq!(shown["draft"], text.to_uppercase());
    assert_eq!(shown["result"], text.to_uppercase(), "as text, not as HTML");
    assert_eq!(shown["errors"], json!([]));
}
