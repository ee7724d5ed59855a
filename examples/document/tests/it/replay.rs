//! Replays of recorded histories: a change that would break running workflows fails here. The
//! README says how to record them again.

use std::path::PathBuf;

use fast_temporal_example_document::DocumentWorkflow;
use fast_temporal_workflow::testing::replay;

#[tokio::test]
async fn recorded_histories_replay() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/histories");
    for name in ["document", "without_text", "without_sound"] {
        let path = folder.join(name).with_extension("json");
        let history = std::fs::read(path).expect("a recorded history");
        let replayed = replay::<DocumentWorkflow>(&history).await;
        assert!(replayed.is_ok(), "{name}: {replayed:?}");
    }
}
