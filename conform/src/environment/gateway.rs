//! A gateway that was started for a run.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::Value;
use tokio::{process::Command, time::timeout};

use super::Process;
use crate::{
    client::{Node, SOON},
    token::{AUDIENCE, ISSUER},
};

/// A gateway.
pub struct Gateway {
    program: PathBuf,
    folder: PathBuf,
    temporal: String,
    secret: String,
    node: Node,
    process: Process,
}

impl Gateway {
    /// Starts one on a free port, with the settings in that folder.
    pub async fn start(
        program: &Path,
        folder: &Path,
        temporal: &str,
        secret: &str,
    ) -> anyhow::Result<Self> {
        let mut command = command(program, folder, temporal, secret, 0);
        let mut process = Process::start("a gateway", &mut command)?;
        let address = serves(&mut process).await?;
        Ok(Self {
            program: program.to_owned(),
            folder: folder.to_owned(),
            temporal: temporal.to_owned(),
            secret: secret.to_owned(),
            node: Node::new(&format!("http://{address}"))?,
            process,
        })
    }

    pub fn node(&self) -> &Node {
        &self.node
    }

    pub async fn kill(&mut self) -> anyhow::Result<()> {
        self.process.kill().await
    }

    pub fn stop(&self) -> anyhow::Result<()> {
        self.process.stop()
    }

    /// Starts it again at the same address, once it has ended.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        timeout(SOON, self.process.ended())
            .await
            .context("the gateway does not end")??;
        let (_, port) = self.node.address().rsplit_once(':').context("no port")?;
        let (program, folder) = (&self.program, &self.folder);
        let mut command = command(program, folder, &self.temporal, &self.secret, port.parse()?);
        self.process = Process::start("a gateway", &mut command)?;
        serves(&mut self.process).await.map(drop)
    }

    pub fn show_log(&self) {
        self.process.show_log();
    }
}

fn command(program: &Path, folder: &Path, temporal: &str, secret: &str, port: u16) -> Command {
    let mut command = Command::new(program);
    command
        .arg("serve")
        .current_dir(folder)
        .env("FASTAPI_PORT", port.to_string())
        .env("TEMPORAL_ADDRESS", temporal)
        .env("LOG_FORMAT", "json")
        .env("AUTH", "jwt")
        .env("AUTH_JWT_SECRET", secret)
        .env("AUTH_JWT_ISSUER", ISSUER)
        .env("AUTH_JWT_AUDIENCE", AUDIENCE)
        .env("AUTH_LEEWAY_SECONDS", "1")
        // So that followers stop soon after their last subscriber has disconnected.
        .env("FAST_TEMPORAL_LINGER_SECONDS", "2")
        // The cases send more requests than a client would.
        .env("FAST_TEMPORAL_REQUESTS_PER_SECOND", "0");
    command
}

async fn serves(process: &mut Process) -> anyhow::Result<String> {
    let line = timeout(SOON, process.serving_line()).await;
    let line = line.context("the gateway does not serve")??;
    let line: Value = serde_json::from_str(&line)?;
    Ok(line["address"].as_str().context("no address")?.to_owned())
}
