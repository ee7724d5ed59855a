//! `document-worker`: the example's workers on their own, for a Temporal that runs elsewhere.
//! Takes `TEMPORAL_ADDRESS` (default `localhost:7233`), `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY`,
//! `TEMPORAL_TLS`, and what the README tells of: `DOCUMENT_FOLDER`, `LLM_…`, `SPEECH_…`.

use std::ffi::OsString;

use fast_temporal_example_document_app::{
    Documents, Settings, TASK_QUEUE, Target, Work, connect, run, told_to_stop,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();
    let settings = Settings::of_variables(variable)?;
    let work = Work {
        model: Some(settings.model()?),
        documents: Some(Documents {
            speech: settings.speaker()?,
            folder: settings.folder(),
        }),
    };
    let target = Target::of_variables(variable);
    tracing::info!(
        address = target.address,
        task_queue = TASK_QUEUE,
        "starting the worker"
    );
    let client = connect(target).await?;
    run(client, work, told_to_stop()).await?;
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "this program has its settings from the environment alone"
)]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
