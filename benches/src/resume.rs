//! A gateway is killed, and all its clients resume at once at another: how long until each is live
//! again, and how many requests to Temporal that needs.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::{
    sync::Barrier,
    task::JoinSet,
    time::{Instant, sleep},
};

use crate::{
    client::Connection,
    environment::{Environment, frontend_requests::FrontendRequests},
    figure::{fraction, ratio, text},
    latency::{Latencies, LatencySummary},
    report::{self, Section, Table},
    target::TargetArgs,
    worker::fanout_workflow::FANOUT_WORKFLOW,
};

/// How long one client can take to be live.
const LIVE_LIMIT: Duration = Duration::from_mins(1);
/// Pause before the gateway is killed, so that only resuming is counted.
const SETTLE: Duration = Duration::from_secs(3);
/// The most reads of history per workflow that resuming can take.
const READS_LIMIT: f64 = 6.0;

/// How to measure resuming.
#[derive(Args)]
pub struct ResumeArgs {
    /// How many clients.
    #[arg(long, default_value_t = 1_000)]
    clients: usize,
    /// How many workflows they watch.
    #[arg(long, default_value_t = 100)]
    workflows: usize,
}

#[derive(Serialize)]
struct Figures {
    clients: usize,
    workflows: usize,
    /// From the moment at which the gateway was killed until each client was live.
    live_again: LatencySummary,
    /// Requests to Temporal's frontend meanwhile, including the worker's own polls.
    requests: BTreeMap<String, u64>,
    reads_per_workflow: f64,
}

/// Measures resuming, with two gateways that it starts.
pub async fn run(target: &TargetArgs, args: &ResumeArgs) -> Result<Section> {
    ensure!(
        target.spawn,
        "only a gateway that was started here can be killed: pass --spawn"
    );
    let mut environment = Environment::prepare(target, true).await?;
    let metrics = environment.temporal()?.metrics;
    let metrics = metrics.context("Temporal has metrics")?;
    let second = environment.second_gateway(target).await?;
    let baseline = environment.baseline().await?;
    let mut ids = Vec::new();
    for _ in 0..args.workflows {
        ids.push(baseline.start(FANOUT_WORKFLOW, &()).await?);
    }
    let first = environment.gateway()?.address;
    let (clients, workflows) = (args.clients, ids.len());
    report::note(&format!(
        "resume: {clients} clients of {workflows} workflows"
    ));
    let mut live = Vec::new();
    for number in 0..clients {
        let subscription = json!({"workflow_id": ids[number % workflows]});
        live.push(go_live(first, number, subscription).await?);
    }
    sleep(SETTLE).await;
    let before = FrontendRequests::read(metrics).await?;
    // It ends as by kill -9.
    drop(environment.gateway.take());
    let killed_at = Instant::now();
    let resumed = resume_all(second.address, &ids, live).await?;
    let mut live_again = Latencies::new();
    for at in resumed {
        let us = at.duration_since(killed_at).as_micros();
        live_again.record_us(u64::try_from(us)?);
    }
    sleep(SETTLE).await;
    let after = FrontendRequests::read(metrics).await?;
    let reads = fraction(after.history_reads_since(&before));
    section(&Figures {
        clients,
        workflows,
        live_again: live_again.summary(),
        requests: after.since(&before),
        reads_per_workflow: ratio(reads, fraction(workflows)).unwrap_or(0.0),
    })
}

/// A client that is live, and its cursor.
type Live = (Connection, String);

/// Connects all clients at the same moment. Returns when each was live.
async fn resume_all(
    address: SocketAddr,
    ids: &[String],
    disconnected: Vec<Live>,
) -> Result<Vec<Instant>> {
    let ready = Arc::new(Barrier::new(disconnected.len()));
    let mut clients = JoinSet::new();
    for (number, (_, cursor)) in disconnected.into_iter().enumerate() {
        let ready = Arc::clone(&ready);
        let subscription = json!({"workflow_id": ids[number % ids.len()], "after": cursor});
        clients.spawn(async move {
            ready.wait().await;
            let live = go_live(address, number, subscription).await?;
            Ok::<_, anyhow::Error>((Instant::now(), live))
        });
    }
    let mut times = Vec::new();
    let mut open = Vec::new();
    while let Some(client) = clients.join_next().await {
        let (at, live) = client.context("a client panicked")??;
        times.push(at);
        open.push(live);
    }
    Ok(times)
}

/// Connects, subscribes, and reads until the replay is complete.
async fn go_live(address: SocketAddr, number: usize, subscription: Value) -> Result<Live> {
    let mut connection = Connection::subscribe(address, number, subscription).await?;
    let mut cursor = None;
    let is_live = |frame: &[u8]| {
        if frame.starts_with(b"{\"live\"") {
            let frame: Value = serde_json::from_slice(frame).unwrap_or_default();
            cursor = frame["live"]["cursor"].as_str().map(str::to_owned);
        }
        cursor.is_some()
    };
    connection.read_until(LIVE_LIMIT, is_live).await?;
    Ok((connection, cursor.context("`live` has a cursor")?))
}

fn section(figures: &Figures) -> Result<Section> {
    let mut section = Section::new("resuming after a gateway was killed", figures)?;
    let mut table =
        Table::new("clients | workflows | p50 ms | p99 ms | all live ms | reads per workflow");
    table.row([
        figures.clients.to_string(),
        figures.workflows.to_string(),
        text(figures.live_again.p50_ms, 0),
        text(figures.live_again.p99_ms, 0),
        text(figures.live_again.max_ms, 0),
        text(figures.reads_per_workflow, 2),
    ]);
    section.table(table);
    let mut by_operation = Table::new("requests by operation | count");
    for (operation, count) in &figures.requests {
        by_operation.row([operation.clone(), count.to_string()]);
    }
    section.table(by_operation);
    let what = "reads of history per workflow";
    section.at_most(what, figures.reads_per_workflow, READS_LIMIT);
    Ok(section)
}
