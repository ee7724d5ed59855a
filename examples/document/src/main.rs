//! `document-worker`: runs the example's worker for a Temporal server that is already running. Its
//! README describes the environment variables.

use std::ffi::OsString;

use fast_temporal_example_document::{Activities, Target, connect, run};
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let stop = async {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    let activities = Activities::from_variables(variable)?;
    for (name, value) in activities.summary() {
        tracing::info!("{name}: {value}");
    }
    let target = Target::from_variables(variable);
    tracing::info!(address = target.address, "starting the worker");
    run(connect(target).await?, activities, stop).await
}

#[expect(
    clippy::disallowed_methods,
    reason = "the environment is this program's only source of settings"
)]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
