//! Fan-out: one workflow watched by thousands of connections. Ticks are first sent at an even pace, for
//! latency, then as fast as Temporal takes them, for deliveries per second.

mod history;
mod pace;
mod report;
mod source;

use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use serde_json::json;

use self::{
    history::HistoryWatch,
    pace::{Paced, drive},
    report::{Figures, SideFigures},
    source::{FrameSource, WorkflowSource},
};
use crate::{
    client::Connection,
    environment::{Environment, Gateway, Process},
    output,
    report::Section,
    seed,
    swarm::Swarm,
    target::TargetArgs,
    tick::Tick,
    worker::FANOUT_WORKFLOW,
};

/// How to measure fan-out.
#[derive(Args, Clone)]
pub struct FanoutArgs {
    /// How many connections watch the one workflow.
    #[arg(long, default_value_t = 5_000)]
    connections: usize,
    /// How they watch.
    #[arg(long, value_enum, default_value_t = Dialect::Seed)]
    dialect: Dialect,
    /// Measure nginx with the module nchan, too, with a frame of the gateway's. It must be installed:
    /// on Debian, apt-get install nginx-light libnginx-mod-nchan.
    #[arg(long)]
    nchan: bool,
    /// Ticks sent at an even pace.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=900))]
    paced: u32,
    /// That pace, in ticks per second.
    #[arg(long, default_value_t = 4.0)]
    pace: f64,
    /// Ticks sent at once afterwards. Temporal lets 2,000 activities of a workflow be pending in all.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=900))]
    burst: u32,
    /// How many connections are opened at a time.
    #[arg(long, default_value_t = 64)]
    at_a_time: usize,
}

impl Default for FanoutArgs {
    fn default() -> Self {
        Self {
            connections: 5_000,
            dialect: Dialect::Seed,
            nchan: false,
            paced: 60,
            pace: 4.0,
            burst: 200,
            at_a_time: 64,
        }
    }
}

/// How a workflow is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Dialect {
    /// The original's frames, over WebSocket.
    Seed,
    /// Events of the v1 protocol, over WebSocket.
    V1,
    /// Events of the v1 protocol, as server-sent events.
    Sse,
}

impl FanoutArgs {
    /// The defaults, over server-sent events.
    pub fn over_sse() -> Self {
        Self {
            dialect: Dialect::Sse,
            ..Self::default()
        }
    }

    fn ticks(&self) -> u32 {
        self.paced + self.burst
    }

    fn paces(&self) -> [Paced; 2] {
        let every = Duration::from_secs_f64(1.0 / self.pace.max(0.001));
        [
            Paced {
                ticks: 0..self.paced,
                every,
            },
            Paced {
                ticks: self.paced..self.ticks(),
                every: Duration::ZERO,
            },
        ]
    }
}

/// Measures the gateway, then a bare endpoint, and nchan if requested, with a frame of
/// the gateway's.
pub async fn run(target: &TargetArgs, args: &FanoutArgs) -> anyhow::Result<Section> {
    let mut figures = Figures::new(args.dialect);
    let mut frame = format!(
        r#"{{"origin":"temporal","message":"{}: Running","status":"Running"}}"#,
        Tick {
            number: 0,
            sent_us: 0
        }
        .name()
    );
    if target.side.gateway() {
        let environment = Environment::prepare(target, true).await?;
        let gateway = environment
            .gateway
            .as_ref()
            .context("this side is the gateway's")?;
        let (side, sample) = measure_gateway(&environment, gateway, args).await?;
        figures.gateway = Some(side);
        frame = sample;
    }
    if target.side.reference() {
        figures.bare = Some(measure_bare(args, frame.clone()).await?);
    }
    if args.nchan {
        figures.nchan = Some(measure_nchan(args, frame).await?);
    }
    report::section(&figures)
}

async fn measure_gateway(
    environment: &Environment,
    gateway: &Gateway,
    args: &FanoutArgs,
) -> anyhow::Result<(SideFigures, String)> {
    output::note("fan-out: starting the workflow");
    let baseline = environment.baseline().await?;
    let user = seed::path(&format!("fanout-{}", environment.run));
    let address = gateway.address;
    let mut starter = Connection::web_socket(address, 0, &user).await?;
    let start = seed::start_message(FANOUT_WORKFLOW, &environment.task_queue(), &());
    starter.send_text(&start).await?;
    let workflow_id = baseline.find(FANOUT_WORKFLOW).await?;
    let rss_before = rss(gateway.process)?;
    let (path, hello) = match args.dialect {
        Dialect::Seed => (user, None),
        Dialect::V1 => ("/v1/ws".to_owned(), Some(subscribe_message(&workflow_id))),
        Dialect::Sse => (format!("/v1/workflows/{workflow_id}/events"), None),
    };
    let swarm = open(args, address, path, hello).await?;
    let source = WorkflowSource {
        baseline: baseline.clone(),
        workflow_id: workflow_id.clone(),
    };
    let history = HistoryWatch::start(&baseline, &workflow_id, args.ticks());
    let phases = drive(&swarm, &args.paces(), &source, gateway.process).await?;
    let rss_with = rss(gateway.process)?;
    let tally = swarm.close().await?;
    baseline.terminate(&workflow_id).await?;
    let baseline = history.end().await?;
    let side = SideFigures::new(args.connections, rss_before, rss_with, &phases, &tally)
        .with_baseline(&phases, &baseline);
    Ok((side, tally.sample))
}

async fn measure_bare(args: &FanoutArgs, frame: String) -> anyhow::Result<SideFigures> {
    let bare = Environment::new()?.bare().await?;
    let rss_before = rss(Some(bare.process))?;
    let sse = args.dialect == Dialect::Sse;
    let path = if sse { "/events" } else { "/fanout/bench" };
    let swarm = open(args, bare.address, path.to_owned(), None).await?;
    let source = FrameSource {
        address: bare.address,
        path: "/publish",
        frame,
        sse,
    };
    let phases = drive(&swarm, &args.paces(), &source, Some(bare.process)).await?;
    let rss_with = rss(Some(bare.process))?;
    let tally = swarm.close().await?;
    Ok(SideFigures::new(
        args.connections,
        rss_before,
        rss_with,
        &phases,
        &tally,
    ))
}

async fn measure_nchan(args: &FanoutArgs, frame: String) -> anyhow::Result<SideFigures> {
    let nchan = Environment::new()?.nchan().await?;
    let process = nchan.worker()?;
    let rss_before = rss(Some(process))?;
    let sse = args.dialect == Dialect::Sse;
    let path = if sse { "/sse" } else { "/ws" };
    let swarm = open(args, nchan.address, path.to_owned(), None).await?;
    let source = FrameSource {
        address: nchan.address,
        path: "/publish",
        frame,
        // It writes the lines of an event stream itself.
        sse: false,
    };
    let phases = drive(&swarm, &args.paces(), &source, Some(process)).await?;
    let rss_with = rss(Some(process))?;
    let tally = swarm.close().await?;
    Ok(SideFigures::new(
        args.connections,
        rss_before,
        rss_with,
        &phases,
        &tally,
    ))
}

/// The subscription of a v1 client to the events of ticks.
fn subscribe_message(workflow_id: &str) -> String {
    let message = json!({
        "id": 1,
        "op": "subscribe",
        "workflow_id": workflow_id,
        "from": "now",
        "types": ["activity.scheduled"],
    });
    message.to_string()
}

async fn open(
    args: &FanoutArgs,
    address: std::net::SocketAddr,
    path: String,
    hello: Option<String>,
) -> anyhow::Result<Swarm> {
    output::note(&format!(
        "fan-out: {} connections to {path}",
        args.connections
    ));
    let sse = args.dialect == Dialect::Sse;
    let open = move |number: usize| {
        let (path, hello) = (path.clone(), hello.clone());
        async move {
            if sse {
                return Connection::sse(address, number, &path).await;
            }
            let mut connection = Connection::web_socket(address, number, &path).await?;
            if let Some(hello) = hello {
                connection.send_text(&hello).await?;
            }
            Ok(connection)
        }
    };
    Swarm::open(args.connections, args.at_a_time, args.ticks(), open).await
}

fn rss(process: Option<Process>) -> anyhow::Result<Option<u64>> {
    process.map(Process::rss_bytes).transpose()
}
