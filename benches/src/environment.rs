//! The processes of a measurement: Temporal, the gateway, a worker. Each either runs already, at an
//! address, or started for this run and stopped with it.

mod address;
mod child;
mod gateway;
mod nchan;
mod process;
mod prometheus;
mod temporal;

use std::{env, net::SocketAddr, path::PathBuf, process::id};

use anyhow::Context as _;
use tokio::process::Command;

use self::{
    address::{free_address, wait_for},
    child::Child,
};
pub use self::{
    gateway::Gateway, nchan::Nchan, process::Process, prometheus::Requests, temporal::Temporal,
};
use crate::{baseline::Baseline, clock, output, target::TargetArgs};

/// The processes of a run, and the name of the run.
pub struct Environment {
    /// Sets this run's users and task queue apart from those of others.
    pub run: String,
    logs: PathBuf,
    pub gateway: Option<Gateway>,
    temporal: Option<Temporal>,
    worker: Option<Child>,
}

/// A bare axum endpoint in its own process.
pub struct Bare {
    pub address: SocketAddr,
    pub process: Process,
    _child: Child,
}

impl Environment {
    /// Nothing yet but a name and a folder for logs.
    pub fn new() -> anyhow::Result<Self> {
        let run = format!("{}-{}", id(), clock::now_us() % 1_000_000_000);
        let logs = env::temp_dir().join(format!("fast-temporal-bench-{run}"));
        std::fs::create_dir_all(&logs)
            .with_context(|| format!("could not make {}", logs.display()))?;
        Ok(Self {
            run,
            logs,
            gateway: None,
            temporal: None,
            worker: None,
        })
    }

    /// Temporal, the gateway if this side is measured, and a worker if `worker` is set.
    pub async fn prepare(target: &TargetArgs, worker: bool) -> anyhow::Result<Self> {
        let mut environment = Self::new()?;
        if target.spawn {
            output::note(&format!(
                "logs of what is started are in {}",
                environment.logs.display()
            ));
        }
        if worker || target.spawn {
            environment.temporal = Some(Temporal::prepare(target, &environment.logs).await?);
        }
        if target.side.gateway() {
            let temporal = environment
                .temporal
                .as_ref()
                .map(|temporal| temporal.address.as_str());
            environment.gateway =
                Some(Gateway::prepare(target, temporal, &environment.logs).await?);
        }
        if worker {
            let temporal = environment.temporal()?.address.clone();
            environment.worker = Some(environment.start_worker(&temporal)?);
        }
        Ok(environment)
    }

    pub fn temporal(&self) -> anyhow::Result<&Temporal> {
        self.temporal
            .as_ref()
            .context("this measurement has no Temporal")
    }

    /// The task queue that this run's worker polls.
    pub fn task_queue(&self) -> String {
        format!("bench-{}", self.run)
    }

    /// A second gateway before the same Temporal.
    pub async fn another_gateway(&self, target: &TargetArgs) -> anyhow::Result<Gateway> {
        Gateway::start(target, &self.temporal()?.address, "gateway-2", &self.logs).await
    }

    /// A client of Temporal with its own connection.
    pub async fn baseline(&self) -> anyhow::Result<Baseline> {
        Baseline::connect(&self.temporal()?.address, &self.task_queue()).await
    }

    fn start_worker(&self, temporal: &str) -> anyhow::Result<Child> {
        let mut command = this_program()?;
        command.args([
            "worker",
            "--address",
            temporal,
            "--task-queue",
            &self.task_queue(),
        ]);
        Child::start(command, "worker", &self.logs)
    }

    /// Starts nginx with the module nchan.
    pub async fn nchan(&self) -> anyhow::Result<Nchan> {
        Nchan::start(&self.logs).await
    }

    /// Starts a bare endpoint.
    pub async fn bare(&self) -> anyhow::Result<Bare> {
        let address = free_address().await?;
        let mut command = this_program()?;
        command.args(["bare", "--listen", &address.to_string()]);
        let child = Child::start(command, "bare", &self.logs)?;
        wait_for(address).await.context("the bare endpoint")?;
        Ok(Bare {
            address,
            process: Process::new(child.pid()?),
            _child: child,
        })
    }
}

/// This program once more. Its children end with it: they read from a pipe that closes.
fn this_program() -> anyhow::Result<Command> {
    Ok(Command::new(
        env::current_exe().context("this program has no path")?,
    ))
}
