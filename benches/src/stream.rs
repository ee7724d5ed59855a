//! Streams: activities publish to their workflows' streams, and a client reads each. The gateway's
//! client beside the Python SDK's own subscriber, on the same worker.

mod python_subscriber;

use std::{net::SocketAddr, path::PathBuf, str::FromStr, time::Duration};

use anyhow::{Context as _, Result};
use clap::Args;
use serde::Serialize;
use serde_json::json;
use tokio::task::JoinSet;

use self::python_subscriber::PythonSubscriber;
use crate::{
    baseline::Baseline,
    client::Connection,
    environment::Environment,
    figure::{fraction, per_second, text},
    latency::{LatencySummary, now_us},
    report::{self, Section, Table},
    tally::{Received, Tally},
    target::TargetArgs,
    worker::stream_workflow::{GO_SIGNAL, STREAM_WORKFLOW, StreamPlan},
};

/// The most that an item can take, at the median, from an activity to the client, with one workflow.
const MEDIAN_LIMIT_MS: f64 = 15.0;
/// How long reading one workflow's items can take.
const READ_LIMIT: Duration = Duration::from_mins(5);

/// How to measure streams.
#[derive(Args)]
pub struct StreamArgs {
    /// How many workflows stream at once, and the least milliseconds between two batches of each, as
    /// `WORKFLOWS:MS`.
    #[arg(long, value_delimiter = ',', default_value = "1:10,50:100")]
    rounds: Vec<Round>,
    /// How many items each workflow publishes.
    #[arg(long, default_value_t = 500)]
    items: u32,
    /// How many of them a second.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    per_second: u32,
    /// A Python in which `temporalio` is installed; without it, the gateway is measured alone.
    #[arg(long, value_name = "PATH")]
    python: Option<PathBuf>,
}

/// How many workflows stream at once, and how.
#[derive(Clone, Copy, Debug)]
struct Round {
    workflows: usize,
    batch_ms: u64,
}

impl FromStr for Round {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let (workflows, batch_ms) = text.split_once(':').context("expected WORKFLOWS:MS")?;
        Ok(Self {
            workflows: workflows.parse()?,
            batch_ms: batch_ms.parse()?,
        })
    }
}

#[derive(Serialize)]
struct Figures {
    side: &'static str,
    workflows: usize,
    batch_ms: u64,
    /// From the moment at which it was published.
    latency: LatencySummary,
    items_per_second: f64,
    /// Items that were lost, repeated or out of order.
    delivery_errors: u64,
}

/// Measures streams.
pub async fn run(target: &TargetArgs, args: &StreamArgs) -> Result<Section> {
    let environment = Environment::prepare(target, true).await?;
    let baseline = environment.baseline().await?;
    let mut figures = Vec::new();
    for round in &args.rounds {
        let run = Run {
            baseline: &baseline,
            args,
            round: *round,
        };
        let note = |side: &str| {
            let workflows = round.workflows;
            report::note(&format!("streams of {workflows} workflows: {side}"));
        };
        if let Some(gateway) = &environment.gateway {
            note("gateway");
            figures.push(run.gateway(gateway.address).await?);
        }
        if target.side.reference()
            && let Some(python) = &args.python
        {
            note("Python");
            let temporal = &environment.temporal()?.address;
            figures.push(run.python(python, temporal).await?);
        }
    }
    section(&figures)
}

/// One round.
struct Run<'a> {
    baseline: &'a Baseline,
    args: &'a StreamArgs,
    round: Round,
}

impl Run<'_> {
    async fn start(&self) -> Result<Vec<String>> {
        let mut ids = Vec::new();
        for _ in 0..self.round.workflows {
            ids.push(self.baseline.start(STREAM_WORKFLOW, &()).await?);
        }
        Ok(ids)
    }

    /// Lets all workflows publish. Returns when it began.
    async fn publish(&self, ids: &[String]) -> Result<u64> {
        let plan = StreamPlan {
            items: self.args.items,
            every_us: 1_000_000 / u64::from(self.args.per_second),
            batch_ms: self.round.batch_ms,
        };
        let began_us = now_us();
        for id in ids {
            self.baseline.signal(id, GO_SIGNAL, &plan).await?;
        }
        Ok(began_us)
    }

    async fn gateway(&self, address: SocketAddr) -> Result<Figures> {
        let ids = self.start().await?;
        let mut subscribers = JoinSet::new();
        for (number, id) in ids.iter().enumerate() {
            let subscription = json!({"workflow_id": id, "types": ["stream.item"]});
            let mut connection = Connection::subscribe(address, number, subscription).await?;
            let live = connection.read_until(READ_LIMIT, |frame| frame.starts_with(b"{\"live\""));
            live.await?;
            let mut received = Received::new(self.args.items);
            subscribers.spawn(async move {
                let is_last = |frame: &[u8]| {
                    received.frame(frame);
                    received.is_at_the_end()
                };
                connection.read_until(READ_LIMIT, is_last).await?;
                Ok::<_, anyhow::Error>(received)
            });
        }
        let began_us = self.publish(&ids).await?;
        let mut tally = Tally::default();
        while let Some(received) = subscribers.join_next().await {
            tally.add(received.context("a subscriber panicked")??);
        }
        Ok(self.figures("gateway", began_us, &tally))
    }

    async fn python(&self, python: &std::path::Path, temporal: &str) -> Result<Figures> {
        let ids = self.start().await?;
        let subscriber = PythonSubscriber::start(python, temporal, self.args.items, &ids).await?;
        let began_us = self.publish(&ids).await?;
        let tally = subscriber.end(self.args.items).await?;
        Ok(self.figures("Python SDK", began_us, &tally))
    }

    fn figures(&self, side: &'static str, began_us: u64, tally: &Tally) -> Figures {
        let Round {
            workflows,
            batch_ms,
        } = self.round;
        let items = self.args.items;
        let elapsed = Duration::from_micros(tally.last_us.saturating_sub(began_us));
        Figures {
            side,
            workflows,
            batch_ms,
            latency: tally.latencies(0..items).summary(),
            items_per_second: per_second(workflows * items as usize, elapsed),
            delivery_errors: tally.delivery_errors(),
        }
    }
}

fn section(figures: &[Figures]) -> Result<Section> {
    let name = "streams: from an activity's publish to the client";
    let mut section = Section::new(name, &figures)?;
    let mut table = Table::new(
        "client | workflows | batch ms | items/s | p50 ms | p99 ms | max ms | delivery errors",
    );
    for side in figures {
        table.row([
            side.side.to_owned(),
            side.workflows.to_string(),
            side.batch_ms.to_string(),
            text(side.items_per_second, 0),
            text(side.latency.p50_ms, 1),
            text(side.latency.p99_ms, 1),
            text(side.latency.max_ms, 1),
            side.delivery_errors.to_string(),
        ]);
    }
    section.table(table);
    let mut of_gateway = figures.iter().filter(|side| side.side == "gateway");
    if let Some(one) = of_gateway.find(|side| side.workflows == 1) {
        let what = "median ms with one workflow";
        section.at_most(what, one.latency.p50_ms, MEDIAN_LIMIT_MS);
    }
    for side in figures {
        let (name, workflows) = (side.side, side.workflows);
        let what = format!("items lost, repeated or out of order: {name}, {workflows} workflows");
        section.at_most(what, fraction(side.delivery_errors), 0.0);
    }
    Ok(section)
}
