//! Replays of recorded histories with the current code.
//!
//! `cargo run -p fast-temporal-workflow --example record_replay_histories` records them again.

use std::path::PathBuf;

use fast_temporal_workflow::testing::{ReplayError, replay};

use crate::support::workflow::{
    Callback, Cancel, Chain, Handled, Messages, Parallel, Reports, Saga, Streaming, Unhandled,
};

fn recorded(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/histories");
    std::fs::read(folder.join(name).with_extension("json")).unwrap()
}

macro_rules! replays {
    ($($name:ident: $workflow:ty,)*) => {
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
async fn changed_code_is_reported_as_nondeterminism() {
    // Both schedule the same activity first. Then one schedules another, and the other one fails.
    let history = String::from_utf8(recorded("handled")).unwrap();
    let history = history.replace("\"Handled\"", "\"Unhandled\"");
    let error = replay::<Unhandled>(history.as_bytes()).await.unwrap_err();
    assert!(matches!(error, ReplayError::Nondeterminism(_)), "{error:?}");
}

#[tokio::test]
async fn invalid_history_is_reported_as_such() {
    let error = replay::<Saga>(b"{\"events\": 7}").await.unwrap_err();
    assert!(matches!(error, ReplayError::History(_)), "{error:?}");
}
