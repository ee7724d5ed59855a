//! A gateway that was started for a run.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::Value;
use tokio::{process::Command, time::timeout};

use super::process::Process;
use crate::{
    client::{Node, SOON},
    token::{AUDIENCE, ISSUER},
};

/// How to start a gateway.
struct Settings {
    program: PathBuf,
    folder: PathBuf,
    temporal: String,
    secret: String,
}

/// A gateway.
pub struct Gateway {
    settings: Settings,
    pub node: Node,
    process: Process,
}

impl Gateway {
    /// Starts one on a free port, with the settings in that folder.
    pub async fn start(
        program: &Path,
        folder: &Path,
        temporal: &str,
        secret: &str,
    ) -> Result<Self> {
        let settings = Settings {
            program: program.to_owned(),
            folder: folder.to_owned(),
            temporal: temporal.to_owned(),
            secret: secret.to_owned(),
        };
        let (process, address) = settings.start("0").await?;
        let node = Node::new(&format!("http://{address}"))?;
        Ok(Self {
            settings,
            node,
            process,
        })
    }

    /// Kills it as `kill -9` does.
    pub async fn kill(&mut self) -> Result<()> {
        self.process.kill().await
    }

    /// Sends SIGTERM.
    pub fn stop(&self) -> Result<()> {
        self.process.stop()
    }

    /// Restarts it at the same address, once it has ended.
    pub async fn restart(&mut self) -> Result<()> {
        let ended = timeout(SOON, self.process.ended()).await;
        ended.context("the gateway does not end")??;
        let (_, port) = self.node.address().rsplit_once(':').context("no port")?;
        (self.process, _) = self.settings.start(port).await?;
        Ok(())
    }

    pub fn print_log(&self) {
        self.process.print_log();
    }
}

impl Settings {
    /// Starts a process, waits until it serves, and returns its address.
    async fn start(&self, port: &str) -> Result<(Process, String)> {
        let mut command = Command::new(&self.program);
        command
            .arg("serve")
            .current_dir(&self.folder)
            .env("FASTAPI_PORT", port)
            .env("TEMPORAL_ADDRESS", &self.temporal)
            .env("LOG_FORMAT", "json")
            .env("AUTH", "jwt")
            .env("AUTH_JWT_SECRET", &self.secret)
            .env("AUTH_JWT_ISSUER", ISSUER)
            .env("AUTH_JWT_AUDIENCE", AUDIENCE)
            .env("AUTH_LEEWAY_SECONDS", "1")
            // So that followers stop soon after their last subscriber has disconnected.
            .env("FAST_TEMPORAL_LINGER_SECONDS", "2")
            // The cases send more requests than a client would.
            .env("FAST_TEMPORAL_REQUESTS_PER_SECOND", "0");
        let mut process = Process::start("a gateway", &mut command)?;
        let line = timeout(SOON, process.serving_line()).await;
        let line: Value = serde_json::from_str(&line.context("the gateway does not serve")??)?;
        let address = line["address"].as_str().context("no address")?.to_owned();
        Ok((process, address))
    }
}
