//! `document-worker`: the example's worker on its own, for a Temporal that runs elsewhere.
//! Takes `TEMPORAL_ADDRESS` (default `localhost:7233`) and `TEMPORAL_NAMESPACE`.

use fast_temporal_example_document::{FOLDER, TASK_QUEUE, Target, connect, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();
    let target = Target {
        address: setting("TEMPORAL_ADDRESS", "localhost:7233"),
        namespace: setting("TEMPORAL_NAMESPACE", "default"),
        api_key: None,
        tls: false,
    };
    tracing::info!(
        address = target.address,
        task_queue = TASK_QUEUE,
        "starting the worker"
    );
    let client = connect(target).await?;
    let stop = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "cannot listen for Ctrl-C");
        }
    };
    run(client, std::env::temp_dir().join(FOLDER), stop).await?;
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "this program has no settings but these two"
)]
fn setting(name: &str, default: &str) -> String {
    std::env::var(name)
        .ok()
        .filter(|value| !value.is_empty())
        .unwrap_or_else(|| default.to_owned())
}
