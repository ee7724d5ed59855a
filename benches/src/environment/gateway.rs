//! The gateway that is measured.

use std::{env, net::SocketAddr, path::Path, path::PathBuf};

use anyhow::Context as _;
use tokio::process::Command;

use super::{
    address::{free_address, resolve, wait_for},
    child::Child,
    process::Process,
};
use crate::target::TargetArgs;

/// A gateway, by its address and, if known, its process.
pub struct Gateway {
    pub address: SocketAddr,
    pub process: Option<Process>,
    _child: Option<Child>,
}

impl Gateway {
    /// The gateway of the arguments; starts it if they say so, connected to the given Temporal.
    pub async fn prepare(
        target: &TargetArgs,
        temporal: Option<&str>,
        logs: &Path,
    ) -> anyhow::Result<Self> {
        if let Some(temporal) = temporal.filter(|_| target.spawn) {
            return Self::start(target, temporal, "gateway", logs).await;
        }
        let name = target
            .gateway
            .trim_start_matches("http://")
            .trim_end_matches('/');
        let process = target.gateway_pid.map(Process::new);
        Ok(Self {
            address: resolve(name).await?,
            process,
            _child: None,
        })
    }

    /// Starts one before the given Temporal.
    pub async fn start(
        target: &TargetArgs,
        temporal: &str,
        name: &str,
        logs: &Path,
    ) -> anyhow::Result<Self> {
        let address = free_address().await?;
        let program = match &target.gateway_bin {
            Some(path) => path
                .canonicalize()
                .with_context(|| path.display().to_string())?,
            None => beside_this_program()?,
        };
        let mut command = Command::new(program);
        // In the folder of the logs no settings lie about that the run would pick up.
        command.arg("serve").current_dir(logs);
        command.env("FASTAPI_HOST", address.ip().to_string());
        command.env("FASTAPI_PORT", address.port().to_string());
        command
            .env("TEMPORAL_ADDRESS", temporal)
            .env("RUST_LOG", "warn");
        // The driver is one user at one address, and asks for more than one may.
        command
            .env("FAST_TEMPORAL_CONNECTIONS_PER_USER", "0")
            .env("FAST_TEMPORAL_REQUESTS_PER_SECOND", "0");
        for setting in &target.gateway_env {
            let (name, value) = setting
                .split_once('=')
                .with_context(|| format!("--gateway-env {setting}: expected NAME=VALUE"))?;
            command.env(name, value);
        }
        let child = Child::start(command, name, logs)?;
        wait_for(address).await.context("the gateway")?;
        Ok(Self {
            address,
            process: Some(Process::new(child.pid()?)),
            _child: Some(child),
        })
    }
}

fn beside_this_program() -> anyhow::Result<PathBuf> {
    let path = env::current_exe().context("this program has no path")?;
    let path = path.with_file_name("fast-temporal");
    path.canonicalize().with_context(|| {
        format!(
            "{} is not there: build the gateway, or name it by --gateway-bin",
            path.display()
        )
    })
}
