//! Replays of recorded histories: a change that would break workflows in progress fails here.
//!
//! `RECORD=ADDRESS cargo test … record` records them again, on a server where the example's worker
//! runs, such as that of `fast-temporal dev`.

use std::path::PathBuf;

use fast_temporal_example_document::{DocumentWorkflow, TASK_QUEUE, Target, connect};
use fast_temporal_workflow::testing::{record, replay};
use serde_json::{Value, json};
use temporalio_client::{UntypedWorkflow, WorkflowGetResultOptions, WorkflowStartOptions};
use temporalio_common::data_converters::{PayloadConverter, RawValue};

/// The histories and the step that fails in each.
const HISTORIES: [(&str, Option<&str>); 3] = [
    ("document", None),
    ("without_text", Some("generate")),
    ("without_sound", Some("speak")),
];

fn path(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/histories");
    folder.join(name).with_extension("json")
}

#[tokio::test]
async fn recorded_histories_replay() {
    for (name, _) in HISTORIES {
        let history = std::fs::read(path(name)).expect("a recorded history");
        let replayed = replay::<DocumentWorkflow>(&history).await;
        assert!(replayed.is_ok(), "{name}: {replayed:?}");
    }
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a switch for whoever records")]
async fn record_histories() {
    let Ok(address) = std::env::var("RECORD") else {
        assert!(HISTORIES.iter().all(|(name, _)| path(name).exists()));
        return;
    };
    let target =
        Target::from_variables(|name| (name == "TEMPORAL_ADDRESS").then(|| address.clone().into()));
    let client = connect(target).await.expect("a connection");
    for (name, fail) in HISTORIES {
        let request = json!({"text": "one two", "instruction": "upper case", "fail": fail});
        let id = format!("{name}-recorded");
        let options = WorkflowStartOptions::new(TASK_QUEUE, &id).build();
        let started = client
            .start_workflow(
                UntypedWorkflow::new("DocumentWorkflow"),
                raw(&request),
                options,
            )
            .await
            .expect("a workflow");
        // One of the workflows fails.
        let _ = started
            .get_result(WorkflowGetResultOptions::default())
            .await;
        let history = record(&client, &id).await.expect("a history");
        std::fs::write(path(name), history).expect("a file");
    }
}

fn raw(request: &Value) -> RawValue {
    RawValue::from_value(request, &PayloadConverter::default())
}
