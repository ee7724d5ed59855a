//! nginx with the module nchan, which others use for fan-out.

use std::{fs, net::SocketAddr, path::Path};

use anyhow::Context as _;
use tokio::process::Command;

use super::{Child, Process, free_address, wait_for};

/// Where Debian's package puts the module.
const MODULE: &str = "/usr/lib/nginx/modules/ngx_nchan_module.so";

/// A running nginx with one worker process.
pub struct Nchan {
    pub address: SocketAddr,
    master: u32,
    _child: Child,
}

impl Nchan {
    pub async fn start(logs: &Path) -> anyhow::Result<Self> {
        let address = free_address().await?;
        let file = logs.join("nginx.conf");
        fs::write(&file, settings(address, logs)).context("the settings of nginx")?;
        let mut command = Command::new("nginx");
        command.arg("-c").arg(&file).arg("-p").arg(logs);
        let child = Child::start(command, "nchan", logs).context("is nginx installed?")?;
        wait_for(address).await.context("nginx")?;
        Ok(Self {
            address,
            master: child.pid()?,
            _child: child,
        })
    }

    /// The process that serves all connections.
    pub fn worker(&self) -> anyhow::Result<Process> {
        let path = format!("/proc/{0}/task/{0}/children", self.master);
        let children =
            fs::read_to_string(&path).with_context(|| format!("could not read {path}"))?;
        let worker = children
            .split_whitespace()
            .next()
            .context("nginx has no worker")?;
        Ok(Process::new(worker.parse()?))
    }
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
