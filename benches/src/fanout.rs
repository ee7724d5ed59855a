//! Fan-out: one workflow watched by thousands of connections. Ticks are first sent at an even pace, for
//! latency, then as fast as Temporal takes them, for deliveries per second.

mod history;
mod pace;
mod report;
mod source;

use std::time::Duration;

use anyhow::Context as _;
use clap::Args;

use self::{
    history::HistoryWatch,
    pace::{Paced, drive},
    report::{Figures, SideFigures},
    source::{BareSource, WorkflowSource},
};
use crate::{
    args::TargetArgs,
    client::Connection,
    ground::{Gateway, Ground, Process},
    output,
    report::Section,
    seed,
    swarm::Swarm,
    tick::Tick,
    worker::FANOUT_WORKFLOW,
};

/// How to measure fan-out.
#[derive(Args, Clone)]
pub struct FanoutArgs {
    /// How many connections watch the one workflow.
    #[arg(long, default_value_t = 5_000)]
    connections: usize,
    /// Watch by server-sent events instead of the seed's WebSocket.
    #[arg(long)]
    sse: bool,
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
            sse: false,
            paced: 60,
            pace: 4.0,
            burst: 200,
            at_a_time: 64,
        }
    }
}

impl FanoutArgs {
    /// The defaults, over server-sent events.
    pub fn over_sse() -> Self {
        Self {
            sse: true,
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

/// Measures the gateway, then a bare endpoint with a frame of the gateway's.
pub async fn run(target: &TargetArgs, args: &FanoutArgs) -> anyhow::Result<Section> {
    let mut figures = Figures::new(args.sse);
    let mut frame = format!(
        r#"{{"origin":"temporal","message":"{}: Running","status":"Running"}}"#,
        Tick {
            number: 0,
            sent_us: 0
        }
        .name()
    );
    if target.side.gateway() {
        let ground = Ground::stand(target, true).await?;
        let gateway = ground
            .gateway
            .as_ref()
            .context("this side is the gateway's")?;
        let (side, sample) = measure_gateway(&ground, gateway, args).await?;
        figures.gateway = Some(side);
        frame = sample;
    }
    if target.side.reference() {
        figures.bare = Some(measure_bare(args, frame).await?);
    }
    report::section(&figures)
}

async fn measure_gateway(
    ground: &Ground,
    gateway: &Gateway,
    args: &FanoutArgs,
) -> anyhow::Result<(SideFigures, String)> {
    output::note("fan-out: starting the workflow");
    let floor = ground.floor().await?;
    let user = seed::path(&format!("fanout-{}", ground.run));
    let address = gateway.address;
    let mut starter = Connection::web_socket(address, 0, &user).await?;
    let start = seed::start_message(FANOUT_WORKFLOW, &ground.task_queue(), &());
    starter.send_text(&start).await?;
    let workflow_id = floor.find(FANOUT_WORKFLOW).await?;
    let rss_before = rss(gateway.process)?;
    let path = if args.sse {
        format!("/v1/workflows/{workflow_id}/events")
    } else {
        user
    };
    let swarm = open(args, address, path).await?;
    let source = WorkflowSource {
        floor: floor.clone(),
        workflow_id: workflow_id.clone(),
    };
    let history = HistoryWatch::start(&floor, &workflow_id, args.ticks());
    let phases = drive(&swarm, &args.paces(), &source, gateway.process).await?;
    let rss_with = rss(gateway.process)?;
    let tally = swarm.close().await?;
    floor.terminate(&workflow_id).await?;
    let floor = history.end().await?;
    let side = SideFigures::new(args.connections, rss_before, rss_with, &phases, &tally)
        .with_floor(&phases, &floor);
    Ok((side, tally.sample))
}

async fn measure_bare(args: &FanoutArgs, frame: String) -> anyhow::Result<SideFigures> {
    let bare = Ground::new()?.bare().await?;
    let rss_before = rss(Some(bare.process))?;
    let path = if args.sse { "/events" } else { "/fanout/bench" };
    let swarm = open(args, bare.address, path.to_owned()).await?;
    let source = BareSource {
        address: bare.address,
        frame,
        sse: args.sse,
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

async fn open(
    args: &FanoutArgs,
    address: std::net::SocketAddr,
    path: String,
) -> anyhow::Result<Swarm> {
    output::note(&format!(
        "fan-out: {} connections to {path}",
        args.connections
    ));
    let sse = args.sse;
    let open = move |number: usize| {
        let path = path.clone();
        async move {
            if sse {
                Connection::sse(address, number, &path).await
            } else {
                Connection::web_socket(address, number, &path).await
            }
        }
    };
    Swarm::open(args.connections, args.at_a_time, args.ticks(), open).await
}

fn rss(process: Option<Process>) -> anyhow::Result<Option<u64>> {
    process.map(Process::rss_bytes).transpose()
}
