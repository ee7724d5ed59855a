//! The Temporal server that the runs use.

use std::{net::SocketAddr, path::Path};

use anyhow::Result;
use tokio::process::Command;

use super::process::{Child, free_address};
use crate::target::TargetArgs;

/// A Temporal server, by its addresses.
pub struct Temporal {
    pub address: String,
    /// The address of its metrics, if known.
    pub metrics: Option<SocketAddr>,
    _child: Option<Child>,
}

impl Temporal {
    /// Returns the server that the arguments name, or starts one.
    pub async fn prepare(target: &TargetArgs, logs: &Path) -> Result<Self> {
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
        command.args(["--port", &address.port().to_string()]);
        command.args(["--metrics-port", &metrics.port().to_string()]);
        let child = Child::listening(&mut command, "temporal", logs, address).await?;
        Ok(Self {
            address: address.to_string(),
            metrics: Some(metrics),
            _child: Some(child),
        })
    }
}
