//! The process: its runtime, its log lines, and the signals that stop it.

use std::{io, time::Duration};

use anyhow::{Context as _, bail};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::{config::LogSettings, logging};

/// How long what still runs outside of the work itself may take to end.
const LEFTOVERS: Duration = Duration::from_secs(1);

/// What a terminal that is closed does to the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hangup {
    /// It ends the program as the system sees fit: not at all under `nohup`.
    Default,
    /// It stops the program like any other signal: what it has started must not stay behind.
    #[cfg(feature = "dev")]
    Stops,
}

/// Runs `work` to its end. Its token is cancelled at the first SIGINT or SIGTERM; a second one
/// ends it at once.
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
    runtime.shutdown_timeout(LEFTOVERS);
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
            tracing::info!("stopping; a second signal ends it at once");
            stop.cancel();
        }
        outcome = &mut work => return outcome,
    }
    tokio::select! {
        biased;
        () = signals.next() => bail!("ended by a second signal"),
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
