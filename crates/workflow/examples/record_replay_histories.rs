//! Records the histories in `tests/histories`, which the replay tests use, on a Temporal dev server.
//! Run it after a deliberate change of the commands that the base issues.
#![allow(clippy::unwrap_used, reason = "a failed unwrap stops the recording")]
#![allow(
    clippy::unused_async,
    reason = "the SDK's macros accept only async functions"
)]
#![allow(
    dead_code,
    reason = "the recording needs only a part of the test vocabulary"
)]

#[path = "../tests/it/support"]
mod support {
    pub(crate) mod activity;
    pub(crate) mod test_env;
    pub(crate) mod workflow;
}

use std::path::PathBuf;

use fast_temporal_workflow::testing;
use serde_json::{Value, json};

use self::support::test_env::{TestEnv, WorkflowRun, with_worker};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    with_worker(async |env| {
        let input = json!({"name": "Ada", "status": "Rejected"});
        record_run(&env, "callback", "Callback", Some(input)).await;
        record_run(&env, "parallel", "Parallel", Some(json!(["Ada", "Bob"]))).await;
        record_run(&env, "handled", "Handled", None).await;
        record_run(&env, "unhandled", "Unhandled", None).await;
        record_run(&env, "reports", "Reports", Some(json!(15))).await;
        record_run(&env, "saga", "Saga", Some(json!(true))).await;
        let handle = env.start("Messages", None).await;
        for argument in [json!("seven"), json!(3)] {
            handle.signal("add", &[argument]).await;
        }
        handle.update("order", &[json!(9)]).await.unwrap_err();
        handle.signal("add_later", &[json!(2)]).await;
        handle.query_until("total", |total| *total == 5).await;
        handle.signal("stop", &[]).await;
        record(&env, "messages", &handle).await;
        let handle = env.start("Cancel", None).await;
        handle.cancel_running("not needed").await;
        record(&env, "cancel", &handle).await;
        let handle = env.start("Chain", Some(json!(0))).await;
        handle.result().await.unwrap();
        record_first_and_last(&env, "chain", &handle).await;
        let handle = env.start("Streaming", Some(json!(0))).await;
        let last = env.latest(&handle);
        last.query_until("__temporal_workflow_stream_offset", |offset| *offset == 2)
            .await;
        last.signal("end", &[]).await;
        handle.result().await.unwrap();
        record_first_and_last(&env, "streaming", &handle).await;
    })
    .await;
}

async fn record_run(env: &TestEnv, name: &str, kind: &str, input: Option<Value>) {
    record(env, name, &env.start(kind, input).await).await;
}

async fn record(env: &TestEnv, name: &str, handle: &WorkflowRun) {
    let _result = handle.result().await;
    write(name, &env.latest(handle)).await;
}

/// Records the first and the last run of a chain.
async fn record_first_and_last(env: &TestEnv, name: &str, first: &WorkflowRun) {
    write(&format!("{name}_first"), first).await;
    record(env, &format!("{name}_last"), first).await;
}

async fn write(name: &str, handle: &WorkflowRun) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/histories");
    let history = testing::record_run(&handle.0).await.unwrap();
    std::fs::write(folder.join(name).with_extension("json"), history).unwrap();
}
