//! The gateway that is measured.

use std::{env, net::SocketAddr, path::Path};

use anyhow::{Context as _, Result};
use tokio::{net::lookup_host, process::Command};

use super::process::{Child, Process, free_address};
use crate::target::TargetArgs;

/// A gateway, by its address and, if known, its process.
pub struct Gateway {
    pub address: SocketAddr,
    pub process: Option<Process>,
    _child: Option<Child>,
}

impl Gateway {
    /// Returns the running gateway that the arguments name.
    pub async fn running(target: &TargetArgs) -> Result<Self> {
        let url = target.gateway.trim_end_matches('/');
        let name = url.trim_start_matches("http://");
        let mut found = lookup_host(name)
            .await
            .with_context(|| format!("invalid address: {name}"))?;
        let address = found
            .find(SocketAddr::is_ipv4)
            .with_context(|| format!("{name} has no IPv4 address"))?;
        Ok(Self {
            address,
            process: target.gateway_pid.map(|pid| Process { pid }),
            _child: None,
        })
    }

    /// Starts a gateway that connects to the given Temporal.
    pub async fn start(
        target: &TargetArgs,
        temporal: &str,
        name: &str,
        logs: &Path,
    ) -> Result<Self> {
        let address = free_address().await?;
        let program = match &target.gateway_bin {
            Some(path) => path.clone(),
            None => env::current_exe()?.with_file_name("fast-temporal"),
        };
        let program = program.canonicalize().with_context(|| {
            let program = program.display();
            format!("{program} does not exist: build the gateway, or pass --gateway-bin")
        })?;
        let mut command = Command::new(program);
        command
            .arg("serve")
            // The folder of the logs contains no settings that the gateway would read.
            .current_dir(logs)
            .env("FASTAPI_HOST", address.ip().to_string())
            .env("FASTAPI_PORT", address.port().to_string())
            .env("TEMPORAL_ADDRESS", temporal)
            .env("RUST_LOG", "warn")
            // The driver is one user at one address, and exceeds what one is permitted.
            .env("FAST_TEMPORAL_CONNECTIONS_PER_USER", "0")
            .env("FAST_TEMPORAL_REQUESTS_PER_SECOND", "0");
        for setting in &target.gateway_env {
            let (name, value) = setting
                .split_once('=')
                .with_context(|| format!("--gateway-env {setting}: expected NAME=VALUE"))?;
            command.env(name, value);
        }
        let child = Child::listening(&mut command, name, logs, address).await?;
        Ok(Self {
            address,
            process: Some(child.process()?),
            _child: Some(child),
        })
    }
}
