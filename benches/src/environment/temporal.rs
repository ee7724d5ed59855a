//! The Temporal server that the runs use.

use std::{net::SocketAddr, path::Path};

use anyhow::Context as _;
use tokio::process::Command;

use super::{
    address::{free_address, wait_for},
    child::Child,
};
use crate::target::TargetArgs;

/// A Temporal server, by its addresses.
pub struct Temporal {
    pub address: String,
    /// The address of its metrics, if known.
    pub metrics: Option<SocketAddr>,
    _child: Option<Child>,
}

impl Temporal {
    /// The server of the arguments; starts it if they say so.
    pub async fn prepare(target: &TargetArgs, logs: &Path) -> anyhow::Result<Self> {
        if !target.spawn {
            let address = target.temporal.clone();
            return Ok(Self {
                address,
                metrics: target.temporal_metrics,
                _child: None,
            });
        }
        let (address, metrics) = (free_address().await?, free_address().await?);
        let mut command = Command::new(&target.temporal_cli);
        command.args(["server", "start-dev", "--headless", "--log-level", "error"]);
        command.arg("--port").arg(address.port().to_string());
        command
            .arg("--metrics-port")
            .arg(metrics.port().to_string());
        let child = Child::start(command, "temporal", logs)?;
        wait_for(address).await.context("the Temporal dev server")?;
        Ok(Self {
            address: address.to_string(),
            metrics: Some(metrics),
            _child: Some(child),
        })
    }
}
