//! `fast-temporal dev`: everything on one machine, with nothing set up before.

use std::fs;

use serde_json::{Value, json};
use tokio::time::{Duration, sleep};

use super::fixture::{
    Browser, EventStream, Frame, Gateway, SeedClient, descendants, get, runs, soon,
};

/// The activities of the example.
const ACTIVITIES: [&str; 3] = ["analyze_text", "transform_text", "write_document"];
const TEXT: &str = "Alle Wege\nführen nach Rom.";

#[tokio::test(flavor = "multi_thread")]
async fn dev_runs_the_example_to_its_end_and_leaves_nothing_behind() {
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

    // The line to try, tried.
    let (_, path) = printed
        .rsplit_once(gateway.address())
        .expect("the gateway's URL");
    let mut stream = EventStream::open_with(&gateway, path, &[]).await;
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
    assert_eq!(frames, Frame::story(&ACTIVITIES, result.clone()));
    assert_eq!(result["text"], TEXT.to_uppercase());
    assert_written(&gateway, &result);

    gateway.interrupt();
    assert_eq!(client.close_code().await, Some(4000));
    let status = gateway.ended().await;
    assert!(status.success(), "{status}");
    all_gone(&children).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dev_that_is_killed_outright_takes_temporal_along() {
    let mut gateway = Gateway::dev().await;
    let children = descendants(gateway.process().id());
    gateway.kill().await;
    all_gone(&children).await;
}

async fn all_gone(processes: &[u32]) {
    let gone = async {
        while processes.iter().any(|process| runs(*process)) {
            sleep(Duration::from_millis(20)).await;
        }
    };
    soon("the end of all that dev had started", gone).await;
}

fn is_dev_server(process: u32) -> bool {
    let command = fs::read_to_string(format!("/proc/{process}/cmdline"));
    command.is_ok_and(|words| words.split('\0').any(|word| word == "start-dev"))
}

/// Sees that the document which the result tells of is there, in the folder of this test.
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
async fn the_page_runs_the_example_on_a_text_of_the_visitor_and_shows_what_happens() {
    let browser = Browser::find().await;
    let gateway = Gateway::dev().await;
    let page = get(&gateway, "/", &[]).await;
    assert_eq!(page.status, 200);

    let url = format!("http://{}/", gateway.address());
    let text = "<b>one</b> & two";
    let shown = browser.run("document", &[&url, text, "upper case"]).await;

    let steps = ACTIVITIES.iter().flat_map(|name| [*name, *name]);
    let steps: Vec<_> = steps.chain(["the workflow's result:"]).collect();
    assert_eq!(shown["steps"], json!(steps));
    let statuses = [&["Running", "Completed"].repeat(3)[..], &["Done"]].concat();
    assert_eq!(shown["statuses"], json!(statuses));
    assert_eq!(shown["result"], text.to_uppercase(), "as text, not as HTML");
    assert_eq!(shown["errors"], json!([]));
}
