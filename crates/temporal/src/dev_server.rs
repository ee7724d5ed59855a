//! Temporal's dev server, run as a child process.

mod config;
mod output;
mod port;
mod process;

use std::{io, pin::pin, time::Duration};

use tokio::{
    process::Child,
    time::{Instant, interval_at, sleep_until, timeout},
};

pub use self::config::{DevServerConfig, Ui};
use self::{
    output::Output,
    port::{answers, free_port},
};

/// How long the server may take until it answers.
const READY_LIMIT: Duration = Duration::from_secs(30);
/// How often a slow start is reported.
const REPORT_EVERY: Duration = Duration::from_secs(5);
/// How long the server may take to stop when asked to.
const STOP_LIMIT: Duration = Duration::from_secs(10);
/// How often a start on free ports is tried: another program may take a port in between.
const ATTEMPTS: usize = 3;

/// Why there is no dev server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DevServerError {
    /// No free port, no log file, or the CLI can't be run.
    #[error("{what}: {source}")]
    Start {
        /// What was attempted.
        what: String,
        /// What the system said.
        source: io::Error,
    },
    /// It stopped before it answered.
    #[error("Temporal's dev server stopped at once ({status}): {output}")]
    Died {
        /// How it ended.
        status: String,
        /// Its last lines.
        output: String,
    },
    /// It runs and does not answer.
    #[error("Temporal's dev server did not answer within {READY_LIMIT:?}: {reason}; {output}")]
    NotReady {
        /// Why the last request failed.
        reason: String,
        /// Its last lines.
        output: String,
    },
}

/// A dev server that runs. Dropping it kills it.
#[derive(Debug)]
pub struct DevServer {
    /// Stops the server if this process can't. The first to be dropped, before the server's id is
    /// free for other processes.
    guard: Option<Child>,
    child: Child,
    output: Output,
    port: u16,
    ui_port: Option<u16>,
}

impl DevServer {
    /// Starts a server and waits until it answers and has its namespace. `progress` is told when
    /// that takes long. To start it again with the same state, give the same port and database.
    pub async fn start(
        config: DevServerConfig,
        progress: impl Fn(&str) + Send + Sync,
    ) -> Result<Self, DevServerError> {
        let mut attempt = 1;
        loop {
            let mut server = Self::spawn(&config).await?;
            match server.ready(&progress).await {
                Ok(()) => return Ok(server),
                Err(DevServerError::Died { .. }) if config.port.is_none() && attempt < ATTEMPTS => {
                    attempt += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Where its gRPC service is: `127.0.0.1:port`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The port of its gRPC service.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where its UI is, if it serves one: `http://127.0.0.1:port`.
    pub fn ui_url(&self) -> Option<String> {
        self.ui_port.map(|port| format!("http://127.0.0.1:{port}"))
    }

    /// Its process id, while it runs.
    pub fn process_id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits until it stops by itself, and says how it ended. Dropping the future loses nothing.
    pub async fn stopped(&mut self) -> String {
        let status = match self.child.wait().await {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        format!("{status}: {}", self.output.last_lines())
    }

    /// Asks it to stop, so that its state is written, and kills it where it does not within 10 s.
    pub async fn stop(mut self) {
        let asked = process::ask_to_stop(&self.child);
        if !asked || timeout(STOP_LIMIT, self.child.wait()).await.is_err() {
            return self.kill().await;
        }
        self.dismiss_guard().await;
    }

    /// Kills it as `kill -9` does, and waits until it is gone.
    pub async fn kill(mut self) {
        if let Err(error) = self.child.kill().await {
            tracing::warn!(%error, "could not kill Temporal's dev server");
        }
        self.dismiss_guard().await;
    }

    async fn dismiss_guard(&mut self) {
        if let Some(mut guard) = self.guard.take()
            && let Err(error) = guard.kill().await
        {
            tracing::debug!(%error, "could not dismiss the dev server's guard");
        }
    }

    async fn spawn(config: &DevServerConfig) -> Result<Self, DevServerError> {
        // What else listens on the port would pass for the server that is to come.
        let port = free_port(config.port).await?;
        let ui_port = match config.ui {
            Ui::Off => None,
            Ui::Port(port) => Some(port),
            Ui::FreePort => Some(free_port(None).await?),
        };
        let mut child = process::command(config, port, ui_port)
            .spawn()
            .map_err(|source| DevServerError::Start {
                what: format!("can't run {}", config.cli.display()),
                source,
            })?;
        let output = Output::capture(&mut child, config.log.as_deref())
            .await
            .map_err(|source| DevServerError::Start {
                what: "can't write the dev server's log".into(),
                source,
            })?;
        Ok(Self {
            guard: process::guard(&child),
            child,
            output,
            port,
            ui_port,
        })
    }

    async fn ready(
        &mut self,
        progress: &(impl Fn(&str) + Send + Sync),
    ) -> Result<(), DevServerError> {
        let started = Instant::now();
        let mut reason = String::from("it does not listen");
        let died = {
            let mut report = interval_at(started + REPORT_EVERY, REPORT_EVERY);
            let mut answers = pin!(answers(self.port, &mut reason));
            loop {
                tokio::select! {
                    biased;
                    status = self.child.wait() => break Some(status),
                    () = &mut answers => return Ok(()),
                    () = sleep_until(started + READY_LIMIT) => break None,
                    _ = report.tick() => {
                        let seconds = started.elapsed().as_secs();
                        progress(&format!("Still starting Temporal's dev server ({seconds} s)"));
                    }
                }
            }
        };
        Err(match died {
            Some(status) => DevServerError::Died {
                status: status.map_or_else(|error| error.to_string(), |status| status.to_string()),
                output: self.output.at_end().await,
            },
            None => DevServerError::NotReady {
                reason,
                output: self.output.last_lines(),
            },
        })
    }
}
