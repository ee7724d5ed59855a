//! Records histories of a Rust worker:
//! `cargo run -p fast-temporal-temporal --example record_histories -- ADDRESS OUT_DIR`.
//!
//! Needs a Temporal dev server at ADDRESS. Writes each run's history as
//! `rust_<scenario>[_<run>].json`, in Temporal's proto JSON. Ids and times differ from one recording
//! to the next, so the snapshots of the events must be updated too.

mod activity;
mod json;
mod scenario;
mod workflow;

use std::path::PathBuf;

use anyhow::Context as _;
use temporalio_client::{Client, ClientOptions, Connection, ConnectionOptions, Url};
use temporalio_common::worker::WorkerDeploymentOptions;
use temporalio_sdk::{Runtime, Worker, WorkerOptions, runtime::RuntimeOptions};

use self::scenario::Recorder;

/// The worker's task queue.
const QUEUE: &str = "recorded";

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(address), Some(folder)) = (arguments.next(), arguments.next()) else {
        anyhow::bail!("usage: record_histories ADDRESS OUT_DIR");
    };
    let client = connect(&address).await?;
    let recorder = Recorder::new(client.clone(), PathBuf::from(folder));

    let runtime = Runtime::from_current_tokio(RuntimeOptions::default())?;
    let options = WorkerOptions::new(QUEUE)
        .register_activities(activity::Activities)
        .register_workflow::<workflow::Activities>()?
        .register_workflow::<workflow::LocalActivities>()?
        .register_workflow::<workflow::Timers>()?
        .register_workflow::<workflow::Child>()?
        .register_workflow::<workflow::Children>()?
        .register_workflow::<workflow::Memo>()?
        .register_workflow::<workflow::Messages>()?
        .deployment_options(WorkerDeploymentOptions::from_build_id(
            "recorded".to_owned(),
        ))
        .build();
    let mut worker = Worker::new(&runtime, client, options)?;
    let initiate_shutdown = worker.shutdown_handle();
    let recording = async {
        let recorded = recorder.all().await;
        initiate_shutdown();
        recorded
    };
    let (worked, recorded) = tokio::join!(worker.run(), recording);
    recorded?;
    worked.context("the worker failed")
}

async fn connect(address: &str) -> anyhow::Result<Client> {
    let url: Url = format!("http://{address}").parse()?;
    let connection = Connection::connect(ConnectionOptions::new(url).build()).await?;
    Ok(Client::new(
        connection,
        ClientOptions::new("default").build(),
    )?)
}
