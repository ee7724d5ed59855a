//! Temporal's dev server as a child process.

mod output;
mod process;

use std::{io, net::Ipv4Addr, path::PathBuf, pin::pin, time::Duration};

use fast_temporal_core::Engine as _;
use fast_temporal_temporal::{TemporalConfig, TemporalEngine};
use tokio::{
    net::{TcpListener, TcpStream},
    process::Child,
    time::{Instant, interval_at, sleep, sleep_until, timeout},
};

use self::output::Output;

/// The time limit on a start.
const READY_TIMEOUT: Duration = Duration::from_secs(30);
const READY_POLL_INTERVAL: Duration = Duration::from_millis(50);
/// The interval between reports of a slow start.
const REPORT_INTERVAL: Duration = Duration::from_secs(5);
/// The time limit on a graceful stop, after which the server is killed.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// The number of starts on free ports: another program can take a port before the server does.
const ATTEMPTS: usize = 3;

/// How to run a dev server.
#[derive(Clone, Debug)]
pub struct DevServerConfig {
    /// The Temporal CLI. See [`find_cli`](crate::find_cli).
    pub cli: PathBuf,
    /// The port of the gRPC service on 127.0.0.1, or `None` for a free one.
    pub port: Option<u16>,
    /// Whether to serve Temporal's UI, on a free port of 127.0.0.1.
    pub ui: bool,
    /// The file that keeps the server's state. With `None`, the state ends with the server.
    pub database: Option<PathBuf>,
    /// Further arguments of `temporal server start-dev`, such as `--dynamic-config-value`,
    /// `frontend.namespaceCount=10`.
    pub extra_args: Vec<String>,
}

impl DevServerConfig {
    /// A server on a free port, without UI and without persistent state.
    pub fn new(cli: impl Into<PathBuf>) -> Self {
        Self {
            cli: cli.into(),
            port: None,
            ui: false,
            database: None,
            extra_args: Vec::new(),
        }
    }
}

/// Why a dev server did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DevServerError {
    /// There is no free port, or the CLI does not run.
    #[error("{action}: {source}")]
    Start {
        /// The action that failed, such as `cannot listen on port 7233`.
        action: String,
        /// The system's error.
        source: io::Error,
    },
    /// The server ended before it was ready.
    #[error("Temporal's dev server ended during its start ({status}): {output}")]
    Ended {
        /// The exit status.
        status: String,
        /// The last lines of output.
        output: String,
    },
    /// The server runs, but does not answer requests.
    #[error("Temporal's dev server was not ready within {READY_TIMEOUT:?}: {reason}; {output}")]
    NotReady {
        /// Why the last request failed.
        reason: String,
        /// The last lines of output.
        output: String,
    },
}

/// A running dev server. Dropping it kills the server.
#[derive(Debug)]
pub struct DevServer {
    /// Stops the server if this process is killed. Declared first, as it must be dropped before
    /// the server's process id is free for another process.
    guard: Option<Child>,
    child: Child,
    output: Output,
    port: u16,
    ui_port: Option<u16>,
}

impl DevServer {
    /// Starts a server and waits until it is ready and has its namespace. Calls `progress` during
    /// a slow start. To restart a server with its state, pass the same port and database.
    pub async fn start(
        config: DevServerConfig,
        progress: impl Fn(&str) + Send + Sync,
    ) -> Result<Self, DevServerError> {
        let mut attempt = 1;
        loop {
            let mut server = Self::spawn(&config).await?;
            match server.ready(&progress).await {
                Ok(()) => return Ok(server),
                Err(DevServerError::Ended { .. })
                    if config.port.is_none() && attempt < ATTEMPTS =>
                {
                    attempt += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Returns the address of the gRPC service, `127.0.0.1:port`.
    pub fn address(&self) -> String {
        address(self.port)
    }

    /// Returns the port of the gRPC service.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the URL of Temporal's UI, if the server serves it.
    pub fn ui_url(&self) -> Option<String> {
        self.ui_port.map(|port| format!("http://127.0.0.1:{port}"))
    }

    /// Returns the process id, unless the server has ended.
    pub fn process_id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits until the server ends by itself. Returns its exit status and last lines of output.
    /// Cancel safe.
    pub async fn ended(&mut self) -> String {
        let status = exit_status(self.child.wait().await);
        format!("{status}: {}", self.output.last_lines())
    }

    /// Stops the server with SIGTERM, so that it writes its state, and kills it after 10 s. Returns
    /// whether it stopped in time.
    pub async fn stop(mut self) -> bool {
        let stopped = process::terminate(&self.child)
            && timeout(STOP_TIMEOUT, self.child.wait()).await.is_ok();
        if stopped {
            self.dismiss_guard().await;
        } else {
            self.kill().await;
        }
        stopped
    }

    /// Kills the server with SIGKILL and waits until it has ended.
    pub async fn kill(mut self) {
        if let Err(error) = self.child.kill().await {
            tracing::warn!(%error, "cannot kill Temporal's dev server");
        }
        self.dismiss_guard().await;
    }

    async fn dismiss_guard(&mut self) {
        if let Some(mut guard) = self.guard.take()
            && let Err(error) = guard.kill().await
        {
            tracing::debug!(%error, "cannot kill the dev server's guard");
        }
    }

    async fn spawn(config: &DevServerConfig) -> Result<Self, DevServerError> {
        // Without this check, readiness would be read from another server on the same port.
        let port = free_port(config.port).await?;
        let ui_port = if config.ui {
            Some(free_port(None).await?)
        } else {
            None
        };
        let mut child = process::command(config, port, ui_port)
            .spawn()
            .map_err(|source| DevServerError::Start {
                action: format!("cannot run {}", config.cli.display()),
                source,
            })?;
        Ok(Self {
            guard: process::guard(&child),
            output: Output::capture(&mut child),
            child,
            port,
            ui_port,
        })
    }

    async fn ready(
        &mut self,
        progress: &(impl Fn(&str) + Send + Sync),
    ) -> Result<(), DevServerError> {
        let started = Instant::now();
        let mut reason = String::from("its port is closed");
        let ended = {
            let mut report = interval_at(started + REPORT_INTERVAL, REPORT_INTERVAL);
            let mut answers = pin!(answers(self.port, &mut reason));
            loop {
                tokio::select! {
                    biased;
                    status = self.child.wait() => break Some(exit_status(status)),
                    () = &mut answers => return Ok(()),
                    () = sleep_until(started + READY_TIMEOUT) => break None,
                    _ = report.tick() => {
                        let seconds = started.elapsed().as_secs();
                        progress(&format!("Still starting Temporal's dev server ({seconds} s)"));
                    }
                }
            }
        };
        Err(match ended {
            Some(status) => DevServerError::Ended {
                status,
                output: self.output.at_end().await,
            },
            None => DevServerError::NotReady {
                reason,
                output: self.output.last_lines(),
            },
        })
    }
}

fn address(port: u16) -> String {
    format!("127.0.0.1:{port}")
}

fn exit_status(status: io::Result<std::process::ExitStatus>) -> String {
    status.map_or_else(|error| error.to_string(), |status| status.to_string())
}

/// Waits until the server on that port answers and knows its namespace.
async fn answers(port: u16, reason: &mut String) {
    while let Err(error) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await {
        *reason = error.to_string();
        sleep(READY_POLL_INTERVAL).await;
    }
    let config = TemporalConfig {
        address: address(port),
        ..TemporalConfig::default()
    };
    loop {
        match TemporalEngine::new(config.clone()) {
            Ok(engine) => match engine.check().await {
                Ok(()) => return,
                Err(error) => *reason = error.to_string(),
            },
            Err(error) => *reason = error.to_string(),
        }
        sleep(READY_POLL_INTERVAL).await;
    }
}

/// Returns the wanted port, or any, after checking that nothing listens on it.
async fn free_port(wanted: Option<u16>) -> Result<u16, DevServerError> {
    let free = async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, wanted.unwrap_or(0))).await?;
        listener.local_addr().map(|address| address.port())
    };
    free.await.map_err(|source| DevServerError::Start {
        action: match wanted {
            Some(port) => format!("cannot listen on port {port}"),
            None => "cannot find a free port".into(),
        },
        source,
    })
}
