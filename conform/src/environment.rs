//! The processes of a run: Temporal with a database, a worker, and two gateways. Cases may kill and
//! restart each of them. All end when the value is dropped.

mod gateway;
mod process;

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use fast_temporal_testkit::dev_server::{self, TestServer};
use tempfile::TempDir;
use tokio::process::Command;

use self::{gateway::Gateway, process::Process};
use crate::{
    args::RunArguments,
    client::Node,
    report,
    workflow::{CATALOG_NAME, WORKFLOW_TYPE},
};

/// Number of gateways.
const GATEWAYS: usize = 2;
/// The secret that the gateways verify tokens with.
const SECRET: &str = "a secret of the conformance tests, long enough for HS256";

/// The started processes.
pub struct Environment {
    temporal: TestServer,
    gateways: Vec<Gateway>,
    worker: Process,
    task_queue: String,
    _folder: TempDir,
}

impl Environment {
    /// Starts everything.
    pub async fn start(arguments: &RunArguments) -> Result<Self> {
        report::print("starting Temporal, a worker and two gateways");
        let program = match &arguments.gateway_bin {
            Some(path) => path.clone(),
            None => beside("fast-temporal")?,
        };
        let temporal = dev_server::start_with_database().await;
        let folder = TempDir::new()?;
        std::fs::write(
            folder.path().join("fast-temporal.toml"),
            settings(&arguments.task_queue),
        )?;
        let mut gateways = Vec::new();
        for _ in 0..GATEWAYS {
            let gateway = Gateway::start(&program, folder.path(), temporal.address(), SECRET);
            gateways.push(gateway.await?);
        }
        let task_queue = arguments.task_queue.clone();
        let worker = start_worker(temporal.address(), &task_queue)?;
        Ok(Self {
            temporal,
            gateways,
            worker,
            task_queue,
            _folder: folder,
        })
    }

    pub fn nodes(&self) -> Vec<Node> {
        let nodes = self.gateways.iter().map(|gateway| gateway.node.clone());
        nodes.collect()
    }

    /// The secret that the gateways verify tokens with.
    pub fn jwt_secret() -> &'static str {
        SECRET
    }

    pub fn temporal_address(&self) -> &str {
        self.temporal.address()
    }

    /// Returns one of the gateways, to kill it.
    pub fn gateway(&mut self, number: usize) -> &mut Gateway {
        &mut self.gateways[number]
    }

    /// Kills Temporal as `kill -9` does.
    pub async fn kill_temporal(&mut self) {
        self.temporal.kill().await;
    }

    /// Starts Temporal again, with its database.
    pub async fn restart_temporal(&mut self) {
        self.temporal.restart().await;
    }

    /// Kills the worker as `kill -9` does.
    pub async fn kill_worker(&mut self) -> Result<()> {
        self.worker.kill().await
    }

    /// Starts the worker again.
    pub fn restart_worker(&mut self) -> Result<()> {
        self.worker = start_worker(self.temporal.address(), &self.task_queue)?;
        Ok(())
    }

    /// Prints the last lines of every process.
    pub fn print_logs(&self) {
        for gateway in &self.gateways {
            gateway.print_log();
        }
        self.worker.print_log();
    }
}

/// The gateways' settings file.
fn settings(task_queue: &str) -> String {
    format!(
        r#"[workflows.{CATALOG_NAME}]
type = "{WORKFLOW_TYPE}"
task_queue = "{task_queue}"
input = {{ type = "object", required = ["steps"], properties = {{ steps = {{ type = "array" }} }} }}

[workflows.{CATALOG_NAME}.signals.note]
input = {{ type = "string", maxLength = 1000 }}

[workflows.{CATALOG_NAME}.updates.add]
input = {{ type = "integer" }}
"#
    )
}

fn start_worker(address: &str, task_queue: &str) -> Result<Process> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["worker", "--address", address, "--task-queue", task_queue]);
    Process::start("the worker", &mut command)
}

fn beside(name: &str) -> Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name(name);
    path.canonicalize().with_context(|| {
        format!(
            "{} does not exist: build it, or pass --gateway-bin",
            path.display()
        )
    })
}
