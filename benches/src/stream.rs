//! Streams: activities publish to their workflows' streams, and a client reads each. The gateway's
//! client beside the Python SDK's own subscriber, on the same worker.

mod python;

use std::{net::SocketAddr, path::PathBuf, str::FromStr, time::Duration};

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use serde::Serialize;
use serde_json::json;
use tokio::{
    task::JoinSet,
    time::{Instant, timeout},
};

use self::python::PythonReader;
use crate::{
    baseline::{Baseline, Start},
    client::Connection,
    clock,
    environment::Environment,
    latency::{Latencies, LatencySummary},
    output,
    ratio::{fraction_of, ratio},
    report::{Section, Table, Verdict},
    target::TargetArgs,
    tick::Tick,
    worker::{GO_SIGNAL, START_SIGNAL, STREAM_WORKFLOW, StreamPlan},
};

/// The most that an item may take, at the median, from an activity to the client, with one workflow.
const MEDIAN_LIMIT_MS: f64 = 15.0;
/// How long reading one workflow's items may take.
const READ_LIMIT: Duration = Duration::from_mins(5);

/// How to measure it.
#[derive(Args, Clone)]
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

impl Default for StreamArgs {
    fn default() -> Self {
        let round = |workflows, batch_ms| Round {
            workflows,
            batch_ms,
        };
        Self {
            rounds: vec![round(1, 10), round(50, 100)],
            items: 500,
            per_second: 50,
            python: None,
        }
    }
}

/// How many workflows stream at once, and how.
#[derive(Clone, Copy, Debug)]
struct Round {
    workflows: usize,
    batch_ms: u64,
}

impl FromStr for Round {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let (workflows, batch_ms) = text.split_once(':').context("as WORKFLOWS:MS")?;
        Ok(Self {
            workflows: workflows.parse()?,
            batch_ms: batch_ms.parse()?,
        })
    }
}

/// The items of one workflow that a subscriber received.
pub struct Seen {
    latencies: Latencies,
    expected: u32,
    amiss: u32,
    last_us: u64,
}

impl Default for Seen {
    fn default() -> Self {
        Self {
            latencies: Latencies::new(),
            expected: 0,
            amiss: 0,
            last_us: 0,
        }
    }
}

impl Seen {
    /// Takes note of an item, and of those that should have come before it.
    fn take(&mut self, tick: Tick, at_us: u64) {
        if tick.number != self.expected {
            self.amiss += 1;
        }
        self.expected = tick.number + 1;
        self.last_us = at_us;
        self.latencies.record_us(at_us.saturating_sub(tick.sent_us));
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
    /// Items that were missed, doubled, or out of order.
    amiss: u32,
}

/// Measures it.
pub async fn run(target: &TargetArgs, args: &StreamArgs) -> anyhow::Result<Section> {
    let environment = Environment::prepare(target, true).await?;
    let baseline = environment.baseline().await?;
    let mut figures = Vec::new();
    for round in &args.rounds {
        let run = Run {
            baseline: &baseline,
            args,
            round: *round,
        };
        if let Some(gateway) = &environment.gateway {
            output::note(&format!(
                "streams of {} workflows: gateway",
                round.workflows
            ));
            figures.push(run.gateway(gateway.address).await?);
        }
        if target.side.reference()
            && let Some(python) = &args.python
        {
            output::note(&format!("streams of {} workflows: Python", round.workflows));
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
    async fn start(&self) -> anyhow::Result<Vec<String>> {
        let start = Start {
            workflow: STREAM_WORKFLOW,
            signal: START_SIGNAL,
        };
        let mut ids = Vec::new();
        for _ in 0..self.round.workflows {
            ids.push(self.baseline.start(start, &()).await?);
        }
        Ok(ids)
    }

    /// Starts all workflows. Returns the time of it.
    async fn go(&self, ids: &[String]) -> anyhow::Result<u64> {
        let plan = StreamPlan {
            items: self.args.items,
            every_us: 1_000_000 / u64::from(self.args.per_second),
            batch_ms: self.round.batch_ms,
        };
        let began_us = clock::now_us();
        for id in ids {
            self.baseline.signal(id, GO_SIGNAL, &plan).await?;
        }
        Ok(began_us)
    }

    async fn gateway(&self, address: SocketAddr) -> anyhow::Result<Figures> {
        let ids = self.start().await?;
        let mut readers = JoinSet::new();
        for (number, id) in ids.iter().enumerate() {
            let connection = subscribe(address, number, id).await?;
            readers.spawn(read(connection, self.args.items));
        }
        let began_us = self.go(&ids).await?;
        let mut all = Vec::new();
        while let Some(seen) = readers.join_next().await {
            all.push(seen.context("a reader panicked")??);
        }
        Ok(self.figures("gateway", began_us, &all))
    }

    async fn python(&self, python: &std::path::Path, temporal: &str) -> anyhow::Result<Figures> {
        let ids = self.start().await?;
        let reader = PythonReader::start(python, temporal, self.args.items, &ids).await?;
        let began_us = self.go(&ids).await?;
        let all = reader.end().await?;
        Ok(self.figures("Python SDK", began_us, &all))
    }

    fn figures(&self, side: &'static str, began_us: u64, all: &[Seen]) -> Figures {
        let mut latencies = Latencies::new();
        for seen in all {
            latencies.add(&seen.latencies);
        }
        let last_us = all
            .iter()
            .map(|seen| seen.last_us)
            .max()
            .unwrap_or(began_us);
        let seconds = Duration::from_micros(last_us.saturating_sub(began_us)).as_secs_f64();
        let items = self.args.items as usize * self.round.workflows;
        Figures {
            side,
            workflows: self.round.workflows,
            batch_ms: self.round.batch_ms,
            latency: latencies.summary(),
            items_per_second: ratio(fraction_of(items), seconds).unwrap_or(0.0),
            amiss: all.iter().map(|seen| seen.amiss).sum(),
        }
    }
}

async fn subscribe(address: SocketAddr, number: usize, id: &str) -> anyhow::Result<Connection> {
    let mut connection = Connection::web_socket(address, number, "/v1/ws").await?;
    let subscribe =
        json!({"id": 1, "op": "subscribe", "workflow_id": id, "types": ["stream.item"]});
    connection.send_text(&subscribe.to_string()).await?;
    let mut live = false;
    let limit = Instant::now() + READ_LIMIT;
    while !live {
        ensure!(Instant::now() < limit, "a reader is not live in time");
        let reading = connection.read(|frame| live |= frame.starts_with(b"{\"live\""));
        timeout(READ_LIMIT, reading).await??;
    }
    Ok(connection)
}

async fn read(mut connection: Connection, items: u32) -> anyhow::Result<Seen> {
    let mut seen = Seen::default();
    let mut gap = false;
    let reading = async {
        while seen.expected < items {
            let frame = |frame: &[u8]| {
                gap |= frame.starts_with(b"{\"gap\"");
                if let Some(tick) = Tick::find(frame) {
                    seen.take(tick, clock::now_us());
                }
            };
            connection.read(frame).await?;
        }
        anyhow::Ok(())
    };
    timeout(READ_LIMIT, reading)
        .await
        .context("the items did not come in time")??;
    if gap {
        bail!("a subscriber received a gap");
    }
    Ok(seen)
}

fn section(figures: &[Figures]) -> anyhow::Result<Section> {
    let mut section = Section::new(
        "streams: from an activity's publish to the client",
        &figures,
    )?;
    let mut table = Table::new(&[
        "client",
        "workflows",
        "batch ms",
        "items/s",
        "p50 ms",
        "p99 ms",
        "max ms",
        "amiss",
    ]);
    for side in figures {
        table.row([
            side.side.to_owned(),
            side.workflows.to_string(),
            side.batch_ms.to_string(),
            format!("{:.0}", side.items_per_second),
            format!("{:.1}", side.latency.p50_ms),
            format!("{:.1}", side.latency.p99_ms),
            format!("{:.1}", side.latency.max_ms),
            side.amiss.to_string(),
        ]);
    }
    section.tables.push(table);
    let one = figures
        .iter()
        .find(|side| side.workflows == 1 && side.side == "gateway");
    if let Some(one) = one {
        let what = "median ms with one workflow";
        let verdict = Verdict::at_most(what, one.latency.p50_ms, MEDIAN_LIMIT_MS);
        section.verdicts.push(verdict);
    }
    for side in figures {
        let what = format!("items amiss: {}, {} workflows", side.side, side.workflows);
        let verdict = Verdict::at_most(what, f64::from(side.amiss), 0.0);
        section.verdicts.push(verdict);
    }
    Ok(section)
}
