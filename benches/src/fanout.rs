//! Fan-out: one workflow watched by thousands of connections. Ticks are first sent at an even pace, for
//! latency, then as fast as Temporal accepts them, for deliveries per second.

mod pace;
mod server_figures;

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use self::{
    pace::{Paced, Phase, TickSource, drive},
    server_figures::{Figures, ServerFigures},
};
use crate::{
    baseline::{self, Baseline},
    client::Connection,
    environment::{Environment, process::Process},
    latency::now_us,
    report::{self, Section},
    swarm::Swarm,
    tally::{Received, Tally},
    target::TargetArgs,
    tick::Tick,
    worker::fanout_workflow::FANOUT_WORKFLOW,
};

/// How to measure fan-out.
#[derive(Args)]
pub struct FanoutArgs {
    /// How many connections watch the one workflow.
    #[arg(long, default_value_t = 5_000)]
    connections: usize,
    /// How they watch.
    #[arg(long, value_enum, default_value_t = Dialect::Seed)]
    dialect: Dialect,
    /// Also measure nginx with the module nchan, with a frame of the gateway's. It must be installed:
    /// on Debian, apt-get install nginx-light libnginx-mod-nchan.
    #[arg(long)]
    nchan: bool,
    /// Ticks sent at an even pace.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=900))]
    paced: u32,
    /// That pace, in ticks per second.
    #[arg(long, default_value_t = 4.0)]
    pace: f64,
    /// Ticks sent at once afterwards. Temporal permits 2,000 pending activities per workflow.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=900))]
    burst: u32,
    /// How many connections are opened at a time.
    #[arg(long, default_value_t = 64)]
    at_a_time: usize,
}

/// How a workflow is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Dialect {
    /// Frames of the `seed` dialect, over WebSocket.
    Seed,
    /// Events of the v1 protocol, over WebSocket.
    V1,
    /// Events of the v1 protocol, as server-sent events.
    Sse,
}

impl FanoutArgs {
    fn ticks(&self) -> u32 {
        self.paced + self.burst
    }

    fn paces(&self) -> [Paced; 2] {
        let paced = |ticks, interval| Paced { ticks, interval };
        let interval = Duration::from_secs_f64(1.0 / self.pace.max(0.001));
        [
            paced(0..self.paced, interval),
            paced(self.paced..self.ticks(), Duration::ZERO),
        ]
    }

    /// Returns what applies to event streams, or what applies to WebSockets.
    fn by_transport(&self, sse: &'static str, web_socket: &'static str) -> String {
        let is_sse = self.dialect == Dialect::Sse;
        if is_sse { sse } else { web_socket }.to_owned()
    }
}

/// What the connections connect to.
struct Server {
    address: SocketAddr,
    process: Option<Process>,
    path: String,
    /// The subscription of `v1` clients.
    subscription: Option<Value>,
}

/// What was measured of one server.
struct Measured {
    figures: ServerFigures,
    phases: Vec<Phase>,
    /// A frame that contains a tick.
    sample: String,
}

/// Measures the gateway, then a bare endpoint, and nchan if requested, with a frame of
/// the gateway's.
pub async fn run(target: &TargetArgs, args: &FanoutArgs) -> Result<Section> {
    let mut figures = Figures::new(match args.dialect {
        Dialect::Seed => "fan-out over WebSocket",
        Dialect::V1 => "fan-out over WebSocket, v1",
        Dialect::Sse => "fan-out over server-sent events",
    });
    let tick = Tick {
        number: 0,
        sent_us: 0,
    };
    let mut frame = format!(
        r#"{{"origin":"temporal","message":"{}: Running","status":"Running"}}"#,
        tick.name()
    );
    if target.side.gateway() {
        let environment = Environment::prepare(target, true).await?;
        let measured = measure_gateway(&environment, args).await?;
        figures.gateway = Some(measured.figures);
        frame = measured.sample;
    }
    if target.side.reference() {
        let bare = Environment::new()?.bare().await?;
        let path = args.by_transport("/events", "/fanout/bench");
        // Of an event stream, it sends what is posted as it is.
        let end = args.by_transport("\n\n", "");
        let measured =
            measure_broadcast(args, bare.address, bare.process, path, frame.clone() + &end);
        figures.bare = Some(measured.await?);
    }
    if args.nchan {
        let nchan = Environment::new()?.nchan().await?;
        let path = args.by_transport("/sse", "/ws");
        let measured = measure_broadcast(args, nchan.address, nchan.worker()?, path, frame);
        figures.nchan = Some(measured.await?);
    }
    server_figures::section(&figures)
}

async fn measure_gateway(environment: &Environment, args: &FanoutArgs) -> Result<Measured> {
    report::note("fan-out: starting the workflow");
    let gateway = environment.gateway()?;
    let baseline = environment.baseline().await?;
    let user = format!("fanout-{}", environment.run);
    let mut starter = Connection::seed(gateway.address, 0, &user).await?;
    let task_queue = environment.task_queue();
    let started = starter.start_workflow(FANOUT_WORKFLOW, &task_queue, &());
    started.await?;
    let workflow_id = baseline.find(FANOUT_WORKFLOW).await?;
    let server = Server {
        address: gateway.address,
        process: gateway.process,
        path: match args.dialect {
            Dialect::Seed => format!("/ws/{user}"),
            Dialect::V1 => "/v1/ws".to_owned(),
            Dialect::Sse => format!("/v1/workflows/{workflow_id}/events"),
        },
        subscription: (args.dialect == Dialect::V1).then(
            || json!({"workflow_id": workflow_id, "from": "now", "types": ["activity.scheduled"]}),
        ),
    };
    let mut history = JoinSet::new();
    history.spawn(watch_history(
        baseline.clone(),
        workflow_id.clone(),
        args.ticks(),
    ));
    let source = TickSource::Workflow {
        baseline: baseline.clone(),
        workflow_id: workflow_id.clone(),
    };
    let mut measured = measure(args, server, source).await?;
    baseline.terminate(&workflow_id).await?;
    let mut tally = Tally::default();
    let read = history.join_next().await.context("one task was started")?;
    tally.add(read.context("the baseline client panicked")??);
    measured.figures.set_baseline(&measured.phases, &tally);
    Ok(measured)
}

/// Records when ticks could be read in history at all: a baseline client also tails the workflow.
async fn watch_history(baseline: Baseline, workflow_id: String, ticks: u32) -> Result<Received> {
    let mut received = Received::new(ticks);
    let tailing = baseline.tail(&workflow_id, |event| {
        let name = baseline::scheduled_activity(event).unwrap_or_default();
        if let Some(tick) = Tick::find(name.as_bytes()) {
            received.tick(tick, now_us());
        }
    });
    tailing.await?;
    Ok(received)
}

/// Measures a server that sends what is posted to it.
async fn measure_broadcast(
    args: &FanoutArgs,
    address: SocketAddr,
    process: Process,
    path: String,
    frame: String,
) -> Result<ServerFigures> {
    let server = Server {
        address,
        process: Some(process),
        path,
        subscription: None,
    };
    let source = TickSource::Post { address, frame };
    Ok(measure(args, server, source).await?.figures)
}

async fn measure(args: &FanoutArgs, server: Server, source: TickSource) -> Result<Measured> {
    let Server {
        address,
        process,
        path,
        subscription,
    } = server;
    let rss = || process.map(Process::rss_bytes).transpose();
    let rss_before = rss()?;
    report::note(&format!(
        "fan-out: {} connections to {path}",
        args.connections
    ));
    let sse = args.dialect == Dialect::Sse;
    let open = move |number: usize| {
        let (path, subscription) = (path.clone(), subscription.clone());
        async move {
            match subscription {
                Some(fields) => Connection::subscribe(address, number, fields).await,
                None if sse => Connection::sse(address, number, &path).await,
                None => Connection::web_socket(address, number, &path).await,
            }
        }
    };
    let swarm = Swarm::open(args.connections, args.at_a_time, args.ticks(), open).await?;
    let phases = drive(&swarm, &args.paces(), &source, process).await?;
    let rss_with = rss()?;
    let tally = swarm.close().await?;
    Ok(Measured {
        figures: ServerFigures::new(args.connections, rss_before, rss_with, &phases, &tally),
        phases,
        sample: tally.sample,
    })
}
