//! What a measurement stands on: Temporal, the gateway, a worker. Each is either there already, at an
//! address, or started for this run and stopped with it.

mod child;
mod gateway;
mod nchan;
mod process;
mod prometheus;
mod temporal;

use std::{env, net::SocketAddr, path::Path, path::PathBuf, process::id, time::Duration};

use anyhow::Context as _;
use tokio::{
    net::{TcpListener, TcpStream, lookup_host},
    process::Command,
    time::{Instant, sleep},
};

use self::child::Child;
pub use self::{
    gateway::Gateway, nchan::Nchan, process::Process, prometheus::Requests, temporal::Temporal,
};
use crate::{args::TargetArgs, clock, floor::Floor, output};

/// How long a process that was started may take to listen.
const START_LIMIT: Duration = Duration::from_mins(1);

/// What stands, and what the run is called.
pub struct Ground {
    /// Sets this run's users and task queue apart from those of others.
    pub run: String,
    logs: PathBuf,
    pub gateway: Option<Gateway>,
    temporal: Option<Temporal>,
    worker: Option<Child>,
}

/// A bare axum endpoint in a process of its own.
pub struct Bare {
    pub address: SocketAddr,
    pub process: Process,
    _child: Child,
}

impl Ground {
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

    /// Temporal, the gateway where this side is measured, and, where `worker` says so, a worker.
    pub async fn stand(target: &TargetArgs, worker: bool) -> anyhow::Result<Self> {
        let mut ground = Self::new()?;
        if target.spawn {
            output::note(&format!(
                "logs of what is started are in {}",
                ground.logs.display()
            ));
        }
        if worker || target.spawn {
            ground.temporal = Some(Temporal::stand(target, &ground.logs).await?);
        }
        if target.side.gateway() {
            let temporal = ground
                .temporal
                .as_ref()
                .map(|temporal| temporal.address.as_str());
            ground.gateway = Some(Gateway::stand(target, temporal, &ground.logs).await?);
        }
        if worker {
            let temporal = ground.temporal()?.address.clone();
            ground.worker = Some(ground.start_worker(&temporal)?);
        }
        Ok(ground)
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

    /// A client of Temporal with a connection of its own.
    pub async fn floor(&self) -> anyhow::Result<Floor> {
        Floor::connect(&self.temporal()?.address, &self.task_queue()).await
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

/// An address of the loopback on which nothing listens.
async fn free_address() -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .context("no free port")?;
    Ok(listener.local_addr()?)
}

/// Waits until something listens.
async fn wait_for(address: SocketAddr) -> anyhow::Result<()> {
    let limit = Instant::now() + START_LIMIT;
    loop {
        match TcpStream::connect(address).await {
            Ok(_) => return Ok(()),
            Err(error) if Instant::now() > limit => {
                return Err(error).with_context(|| format!("nothing listens at {address}"));
            }
            Err(_) => sleep(Duration::from_millis(50)).await,
        }
    }
}

/// The address that a name and a port stand for.
async fn resolve(name: &str) -> anyhow::Result<SocketAddr> {
    let mut found = lookup_host(name)
        .await
        .with_context(|| format!("{name} is no address"))?;
    found
        .find(SocketAddr::is_ipv4)
        .with_context(|| format!("{name} has no IPv4 address"))
}

/// The file that a process writes its output to.
fn log_file(logs: &Path, name: &str) -> anyhow::Result<std::fs::File> {
    let file = logs.join(format!("{name}.log"));
    std::fs::File::create(&file).with_context(|| format!("could not write {}", file.display()))
}
