//! Recorded histories, replayed with the code as it is.
//!
//! `RECORD=1 cargo test -p fast-temporal-workflow --test it record` records them anew.

use std::path::PathBuf;

use fast_temporal_workflow::testing::{ReplayError, replay};
use serde_json::{Value, json};

use crate::{
    workflow::{
        Callback, Cancel, Chain, Handled, Messages, Parallel, Reports, Saga, Streaming, Unhandled,
    },
    world::{Handle, World, with_worker},
};

fn path(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/histories");
    folder.join(name).with_extension("json")
}

fn recorded(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap()
}

macro_rules! replays {
    ($($name:ident: $workflow:ty,)*) => {
        const NAMES: &[&str] = &[$(stringify!($name)),*];

        $(
            #[tokio::test]
            async fn $name() {
                let replayed = replay::<$workflow>(&recorded(stringify!($name))).await;
                assert!(replayed.is_ok(), "{replayed:?}");
            }
        )*
    };
}

replays! {
    callback: Callback,
    parallel: Parallel,
    handled: Handled,
    unhandled: Unhandled,
    messages: Messages,
    reports: Reports,
    cancel: Cancel,
    saga: Saga,
    chain_first: Chain,
    chain_last: Chain,
    streaming_first: Streaming,
    streaming_last: Streaming,
}

#[tokio::test]
async fn code_that_does_something_else_than_was_recorded_is_found_out() {
    // Both begin with the same activity. Then one schedules another, and the other one fails.
    let history = String::from_utf8(recorded("handled")).unwrap();
    let history = history.replace("\"Handled\"", "\"Unhandled\"");
    let error = replay::<Unhandled>(history.as_bytes()).await.unwrap_err();
    assert!(matches!(error, ReplayError::Nondeterminism(_)), "{error:?}");
}

#[tokio::test]
async fn what_is_no_history_is_no_fault_of_the_code() {
    let error = replay::<Saga>(b"{\"events\": 7}").await.unwrap_err();
    assert!(matches!(error, ReplayError::History(_)), "{error:?}");
}

/// Records all histories where `RECORD` is set; else sees that none is missing.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a switch for those who record")]
async fn record_histories() {
    if std::env::var_os("RECORD").is_none() {
        assert!(NAMES.iter().all(|name| path(name).exists()));
        return;
    }
    with_worker(async |world| {
        let input = json!({"name": "Ada", "status": "Rejected"});
        run(&world, "callback", "Callback", Some(input)).await;
        run(&world, "parallel", "Parallel", Some(json!(["Ada", "Bob"]))).await;
        run(&world, "handled", "Handled", None).await;
        run(&world, "unhandled", "Unhandled", None).await;
        run(&world, "reports", "Reports", Some(json!(15))).await;
        run(&world, "saga", "Saga", Some(json!(true))).await;
        let handle = world.start("Messages", None).await;
        for argument in [json!("seven"), json!(3)] {
            handle.signal("add", &[argument]).await;
        }
        handle.update("order", &[json!(9)]).await.unwrap_err();
        handle.signal("add_later", &[json!(2)]).await;
        handle.query_until("total", |total| *total == 5).await;
        handle.signal("stop", &[]).await;
        keep(&world, "messages", &handle).await;
        let handle = world.start("Cancel", None).await;
        handle.cancel_running("not needed").await;
        keep(&world, "cancel", &handle).await;
        let handle = world.start("Chain", Some(json!(0))).await;
        handle.result().await.unwrap();
        keep_both(&world, "chain", &handle).await;
        let handle = world.start("Streaming", Some(json!(0))).await;
        let last = world.latest(&handle);
        last.query_until("__temporal_workflow_stream_offset", |offset| *offset == 2)
            .await;
        last.signal("end", &[]).await;
        handle.result().await.unwrap();
        keep_both(&world, "streaming", &handle).await;
    })
    .await;
}

async fn run(world: &World, name: &str, kind: &str, input: Option<Value>) {
    keep(world, name, &world.start(kind, input).await).await;
}

async fn keep(world: &World, name: &str, handle: &Handle) {
    let _ended = handle.result().await;
    std::fs::write(path(name), world.latest(handle).record().await).unwrap();
}

/// Keeps the first run of a chain, and the last.
async fn keep_both(world: &World, name: &str, first: &Handle) {
    let first_name = format!("{name}_first");
    std::fs::write(path(&first_name), first.record().await).unwrap();
    keep(world, &format!("{name}_last"), first).await;
}
