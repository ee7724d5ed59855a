//! The processes of a measurement: Temporal, the gateway, a worker. Each either runs already, at an
//! address, or is started for this run and stopped with it.

pub mod frontend_requests;
pub mod gateway;
pub mod nchan;
pub mod process;
pub mod temporal;

use std::{env, net::SocketAddr, path::PathBuf};

use anyhow::{Context as _, Result};
use tokio::process::Command;

use self::{
    gateway::Gateway,
    nchan::Nchan,
    process::{Child, Process, free_address},
    temporal::Temporal,
};
use crate::{baseline::Baseline, latency::now_us, report, target::TargetArgs};

/// The processes of a run, and the name of the run.
pub struct Environment {
    /// Distinguishes this run's users and task queue from those of others.
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
    /// Returns an environment without processes, with a folder for logs.
    pub fn new() -> Result<Self> {
        let run = format!("{}-{}", std::process::id(), now_us() % 1_000_000_000);
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

    /// Prepares Temporal, the gateway if this side is measured, and a worker if `needs_worker`.
    pub async fn prepare(target: &TargetArgs, needs_worker: bool) -> Result<Self> {
        let mut environment = Self::new()?;
        let logs = environment.logs.clone();
        if target.spawn {
            report::note(&format!("logs of started processes: {}", logs.display()));
        }
        if needs_worker || target.spawn {
            environment.temporal = Some(Temporal::prepare(target, &logs).await?);
        }
        if target.side.gateway() {
            environment.gateway = Some(if target.spawn {
                let temporal = &environment.temporal()?.address;
                Gateway::start(target, temporal, "gateway", &logs).await?
            } else {
                Gateway::running(target).await?
            });
        }
        if needs_worker {
            let mut command = this_program()?;
            command.args(["worker", "--address", &environment.temporal()?.address]);
            command.args(["--task-queue", &environment.task_queue()]);
            environment.worker = Some(Child::start(&mut command, "worker", &logs)?);
        }
        Ok(environment)
    }

    pub fn temporal(&self) -> Result<&Temporal> {
        let temporal = self.temporal.as_ref();
        temporal.context("this measurement has no Temporal")
    }

    pub fn gateway(&self) -> Result<&Gateway> {
        let gateway = self.gateway.as_ref();
        gateway.context("this measurement needs the gateway's side")
    }

    /// Returns the task queue that this run's worker polls.
    pub fn task_queue(&self) -> String {
        format!("bench-{}", self.run)
    }

    /// Starts a second gateway for the same Temporal.
    pub async fn second_gateway(&self, target: &TargetArgs) -> Result<Gateway> {
        Gateway::start(target, &self.temporal()?.address, "gateway-2", &self.logs).await
    }

    /// Returns a client of Temporal with its own connection.
    pub async fn baseline(&self) -> Result<Baseline> {
        Baseline::connect(&self.temporal()?.address, &self.task_queue()).await
    }

    /// Starts nginx with the module nchan.
    pub async fn nchan(&self) -> Result<Nchan> {
        Nchan::start(&self.logs).await
    }

    /// Starts a bare endpoint.
    pub async fn bare(&self) -> Result<Bare> {
        let address = free_address().await?;
        let mut command = this_program()?;
        command.args(["bare", "--listen", &address.to_string()]);
        let child = Child::listening(&mut command, "bare", &self.logs, address).await?;
        Ok(Bare {
            address,
            process: child.process()?,
            _child: child,
        })
    }
}

/// Returns a command that runs this program.
fn this_program() -> Result<Command> {
    let program = env::current_exe().context("this program has no path")?;
    Ok(Command::new(program))
}
