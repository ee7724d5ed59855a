//! When a program is told to stop.

/// Waits until somebody stops the program: by Ctrl-C, or, on Unix, by SIGTERM. Where that can't be
/// heard it waits for ever, and the system's own ways end the program.
pub async fn told_to_stop() {
    if let Err(error) = signals().await {
        tracing::error!(%error, "cannot listen for signals");
        std::future::pending::<()>().await;
    }
}

#[cfg(unix)]
async fn signals() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        outcome = tokio::signal::ctrl_c() => outcome,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn signals() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
