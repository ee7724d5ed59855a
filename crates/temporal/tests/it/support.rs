//! The vocabulary of these tests.
//!
//! - A dev server: `start`, `start_with` (settings), `start_with_database` (survives a restart), and
//!   [`start_with_dynamic_config`]; `server.engine()` is the engine under test.
//! - Requests to the engine: `workflow(id)`, `signal(id, name)`, `update(id, update_id)`,
//!   `start_update(update_id)`, `json(text)`, all from [`contract`](fast_temporal_testkit::contract).
//! - The worker's side: a [`Worker`] that answers one task at a time, and a [`StreamWorker`] that runs
//!   workflows which host a stream. A worker also reads what Temporal stored, payload bytes included.
//! - Results: `types(&events)`, `catch_up(source)`, `outcome(&update)`, `failure(message)`.

mod worker;

pub(crate) use fast_temporal_testkit::{
    contract::{
        failure, json,
        support::{catch_up, close, outcome, signal, start_update, types, update, workflow},
    },
    dev_server::{TestServer, start, start_with, start_with_database},
};

pub(crate) use self::worker::{
    Worker,
    activity::Attempt,
    stream::{StreamWorker, encode_item},
    update::Accepted,
};

/// Starts a server with one dynamic config value: `name=value`, the value as YAML.
pub(crate) async fn start_with_dynamic_config(setting: &str) -> TestServer {
    let args = ["--dynamic-config-value", setting].map(str::to_owned);
    start_with(|config| config.extra_args = args.into()).await
}
