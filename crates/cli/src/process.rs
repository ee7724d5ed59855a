//! The process: its runtime, its logging, and the signals that stop it.

use std::{io, time::Duration};

use anyhow::{Context as _, bail};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::logging::{self, LogSettings};

/// How long background tasks have to stop after the work has finished.
const BACKGROUND_STOP_TIMEOUT: Duration = Duration::from_secs(1);

/// What SIGHUP, sent when a terminal closes, does to the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hangup {
    /// The system's default: it terminates the program, unless `nohup` runs it.
    Default,
    /// It stops the program like SIGTERM, so that child processes stop too.
    #[cfg(feature = "dev")]
    Stops,
}

/// Runs `work` to completion. The first SIGINT or SIGTERM cancels its token; the second one terminates it.
pub fn run<F>(
    log: &LogSettings,
    hangup: Hangup,
    work: impl FnOnce(CancellationToken) -> F,
) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<()>>,
{
    let _log = logging::start(log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(async {
        let signals = Signals::listen(hangup).context("cannot listen for signals")?;
        let stop = CancellationToken::new();
        run_until_signal(signals, &stop, work(stop.clone())).await
    });
    runtime.shutdown_timeout(BACKGROUND_STOP_TIMEOUT);
    outcome
}

async fn run_until_signal(
    mut signals: Signals,
    stop: &CancellationToken,
    work: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Result<()> {
    let mut work = std::pin::pin!(work);
    tokio::select! {
        biased;
        () = signals.next() => {
            tracing::info!("stopping; a second signal terminates the program");
            stop.cancel();
        }
        outcome = &mut work => return outcome,
    }
    tokio::select! {
        biased;
        () = signals.next() => bail!("terminated by a second signal"),
        outcome = &mut work => outcome,
    }
}

/// SIGINT and SIGTERM, and SIGHUP if it stops the program.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Option<Signal>,
}

impl Signals {
    /// Listens for the signals, which no longer end the process by themselves.
    fn listen(hangup: Hangup) -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: match hangup {
                Hangup::Default => None,
                #[cfg(feature = "dev")]
                Hangup::Stops => Some(signal(SignalKind::hangup())?),
            },
        })
    }

    async fn next(&mut self) {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = hangup => {}
        }
    }
}
