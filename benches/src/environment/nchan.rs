//! nginx with the module nchan, which others use for fan-out.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    thread::sleep,
    time::Duration,
};

use anyhow::{Context as _, Result};
use tokio::process::Command;

use super::process::{Child, Process, free_address};

/// The path of the module in Debian's package.
const MODULE: &str = "/usr/lib/nginx/modules/ngx_nchan_module.so";

/// The file with its settings.
const FILE: &str = "nginx.conf";
/// How often to check whether nginx has stopped.
const CHECK_INTERVAL: Duration = Duration::from_millis(20);
/// How many times to check.
const CHECKS: u32 = 100;

/// A running nginx with one worker process.
pub struct Nchan {
    pub address: SocketAddr,
    master: u32,
    folder: PathBuf,
    _child: Child,
}

impl Nchan {
    /// Starts it.
    pub async fn start(logs: &Path) -> Result<Self> {
        let address = free_address().await?;
        fs::write(logs.join(FILE), settings(address, logs)).context("the settings of nginx")?;
        let mut command = Command::new("nginx");
        command.args(arguments(logs));
        let child = Child::listening(&mut command, "nchan", logs, address).await;
        let child = child.context("is nginx installed?")?;
        Ok(Self {
            address,
            master: child.process()?.pid,
            folder: logs.to_owned(),
            _child: child,
        })
    }

    /// Returns the process that serves all connections.
    pub fn worker(&self) -> Result<Process> {
        let path = format!("/proc/{0}/task/{0}/children", self.master);
        let children =
            fs::read_to_string(&path).with_context(|| format!("could not read {path}"))?;
        let worker = children
            .split_whitespace()
            .next()
            .context("nginx has no worker")?;
        Ok(Process {
            pid: worker.parse()?,
        })
    }
}

/// Killing the master alone would not end its worker, so the master is requested to stop both.
impl Drop for Nchan {
    #[expect(
        clippy::disallowed_methods,
        reason = "a drop cannot wait in another way, and nothing is measured any more"
    )]
    fn drop(&mut self) {
        let Ok(worker) = self.worker() else { return };
        let mut stop = std::process::Command::new("nginx");
        stop.args(arguments(&self.folder)).args(["-s", "stop"]);
        if stop.status().is_err() {
            return;
        }
        for _ in 0..CHECKS {
            if worker.cpu_time().is_err() {
                return;
            }
            sleep(CHECK_INTERVAL);
        }
    }
}

fn arguments(folder: &Path) -> [PathBuf; 4] {
    ["-c".into(), folder.join(FILE), "-p".into(), folder.into()]
}

fn settings(address: SocketAddr, logs: &Path) -> String {
    let logs = logs.display();
    format!(
        "load_module {MODULE};\n\
         daemon off;\nworker_processes 1;\nworker_rlimit_nofile 19000;\n\
         pid {logs}/nginx.pid;\nerror_log {logs}/nginx.log warn;\n\
         events {{ worker_connections 16000; }}\n\
         http {{\n  access_log off;\n  nchan_max_reserved_memory 256m;\n  server {{\n    listen {address};\n\
         location = /publish {{ nchan_publisher; nchan_channel_id bench; \
         nchan_message_buffer_length 1000; }}\n\
         location = /ws {{ nchan_subscriber websocket; nchan_channel_id bench; \
         nchan_subscriber_first_message newest; }}\n\
         location = /sse {{ nchan_subscriber eventsource; nchan_channel_id bench; \
         nchan_subscriber_first_message newest; }}\n  }}\n}}\n"
    )
}
